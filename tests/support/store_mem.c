/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory store: a sorted array of immutable, counted items per station and space. Staged
 * writes change the arrays at once and leave an undo log, so that a commit costs only the
 * forgetting of the log and a power cut only its replay.
 */
#include "store_mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What the limit counts for one item besides its bytes. */
#define ITEM_OVERHEAD 16u

struct item {
    size_t refs;
    size_t key_size;
    size_t value_size;
    uint8_t bytes[];
};

struct map {
    struct item **items;
    size_t count;
    size_t capacity;
};

struct mem_db;

struct mem_station {
    struct evcp__store store;
    struct mem_db *db;
    size_t index;
    struct map maps[EVCP__SPACES];
    char id[];
};

/* One staged write, as its opposite. */
struct undo {
    size_t station;
    enum evcp__space space;
    struct item *now;    /* item that the write put; NULL: it deleted or cleared */
    struct item *before; /* item that was there; NULL: none */
    struct map cleared;  /* clear: all that was there */
    uint64_t used;       /* bytes in use before */
};

struct countdown {
    unsigned left; /* 0: off */
    int code;
};

struct mem_db {
    struct evcp__db db;
    struct mem_station **stations;
    size_t station_count;
    struct undo *log;
    size_t log_count;
    size_t log_capacity;
    struct countdown commit_fault;
    struct countdown put_fault;
    uint64_t commits;
    uint64_t limit;
    uint64_t used;
};

static struct mem_db *mem(struct evcp__db *db)
{
    return (struct mem_db *)db;
}

static const struct mem_db *mem_const(const struct evcp__db *db)
{
    return (const struct mem_db *)db;
}

/* ---- items and maps ---------------------------------------------------------------------- */

static struct item *item_new(struct evcp__slice key, struct evcp__slice value)
{
    struct item *it = malloc(sizeof(*it) + key.size + value.size);
    if (it == NULL) {
        return NULL;
    }
    it->refs = 1;
    it->key_size = key.size;
    it->value_size = value.size;
    if (key.size > 0) {
        memcpy(it->bytes, key.data, key.size);
    }
    if (value.size > 0) {
        memcpy(it->bytes + key.size, value.data, value.size);
    }
    return it;
}

static struct item *item_ref(struct item *it)
{
    if (it != NULL) {
        it->refs++;
    }
    return it;
}

static void item_unref(struct item *it)
{
    if (it != NULL && --it->refs == 0) {
        free(it);
    }
}

static uint64_t item_cost(const struct item *it)
{
    return it->key_size + it->value_size + ITEM_OVERHEAD;
}

static struct evcp__slice item_key(const struct item *it)
{
    return (struct evcp__slice){it->bytes, it->key_size};
}

static struct evcp__slice item_value(const struct item *it)
{
    return (struct evcp__slice){it->bytes + it->key_size, it->value_size};
}

static int compare(struct evcp__slice a, struct evcp__slice b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0) {
        return order;
    }
    return (a.size > b.size) - (a.size < b.size);
}

/* Index of the first item that is not below the key; *found if it is the key. */
static size_t map_find(const struct map *m, struct evcp__slice key, bool *found)
{
    size_t low = 0;
    size_t high = m->count;
    *found = false;
    /* Queues and sorted loads append: look at the end first. */
    if (high > 0 && compare(item_key(m->items[high - 1]), key) < 0) {
        return high;
    }
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = compare(item_key(m->items[mid]), key);
        if (order == 0) {
            *found = true;
            return mid;
        }
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static bool map_reserve(struct map *m)
{
    if (m->count < m->capacity) {
        return true;
    }
    size_t capacity = m->capacity == 0 ? 8 : m->capacity * 2;
    struct item **items = realloc(m->items, capacity * sizeof(struct item *));
    if (items == NULL) {
        return false;
    }
    m->items = items;
    m->capacity = capacity;
    return true;
}

static void map_insert(struct map *m, size_t at, struct item *it)
{
    assert(m->count < m->capacity);
    memmove(m->items + at + 1, m->items + at, (m->count - at) * sizeof(struct item *));
    m->items[at] = it;
    m->count++;
}

static void map_remove(struct map *m, size_t at)
{
    m->count--;
    memmove(m->items + at, m->items + at + 1, (m->count - at) * sizeof(struct item *));
}

static void map_free(struct map *m)
{
    for (size_t i = 0; i < m->count; i++) {
        item_unref(m->items[i]);
    }
    free(m->items);
    *m = (struct map){NULL, 0, 0};
}

static bool map_copy(const struct map *from, struct map *to)
{
    *to = (struct map){NULL, 0, 0};
    if (from->count == 0) {
        return true;
    }
    to->items = malloc(from->count * sizeof(struct item *));
    if (to->items == NULL) {
        return false;
    }
    to->count = to->capacity = from->count;
    for (size_t i = 0; i < from->count; i++) {
        to->items[i] = item_ref(from->items[i]);
    }
    return true;
}

static bool map_equal(const struct map *a, const struct map *b)
{
    if (a->count != b->count) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (compare(item_key(a->items[i]), item_key(b->items[i])) != 0 ||
            compare(item_value(a->items[i]), item_value(b->items[i])) != 0) {
            return false;
        }
    }
    return true;
}

