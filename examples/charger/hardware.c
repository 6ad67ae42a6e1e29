/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated hardware behind the library's callbacks: contactors that need a moment, meters,
 * cable locks, vehicles, a real-time clock. */
#include "charger.h"

#include "output.h"
#include "timestamp.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CONTACTOR_MS  40
#define DEFAULT_WATTS 11000
#define MAINS_VOLTS   230

static struct outlet *outlet_of(struct charger *charger, uint16_t connector)
{
    return &charger->outlets[connector];
}

/* Reports fail only if the program is wrong or 256 of them wait: say so, never drop silently. */
static void must(int result, const char *what)
{
    if (result)
        output_error("%s was not reported: %s", what, evcp_strerror(result));
}

/* ---- meter and vehicle ------------------------------------------------------------------- */

static void update_flow(struct outlet *outlet)
{
    bool flows = outlet->closed && outlet->vehicle && !outlet->paused;

    meter_set(&outlet->meter, flows, outlet->watts);
}

static enum evcp_ev_state vehicle_state(const struct outlet *outlet)
{
    if (!outlet->vehicle)
        return EVCP_EV_ABSENT;
    return outlet->paused ? EVCP_EV_WAITING : EVCP_EV_READY;
}

static void report_vehicle(struct charger *charger, uint16_t connector)
{
    struct outlet *outlet = outlet_of(charger, connector);

    update_flow(outlet);
    must(evcp_report_ev(charger->station, connector, vehicle_state(outlet)), "the vehicle");
}

static void report_plugged(struct charger *charger, uint16_t connector)
{
    must(evcp_report_plugged(charger->station, connector, outlet_of(charger, connector)->plugged),
         "the cable");
}

void hardware_plug(struct charger *charger, uint16_t connector)
{
    struct outlet *outlet = outlet_of(charger, connector);

    outlet->plugged = true;
    outlet->vehicle = true;
    report_plugged(charger, connector);
    report_vehicle(charger, connector);
}

/* The driver pulls at the vehicle's end; a locked plug stays in the socket until it is free. */
void hardware_unplug(struct charger *charger, uint16_t connector)
{
    struct outlet *outlet = outlet_of(charger, connector);

    outlet->vehicle = false;
    report_vehicle(charger, connector);
    if (outlet->locked)
        return;
    outlet->plugged = false;
    report_plugged(charger, connector);
}

void hardware_set_vehicle(struct charger *charger, uint16_t connector, bool paused)
{
    outlet_of(charger, connector)->paused = paused;
    if (outlet_of(charger, connector)->vehicle)
        report_vehicle(charger, connector);
}

void hardware_set_load(struct charger *charger, uint16_t connector, int32_t watts)
{
    outlet_of(charger, connector)->watts = watts;
    update_flow(outlet_of(charger, connector));
}

void hardware_report_all(struct charger *charger)
{
    for (uint16_t c = 1; c <= charger->options->connectors; c++) {
        if (!outlet_of(charger, c)->plugged)
            continue;
        report_plugged(charger, c);
        report_vehicle(charger, c);
    }
}

/* ---- callbacks --------------------------------------------------------------------------- */

static int on_contactor(void *user, uint16_t connector, bool close)
{
    struct outlet *outlet = outlet_of(user, connector);

    outlet->target = close;
    outlet->moving = true;
    outlet->moved_ms = timestamp_mono_ms() + CONTACTOR_MS;
    return EVCP_PENDING;
}

static int on_energy(void *user, uint16_t connector, int64_t *wh)
{
    if (connector == 0)
        return EVCP_ENOENT;
    return meter_read(&outlet_of(user, connector)->meter, wh) ? EVCP_OK : EVCP_EHARDWARE;
}

static int on_measure(void *user, uint16_t connector, struct evcp_sample *out, size_t capacity)
{
    struct outlet *outlet = outlet_of(user, connector);
    int64_t milliwatts = outlet->meter.running ? (int64_t)outlet->watts * 1000 : 0;
    int64_t wh = 0;

    if (connector == 0)
        return 0;
    if (capacity < 4 || !meter_read(&outlet->meter, &wh))
        return EVCP_EHARDWARE;
    out[0] =
        (struct evcp_sample){.measurand = EVCP_ENERGY_ACTIVE_IMPORT_REGISTER, .milli = wh * 1000};
    out[1] = (struct evcp_sample){.measurand = EVCP_POWER_ACTIVE_IMPORT, .milli = milliwatts};
    out[2] = (struct evcp_sample){.measurand = EVCP_VOLTAGE, .milli = MAINS_VOLTS * 1000};
    out[3] =
        (struct evcp_sample){.measurand = EVCP_CURRENT_IMPORT, .milli = milliwatts / MAINS_VOLTS};
    return 4;
}

