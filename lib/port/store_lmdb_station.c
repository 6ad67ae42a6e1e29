/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stations of the LMDB store: a number for every station id, which goes in front of its keys, and
 * a tree for its local authorization list.
 */
#include "store_lmdb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/record.h"

/* Keys of the store itself begin with station number 0. */
#define STATIONS_TABLE 1u

static size_t number_key(const char *id, uint8_t *out)
{
    size_t length = strlen(id);
    out[0] = out[1] = 0;
    out[2] = STATIONS_TABLE;
    memcpy(out + 3, id, length);
    return 3 + length;
}

static int read_number(const MDB_val *data, uint16_t *number)
{
    struct evcp__cursor r;
    int rc = evcp__read_begin(&r, (struct evcp__slice){data->mv_data, data->mv_size});
    *number = evcp__read_u16(&r);
    return rc == EVCP_OK && evcp__read_end(&r) == EVCP_OK && *number != 0 ? MDB_SUCCESS
                                                                          : MDB_CORRUPTED;
}

/* The number after the highest one given; a number is never given again. */
static int next_number(struct evcp__lmdb *db, MDB_txn *txn, uint16_t *number)
{
    uint8_t first[] = {0, 0, STATIONS_TABLE};
    MDB_val key = {sizeof(first), first};
    MDB_val data;
    MDB_cursor *cursor;
    uint16_t highest = 0;
    int rc = mdb_cursor_open(txn, db->main, &cursor);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);
    while (rc == MDB_SUCCESS && key.mv_size >= 3 && memcmp(key.mv_data, first, 3) == 0) {
        uint16_t other;
        rc = read_number(&data, &other);
        highest = other > highest ? other : highest;
        if (rc == MDB_SUCCESS) {
            rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);
        }
    }
    mdb_cursor_close(cursor);
    *number = (uint16_t)(highest + 1);
    if (rc != MDB_SUCCESS && rc != MDB_NOTFOUND) {
        return rc;
    }
    return highest >= EVCP__DB_STATIONS_MAX ? MDB_DBS_FULL : MDB_SUCCESS;
}

static int write_number(struct evcp__lmdb *db, MDB_txn *txn, MDB_val *key, uint16_t number)
{
    struct evcp__writer w;
    struct evcp__slice record;
    evcp__write_begin(&w);
    evcp__write_u16(&w, number);
    if (evcp__write_seal(&w, &record) != EVCP_OK) {
        return MDB_CORRUPTED;
    }
    MDB_val data = {record.size, (void *)(uintptr_t)record.data};
    return mdb_put(txn, db->main, key, &data, 0);
}

static int station_number(struct evcp__lmdb *db, MDB_txn *txn, const char *id, uint16_t *number,
                          bool *added)
{
    uint8_t bytes[3 + EVCP__DB_ID_MAX];
    MDB_val key = {number_key(id, bytes), bytes};
    MDB_val data;
    int rc = mdb_get(txn, db->main, &key, &data);
    if (rc == MDB_SUCCESS) {
        return read_number(&data, number);
    }
    if (rc == MDB_NOTFOUND) {
        rc = next_number(db, txn, number);
        *added = rc == MDB_SUCCESS;
    }
    return rc == MDB_SUCCESS ? write_number(db, txn, &key, *number) : rc;
}

static int open_list(MDB_txn *txn, struct evcp__lmdb_station *st)
{
    char name[16];
    snprintf(name, sizeof(name), "list-%u", (unsigned)st->number);
    return mdb_dbi_open(txn, name, MDB_CREATE, &st->list);
}

/* In its own commit, so that the tree's handle outlives what is staged later. */
static int station_register(struct evcp__lmdb *db, struct evcp__lmdb_station *st)
{
    MDB_txn *txn;
    bool added = false;
    int rc = evcp__lmdb_writer(db, &txn);
    if (rc == MDB_SUCCESS) {
        rc = station_number(db, txn, st->id, &st->number, &added);
    }
    if (rc == MDB_SUCCESS) {
        rc = open_list(txn, st);
    }
    if (rc != MDB_SUCCESS) {
        evcp__lmdb_abandon(&db->db);
        return rc == MDB_DBS_FULL ? EVCP_EFULL : evcp__lmdb_result(rc);
    }
    if (!added) {
        rc = mdb_txn_commit(txn); /* nothing was written: this only keeps the handle */
        db->write = NULL;
        return evcp__lmdb_result(rc);
    }
    db->staged = true;
    return evcp__lmdb_commit(&db->db);
}

static struct evcp__lmdb_station *station_find(struct evcp__lmdb *db, const char *id)
{
    for (size_t i = 0; i < db->station_count; i++) {
        if (strcmp(db->stations[i]->id, id) == 0) {
            return db->stations[i];
        }
    }
    return NULL;
}

static int station_add(struct evcp__lmdb *db, const char *id, struct evcp__lmdb_station **out)
{
    struct evcp__lmdb_station *st = calloc(1, sizeof(*st));
    if (st == NULL) {
        return EVCP_ENOMEM;
    }
    st->store.ops = &evcp__lmdb_store_ops;
    st->db = db;
    memcpy(st->id, id, strlen(id) + 1);
    int rc = station_register(db, st);
    if (rc != EVCP_OK) {
        free(st);
        return rc;
    }
    db->stations[db->station_count++] = st;
    *out = st;
    return EVCP_OK;
}

int evcp__lmdb_station(struct evcp__db *base, const char *id, struct evcp__store **out)
{
    struct evcp__lmdb *db = (struct evcp__lmdb *)base;
    struct evcp__lmdb_station *st = station_find(db, id);
    if (st == NULL) {
        if (strlen(id) > EVCP__DB_ID_MAX || db->station_count == EVCP__DB_STATIONS_MAX) {
            return EVCP_EFULL;
        }
        int rc = evcp__lmdb_commit(base);
        if (rc == EVCP_OK) {
            rc = station_add(db, id, &st);
        }
        if (rc != EVCP_OK) {
            return rc;
        }
    }
    *out = &st->store;
    return EVCP_OK;
}

int evcp__lmdb_lists_open(struct evcp__lmdb *db)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(db->env, NULL, 0, &txn);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    for (size_t i = 0; rc == MDB_SUCCESS && i < db->station_count; i++) {
        rc = open_list(txn, db->stations[i]);
    }
    if (rc != MDB_SUCCESS) {
        mdb_txn_abort(txn);
        return rc;
    }
    return mdb_txn_commit(txn);
}
