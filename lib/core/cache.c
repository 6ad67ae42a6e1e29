/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authorization cache. An entry is stored under its folded idTag and has one key in the
 * order index, [class][tick]: not-valid entries first, then the least recently used, so that the
 * first key is the next victim. Anything damaged in here empties the cache: it is only a cache.
 */
#include "cache.h"

#include <assert.h>
#include <string.h>

#include "record.h"
#include "token.h"

/* Below this room in the store nothing is added or moved, only forgotten: a cache must not make
 * an answer of the central system fail. */
#define ROOM_MIN (64u * 1024u)

#define ORDER_KEY_SIZE 9u
#define CLASS_INVALID  0u
#define CLASS_VALID    1u

struct entry {
    uint8_t class;
    uint64_t tick;
    struct evcp__token_info info;
};

/* A key with the bytes that it points to. */
struct tag_key {
    struct evcp__slice slice;
    char bytes[EVCP_TOKEN_MAX + 1];
};

static bool fold(const char *id_tag, struct tag_key *out)
{
    if (strlen(id_tag) > EVCP_TOKEN_MAX) {
        return false;
    }
    out->slice = (struct evcp__slice){out->bytes, evcp__token_fold(id_tag, out->bytes)};
    return true;
}

static struct evcp__slice order_key(uint8_t class, uint64_t tick, uint8_t out[ORDER_KEY_SIZE])
{
    out[0] = class;
    evcp__key_u64(tick, out + 1);
    return (struct evcp__slice){out, ORDER_KEY_SIZE};
}

static bool has_room(const struct evcp__cache *c)
{
    return c->store->ops->room(c->store) >= ROOM_MIN;
}

/* ---- records ----------------------------------------------------------------------------- */

static int put_entry(const struct evcp__cache *c, struct evcp__slice key, const struct entry *e)
{
    struct evcp__writer w;
    struct evcp__slice record;
    evcp__write_begin(&w);
    evcp__write_u8(&w, e->class);
    evcp__write_u64(&w, e->tick);
    evcp__write_u8(&w, (uint8_t)e->info.status);
    evcp__write_i64(&w, e->info.expiry_ms);
    evcp__write_text(&w, e->info.parent);
    int rc = evcp__write_seal(&w, &record);
    return rc == EVCP_OK ? evcp__put(c->store, EVCP__SPACE_CACHE, key, record) : rc;
}

static int put_order(const struct evcp__cache *c, const struct tag_key *key, const struct entry *e)
{
    struct evcp__writer w;
    struct evcp__slice record;
    uint8_t order[ORDER_KEY_SIZE];
    evcp__write_begin(&w);
    evcp__write_text(&w, key->bytes);
    int rc = evcp__write_seal(&w, &record);
    return rc == EVCP_OK ? evcp__put(c->store, EVCP__SPACE_CACHE_ORDER,
                                     order_key(e->class, e->tick, order), record)
                         : rc;
}

static int parse_entry(struct evcp__slice record, struct entry *out)
{
    struct evcp__cursor r;
    int rc = evcp__read_begin(&r, record);
    if (rc != EVCP_OK) {
        return rc;
    }
    out->class = evcp__read_u8(&r);
    out->tick = evcp__read_u64(&r);
    uint8_t status = evcp__read_u8(&r);
    out->info.expiry_ms = evcp__read_i64(&r);
    evcp__read_text(&r, out->info.parent, sizeof(out->info.parent));
    if (status > EVCP_AUTH_CONCURRENT_TX || out->class > CLASS_VALID) {
        return EVCP_ECORRUPT;
    }
    out->info.status = (enum evcp_auth_status)status;
    return evcp__read_end(&r);
}

/* EVCP_OK, EVCP_ENOENT, EVCP_ECORRUPT, EVCP_EVERSION, EVCP_ESTORE. */
static int get_entry(const struct evcp__cache *c, struct evcp__slice key, struct entry *out)
{
    struct evcp__slice record;
    int rc = evcp__get(c->store, EVCP__SPACE_CACHE, key, &record);
    return rc == EVCP_OK ? parse_entry(record, out) : rc;
}

