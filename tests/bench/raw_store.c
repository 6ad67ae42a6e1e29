/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LMDB without the library.
 */
#include "raw_store.h"

#include <string.h>

#define MAP_BYTES  ((size_t)1 << 30)
#define SMALL_SIZE 100 /* bytes of the record of raw_commit_us() */

static void must(int rc, const char *what)
{
    if (rc != MDB_SUCCESS)
        bench_fail("LMDB could not %s: %s", what, mdb_strerror(rc));
}

void raw_open(struct raw_store *raw, const struct bench *bench, const char *name)
{
    char path[BENCH_PATH_MAX];
    MDB_txn *txn = NULL;

    bench_subdir(bench, name, path);
    (void)strncat(path, "/raw.mdb", sizeof(path) - strlen(path) - 1);
    must(mdb_env_create(&raw->env), "make an environment");
    must(mdb_env_set_mapsize(raw->env, MAP_BYTES), "set its size");
    must(mdb_env_open(raw->env, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS | MDB_NORDAHEAD, 0600),
         "open it");
    txn = raw_begin(raw, 0);
    must(mdb_dbi_open(txn, NULL, 0, &raw->tree), "open its tree");
    must(mdb_txn_commit(txn), "commit");
}

void raw_close(struct raw_store *raw)
{
    mdb_env_close(raw->env);
}

MDB_txn *raw_begin(const struct raw_store *raw, unsigned flags)
{
    MDB_txn *txn = NULL;

    must(mdb_txn_begin(raw->env, NULL, flags, &txn), "begin a transaction");
    return txn;
}

void raw_put(const struct raw_store *raw, MDB_txn *txn, const void *key, size_t key_size,
             const void *value, size_t value_size)
{
    MDB_val k = {key_size, (void *)(uintptr_t)key};
    MDB_val v = {value_size, (void *)(uintptr_t)value};

    must(mdb_put(txn, raw->tree, &k, &v, 0), "put");
}

double raw_commit_us(const struct raw_store *raw)
{
    static uint64_t number;
    char value[SMALL_SIZE] = "";
    const uint64_t start = bench_ns();
    MDB_txn *txn = raw_begin(raw, 0);
    const uint64_t key = number++ % 16;

    memcpy(value, &start, sizeof(start));
    raw_put(raw, txn, &key, sizeof(key), value, sizeof(value));
    must(mdb_txn_commit(txn), "commit");
    return bench_us_since(start);
}
