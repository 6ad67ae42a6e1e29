/* SPDX-License-Identifier: Apache-2.0 */
/*
 * round_trips: a central system asks a station for one configuration key, and again as soon as the
 * answer is there, over a loopback socket. Limit: a bare libwebsockets client that sends the
 * question back.
 */
#include "bench.h"
#include "echo.h"
#include "point.h"

#define COUNT  4000u
#define ROUNDS 5u

static bool is_done(const struct point *point)
{
    return !peer_drives(point->peer);
}

static double station_us(struct point *point, uint32_t count)
{
    peer_drive(point->peer, count);
    point_wait(point, is_done, "answer the central system");
    return peer_driven_us(point->peer, count);
}

/* The youngest connection is the one that is driven: the station comes back for every round. */
static void run(const struct bench *bench)
{
    const uint32_t count = bench_times(bench, COUNT, 200);
    const unsigned rounds = bench_times(bench, ROUNDS, 1);
    struct bench_samples ours = {.count = 0};
    struct bench_samples echo = {.count = 0};
    struct point point;

    point_open(&point, bench, "round-trips");
    peer_share_processor(true);
    for (unsigned round = 0; round < rounds; round++) {
        point_go_online(&point);
        point_wait(&point, point_is_idle, "boot");
        point_run(&point, 50);
        bench_sample(&ours, 1e6 / station_us(&point, count));
        point_go_offline(&point);
        bench_sample(&echo, 1e6 / echo_round_trip_us(point.peer, count, NULL));
    }
    peer_share_processor(false);
    bench_print(bench, "round_trips", bench_median(&ours), "per_s", bench_median(&echo));
    point_close(&point);
}

const struct bench_group bench_round_trips_group = {{"round_trips", NULL}, run};
