/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authorization cache (OCPP 1.6 3.5.1): the latest answer for every idTag, bounded; evicts
 * invalid entries first, then the least recently used, from an ordered index, without scanning.
 */
#ifndef EVCP_CORE_CACHE_H
#define EVCP_CORE_CACHE_H

#include "authorize.h"
#include "store.h"

struct evcp__cache {
    struct evcp__store *store;
    uint32_t count;
    uint32_t max;  /* 0: there is no cache */
    uint64_t tick; /* order of use, grows */
};

/* Damaged meta data: the cache is emptied (staged) and *rebuilt is set. */
EVCP__MUST_CHECK int evcp__cache_load(struct evcp__cache *c, struct evcp__store *s, uint32_t max,
                                      bool *rebuilt);

EVCP__MUST_CHECK int evcp__cache_find(const struct evcp__cache *c, const char *id_tag,
                                      int64_t judge_ms, struct evcp__knowledge *out);

/* Keep an answer; may evict. Staged, may wait for the next commit. */
EVCP__MUST_CHECK int evcp__cache_put(struct evcp__cache *c, const char *id_tag,
                                     const struct evcp__token_info *info, int64_t judge_ms);

/* The entry was used: it becomes the youngest. Staged, may wait; no entry: nothing happens. */
EVCP__MUST_CHECK int evcp__cache_touch(struct evcp__cache *c, const char *id_tag);

/* Forget one entry (it is in the list now); no entry: nothing happens. */
EVCP__MUST_CHECK int evcp__cache_remove(struct evcp__cache *c, const char *id_tag);

EVCP__MUST_CHECK int evcp__cache_clear(struct evcp__cache *c);

#endif