/* ---- the undo log ------------------------------------------------------------------------ */

static struct undo *log_reserve(struct mem_db *db)
{
    if (db->log_count == db->log_capacity) {
        size_t capacity = db->log_capacity == 0 ? 16 : db->log_capacity * 2;
        struct undo *log = realloc(db->log, capacity * sizeof(*log));
        if (log == NULL) {
            return NULL;
        }
        db->log = log;
        db->log_capacity = capacity;
    }
    struct undo *u = &db->log[db->log_count];
    memset(u, 0, sizeof(*u));
    return u;
}

/* Takes back one write in `db`; `u` keeps its references. */
static void undo_apply(struct mem_db *db, const struct undo *u)
{
    struct map *m = &db->stations[u->station]->maps[u->space];
    bool found;
    db->used = u->used;
    if (u->now != NULL) {
        size_t at = map_find(m, item_key(u->now), &found);
        assert(found);
        item_unref(m->items[at]);
        map_remove(m, at);
    }
    if (u->before != NULL) {
        size_t at = map_find(m, item_key(u->before), &found);
        assert(!found);
        /* The array never shrinks: the place that the write took or left is there. */
        map_insert(m, at, item_ref(u->before));
    }
}

static void undo_forget(struct undo *u)
{
    item_unref(u->now);
    item_unref(u->before);
    map_free(&u->cleared);
}

static void undo_clear(struct mem_db *db, struct undo *u)
{
    struct map *m = &db->stations[u->station]->maps[u->space];
    db->used = u->used;
    map_free(m);
    *m = u->cleared;
    u->cleared = (struct map){NULL, 0, 0};
}

static void mem_abandon(struct evcp__db *base)
{
    struct mem_db *db = mem(base);
    while (db->log_count > 0) {
        struct undo *u = &db->log[--db->log_count];
        if (u->cleared.count > 0) {
            undo_clear(db, u);
        } else {
            undo_apply(db, u);
        }
        undo_forget(u);
    }
}

/* ---- the view of a station --------------------------------------------------------------- */

static struct mem_station *station_of(struct evcp__store *s)
{
    return (struct mem_station *)s;
}

static bool due(struct countdown *c)
{
    return c->left > 0 && --c->left == 0;
}

/* Ordinary writes leave the reserve alone; the limit itself is for all. */
static uint64_t limit_for(const struct mem_db *db, enum evcp__space space)
{
    if (db->limit == 0) {
        return UINT64_MAX;
    }
    return evcp__space_uses_reserve(space) ? db->limit : db->limit - db->limit / 4;
}

static int mem_get(struct evcp__store *s, enum evcp__space space, struct evcp__slice key,
                   struct evcp__slice *value)
{
    const struct map *m = &station_of(s)->maps[space];
    bool found;
    size_t at = map_find(m, key, &found);
    if (!found) {
        return EVCP_ENOENT;
    }
    *value = item_value(m->items[at]);
    return EVCP_OK;
}

static int mem_scan(struct evcp__store *s, enum evcp__space space, struct evcp__slice from,
                    evcp__visit *visit, void *context)
{
    const struct map *m = &station_of(s)->maps[space];
    bool found;
    for (size_t i = map_find(m, from, &found); i < m->count; i++) {
        if (visit(context, item_key(m->items[i]), item_value(m->items[i])) != 0) {
            break;
        }
    }
    return EVCP_OK;
}

