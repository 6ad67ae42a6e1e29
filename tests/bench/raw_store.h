/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LMDB without the library, opened with the same flags: what the limits are measured with.
 */
#ifndef EVCP_BENCH_RAW_STORE_H
#define EVCP_BENCH_RAW_STORE_H

#include <lmdb.h>

#include "bench.h"

struct raw_store {
    MDB_env *env;
    MDB_dbi tree;
};

/* In a directory of its own below that of the run. */
void raw_open(struct raw_store *raw, const struct bench *bench, const char *name);
void raw_close(struct raw_store *raw);

MDB_txn *raw_begin(const struct raw_store *raw, unsigned flags);
void raw_put(const struct raw_store *raw, MDB_txn *txn, const void *key, size_t key_size,
             const void *value, size_t value_size);

/* One small record, durable: microseconds from the begin of the transaction to its end. */
double raw_commit_us(const struct raw_store *raw);

#endif