/* ---- removing ---------------------------------------------------------------------------- */

int evcp__cache_clear(struct evcp__cache *c)
{
    int rc = evcp__clear(c->store, EVCP__SPACE_CACHE);
    if (rc == EVCP_OK) {
        rc = evcp__clear(c->store, EVCP__SPACE_CACHE_ORDER);
    }
    c->count = 0;
    return rc;
}

static int del_order(const struct evcp__cache *c, const struct entry *e)
{
    uint8_t order[ORDER_KEY_SIZE];
    return evcp__del(c->store, EVCP__SPACE_CACHE_ORDER, order_key(e->class, e->tick, order));
}

static int drop(struct evcp__cache *c, struct evcp__slice key, const struct entry *e)
{
    int rc = del_order(c, e);
    if (rc == EVCP_OK) {
        rc = evcp__del(c->store, EVCP__SPACE_CACHE, key);
    }
    if (rc == EVCP_OK && c->count > 0) {
        c->count--;
    }
    return rc;
}

struct victim {
    bool found;
    int result;
    struct tag_key key;
};

static int visit_victim(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct victim *v = context;
    struct evcp__cursor r;
    (void)key;
    v->found = true;
    v->result = evcp__read_begin(&r, value);
    if (v->result == EVCP_OK) {
        evcp__read_text(&r, v->key.bytes, sizeof(v->key.bytes));
        v->key.slice = (struct evcp__slice){v->key.bytes, strlen(v->key.bytes)};
        v->result = evcp__read_end(&r);
    }
    return 1;
}

static int evict(struct evcp__cache *c)
{
    struct victim v = {.result = EVCP_ECORRUPT};
    struct entry e;
    int rc = evcp__scan(c->store, EVCP__SPACE_CACHE_ORDER, (struct evcp__slice){NULL, 0},
                        visit_victim, &v);
    if (rc != EVCP_OK) {
        return rc;
    }
    rc = v.result == EVCP_OK ? get_entry(c, v.key.slice, &e) : v.result;
    if (rc == EVCP_ECORRUPT || rc == EVCP_ENOENT) {
        return evcp__cache_clear(c);
    }
    return rc == EVCP_OK ? drop(c, v.key.slice, &e) : rc;
}

static int evict_down_to(struct evcp__cache *c, uint32_t count)
{
    if (count == 0) {
        return evcp__cache_clear(c);
    }
    int rc = EVCP_OK;
    while (rc == EVCP_OK && c->count > count) {
        rc = evict(c);
    }
    return rc;
}

int evcp__cache_remove(struct evcp__cache *c, const char *id_tag)
{
    struct tag_key key;
    struct entry e;
    if (!fold(id_tag, &key)) {
        return EVCP_OK;
    }
    int rc = get_entry(c, key.slice, &e);
    switch (rc) {
    case EVCP_OK: return drop(c, key.slice, &e);
    case EVCP_ENOENT: return EVCP_OK;
    case EVCP_ECORRUPT: return evcp__cache_clear(c);
    default: return rc;
    }
}

/* ---- loading ----------------------------------------------------------------------------- */

struct tally {
    uint32_t count;
    uint64_t tick;
    bool damaged;
};

static int tally_order(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct tally *t = context;
    (void)value;
    if (key.size != ORDER_KEY_SIZE || t->count == UINT32_MAX) {
        t->damaged = true;
        return 1;
    }
    uint64_t tick = evcp__key_to_u64((const uint8_t *)key.data + 1);
    t->tick = tick > t->tick ? tick : t->tick;
    t->count++;
    return 0;
}

