/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay_1000: 1,000 transactions were made offline; the link returns; how many per second arrive,
 * from the accepted boot to the last acknowledged end. Limit: as many bare round trips and
 * as many bare commits as there are messages, one after the other.
 */
#include <stdio.h>

#include "bench.h"
#include "echo.h"
#include "ids.h"
#include "list_frame.h"
#include "point.h"
#include "raw_store.h"

#define TRANSACTIONS  1000u
#define QUICK         20u
#define MESSAGES      2u /* of a transaction that is over at once: start and stop */
#define ECHOES        2000u
#define COMMITS       300u
#define SPARE_COMMITS 20u /* of the boot, of what waited */

static bool has_replied(const struct point *point)
{
    return point->reply_ns != 0 && point->accepted;
}

static bool is_closed(const struct point *point)
{
    return point->closed;
}

static bool is_open(const struct point *point)
{
    return !point->closed;
}

static void give_list(struct point *point)
{
    struct list_frame frame;

    list_frame_full(&frame, 10, 1);
    point_receive(point, frame.text, frame.length);
    point_wait(point, has_replied, "accept a list");
    list_frame_free(&frame);
}

static void charge_offline(struct point *point, unsigned count)
{
    char id[ID_SIZE];

    for (unsigned i = 0; i < count; i++) {
        id_text(i % 10, id);
        point_plug(point, true);
        point_present(point, id);
        point_wait(point, is_closed, "close the contactor");
        point_plug(point, false);
        point_wait(point, is_open, "open the contactor");
    }
}

/* The mean, because what the station needs is a sum too. */
static double raw_commit_mean_us(const struct raw_store *raw, unsigned count)
{
    double sum = 0;

    for (unsigned i = 0; i < count; i++)
        sum += raw_commit_us(raw);
    return sum / count;
}

/* Before and after the replay, because other users of the disk come and go. */
static double bare_us(const struct bench *bench, const struct raw_store *raw, struct peer *peer,
                      uint64_t messages, uint64_t commits)
{
    const double echo = echo_round_trip_us(peer, bench_times(bench, ECHOES, 100));

    return (double)messages * echo +
           (double)commits * raw_commit_mean_us(raw, bench_times(bench, COMMITS, 20));
}

static void run(const struct bench *bench)
{
    const unsigned count = bench_times(bench, TRANSACTIONS, QUICK);
    struct point point;
    uint64_t commits = 0;
    struct raw_store raw;
    double us = 0;
    double bare = 0;

    point_open(&point, bench, "replay");
    point_wait(&point, point_is_idle, "boot");
    give_list(&point);
    point_go_offline(&point);
    charge_offline(&point, count);
    raw_open(&raw, bench, "replay-raw");
    bare =
        bare_us(bench, &raw, point.peer, (uint64_t)MESSAGES * count, (uint64_t)MESSAGES * count) /
        2;
    point.online_ns = 0;
    commits = point.commits;
    point_go_online(&point);
    point_wait(&point, point_is_idle, "deliver everything");
    us = bench_us_since(point.online_ns);
    commits = point.commits - commits;
    bench_must(point.ended == count, "deliver every transaction");
    point_close(&point);
    bench_must(commits <= (uint64_t)MESSAGES * count + SPARE_COMMITS, "commit once a message");
    bare += bare_us(bench, &raw, peer_get(bench), (uint64_t)MESSAGES * count,
                    (uint64_t)MESSAGES * count) /
            2;
    raw_close(&raw);
    bench_print(bench, "replay_1000", count / us * 1e6, "per_s", count / bare * 1e6);
}

const struct bench_group bench_replay_group = {{"replay_1000", NULL}, run};