static int mem_put(struct evcp__store *s, enum evcp__space space, struct evcp__slice key,
                   struct evcp__slice value)
{
    struct mem_station *st = station_of(s);
    struct mem_db *db = st->db;
    struct map *m = &st->maps[space];
    assert(key.size <= EVCP__STORE_KEY_MAX && value.size <= EVCP__RECORD_MAX);
    if (due(&db->put_fault)) {
        return db->put_fault.code;
    }
    bool found;
    size_t at = map_find(m, key, &found);
    uint64_t used =
        db->used + key.size + value.size + ITEM_OVERHEAD - (found ? item_cost(m->items[at]) : 0);
    if (used > db->used && used > limit_for(db, space)) {
        return EVCP_EFULL;
    }
    struct undo *u = log_reserve(db);
    struct item *it = u != NULL && map_reserve(m) ? item_new(key, value) : NULL;
    if (it == NULL) {
        return EVCP_ENOMEM;
    }
    u->station = st->index;
    u->space = space;
    u->used = db->used;
    u->now = item_ref(it);
    if (found) {
        u->before = m->items[at];
        m->items[at] = it;
    } else {
        map_insert(m, at, it);
    }
    db->log_count++;
    db->used = used;
    return EVCP_OK;
}

static int mem_del(struct evcp__store *s, enum evcp__space space, struct evcp__slice key)
{
    struct mem_station *st = station_of(s);
    struct map *m = &st->maps[space];
    bool found;
    size_t at = map_find(m, key, &found);
    if (!found) {
        return EVCP_OK;
    }
    struct undo *u = log_reserve(st->db);
    if (u == NULL) {
        return EVCP_ENOMEM;
    }
    u->station = st->index;
    u->space = space;
    u->used = st->db->used;
    u->before = m->items[at];
    map_remove(m, at);
    st->db->log_count++;
    st->db->used -= item_cost(u->before);
    return EVCP_OK;
}

static int mem_clear(struct evcp__store *s, enum evcp__space space)
{
    struct mem_station *st = station_of(s);
    struct map *m = &st->maps[space];
    if (m->count == 0) {
        return EVCP_OK;
    }
    struct undo *u = log_reserve(st->db);
    if (u == NULL) {
        return EVCP_ENOMEM;
    }
    u->station = st->index;
    u->space = space;
    u->used = st->db->used;
    for (size_t i = 0; i < m->count; i++) {
        st->db->used -= item_cost(m->items[i]);
    }
    u->cleared = *m;
    *m = (struct map){NULL, 0, 0};
    st->db->log_count++;
    return EVCP_OK;
}

static uint64_t mem_room(struct evcp__store *s)
{
    const struct mem_db *db = station_of(s)->db;
    uint64_t limit = limit_for(db, EVCP__SPACE_LIST);
    return limit > db->used ? limit - db->used : 0;
}

static const struct evcp__store_ops store_ops = {mem_get, mem_scan,  mem_put,
                                                 mem_del, mem_clear, mem_room};

/* ---- the store --------------------------------------------------------------------------- */

static int station_add(struct mem_db *db, const char *id, struct mem_station **out)
{
    size_t size = strlen(id) + 1;
    struct mem_station *st = calloc(1, sizeof(*st) + size);
    struct mem_station **stations =
        realloc(db->stations, (db->station_count + 1) * sizeof(struct mem_station *));
    if (stations != NULL) {
        db->stations = stations;
    }
    if (st == NULL || stations == NULL) {
        free(st);
        return EVCP_ENOMEM;
    }
    st->store.ops = &store_ops;
    st->db = db;
    st->index = db->station_count;
    memcpy(st->id, id, size);
    stations[db->station_count++] = st;
    *out = st;
    return EVCP_OK;
}

static struct mem_station *station_find(const struct mem_db *db, const char *id)
{
    for (size_t i = 0; i < db->station_count; i++) {
        if (strcmp(db->stations[i]->id, id) == 0) {
            return db->stations[i];
        }
    }
    return NULL;
}

static int mem_station_view(struct evcp__db *base, const char *id, struct evcp__store **out)
{
    struct mem_db *db = mem(base);
    struct mem_station *st = station_find(db, id);
    if (st == NULL) {
        int rc = station_add(db, id, &st);
        if (rc != EVCP_OK) {
            return rc;
        }
    }
    *out = &st->store;
    return EVCP_OK;
}

static int mem_commit(struct evcp__db *base)
{
    struct mem_db *db = mem(base);
    if (db->log_count == 0) {
        return EVCP_OK;
    }
    if (due(&db->commit_fault)) {
        mem_abandon(base);
        return db->commit_fault.code;
    }
    while (db->log_count > 0) {
        undo_forget(&db->log[--db->log_count]);
    }
    db->commits++;
    return EVCP_OK;
}