int evcp__cache_load(struct evcp__cache *c, struct evcp__store *s, uint32_t max, bool *rebuilt)
{
    struct tally t = {0, 0, false};
    int rc = evcp__scan(s, EVCP__SPACE_CACHE_ORDER, (struct evcp__slice){NULL, 0}, tally_order, &t);
    if (rc != EVCP_OK) {
        return rc;
    }
    *c = (struct evcp__cache){s, t.count, max, t.tick};
    *rebuilt = t.damaged;
    if (t.damaged) {
        return evcp__cache_clear(c);
    }
    return c->count > max ? evict_down_to(c, max) : EVCP_OK;
}

/* ---- use --------------------------------------------------------------------------------- */

static bool is_past(const struct evcp__token_info *info, int64_t judge_ms)
{
    return info->expiry_ms != 0 && judge_ms >= info->expiry_ms;
}

int evcp__cache_find(const struct evcp__cache *c, const char *id_tag, int64_t judge_ms,
                     struct evcp__knowledge *out)
{
    struct tag_key key;
    struct entry e;
    memset(out, 0, sizeof(*out));
    if (c->max == 0 || !fold(id_tag, &key)) {
        return EVCP_OK;
    }
    int rc = get_entry(c, key.slice, &e);
    if (rc != EVCP_OK) {
        return rc == EVCP_ENOENT || rc == EVCP_ECORRUPT ? EVCP_OK : rc;
    }
    out->found = true;
    out->info = e.info;
    out->expired = is_past(&e.info, judge_ms);
    return EVCP_OK;
}

static int store_entry(struct evcp__cache *c, const struct tag_key *key, struct entry *e)
{
    e->tick = ++c->tick;
    int rc = put_entry(c, key->slice, e);
    return rc == EVCP_OK ? put_order(c, key, e) : rc;
}

static int replace(struct evcp__cache *c, const struct tag_key *key, const struct entry *old,
                   struct entry *e)
{
    int rc = del_order(c, old);
    return rc == EVCP_OK ? store_entry(c, key, e) : rc;
}

static int insert(struct evcp__cache *c, const struct tag_key *key, struct entry *e)
{
    int rc = EVCP_OK;
    if (c->count >= c->max) {
        rc = evict_down_to(c, c->max - 1);
    }
    if (rc == EVCP_OK) {
        rc = store_entry(c, key, e);
    }
    if (rc == EVCP_OK) {
        c->count++;
    }
    return rc;
}

int evcp__cache_put(struct evcp__cache *c, const char *id_tag, const struct evcp__token_info *info,
                    int64_t judge_ms)
{
    struct tag_key key;
    struct entry old;
    if (c->max == 0 || !fold(id_tag, &key)) {
        return EVCP_OK;
    }
    if (!has_room(c)) {
        return evcp__cache_remove(c, id_tag); /* better nothing than something outdated */
    }
    bool valid = info->status == EVCP_AUTH_ACCEPTED && !is_past(info, judge_ms);
    struct entry e = {valid ? CLASS_VALID : CLASS_INVALID, 0, *info};
    int rc = get_entry(c, key.slice, &old);
    if (rc == EVCP_OK) {
        return replace(c, &key, &old, &e);
    }
    if (rc == EVCP_ECORRUPT) {
        rc = evcp__cache_clear(c);
    }
    return rc == EVCP_OK || rc == EVCP_ENOENT ? insert(c, &key, &e) : rc;
}

int evcp__cache_touch(struct evcp__cache *c, const char *id_tag)
{
    struct tag_key key;
    struct entry old;
    if (c->max == 0 || !fold(id_tag, &key)) {
        return EVCP_OK;
    }
    int rc = get_entry(c, key.slice, &old);
    if (rc != EVCP_OK) {
        return rc == EVCP_ENOENT || rc == EVCP_ECORRUPT ? EVCP_OK : rc;
    }
    if (old.tick == c->tick || !has_room(c)) {
        return EVCP_OK;
    }
    struct entry e = old;
    return replace(c, &key, &old, &e);
}
