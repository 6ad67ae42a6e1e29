/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated energy meter. */
#include "meter.h"

#include "timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MILLISECONDS_PER_HOUR 3600000
#define REGISTER_DIGITS       20

bool meter_open(struct meter *meter, const char *path)
{
    char text[REGISTER_DIGITS + 2] = "";

    *meter = (struct meter){.seen_ms = timestamp_mono_ms()};
    meter->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (meter->fd < 0)
        return false;
    if (pread(meter->fd, text, sizeof(text) - 1, 0) < 0)
        return false;
    meter->total = strtoll(text, NULL, 10);
    return true;
}

void meter_close(struct meter *meter)
{
    int64_t wh = 0;

    if (meter->fd < 0)
        return;
    (void)meter_read(meter, &wh);
    close(meter->fd);
    meter->fd = -1;
}

static void count(struct meter *meter)
{
    uint64_t now = timestamp_mono_ms();

    if (meter->running)
        meter->total += (int64_t)(now - meter->seen_ms) * meter->watts;
    meter->seen_ms = now;
}

void meter_set(struct meter *meter, bool running, int32_t watts)
{
    count(meter);
    meter->running = running;
    meter->watts = watts;
}

bool meter_read(struct meter *meter, int64_t *wh)
{
    char text[REGISTER_DIGITS + 2];
    int length = 0;

    if (meter->dead)
        return false;
    count(meter);
    length = snprintf(text, sizeof(text), "%0*" PRId64 "\n", REGISTER_DIGITS, meter->total);
    if (pwrite(meter->fd, text, (size_t)length, 0) != length)
        return false;
    *wh = meter->total / MILLISECONDS_PER_HOUR;
    return true;
}
