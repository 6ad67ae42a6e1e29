/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real LMDB store in a directory of its own, for the tests of one program.
 */
#ifndef EVCP_TESTS_STORE_LMDB_FIXTURE_H
#define EVCP_TESTS_STORE_LMDB_FIXTURE_H

#include <string.h>

#include "../../lib/port/store_lmdb.h"
#include "../support/temp_dir.h"

#define LIMIT (1024u * 1024u)

static char dir[64];
static struct evcp__db *db;
static struct evcp__store *store;
static struct evcp__db_report report;
static char why[512];

static inline int try_open(void)
{
    int rc = evcp__db_open_lmdb(dir, LIMIT, &report, why, sizeof(why), &db);
    if (rc == EVCP_OK) {
        assert_int_equal(db->ops->station(db, "A", &store), EVCP_OK);
    }
    return rc;
}

static inline void open_store(void)
{
    assert_int_equal(try_open(), EVCP_OK);
}

static inline void close_store(void)
{
    if (db != NULL) {
        db->ops->close(db);
        db = NULL;
    }
}

static inline int setup(void **state)
{
    (void)state;
    temp_dir_make(dir, sizeof(dir));
    db = NULL;
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    close_store();
    temp_dir_remove(dir);
    return 0;
}

static inline struct evcp__slice text(const char *t)
{
    return (struct evcp__slice){t, strlen(t)};
}

static inline void put(enum evcp__space space, const char *key, const char *value)
{
    assert_int_equal(evcp__put(store, space, text(key), text(value)), EVCP_OK);
}

static inline bool has(enum evcp__space space, const char *key, const char *value)
{
    struct evcp__slice v;
    int rc = evcp__get(store, space, text(key), &v);
    assert_true(rc == EVCP_OK || rc == EVCP_ENOENT);
    return rc == EVCP_OK && v.size == strlen(value) && memcmp(v.data, value, v.size) == 0;
}

static inline void commit(void)
{
    assert_int_equal(db->ops->commit(db), EVCP_OK);
}

static inline void update_pair(const char *value)
{
    put(EVCP__SPACE_TX, "transaction", value);
    put(EVCP__SPACE_LIST, "tag", value);
    put(EVCP__SPACE_OUTBOX, "message", value);
}

#endif