static int on_lock(void *user, uint16_t connector, bool lock)
{
    struct charger *charger = user;
    struct outlet *outlet = outlet_of(charger, connector);

    if (!charger->options->lock)
        return EVCP_OK;
    outlet->locked = lock;
    if (!lock && outlet->plugged && !outlet->vehicle) {
        outlet->plugged = false;
        report_plugged(charger, connector);
    }
    return EVCP_OK;
}

static int on_reset(void *user, enum evcp_reset_kind kind)
{
    struct charger *charger = user;

    if (kind == EVCP_RESET_HARD)
        hardware_power_on(charger);
    charger->restart = true;
    return EVCP_OK;
}

static int on_clock_set(void *user, int64_t utc_ms)
{
    struct charger *charger = user;

    if (charger->clock == CLOCK_SET)
        charger->clock_offset_ms = utc_ms - timestamp_wall_ms();
    return EVCP_OK;
}

static int on_contactor_closed(void *user, uint16_t connector, bool *closed)
{
    *closed = outlet_of(user, connector)->closed;
    return EVCP_OK;
}

static void on_event(void *user, const struct evcp_event *event)
{
    (void)user;
    output_event(event);
}

const struct evcp_hardware charger_hardware = {
    .size = sizeof(struct evcp_hardware),
    .contactor = on_contactor,
    .energy = on_energy,
    .lock = on_lock,
    .measure = on_measure,
    .reset = on_reset,
    .clock_set = on_clock_set,
    .contactor_closed = on_contactor_closed,
    .event = on_event,
};

int64_t hardware_wall_clock(void *user)
{
    const struct charger *charger = user;

    if (charger->clock == CLOCK_LOST)
        return 0;
    return timestamp_wall_ms() + (charger->clock == CLOCK_SET ? charger->clock_offset_ms : 0);
}

/* A FIFO that nobody writes to reads as empty; that is no card and no failure. */
int hardware_read_card(void *user, uint8_t *out, size_t capacity)
{
    const struct charger *charger = user;
    ssize_t count = read(charger->reader_fd, out, capacity);

    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return (int)count;
}

/* ---- time passes ------------------------------------------------------------------------- */

void hardware_run(struct charger *charger)
{
    uint64_t now = timestamp_mono_ms();

    for (uint16_t c = 1; c <= charger->options->connectors; c++) {
        struct outlet *outlet = outlet_of(charger, c);

        if (!outlet->moving || outlet->moved_ms > now || outlet->stuck)
            continue;
        outlet->moving = false;
        outlet->closed = outlet->target;
        update_flow(outlet);
        must(evcp_report_contactor(charger->station, c, outlet->closed), "the contactor");
    }
}

int hardware_due_ms(const struct charger *charger)
{
    uint64_t now = timestamp_mono_ms();
    uint64_t least = UINT64_MAX;

    for (uint16_t c = 1; c <= charger->options->connectors; c++) {
        const struct outlet *outlet = &charger->outlets[c];

        if (outlet->moving && !outlet->stuck && outlet->moved_ms < least)
            least = outlet->moved_ms;
    }
    if (least == UINT64_MAX)
        return -1;
    return least > now ? (int)(least - now) : 0;
}

/* ---- power ------------------------------------------------------------------------------- */

void hardware_power_on(struct charger *charger)
{
    for (uint16_t c = 1; c <= charger->options->connectors; c++) {
        struct outlet *outlet = outlet_of(charger, c);

        outlet->moving = false;
        outlet->closed = false;
        update_flow(outlet);
    }
}

bool hardware_open(struct charger *charger)
{
    char path[PATH_MAX];

    for (uint16_t c = 0; c <= EVCP_CONNECTORS_MAX; c++)
        charger->outlets[c] = (struct outlet){.watts = DEFAULT_WATTS, .meter.fd = -1};
    for (uint16_t c = 1; c <= charger->options->connectors; c++) {
        if (snprintf(path, sizeof(path), "%s/meter.%u", charger->options->store, c) >=
            (int)sizeof(path))
            return false;
        if (meter_open(&charger->outlets[c].meter, path))
            continue;
        fprintf(stderr, "evcp-charger: %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

void hardware_close(struct charger *charger)
{
    for (uint16_t c = 1; c <= EVCP_CONNECTORS_MAX; c++)
        meter_close(&charger->outlets[c].meter);
}
