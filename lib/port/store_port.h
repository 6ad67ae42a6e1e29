/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store as the host sees it: opened once, one view per station, one commit for all. LMDB in
 * the product; a memory store with power cuts in the tests implements the same operations.
 */
#ifndef EVCP_PORT_STORE_PORT_H
#define EVCP_PORT_STORE_PORT_H

#include "../core/store.h"

struct evcp__db;

struct evcp__db_ops {
    /* View of one station, made on first use, owned by the db. EVCP_OK, EVCP_ENOMEM, EVCP_ESTORE,
     * EVCP_EFULL (too many stations). */
    int (*station)(struct evcp__db *, const char *station_id, struct evcp__store **out);
    /* Makes all staged writes durable; nothing staged: EVCP_OK at no cost. On failure (EVCP_EFULL,
     * EVCP_ESTORE) they are all abandoned. */
    int (*commit)(struct evcp__db *);
    /* Forget all staged writes. */
    void (*abandon)(struct evcp__db *);
    /* True if there are staged writes. */
    bool (*dirty)(const struct evcp__db *);
    /* End of a turn without commit: values handed out by get may be released. */
    void (*end_turn)(struct evcp__db *);
    void (*close)(struct evcp__db *); /* staged writes are abandoned */
};

struct evcp__db {
    const struct evcp__db_ops *ops;
};

/* List and cache leave the reserve alone: they are as large as they are allowed to be, and can do
 * without. The rest belongs to transactions or is small; what the core may refuse of it (a start,
 * meter values) it refuses by room(). */
static inline bool evcp__space_uses_reserve(enum evcp__space space)
{
    return space != EVCP__SPACE_LIST && space != EVCP__SPACE_CACHE &&
           space != EVCP__SPACE_CACHE_ORDER;
}

/* What opening found. */
struct evcp__db_report {
    bool created;   /* there was no store */
    bool set_aside; /* an unreadable one was renamed to set_aside_path, a new one was made */
    char set_aside_path[512];
};

/* EVCP_EVERSION: written by a newer library, untouched. EVCP_ESTORE: directory not writable, no
 * space, in use by another process; `why` says what to do. */
EVCP__MUST_CHECK int evcp__db_open_lmdb(const char *dir, uint64_t max_bytes,
                                        struct evcp__db_report *report, char *why, size_t why_size,
                                        struct evcp__db **db);

#endif
