/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The LMDB store's inside, shared by its files: operations, opening, check of the file, quota.
 * docs/STORE.md describes the layout.
 */
#ifndef EVCP_PORT_STORE_LMDB_H
#define EVCP_PORT_STORE_LMDB_H

#include <lmdb.h>

#include "store_port.h"

#define EVCP__DB_FORMAT       1u  /* of the layout: which keys and which trees there are */
#define EVCP__DB_STATIONS_MAX 64u /* each has a tree for its list; LMDB's cost grows with them */
#define EVCP__DB_KEY_MAX      (3u + EVCP__STORE_KEY_MAX)
#define EVCP__DB_ID_MAX       255u /* bytes of a station's id */
#define EVCP__DB_SET_ASIDE    3    /* unreadable stores that are kept */

/* What of the open transaction counts against the limit. */
struct evcp__lmdb_quota {
    uint64_t page_size;
    uint64_t max_pages;     /* what the configuration allows */
    uint64_t map_pages;     /* what LMDB can hold; more only if the limit was lowered */
    uint64_t reserve_pages; /* kept for the start and the stop of transactions */
    uint64_t free_pages;    /* reusable pages of the last commit */
    bool free_known;
    uint64_t touched;   /* pages that the staged writes copy, at most */
    uint64_t scattered; /* bytes staged anywhere: pages may stay half empty */
    uint64_t packed;    /* bytes staged in ascending order: pages are filled */
};

struct evcp__lmdb;

struct evcp__lmdb_station {
    struct evcp__store store;
    struct evcp__lmdb *db;
    uint16_t number;
    MDB_dbi list;
    bool appending;      /* the list was cleared in this transaction: keys come in order */
    size_t list_touched; /* records of the list that this transaction put or deleted */
    char id[EVCP__DB_ID_MAX + 1];
};

struct evcp__lmdb {
    struct evcp__db db;
    MDB_env *env;
    MDB_dbi main;
    MDB_txn *read;
    bool reading; /* `read` is renewed */
    MDB_txn *write;
    bool staged;
    struct evcp__lmdb_station *stations[EVCP__DB_STATIONS_MAX];
    size_t station_count;
    struct evcp__lmdb_quota quota;
    uint64_t max_bytes;
    uint64_t commits;
    int lock_fd;
    char path[4096];
};

/* ---- store_lmdb_open.c ------------------------------------------------------------------- */

/* Opens the environment at db->path with its main tree, and again after LMDB gave it up. MDB
 * code or errno. */
EVCP__MUST_CHECK int evcp__lmdb_env_open(struct evcp__lmdb *db);
void evcp__lmdb_env_close(struct evcp__lmdb *db);
/* Closes everything; nothing is staged any more. */
void evcp__lmdb_free(struct evcp__lmdb *db);

/* ---- store_lmdb_station.c ---------------------------------------------------------------- */

EVCP__MUST_CHECK int evcp__lmdb_station(struct evcp__db *base, const char *id,
                                        struct evcp__store **out);
/* Opens the lists of all stations after the environment was opened again. MDB code or errno. */
EVCP__MUST_CHECK int evcp__lmdb_lists_open(struct evcp__lmdb *db);

/* ---- store_lmdb.c ------------------------------------------------------------------------ */

extern const struct evcp__db_ops evcp__lmdb_db_ops;
extern const struct evcp__store_ops evcp__lmdb_store_ops;

/* LMDB's or the system's code as one of ours. */
int evcp__lmdb_result(int code);
/* The open write transaction; begun if there is none. */
EVCP__MUST_CHECK int evcp__lmdb_writer(struct evcp__lmdb *db, MDB_txn **txn);
EVCP__MUST_CHECK int evcp__lmdb_commit(struct evcp__db *base);
void evcp__lmdb_abandon(struct evcp__db *base);
/* Durable commits since opening. */
uint64_t evcp__db_lmdb_commits(const struct evcp__db *base);

/* ---- store_lmdb_quota.c ------------------------------------------------------------------ */

void evcp__quota_open(struct evcp__lmdb *db, uint64_t page_size, uint64_t last_page);
/* A transaction ended, by a commit or not: nothing is staged. */
void evcp__quota_reset(struct evcp__lmdb *db, bool committed);
enum evcp__placing {
    EVCP__PLACE_PACKED,    /* behind the last key: pages are filled */
    EVCP__PLACE_SCATTERED, /* anywhere, in a page that was copied before */
    EVCP__PLACE_COPYING    /* anywhere: a page may have to be copied */
};

/* EVCP_OK and counted, or EVCP_EFULL. */
EVCP__MUST_CHECK int evcp__quota_put(struct evcp__lmdb *db, enum evcp__space space, size_t bytes,
                                     enum evcp__placing placing);
void evcp__quota_delete(struct evcp__lmdb *db, size_t pages);
uint64_t evcp__quota_room(struct evcp__lmdb *db);

/* ---- store_lmdb_check.c ------------------------------------------------------------------ */

enum evcp__file_state {
    EVCP__FILE_ABSENT, /* no file, or an empty one */
    EVCP__FILE_SOUND,
    EVCP__FILE_DAMAGED, /* also: not an LMDB file */
    EVCP__FILE_NEWER,   /* of a later LMDB */
    EVCP__FILE_ERROR    /* errno tells */
};

/* Walks all trees of the file without LMDB, which would crash on a damaged one. *last_page is
 * the highest page in use. */
enum evcp__file_state evcp__lmdb_check(const char *path, uint64_t *page_size, uint64_t *last_page);

#endif
