/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store as the core sees it: one station's keys and values, in spaces, ordered by key bytes.
 * Writes are staged; the driver commits them after the step, before it performs the effects. A
 * staged write is visible to the reads that follow it.
 */
#ifndef EVCP_CORE_STORE_H
#define EVCP_CORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "types.h"

/* The numbers are part of the stored format: never renumber. */
enum evcp__space {
    EVCP__SPACE_META = 1,        /* boot number, list version, time floor, counters */
    EVCP__SPACE_SETTING = 2,     /* configuration keys */
    EVCP__SPACE_LIST = 3,        /* local authorization list */
    EVCP__SPACE_CACHE = 4,       /* authorization cache */
    EVCP__SPACE_CACHE_ORDER = 5, /* its eviction order */
    EVCP__SPACE_TX = 6,          /* transactions that are not delivered yet */
    EVCP__SPACE_TX_DATA = 7,     /* their meter values for StopTransaction */
    EVCP__SPACE_OUTBOX = 8,      /* queued transaction messages */
    EVCP__SPACE_QUARANTINE = 9,  /* messages refused for good */
    EVCP__SPACES = 10
};

struct evcp__slice {
    const void *data;
    size_t size;
};

/* Return 0 to go on, 1 to stop the scan. Slices live until the visitor returns; the visitor must
 * not write to the store. */
typedef int evcp__visit(void *context, struct evcp__slice key, struct evcp__slice value);

struct evcp__store {
    const struct evcp__store_ops *ops;
};

struct evcp__store_ops {
    /* EVCP_OK, EVCP_ENOENT, EVCP_ESTORE. The value lives until the next put, del, clear or turn. */
    int (*get)(struct evcp__store *, enum evcp__space, struct evcp__slice key,
               struct evcp__slice *value);
    /* Ascending from the first key >= `from` (empty: the first). EVCP_OK, EVCP_ESTORE. */
    int (*scan)(struct evcp__store *, enum evcp__space, struct evcp__slice from, evcp__visit *,
                void *context);
    /* Insert or replace. EVCP_OK, EVCP_ENOMEM, EVCP_EFULL, EVCP_ESTORE. */
    int (*put)(struct evcp__store *, enum evcp__space, struct evcp__slice key,
               struct evcp__slice value);
    /* EVCP_OK also if there was nothing. */
    int (*del)(struct evcp__store *, enum evcp__space, struct evcp__slice key);
    /* Remove every key of the space of this station. */
    int (*clear)(struct evcp__store *, enum evcp__space);
    /* Bytes still free for ordinary writes, the reserve for transactions not counted. */
    uint64_t (*room)(struct evcp__store *);
};

EVCP__MUST_CHECK static inline int evcp__get(struct evcp__store *s, enum evcp__space space,
                                             struct evcp__slice key, struct evcp__slice *value)
{
    return s->ops->get(s, space, key, value);
}

EVCP__MUST_CHECK static inline int evcp__put(struct evcp__store *s, enum evcp__space space,
                                             struct evcp__slice key, struct evcp__slice value)
{
    return s->ops->put(s, space, key, value);
}

EVCP__MUST_CHECK static inline int evcp__del(struct evcp__store *s, enum evcp__space space,
                                             struct evcp__slice key)
{
    return s->ops->del(s, space, key);
}

EVCP__MUST_CHECK static inline int evcp__clear(struct evcp__store *s, enum evcp__space space)
{
    return s->ops->clear(s, space);
}

EVCP__MUST_CHECK static inline int evcp__scan(struct evcp__store *s, enum evcp__space space,
                                              struct evcp__slice from, evcp__visit *visit,
                                              void *context)
{
    return s->ops->scan(s, space, from, visit, context);
}

#endif
