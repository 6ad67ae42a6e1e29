/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_full_*, list_diff_100_in_100k: from the raw frame, as the network delivers it to a station
 * that is online, until the reply is queued at its socket: framing, schema, decoding, checks,
 * sorting, commit. Limit: jansson reads the frame, and one bare LMDB transaction makes the same
 * entries durable, in the order of the frame; the next round replaces the list in both.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "bench.h"
#include "ids.h"
#include "list_frame.h"
#include "point.h"
#include "raw_store.h"

#define VALUE_SIZE   25u /* bytes of an entry's record */
#define ROUNDS_SMALL 15u
#define ROUNDS_LARGE 5u
#define DIFFERENCES  100u
#define DIFF_TOTAL   100000u

struct lists {
    const struct bench *bench;
    struct point point;
    struct raw_store raw;
    int version;
};

/* ---- the library ------------------------------------------------------------------------- */

static bool has_replied(const struct point *point)
{
    return point->reply_ns != 0;
}

static double ours_ms(struct lists *l, const struct list_frame *frame)
{
    const uint64_t start = bench_ns();

    l->point.reply_ns = 0;
    l->point.accepted = false;
    point_receive(&l->point, frame->text, frame->length);
    point_wait(&l->point, has_replied, "answer SendLocalList");
    bench_must(l->point.accepted, "get a list accepted");
    return (double)(l->point.reply_ns - start) / 1e6;
}

/* ---- the limit --------------------------------------------------------------------------- */

static void parse(const struct list_frame *frame)
{
    json_t *json = json_loadb(frame->text, frame->length, 0, NULL);

    bench_must(json, "parse a frame");
    json_decref(json);
}

static void raw_entry(const struct lists *l, MDB_txn *txn, uint64_t number)
{
    const char value[VALUE_SIZE] = "value";
    char id[ID_SIZE];

    id_text(number, id);
    raw_put(&l->raw, txn, id, ID_LENGTH, value, sizeof(value));
}

static double raw_full_ms(const struct lists *l, const struct list_frame *frame, uint64_t count)
{
    const uint64_t start = bench_ns();
    MDB_txn *txn = NULL;

    parse(frame);
    txn = raw_begin(&l->raw, 0);
    bench_must(mdb_drop(txn, l->raw.tree, 0) == MDB_SUCCESS, "empty a tree");
    for (uint64_t i = 0; i < count; i++)
        raw_entry(l, txn, i);
    bench_must(mdb_txn_commit(txn) == MDB_SUCCESS, "commit");
    return bench_us_since(start) / 1e3;
}

static void raw_change(const struct lists *l, MDB_txn *txn, uint64_t i, bool back)
{
    const uint64_t number = list_frame_changed(i, DIFFERENCES, DIFF_TOTAL);
    char id[ID_SIZE];
    MDB_val key = {ID_LENGTH, id};

    if (back || i % 2 == 0) {
        raw_entry(l, txn, number);
        return;
    }
    id_text(number, id);
    bench_must(mdb_del(txn, l->raw.tree, &key, NULL) == MDB_SUCCESS, "delete");
}

static double raw_differential_ms(const struct lists *l, const struct list_frame *frame, bool back)
{
    const uint64_t start = bench_ns();
    MDB_txn *txn = NULL;

    parse(frame);
    txn = raw_begin(&l->raw, 0);
    for (uint64_t i = 0; i < DIFFERENCES; i++)
        raw_change(l, txn, i, back);
    bench_must(mdb_txn_commit(txn) == MDB_SUCCESS, "commit");
    return bench_us_since(start) / 1e3;
}

/* ---- the figures ------------------------------------------------------------------------- */

/* The first list goes into an empty store, on both sides, and does not count. */
static void full(struct lists *l, const char *name, uint64_t count, unsigned rounds)
{
    struct bench_samples ours = {.count = 0};
    struct bench_samples raw = {.count = 0};

    if (!bench_wants(l->bench, name))
        return;
    for (unsigned round = 0; round <= rounds; round++) {
        struct list_frame frame;
        double a = 0;
        double b = 0;

        list_frame_full(&frame, count, ++l->version);
        a = ours_ms(l, &frame);
        b = raw_full_ms(l, &frame, count);
        list_frame_free(&frame);
        if (round == 0)
            continue;
        bench_sample(&ours, a);
        bench_sample(&raw, b);
    }
    bench_print(l->bench, name, bench_median(&ours), "ms", bench_median(&raw));
}

static void fill(struct lists *l)
{
    struct list_frame frame;

    list_frame_full(&frame, DIFF_TOTAL, ++l->version);
    (void)ours_ms(l, &frame);
    (void)raw_full_ms(l, &frame, DIFF_TOTAL);
    list_frame_free(&frame);
}

static void differential(struct lists *l, const char *name)
{
    const unsigned rounds = 2 * bench_times(l->bench, 15, 2);
    struct bench_samples ours = {.count = 0};
    struct bench_samples raw = {.count = 0};

    if (!bench_wants(l->bench, name))
        return;
    fill(l);
    for (unsigned round = 0; round < rounds; round++) {
        const bool back = round % 2 == 1;
        struct list_frame frame;

        list_frame_differential(&frame, DIFFERENCES, DIFF_TOTAL, back, ++l->version);
        bench_sample(&ours, ours_ms(l, &frame));
        bench_sample(&raw, raw_differential_ms(l, &frame, back));
        list_frame_free(&frame);
    }
    bench_print(l->bench, name, bench_median(&ours), "ms", bench_median(&raw));
}

static void run(const struct bench *bench)
{
    struct lists l = {.bench = bench};
    const unsigned small = bench_times(bench, ROUNDS_SMALL, 2);
    const unsigned large = bench_times(bench, ROUNDS_LARGE, 1);

    point_open(&l.point, bench, "list");
    raw_open(&l.raw, bench, "list-raw");
    point_wait(&l.point, point_is_idle, "boot");
    full(&l, "list_full_1k", 1000, small);
    full(&l, "list_full_10k", 10000, small);
    full(&l, "list_full_100k", 100000, large);
    differential(&l, "list_diff_100_in_100k");
    raw_close(&l.raw);
    point_close(&l.point);
}

const struct bench_group bench_list_group = {
    {"list_full_1k", "list_full_10k", "list_full_100k", "list_diff_100_in_100k", NULL},
    run,
};