static bool mem_dirty(const struct evcp__db *base)
{
    return mem_const(base)->log_count > 0;
}

static void mem_end_turn(struct evcp__db *base)
{
    (void)base;
}

static void mem_close(struct evcp__db *base)
{
    struct mem_db *db = mem(base);
    mem_abandon(base);
    for (size_t i = 0; i < db->station_count; i++) {
        for (int space = 0; space < EVCP__SPACES; space++) {
            map_free(&db->stations[i]->maps[space]);
        }
        free(db->stations[i]);
    }
    free(db->stations);
    free(db->log);
    free(db);
}

static const struct evcp__db_ops db_ops = {mem_station_view, mem_commit,   mem_abandon,
                                           mem_dirty,        mem_end_turn, mem_close};

int evcp__db_open_mem(struct evcp__db **out)
{
    struct mem_db *db = calloc(1, sizeof(*db));
    if (db == NULL) {
        return EVCP_ENOMEM;
    }
    db->db.ops = &db_ops;
    *out = &db->db;
    return EVCP_OK;
}

/* ---- what tests do to it ----------------------------------------------------------------- */

void evcp__mem_cut(struct evcp__db *db)
{
    mem_abandon(db);
}

void evcp__mem_fail_commit(struct evcp__db *db, unsigned n, int code)
{
    mem(db)->commit_fault = (struct countdown){n, code};
}

void evcp__mem_fail_put(struct evcp__db *db, unsigned n, int code)
{
    mem(db)->put_fault = (struct countdown){n, code};
}

uint64_t evcp__mem_commits(const struct evcp__db *db)
{
    return mem_const(db)->commits;
}

void evcp__mem_limit(struct evcp__db *db, uint64_t bytes)
{
    mem(db)->limit = bytes;
}

uint64_t evcp__mem_used(const struct evcp__db *db)
{
    return mem_const(db)->used;
}

static int copy_stations(const struct mem_db *from, struct mem_db *to)
{
    for (size_t i = 0; i < from->station_count; i++) {
        struct mem_station *st;
        int rc = station_add(to, from->stations[i]->id, &st);
        for (int space = 0; rc == EVCP_OK && space < EVCP__SPACES; space++) {
            if (!map_copy(&from->stations[i]->maps[space], &st->maps[space])) {
                rc = EVCP_ENOMEM;
            }
        }
        if (rc != EVCP_OK) {
            return rc;
        }
    }
    return EVCP_OK;
}

/* Replays the undo log of `from` in its copy. */
static int copy_undo(const struct mem_db *from, struct mem_db *to)
{
    for (size_t i = from->log_count; i > 0; i--) {
        const struct undo *u = &from->log[i - 1];
        struct map *m = &to->stations[u->station]->maps[u->space];
        if (u->cleared.count > 0) {
            struct undo again = *u;
            if (!map_copy(&u->cleared, &again.cleared)) {
                return EVCP_ENOMEM;
            }
            undo_clear(to, &again);
            continue;
        }
        if (!map_reserve(m)) {
            return EVCP_ENOMEM;
        }
        undo_apply(to, u);
    }
    return EVCP_OK;
}

int evcp__mem_copy(const struct evcp__db *db, struct evcp__db **out)
{
    const struct mem_db *from = mem_const(db);
    int rc = evcp__db_open_mem(out);
    if (rc != EVCP_OK) {
        return rc;
    }
    mem(*out)->limit = from->limit;
    mem(*out)->used = from->used;
    rc = copy_stations(from, mem(*out));
    if (rc == EVCP_OK) {
        rc = copy_undo(from, mem(*out));
    }
    if (rc != EVCP_OK) {
        mem_close(*out);
        *out = NULL;
    }
    return rc;
}

bool evcp__mem_equal(const struct evcp__db *a, const struct evcp__db *b)
{
    const struct mem_db *left = mem_const(a);
    const struct mem_db *right = mem_const(b);
    if (left->station_count != right->station_count) {
        return false;
    }
    for (size_t i = 0; i < left->station_count; i++) {
        const struct mem_station *other = station_find(right, left->stations[i]->id);
        for (int space = 0; other != NULL && space < EVCP__SPACES; space++) {
            if (!map_equal(&left->stations[i]->maps[space], &other->maps[space])) {
                return false;
            }
        }
        if (other == NULL) {
            return false;
        }
    }
    return true;
}
