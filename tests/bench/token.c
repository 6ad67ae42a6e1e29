/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_offline: the link is down, a cable is plugged, a card of the local list is read; until the
 * contactor is told to close. Between the two lies the commit of decision and transaction. Limit:
 * one bare durable commit of one small record. token_offline_cpu: the same without the time in the
 * commit.
 */
#include "bench.h"
#include "ids.h"
#include "list_frame.h"
#include "point.h"
#include "raw_store.h"

#define ENTRIES 10000u
#define TOKENS  300u
#define PAUSE   20 /* ms for what follows: notices, statuses */

struct tokens {
    struct point point;
    struct raw_store raw;
    struct bench_samples whole;
    struct bench_samples cpu;
    struct bench_samples limit;
};

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

    list_frame_full(&frame, ENTRIES, 1);
    point_receive(point, frame.text, frame.length);
    point_wait(point, has_replied, "accept a list");
    list_frame_free(&frame);
}

static void charge_once(struct tokens *t, uint64_t number)
{
    struct point *point = &t->point;
    char id[ID_SIZE];
    uint64_t start = 0;
    double us = 0;

    id_text(number, id);
    point_plug(point, true);
    point_run(point, PAUSE);
    point->commits_ns = 0;
    start = bench_ns();
    point_present(point, id);
    point_wait(point, is_closed, "close the contactor");
    us = (double)(point->closed_ns - start) / 1e3;
    bench_sample(&t->whole, us);
    bench_sample(&t->cpu, us - (double)point->commits_ns / 1e3);
    point_plug(point, false);
    point_wait(point, is_open, "open the contactor");
    point_run(point, PAUSE);
}

static void run(const struct bench *bench)
{
    static struct tokens t;
    const unsigned count = bench_times(bench, TOKENS, 10);
    uint64_t state = 1;

    point_open(&t.point, bench, "token");
    raw_open(&t.raw, bench, "token-raw");
    point_wait(&t.point, point_is_idle, "boot");
    give_list(&t.point);
    point_go_offline(&t.point);
    for (unsigned i = 0; i < count; i++) {
        charge_once(&t, id_draw(&state, ENTRIES));
        bench_sample(&t.limit, raw_commit_us(&t.raw));
    }
    bench_print(bench, "token_offline_cpu", bench_median(&t.cpu), "us", BENCH_NO_LIMIT);
    bench_print(bench, "token_offline", bench_median(&t.whole), "us", bench_median(&t.limit));
    raw_close(&t.raw);
    point_close(&t.point);
}

const struct bench_group bench_token_group = {{"token_offline_cpu", "token_offline", NULL}, run};
