/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The LMDB store: reading, staging and committing. Staged writes wait in the one write
 * transaction, which stays open over turns until they are committed or abandoned; reads go
 * through it while it is open, else through one read transaction that is reset after each turn.
 */
#include "store_lmdb.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static struct evcp__lmdb *lmdb(struct evcp__db *base)
{
    return (struct evcp__lmdb *)base;
}

static struct evcp__lmdb_station *station_of(struct evcp__store *s)
{
    return (struct evcp__lmdb_station *)s;
}

int evcp__lmdb_result(int code)
{
    switch (code) {
    case MDB_SUCCESS: return EVCP_OK;
    case MDB_NOTFOUND: return EVCP_ENOENT;
    case ENOMEM: return EVCP_ENOMEM;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return EVCP_EFULL;
    default: return EVCP_ESTORE;
    }
}

/* ---- transactions ------------------------------------------------------------------------ */

static void end_reading(struct evcp__lmdb *db)
{
    if (db->reading) {
        mdb_txn_reset(db->read);
        db->reading = false;
    }
}

/* After a failure to write its root page, LMDB refuses the environment until it is opened anew. */
static int reopen(struct evcp__lmdb *db)
{
    evcp__lmdb_env_close(db);
    int rc = evcp__lmdb_env_open(db);
    if (rc == MDB_SUCCESS) {
        rc = evcp__lmdb_lists_open(db);
    }
    if (rc != MDB_SUCCESS) {
        evcp__lmdb_env_close(db);
    }
    return rc;
}

static int begin(struct evcp__lmdb *db, unsigned flags, MDB_txn **txn)
{
    int rc = db->env == NULL ? MDB_PANIC : mdb_txn_begin(db->env, NULL, flags, txn);
    if (rc != MDB_PANIC) {
        return rc;
    }
    rc = reopen(db);
    return rc == MDB_SUCCESS ? mdb_txn_begin(db->env, NULL, flags, txn) : rc;
}

static int reader(struct evcp__lmdb *db, MDB_txn **txn)
{
    int rc = MDB_SUCCESS;
    if (db->write != NULL) {
        *txn = db->write;
        return MDB_SUCCESS;
    }
    if (!db->reading) {
        rc = db->read != NULL ? mdb_txn_renew(db->read) : begin(db, MDB_RDONLY, &db->read);
        db->reading = rc == MDB_SUCCESS;
    }
    *txn = db->read;
    return rc;
}

int evcp__lmdb_writer(struct evcp__lmdb *db, MDB_txn **txn)
{
    int rc = MDB_SUCCESS;
    if (db->write == NULL) {
        end_reading(db);
        rc = begin(db, 0, &db->write);
        if (rc != MDB_SUCCESS) {
            db->write = NULL;
        }
    }
    *txn = db->write;
    return rc;
}

static void forget_staged(struct evcp__lmdb *db, bool committed)
{
    db->write = NULL;
    db->staged = false;
    for (size_t i = 0; i < db->station_count; i++) {
        db->stations[i]->appending = false;
        db->stations[i]->list_touched = 0;
    }
    evcp__quota_reset(db, committed);
}

/* ---- keys -------------------------------------------------------------------------------- */

/* A key in its tree. The lists have a tree each; there the space number stands in front only
 * because LMDB knows no empty keys. */
struct place {
    MDB_dbi tree;
    size_t prefix; /* bytes that all keys of this space share */
    MDB_val key;
    uint8_t bytes[EVCP__DB_KEY_MAX];
};

/* Every start and stop of a transaction writes META, TX and OUTBOX: META stands next to them, so
 * that they share pages and a commit copies fewer. */
static uint8_t space_byte(enum evcp__space space)
{
    return space == EVCP__SPACE_META ? 0x5F : (uint8_t)(space * 16);
}

static void locate(struct evcp__lmdb_station *st, enum evcp__space space, struct evcp__slice key,
                   struct place *out)
{
    assert(key.size <= EVCP__STORE_KEY_MAX);
    bool list = space == EVCP__SPACE_LIST;
    out->tree = list ? st->list : st->db->main;
    out->prefix = 0;
    if (!list) {
        out->bytes[out->prefix++] = (uint8_t)(st->number >> 8);
        out->bytes[out->prefix++] = (uint8_t)(st->number & 0xFFu);
    }
    out->bytes[out->prefix++] = space_byte(space);
    if (key.size > 0) {
        memcpy(out->bytes + out->prefix, key.data, key.size);
    }
    out->key = (MDB_val){out->prefix + key.size, out->bytes};
}

static bool inside(const struct place *p, const MDB_val *key)
{
    return key->mv_size >= p->prefix && memcmp(key->mv_data, p->bytes, p->prefix) == 0;
}

