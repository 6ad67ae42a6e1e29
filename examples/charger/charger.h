/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of evcp-charger share: the station, its simulated sockets and its clock. */
#ifndef CHARGER_CHARGER_H
#define CHARGER_CHARGER_H

#include <evcp/evcp.h>

#include "meter.h"
#include "options.h"

/* One connector: socket or fixed cable, contactor, meter, and the vehicle at it. */
struct outlet {
    struct meter meter;
    int32_t watts; /* what the vehicle draws when it may */
    bool plugged;  /* a cable is in the charge point's connector */
    bool vehicle;  /* a vehicle is at the cable */
    bool paused;   /* the vehicle does not ask for energy */
    bool locked;
    bool closed; /* the contactor */
    bool stuck;  /* the contactor does not move */
    bool moving; /* the contactor was told to move and will have at moved_ms */
    bool target;
    uint64_t moved_ms;
};

enum clock_kind { CLOCK_SYSTEM, CLOCK_LOST, CLOCK_SET };

struct charger {
    const struct options *options;
    evcp_host_t *host;
    evcp_t *station;
    struct outlet outlets[EVCP_CONNECTORS_MAX + 1]; /* by number, 0 is not used */
    enum clock_kind clock;
    int64_t clock_offset_ms; /* CLOCK_SET: to the system's clock */
    int reader_fd;
    bool restart; /* a Reset.req is being carried out */
    bool quit;
    bool failed; /* exit status 1 */
};

/* hardware.c */
extern const struct evcp_hardware charger_hardware;
bool hardware_open(struct charger *charger);
void hardware_close(struct charger *charger);
/* Power is gone or comes back: contactors are open. */
void hardware_power_on(struct charger *charger);
/* Tells a new station what it cannot know: which vehicles are there. */
void hardware_report_all(struct charger *charger);
void hardware_plug(struct charger *charger, uint16_t connector);
void hardware_unplug(struct charger *charger, uint16_t connector);
void hardware_set_vehicle(struct charger *charger, uint16_t connector, bool paused);
void hardware_set_load(struct charger *charger, uint16_t connector, int32_t watts);
/* Moves contactors whose time has come. */
void hardware_run(struct charger *charger);
/* Milliseconds until hardware_run() has something to do, -1: nothing. */
int hardware_due_ms(const struct charger *charger);
int64_t hardware_wall_clock(void *user);
int hardware_read_card(void *user, uint8_t *out, size_t capacity);

struct stream;

/* commands.c: false if the command was bad; it has said so and changed nothing. */
bool command_obey(struct charger *charger, struct stream *stream, const char *line);
/* "lost" or a time. */
bool command_set_clock(struct charger *charger, const char *text);

#endif
