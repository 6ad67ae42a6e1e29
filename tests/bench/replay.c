/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay_1000: 1,000 transactions were made offline; the link returns; how many per second arrive,
 * from the accepted boot to the last acknowledged end. Limit: a bare libwebsockets client that
 * makes a round trip and a small durable LMDB commit for every message, one after the other,
 * before and after the replay, because other users of the disk come and go.
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
#define ECHOES        500u
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

static void run(const struct bench *bench)
{
    const unsigned count = bench_times(bench, TRANSACTIONS, QUICK);
    const unsigned echoes = bench_times(bench, ECHOES, 20);
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
    peer_share_processor(true);
    bare = echo_round_trip_us(point.peer, echoes, &raw);
    point.online_ns = 0;
    commits = point.commits;
    point_go_online(&point);
    point_wait(&point, point_is_idle, "deliver everything");
    us = bench_us_since(point.online_ns);
    commits = point.commits - commits;
    bench_must(point.ended == count, "deliver every transaction");
    point_close(&point);
    bench_must(commits <= (uint64_t)MESSAGES * count + SPARE_COMMITS, "commit once a message");
    bare += echo_round_trip_us(point.peer, echoes, &raw);
    peer_share_processor(false);
    raw_close(&raw);
    bench_print(bench, "replay_1000", count / us * 1e6, "per_s", 1e6 / (MESSAGES * bare / 2));
}

const struct bench_group bench_replay_group = {{"replay_1000", NULL}, run};
