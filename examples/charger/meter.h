/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated energy meter. Its register is kept in a file, so that a power cut of the charge
 * point does not rewind it: a real meter keeps its own. */
#ifndef CHARGER_METER_H
#define CHARGER_METER_H

#include <stdbool.h>
#include <stdint.h>

struct meter {
    int fd;
    bool dead;
    bool running;     /* energy flows */
    int32_t watts;    /* while it flows */
    uint64_t seen_ms; /* monotonic time up to which total counts */
    int64_t total;    /* watt-milliseconds */
};

/* False: the file could not be opened or read; errno says why. */
bool meter_open(struct meter *meter, const char *path);
void meter_close(struct meter *meter);

/* Counts what flowed until now, then goes on with the new values. */
void meter_set(struct meter *meter, bool running, int32_t watts);

/* Register in Wh; kept in the file before it is shown. False: dead. */
bool meter_read(struct meter *meter, int64_t *wh);

#endif
