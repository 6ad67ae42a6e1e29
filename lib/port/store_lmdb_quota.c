/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How full the LMDB store is, and who may still write. LMDB tells that its map is full only when
 * it commits; then the whole turn is lost. So the pages that the open transaction needs are
 * estimated from above, before each write.
 */
#include "store_lmdb.h"

#include <string.h>

#define PAGES_MIN         256u
#define RESERVE_PAGES_MIN 64u
#define RESERVE_PAGES_MAX 1024u
#define RESERVE_PART      16u /* of the limit */
#define NODE_OVERHEAD     10u /* bytes of LMDB per record: node head and its place in the page */
#define FIXED_PAGES       10u /* branch pages, main tree and free list of any commit */

static uint64_t clamp(uint64_t v, uint64_t low, uint64_t high)
{
    return v < low ? low : v > high ? high : v;
}

void evcp__quota_open(struct evcp__lmdb *db, uint64_t page_size, uint64_t last_page)
{
    struct evcp__lmdb_quota *q = &db->quota;
    memset(q, 0, sizeof(*q));
    q->page_size = page_size;
    q->max_pages = clamp(db->max_bytes / page_size, PAGES_MIN, SIZE_MAX / page_size / 2);
    q->reserve_pages = clamp(q->max_pages / RESERVE_PART, RESERVE_PAGES_MIN, RESERVE_PAGES_MAX);
    /* If the limit was lowered below what is there, transactions still have to fit. */
    uint64_t least = last_page + 1 + q->reserve_pages;
    q->map_pages = q->max_pages < least ? least : q->max_pages;
}

void evcp__quota_reset(struct evcp__lmdb *db, bool committed)
{
    struct evcp__lmdb_quota *q = &db->quota;
    q->touched = q->scattered = q->packed = 0;
    if (committed) {
        q->free_known = false;
    }
}

static uint64_t last_page(const struct evcp__lmdb *db)
{
    MDB_envinfo info;
    return mdb_env_info(db->env, &info) == MDB_SUCCESS ? info.me_last_pgno : 0;
}

/* Pages in the free list that the next transaction may take: LMDB leaves those of the last commit
 * alone, for a crash. Reads the last commit, also while a write transaction is open. */
static uint64_t count_free(struct evcp__lmdb *db)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    uint64_t sum = 0;
    if (mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn) != MDB_SUCCESS) {
        return 0;
    }
    size_t last = mdb_txn_id(txn);
    if (mdb_cursor_open(txn, 0, &cursor) == MDB_SUCCESS) {
        MDB_val key;
        MDB_val data;
        while (mdb_cursor_get(cursor, &key, &data, MDB_NEXT) == MDB_SUCCESS) {
            size_t id;
            size_t count;
            memcpy(&id, key.mv_data, sizeof(id));
            memcpy(&count, data.mv_data, sizeof(count));
            sum += id < last ? count : 0;
        }
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    return sum;
}

static uint64_t pages_used(struct evcp__lmdb *db)
{
    struct evcp__lmdb_quota *q = &db->quota;
    if (!q->free_known) {
        q->free_pages = count_free(db);
        q->free_known = true;
    }
    uint64_t all = last_page(db) + 1;
    return all > q->free_pages ? all - q->free_pages : 0;
}

/* Pages that the open transaction takes at most, with `bytes` more. */
static uint64_t pages_staged(const struct evcp__lmdb_quota *q, uint64_t copied)
{
    uint64_t scattered = q->scattered * 2 / q->page_size;
    uint64_t packed = (q->packed + q->packed / 8) / q->page_size;
    return copied + scattered + packed + FIXED_PAGES;
}

/* A transaction never copies more pages than there are: the first comparison is cheap, the one
 * that counts the free list is made only when space runs out. */
static bool fits(struct evcp__lmdb *db, uint64_t limit)
{
    const struct evcp__lmdb_quota *q = &db->quota;
    uint64_t all = last_page(db) + 1;
    if (all + pages_staged(q, q->touched < all ? q->touched : all) <= limit) {
        return true;
    }
    uint64_t used = pages_used(db);
    return used + pages_staged(q, q->touched < used ? q->touched : used) <= limit;
}

int evcp__quota_put(struct evcp__lmdb *db, enum evcp__space space, size_t bytes,
                    enum evcp__placing placing)
{
    struct evcp__lmdb_quota *q = &db->quota;
    const struct evcp__lmdb_quota before = *q;
    if (placing == EVCP__PLACE_PACKED) {
        q->packed += bytes + NODE_OVERHEAD;
    } else {
        q->scattered += bytes + NODE_OVERHEAD;
        q->touched += placing == EVCP__PLACE_COPYING;
    }
    uint64_t limit =
        evcp__space_uses_reserve(space) ? q->map_pages : q->max_pages - q->reserve_pages;
    if (fits(db, limit)) {
        return EVCP_OK;
    }
    q->touched = before.touched;
    q->scattered = before.scattered;
    q->packed = before.packed;
    return EVCP_EFULL;
}

void evcp__quota_delete(struct evcp__lmdb *db, size_t pages)
{
    db->quota.touched += pages;
}

uint64_t evcp__quota_room(struct evcp__lmdb *db)
{
    const struct evcp__lmdb_quota *q = &db->quota;
    uint64_t used = pages_used(db);
    uint64_t taken = used + pages_staged(q, q->touched < used ? q->touched : used);
    uint64_t limit = q->max_pages - q->reserve_pages;
    return limit > taken ? (limit - taken) * q->page_size : 0;
}
