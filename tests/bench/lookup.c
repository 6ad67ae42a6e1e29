/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup_hit_*, lookup_miss_*: the local list is asked for one idTag, in a read transaction of its
 * own as in a turn of the loop. Limit: mdb_get of the same keys, in an open transaction.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "core/local_list.h"
#include "ids.h"
#include "port/store_port.h"
#include "raw_store.h"

#define STORE_BYTES ((uint64_t)1 << 30)
#define EXPIRY_MS   INT64_C(1924992000000)
#define ROUNDS      5u
#define VALUE_SIZE  25u /* bytes of an entry's record */
#define PROBES      200000u
#define PROBES_FAST 20000u

struct lookup {
    const struct bench *bench;
    const char *suffix;
    uint64_t entries;
    struct evcp__db *db;
    struct evcp__local_list list;
    struct raw_store raw;
    char (*probes)[ID_SIZE];
    size_t probe_count;
};

/* ---- filling ----------------------------------------------------------------------------- */

static void entry_at(const void *list, size_t index, struct evcp__list_entry *out)
{
    static char id[ID_SIZE];

    (void)list;
    id_text(index, id);
    *out = (struct evcp__list_entry){.id_tag = id, .has_info = true};
    out->info.status = EVCP_AUTH_ACCEPTED;
    out->info.expiry_ms = EXPIRY_MS;
}

static void fill_ours(struct lookup *l, const char *dir)
{
    const struct evcp__request request = {.kind = EVCP__REQ_SEND_LIST,
                                          .on = true,
                                          .number = 1,
                                          .list_count = (size_t)l->entries,
                                          .list_at = entry_at};
    struct evcp__db_report report;
    struct evcp__store *store = NULL;
    enum evcp__outcome outcome = EVCP__OUT_FAILED;
    char why[256];
    bool rebuilt = false;

    if (evcp__db_open_lmdb(dir, STORE_BYTES, &report, why, sizeof(why), &l->db))
        bench_fail("%s", why);
    bench_must(l->db->ops->station(l->db, "BENCH", &store) == EVCP_OK, "make a station's store");
    bench_must(evcp__list_load(&l->list, store, EVCP__LOCAL_LIST_CEILING, EVCP__LOCAL_LIST_CEILING,
                               &rebuilt) == EVCP_OK,
               "load a list");
    bench_must(evcp__list_apply(&l->list, &request, &outcome) == EVCP_OK &&
                   outcome == EVCP__OUT_ACCEPTED,
               "fill a list");
    bench_must(l->db->ops->commit(l->db) == EVCP_OK, "commit a list");
}

static void fill_raw(struct lookup *l)
{
    const char value[VALUE_SIZE] = "value";
    MDB_txn *txn = raw_begin(&l->raw, 0);
    char id[ID_SIZE];

    for (uint64_t i = 0; i < l->entries; i++) {
        id_text(i, id);
        raw_put(&l->raw, txn, id, ID_LENGTH, value, sizeof(value));
    }
    bench_must(mdb_txn_commit(txn) == MDB_SUCCESS, "commit");
}

/* ---- asking ------------------------------------------------------------------------------ */

static void choose_probes(struct lookup *l, bool present)
{
    uint64_t state = l->entries;

    for (size_t i = 0; i < l->probe_count; i++)
        id_text(id_draw(&state, l->entries) + (present ? 0 : ID_ABSENT), l->probes[i]);
}

static double ask_ours(const struct lookup *l, bool present)
{
    const uint64_t start = bench_ns();
    size_t found = 0;

    for (size_t i = 0; i < l->probe_count; i++) {
        struct evcp__knowledge known;
        bool damaged = false;

        if (evcp__list_find(&l->list, l->probes[i], 0, &known, &damaged))
            bench_fail("a list cannot be read");
        found += known.found;
        l->db->ops->end_turn(l->db);
    }
    bench_must(found == (present ? l->probe_count : 0), "find exactly what is in the list");
    return (double)(bench_ns() - start) / (double)l->probe_count;
}

static double ask_raw(const struct lookup *l, bool present)
{
    MDB_txn *txn = raw_begin(&l->raw, MDB_RDONLY);
    const uint64_t start = bench_ns();
    size_t found = 0;
    double each = 0;

    for (size_t i = 0; i < l->probe_count; i++) {
        MDB_val key = {ID_LENGTH, l->probes[i]};
        MDB_val value;

        found += mdb_get(txn, l->raw.tree, &key, &value) == MDB_SUCCESS;
    }
    each = (double)(bench_ns() - start) / (double)l->probe_count;
    bench_must(found == (present ? l->probe_count : 0), "find exactly what is there");
    mdb_txn_abort(txn);
    return each;
}

static void measure(struct lookup *l, bool present)
{
    struct bench_samples ours = {.count = 0};
    struct bench_samples raw = {.count = 0};
    char name[64];

    choose_probes(l, present);
    for (unsigned round = 0; round < ROUNDS; round++) {
        bench_sample(&ours, ask_ours(l, present));
        bench_sample(&raw, ask_raw(l, present));
    }
    (void)snprintf(name, sizeof(name), "lookup_%s_%s", present ? "hit" : "miss", l->suffix);
    bench_print(l->bench, name, bench_median(&ours), "ns", bench_median(&raw));
}

/* ---- the group --------------------------------------------------------------------------- */

static bool wants(const struct bench *bench, const char *suffix)
{
    char hit[64];
    char miss[64];

    (void)snprintf(hit, sizeof(hit), "lookup_hit_%s", suffix);
    (void)snprintf(miss, sizeof(miss), "lookup_miss_%s", suffix);
    return bench_wants(bench, hit) || bench_wants(bench, miss);
}

static void run_size(const struct bench *bench, const char *suffix, uint64_t entries)
{
    struct lookup l = {.bench = bench, .suffix = suffix, .entries = entries};
    char name[64];
    char dir[BENCH_PATH_MAX];

    if (!wants(bench, suffix))
        return;
    l.probe_count = bench_times(bench, PROBES, PROBES_FAST);
    l.probes = calloc(l.probe_count, sizeof(*l.probes));
    bench_must(l.probes, "allocate");
    (void)snprintf(name, sizeof(name), "lookup-%s", suffix);
    bench_subdir(bench, name, dir);
    fill_ours(&l, dir);
    (void)snprintf(name, sizeof(name), "lookup-raw-%s", suffix);
    raw_open(&l.raw, bench, name);
    fill_raw(&l);
    measure(&l, true);
    measure(&l, false);
    raw_close(&l.raw);
    l.db->ops->close(l.db);
    free(l.probes);
}

static void run(const struct bench *bench)
{
    run_size(bench, "1k", 1000);
    run_size(bench, "100k", 100000);
    run_size(bench, "1m", 1000000);
}

const struct bench_group bench_lookup_group = {
    {"lookup_hit_1k", "lookup_miss_1k", "lookup_hit_100k", "lookup_miss_100k", "lookup_hit_1m",
     "lookup_miss_1m", NULL},
    run,
};