/* ---- reading ----------------------------------------------------------------------------- */

static int lmdb_get(struct evcp__store *s, enum evcp__space space, struct evcp__slice key,
                    struct evcp__slice *value)
{
    struct evcp__lmdb_station *st = station_of(s);
    MDB_txn *txn;
    int rc = reader(st->db, &txn);
    if (rc != MDB_SUCCESS) {
        return EVCP_ESTORE;
    }
    struct place at;
    MDB_val data;
    locate(st, space, key, &at);
    rc = mdb_get(txn, at.tree, &at.key, &data);
    if (rc != MDB_SUCCESS) {
        return rc == MDB_NOTFOUND ? EVCP_ENOENT : EVCP_ESTORE;
    }
    *value = (struct evcp__slice){data.mv_data, data.mv_size};
    return EVCP_OK;
}

static int scan_from(MDB_cursor *cursor, const struct place *at, evcp__visit *visit, void *context)
{
    MDB_val key = at->key;
    MDB_val data;
    int rc = mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);
    while (rc == MDB_SUCCESS && inside(at, &key)) {
        struct evcp__slice k = {(const uint8_t *)key.mv_data + at->prefix,
                                key.mv_size - at->prefix};
        struct evcp__slice v = {data.mv_data, data.mv_size};
        if (visit(context, k, v) != 0) {
            return MDB_SUCCESS;
        }
        rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);
    }
    return rc;
}

static int lmdb_scan(struct evcp__store *s, enum evcp__space space, struct evcp__slice from,
                     evcp__visit *visit, void *context)
{
    struct evcp__lmdb_station *st = station_of(s);
    MDB_txn *txn;
    MDB_cursor *cursor;
    struct place at;
    locate(st, space, from, &at);
    int rc = reader(st->db, &txn);
    if (rc == MDB_SUCCESS) {
        rc = mdb_cursor_open(txn, at.tree, &cursor);
    }
    if (rc != MDB_SUCCESS) {
        return EVCP_ESTORE;
    }
    rc = scan_from(cursor, &at, visit, context);
    mdb_cursor_close(cursor);
    return rc == MDB_SUCCESS || rc == MDB_NOTFOUND ? EVCP_OK : EVCP_ESTORE;
}

/* ---- staging ----------------------------------------------------------------------------- */

/* A transaction cannot copy more pages of the list than it has. */
static size_t list_copies(struct evcp__lmdb_station *st)
{
    MDB_stat stat;
    if (mdb_stat(st->db->write, st->list, &stat) != MDB_SUCCESS) {
        return 1;
    }
    return st->list_touched++ < stat.ms_leaf_pages ? 1 : 0;
}

static enum evcp__placing placing_of(struct evcp__lmdb_station *st, enum evcp__space space)
{
    if (space != EVCP__SPACE_LIST) {
        return EVCP__PLACE_COPYING;
    }
    if (st->appending) {
        return EVCP__PLACE_PACKED;
    }
    return list_copies(st) > 0 ? EVCP__PLACE_COPYING : EVCP__PLACE_SCATTERED;
}

static int put_at(struct evcp__lmdb_station *st, struct place *at, MDB_val *data, bool append)
{
    if (append) {
        int rc = mdb_put(st->db->write, at->tree, &at->key, data, MDB_APPEND);
        if (rc != MDB_KEYEXIST) {
            return rc;
        }
        st->appending = false; /* not in order after all */
    }
    return mdb_put(st->db->write, at->tree, &at->key, data, 0);
}

static int lmdb_put(struct evcp__store *s, enum evcp__space space, struct evcp__slice key,
                    struct evcp__slice value)
{
    struct evcp__lmdb_station *st = station_of(s);
    assert(value.size <= EVCP__RECORD_MAX);
    MDB_txn *txn;
    int rc = evcp__lmdb_writer(st->db, &txn);
    if (rc != MDB_SUCCESS) {
        return evcp__lmdb_result(rc);
    }
    struct place at;
    MDB_val data = {value.size, (void *)(uintptr_t)value.data};
    locate(st, space, key, &at);
    enum evcp__placing placing = placing_of(st, space);
    rc = evcp__quota_put(st->db, space, at.key.mv_size + value.size, placing);
    if (rc != EVCP_OK) {
        return rc;
    }
    rc = put_at(st, &at, &data, placing == EVCP__PLACE_PACKED);
    st->db->staged = st->db->staged || rc == MDB_SUCCESS;
    return evcp__lmdb_result(rc);
}

