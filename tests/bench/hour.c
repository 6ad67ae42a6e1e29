/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transaction of one hour, online, at default settings: its durable commits, the bytes that the
 * process gave to the storage layer (write_bytes of /proc/self/io; on a file system in memory,
 * which has none, wchar), and the bytes on the wire. The last are counted at the central system's
 * socket: WebSocket frames with their heads, pings and pongs, in both directions, no headers of
 * TCP and IP, from the card to the end of the hour. Sockets are real, the hour is not.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "point.h"
#include "port/host_private.h"
#include "warp.h"

#define HOUR_MS   UINT64_C(3600000)
#define SOON_MS   60000u /* default of evcp_host_config.soon_ms */
#define SETTLE_MS 15     /* real time for answers after every jump */
#define TICKS     4

/* ---- counters ---------------------------------------------------------------------------- */

static uint64_t io_counter(const char *name)
{
    FILE *file = fopen("/proc/self/io", "r");
    char line[128];
    unsigned long long value = 0;
    const size_t length = strlen(name);

    bench_must(file, "read /proc/self/io");
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, name, length) == 0)
            (void)sscanf(line + length, ": %llu", &value);
    }
    (void)fclose(file);
    return value;
}

struct counters {
    uint64_t commits;
    uint64_t storage;
    uint64_t written;
    uint64_t wire;
};

static void settle(struct point *point, int ms)
{
    const uint64_t start = bench_ns();

    while (bench_us_since(start) < ms * 1e3)
        point_run(point, 5);
    point_run(point, 0); /* the loop's deadline is that of those who do not wait in it */
}

static struct counters count(struct point *point)
{
    settle(point, TICKS * PEER_TICK_MS);
    return (struct counters){
        .commits = point->commits,
        .storage = io_counter("write_bytes"),
        .written = io_counter("wchar"),
        .wire = point->peer->bytes_received + point->peer->bytes_sent,
    };
}

/* ---- the hour ---------------------------------------------------------------------------- */

static void pass(struct point *point, uint64_t ms)
{
    const uint64_t end = evcp__mono_ms() + ms;

    while (evcp__mono_ms() < end) {
        const uint64_t left = end - evcp__mono_ms();
        const uint64_t due = (uint64_t)evcp_host_deadline_ms(point->host);

        warp_by_ms(due < left ? due : left);
        point->peer->clock_ms = (int64_t)warp_total_ms();
        evcp__loop_set_deadline(point->host->loop, 1); /* sets the timer anew: it is late */
        settle(point, SETTLE_MS);
    }
}

static bool is_closed(const struct point *point)
{
    return point->closed;
}

static bool has_ended(const struct point *point)
{
    return point->ended > 0 && point_is_idle(point);
}

static void print(const struct bench *bench, const struct counters *before,
                  const struct counters *hour, const struct counters *after)
{
    const uint64_t storage = after->storage - before->storage;
    const uint64_t written = after->written - before->written;

    bench_print(bench, "commits_per_transaction", (double)(after->commits - before->commits),
                "commits", BENCH_NO_LIMIT);
    bench_print(bench, "bytes_written_per_transaction", (double)(storage ? storage : written),
                "bytes", BENCH_NO_LIMIT);
    bench_print(bench, "bytes_on_wire_per_hour_charging", (double)(hour->wire - before->wire),
                "bytes", BENCH_NO_LIMIT);
}

static void run(const struct bench *bench)
{
    const uint64_t soon_ms = (bench->soon_ms ? bench->soon_ms : SOON_MS) + 1000;
    struct point point;
    struct counters before;
    struct counters hour;
    struct counters after;

    point_open(&point, bench, "hour");
    point_wait(&point, point_is_idle, "boot");
    pass(&point, soon_ms);
    before = count(&point);
    point_plug(&point, true);
    point_present(&point, "04A1B2C3D4E5F6");
    point_wait(&point, is_closed, "close the contactor");
    pass(&point, HOUR_MS);
    hour = count(&point);
    point_plug(&point, false);
    point_wait(&point, has_ended, "deliver the end");
    pass(&point, soon_ms);
    after = count(&point);
    bench_must(point_is_online(&point), "stay online for an hour");
    print(bench, &before, &hour, &after);
    point_close(&point);
    point.peer->clock_ms = 0;
    warp_end();
}

const struct bench_group bench_hour_group = {
    {"commits_per_transaction", "bytes_written_per_transaction", "bytes_on_wire_per_hour_charging",
     NULL},
    run,
};
