/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap_station: what one more station on the same host takes of the heap, connected, booted, idle.
 * Bytes in use as malloc counts them, so also what libwebsockets holds for the connection.
 */
#include <malloc.h>
#include <stdio.h>

#include "bench.h"
#include "point.h"

#define STATIONS  16u
#define SETTLE_MS 200

/* Of AddressSanitizer's own malloc, where there is one. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t heap_bytes(void)
{
    struct mallinfo2 info;

    if (__sanitizer_get_current_allocated_bytes)
        return __sanitizer_get_current_allocated_bytes();
    info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static evcp_t *added[STATIONS];
static unsigned added_count;

static bool are_online(const struct point *point)
{
    (void)point;
    for (unsigned i = 0; i < added_count; i++) {
        if (evcp_link(added[i]) != EVCP_LINK_ONLINE)
            return false;
    }
    return true;
}

static void add_stations(struct point *point, unsigned count)
{
    for (; added_count < count; added_count++) {
        char id[32];

        (void)snprintf(id, sizeof(id), "heap-%u", added_count);
        added[added_count] = point_add(point, id);
    }
    point_wait(point, are_online, "boot all stations");
    for (int ms = 0; ms < SETTLE_MS; ms += 20)
        point_run(point, 20);
}

static void run(const struct bench *bench)
{
    const unsigned count = bench_times(bench, STATIONS, 4);
    struct point point;
    size_t before = 0;
    size_t after = 0;

    point_open(&point, bench, "heap");
    point_wait(&point, point_is_idle, "boot");
    add_stations(&point, 1);
    before = heap_bytes();
    add_stations(&point, count);
    after = heap_bytes();
    bench_must(after > before, "see the heap grow");
    bench_print(bench, "heap_station", (double)(after - before) / (count - 1), "bytes",
                BENCH_NO_LIMIT);
    while (added_count > 0)
        evcp_free(added[--added_count]);
    point_close(&point);
}

const struct bench_group bench_heap_group = {{"heap_station", NULL}, run};
