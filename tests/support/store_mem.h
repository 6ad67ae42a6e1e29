/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store in memory with power cuts, failing writes and a size limit, for tests. It implements
 * the operations of store_port.h and passes the same contract suite as the LMDB store.
 */
#ifndef EVCP_TESTS_STORE_MEM_H
#define EVCP_TESTS_STORE_MEM_H

#include "../../lib/port/store_port.h"

EVCP__MUST_CHECK int evcp__db_open_mem(struct evcp__db **out);

/* Power cut: what was not committed is gone. The views stay valid; load a new core from them. */
void evcp__mem_cut(struct evcp__db *db);

/* The n-th commit from now with something to commit (1: the next) fails with the code, once. */
void evcp__mem_fail_commit(struct evcp__db *db, unsigned n, int code);

/* The n-th put from now (1: the next) fails with the code, once. */
void evcp__mem_fail_put(struct evcp__db *db, unsigned n, int code);

/* Commits that made something durable. */
uint64_t evcp__mem_commits(const struct evcp__db *db);

/* Size limit in bytes (0: none). A quarter of it is the reserve. */
void evcp__mem_limit(struct evcp__db *db, uint64_t bytes);

/* Bytes in use, staged writes included. */
uint64_t evcp__mem_used(const struct evcp__db *db);

/* A second store with what a power cut at this moment would leave of the first; settings of the
 * fail functions are not copied, the limit is. */
EVCP__MUST_CHECK int evcp__mem_copy(const struct evcp__db *db, struct evcp__db **out);

/* True if both hold the same committed and staged content (station by station). */
bool evcp__mem_equal(const struct evcp__db *a, const struct evcp__db *b);

#endif