static int lmdb_del(struct evcp__store *s, enum evcp__space space, struct evcp__slice key)
{
    struct evcp__lmdb_station *st = station_of(s);
    struct evcp__slice there;
    int found = lmdb_get(s, space, key, &there);
    if (found != EVCP_OK) {
        return found == EVCP_ENOENT ? EVCP_OK : found;
    }
    MDB_txn *txn;
    int rc = evcp__lmdb_writer(st->db, &txn);
    if (rc != MDB_SUCCESS) {
        return evcp__lmdb_result(rc);
    }
    struct place at;
    locate(st, space, key, &at);
    rc = mdb_del(txn, at.tree, &at.key, NULL);
    evcp__quota_delete(st->db, space == EVCP__SPACE_LIST ? list_copies(st) : 1);
    st->db->staged = st->db->staged || rc == MDB_SUCCESS;
    return rc == MDB_NOTFOUND ? EVCP_ESTORE : evcp__lmdb_result(rc);
}

static int clear_list(struct evcp__lmdb_station *st, MDB_txn *txn)
{
    MDB_stat stat;
    int rc = mdb_stat(txn, st->list, &stat);
    if (rc == MDB_SUCCESS && stat.ms_entries > 0) {
        rc = mdb_drop(txn, st->list, 0);
        evcp__quota_delete(st->db, stat.ms_leaf_pages / 256);
        st->db->staged = true;
    }
    st->appending = rc == MDB_SUCCESS;
    return rc;
}

static int clear_range(struct evcp__lmdb *db, MDB_cursor *cursor, const struct place *at)
{
    MDB_val key = at->key;
    MDB_val data;
    size_t bytes = 0;
    int rc = mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);
    while (rc == MDB_SUCCESS && inside(at, &key)) {
        bytes += key.mv_size + data.mv_size;
        rc = mdb_cursor_del(cursor, 0);
        db->staged = true;
        if (rc == MDB_SUCCESS) {
            /* after a deletion LMDB's cursor stands before the record that followed */
            rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);
        }
    }
    evcp__quota_delete(db, 1 + 2 * bytes / db->quota.page_size);
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

static int clear_space(struct evcp__lmdb_station *st, MDB_txn *txn, enum evcp__space space)
{
    struct place at;
    MDB_cursor *cursor;
    locate(st, space, (struct evcp__slice){NULL, 0}, &at);
    int rc = mdb_cursor_open(txn, at.tree, &cursor);
    if (rc == MDB_SUCCESS) {
        rc = clear_range(st->db, cursor, &at);
        mdb_cursor_close(cursor);
    }
    return rc;
}

static int lmdb_clear(struct evcp__store *s, enum evcp__space space)
{
    struct evcp__lmdb_station *st = station_of(s);
    MDB_txn *txn;
    int rc = evcp__lmdb_writer(st->db, &txn);
    if (rc == MDB_SUCCESS) {
        rc = space == EVCP__SPACE_LIST ? clear_list(st, txn) : clear_space(st, txn, space);
    }
    return evcp__lmdb_result(rc);
}

static uint64_t lmdb_room(struct evcp__store *s)
{
    return evcp__quota_room(station_of(s)->db);
}

const struct evcp__store_ops evcp__lmdb_store_ops = {lmdb_get, lmdb_scan,  lmdb_put,
                                                     lmdb_del, lmdb_clear, lmdb_room};

/* ---- commit ------------------------------------------------------------------------------ */

void evcp__lmdb_abandon(struct evcp__db *base)
{
    struct evcp__lmdb *db = lmdb(base);
    if (db->write != NULL) {
        mdb_txn_abort(db->write);
        forget_staged(db, false);
    }
}

int evcp__lmdb_commit(struct evcp__db *base)
{
    struct evcp__lmdb *db = lmdb(base);
    end_reading(db);
    if (!db->staged) {
        evcp__lmdb_abandon(base);
        return EVCP_OK;
    }
    int rc = mdb_txn_commit(db->write);
    forget_staged(db, true);
    if (rc == MDB_SUCCESS) {
        db->commits++;
    }
    return evcp__lmdb_result(rc);
}

static bool lmdb_dirty(const struct evcp__db *base)
{
    return ((const struct evcp__lmdb *)base)->staged;
}

static void lmdb_end_turn(struct evcp__db *base)
{
    end_reading(lmdb(base));
}

static void lmdb_close(struct evcp__db *base)
{
    evcp__lmdb_abandon(base);
    evcp__lmdb_free(lmdb(base));
}

uint64_t evcp__db_lmdb_commits(const struct evcp__db *base)
{
    return ((const struct evcp__lmdb *)base)->commits;
}

const struct evcp__db_ops evcp__lmdb_db_ops = {evcp__lmdb_station, evcp__lmdb_commit,
                                               evcp__lmdb_abandon, lmdb_dirty,
                                               lmdb_end_turn,      lmdb_close};
