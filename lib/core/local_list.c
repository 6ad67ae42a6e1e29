/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local authorization list. A request is first read into an array that is sorted by folded
 * idTag: that finds duplicates, and it is the order in which the store takes records fastest.
 * Nothing is staged before everything was checked.
 */
#include "local_list.h"

#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "token.h"

/* status, expiry, parent, with version and checksum */
#define ENTRY_MAX (1u + 1u + 8u + 2u + EVCP_TOKEN_MAX + 4u)

/* What a record takes of the store beside its bytes, and what a change in the middle of the list
 * takes: a page of LMDB. Estimates for the check before the first write. */
#define RECORD_OVERHEAD 32u
#define CHANGE_BYTES    4096u
#define STORED_BYTES    160u /* of an entry that is there, at most, with its share of the tree */

static const struct evcp__slice list_key = {"list", 4};

struct line {
    uint64_t head; /* first eight bytes of the key: most comparisons end here */
    uint8_t key_size;
    uint8_t record_size; /* 0: delete the entry */
    bool there;          /* in the list already; differential only */
    char key[EVCP__ID_TOKEN_MAX + 1];
    uint8_t record[ENTRY_MAX];
};

struct update {
    struct line *lines;
    struct line **order; /* lines by key */
    struct line **spare; /* for sorting */
    size_t count;
    size_t bytes; /* of keys and records */
    size_t added;
    size_t removed;
};

/* ---- records ----------------------------------------------------------------------------- */

static int put_state(struct evcp__local_list *l, uint32_t count, int32_t version)
{
    struct evcp__writer w;
    struct evcp__slice record;
    evcp__write_begin(&w);
    evcp__write_u32(&w, count);
    evcp__write_u32(&w, (uint32_t)version);
    int rc = evcp__write_seal(&w, &record);
    if (rc == EVCP_OK) {
        rc = evcp__put(l->store, EVCP__SPACE_META, list_key, record);
    }
    if (rc == EVCP_OK) {
        l->count = count;
        l->version = version;
    }
    return rc;
}

static int get_state(struct evcp__local_list *l)
{
    struct evcp__slice record;
    struct evcp__cursor r;
    int rc = evcp__get(l->store, EVCP__SPACE_META, list_key, &record);
    if (rc == EVCP_OK) {
        rc = evcp__read_begin(&r, record);
    }
    if (rc != EVCP_OK) {
        return rc;
    }
    uint32_t count = evcp__read_u32(&r);
    uint32_t version = evcp__read_u32(&r);
    rc = evcp__read_end(&r);
    if (rc != EVCP_OK || version > INT32_MAX) {
        return EVCP_ECORRUPT;
    }
    l->count = count;
    l->version = (int32_t)version;
    return EVCP_OK;
}

static int write_entry(const struct evcp__token_info *info, struct evcp__writer *w,
                       struct evcp__slice *record)
{
    evcp__write_begin(w);
    evcp__write_u8(w, (uint8_t)info->status);
    evcp__write_i64(w, info->expiry_ms);
    evcp__write_text(w, info->parent);
    return evcp__write_seal(w, record);
}

static int read_entry(struct evcp__slice record, struct evcp__token_info *out)
{
    struct evcp__cursor r;
    int rc = evcp__read_begin(&r, record);
    if (rc != EVCP_OK) {
        return rc;
    }
    uint8_t status = evcp__read_u8(&r);
    out->expiry_ms = evcp__read_i64(&r);
    evcp__read_text(&r, out->parent, sizeof(out->parent));
    if (status > EVCP_AUTH_CONCURRENT_TX) {
        return EVCP_ECORRUPT;
    }
    out->status = (enum evcp_auth_status)status;
    return evcp__read_end(&r);
}

/* ---- loading and looking up -------------------------------------------------------------- */

static int rebuild(struct evcp__local_list *l)
{
    int rc = evcp__clear(l->store, EVCP__SPACE_LIST);
    return rc == EVCP_OK ? put_state(l, 0, 0) : rc;
}

int evcp__list_load(struct evcp__local_list *l, struct evcp__store *s, uint32_t max,
                    uint32_t send_max, bool *rebuilt)
{
    *l = (struct evcp__local_list){.store = s, .max = max, .send_max = send_max};
    int rc = get_state(l);
    *rebuilt = rc == EVCP_ECORRUPT;
    if (*rebuilt) {
        return rebuild(l);
    }
    return rc == EVCP_ENOENT ? EVCP_OK : rc;
}

int evcp__list_find(const struct evcp__local_list *l, const char *id_tag, int64_t judge_ms,
                    struct evcp__knowledge *out, bool *damaged)
{
    char key[EVCP_TOKEN_MAX + 1];
    struct evcp__slice record;
    memset(out, 0, sizeof(*out));
    *damaged = false;
    if (l->count == 0 || strlen(id_tag) > EVCP__ID_TOKEN_MAX) {
        return EVCP_OK;
    }
    struct evcp__slice k = {key, evcp__token_fold(id_tag, key)};
    int rc = evcp__get(l->store, EVCP__SPACE_LIST, k, &record);
    if (rc == EVCP_OK) {
        rc = read_entry(record, &out->info);
    }
    if (rc == EVCP_OK) {
        out->found = true;
        out->expired = out->info.expiry_ms != 0 && judge_ms >= out->info.expiry_ms;
        return EVCP_OK;
    }
    memset(out, 0, sizeof(*out));
    *damaged = rc == EVCP_ECORRUPT;
    return rc == EVCP_ENOENT || rc == EVCP_ECORRUPT ? EVCP_OK : rc;
}

int32_t evcp__list_version(const struct evcp__local_list *l)
{
    return l->count == 0 ? 0 : l->version;
}

/* ---- reading a request ------------------------------------------------------------------- */

static void update_free(struct update *u)
{
    free(u->lines);
    free(u->order);
    free(u->spare);
}

static bool update_reserve(struct update *u, size_t count)
{
    *u = (struct update){.count = count};
    if (count == 0) {
        return true;
    }
    u->lines = calloc(count, sizeof(*u->lines));
    u->order = calloc(count, sizeof(struct line *));
    u->spare = calloc(count, sizeof(struct line *));
    return u->lines != NULL && u->order != NULL && u->spare != NULL;
}

static uint64_t head_of(const char *key, size_t size)
{
    uint8_t bytes[8] = {0};
    memcpy(bytes, key, size < sizeof(bytes) ? size : sizeof(bytes));
    return evcp__key_to_u64(bytes);
}

/* False if the entry cannot be stored. */
static bool read_line(const struct evcp__list_entry *e, struct evcp__writer *w, struct line *out)
{
    struct evcp__slice record;
    if (strlen(e->id_tag) > EVCP__ID_TOKEN_MAX) {
        return false;
    }
    out->key_size = (uint8_t)evcp__token_fold(e->id_tag, out->key);
    out->head = head_of(out->key, out->key_size);
    if (!e->has_info) {
        return true;
    }
    if (write_entry(&e->info, w, &record) != EVCP_OK || record.size > sizeof(out->record)) {
        return false;
    }
    out->record_size = (uint8_t)record.size;
    memcpy(out->record, record.data, record.size);
    return true;
}

/* False if an entry cannot be stored, or lacks what a full list needs. */
static bool read_lines(struct update *u, const struct evcp__request *r)
{
    struct evcp__writer w;
    for (size_t i = 0; i < u->count; i++) {
        struct evcp__list_entry e;
        r->list_at(r->list, i, &e);
        if ((r->on && !e.has_info) || !read_line(&e, &w, &u->lines[i])) {
            return false;
        }
        u->order[i] = &u->lines[i];
        u->bytes += (size_t)u->lines[i].key_size + u->lines[i].record_size;
    }
    return true;
}

/* ---- sorting ----------------------------------------------------------------------------- */

static int compare(const struct line *a, const struct line *b)
{
    if (a->head != b->head) {
        return a->head < b->head ? -1 : 1;
    }
    size_t common = a->key_size < b->key_size ? a->key_size : b->key_size;
    int order = memcmp(a->key, b->key, common);
    return order != 0 ? order : (int)a->key_size - (int)b->key_size;
}

static void merge(struct line **from, struct line **to, size_t begin, size_t mid, size_t end)
{
    size_t left = begin;
    size_t right = mid;
    for (size_t i = begin; i < end; i++) {
        bool take_left = left < mid && (right >= end || compare(from[left], from[right]) <= 0);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

static bool is_sorted(const struct update *u)
{
    for (size_t i = 1; i < u->count; i++) {
        if (compare(u->order[i - 1], u->order[i]) > 0) {
            return false;
        }
    }
    return true;
}

/* Bottom-up merge sort: n log n also for hostile input, unlike a quicksort. */
static void sort(struct update *u)
{
    if (is_sorted(u)) {
        return;
    }
    for (size_t width = 1; width < u->count; width *= 2) {
        for (size_t begin = 0; begin < u->count; begin += 2 * width) {
            size_t mid = begin + width < u->count ? begin + width : u->count;
            size_t end = begin + 2 * width < u->count ? begin + 2 * width : u->count;
            merge(u->order, u->spare, begin, mid, end);
        }
        struct line **sorted = u->spare;
        u->spare = u->order;
        u->order = sorted;
    }
}

static bool has_duplicates(const struct update *u)
{
    for (size_t i = 1; i < u->count; i++) {
        if (compare(u->order[i - 1], u->order[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- checking ---------------------------------------------------------------------------- */

/* Message limits, then the version. */
static enum evcp__outcome check_request(const struct evcp__local_list *l,
                                        const struct evcp__request *r)
{
    if (r->list_count > l->send_max) {
        return EVCP__OUT_FAILED;
    }
    if (r->on) {
        /* 0 is reserved, yet it is how certification tools empty the list. */
        bool empties = r->number == 0 && r->list_count == 0;
        return r->number > 0 || empties ? EVCP__OUT_ACCEPTED : EVCP__OUT_FAILED;
    }
    if (r->number <= 0) {
        return EVCP__OUT_FAILED;
    }
    return r->number > l->version ? EVCP__OUT_ACCEPTED : EVCP__OUT_VERSION_MISMATCH;
}

/* Which lines are in the list already, and so what becomes of its length. */
static int compare_with_list(const struct evcp__local_list *l, struct update *u)
{
    for (size_t i = 0; i < u->count; i++) {
        struct line *line = u->order[i];
        struct evcp__slice there;
        int rc = evcp__get(l->store, EVCP__SPACE_LIST,
                           (struct evcp__slice){line->key, line->key_size}, &there);
        if (rc != EVCP_OK && rc != EVCP_ENOENT) {
            return rc;
        }
        line->there = rc == EVCP_OK;
        u->added += !line->there && line->record_size > 0;
        u->removed += line->there && line->record_size == 0;
    }
    return EVCP_OK;
}

static uint64_t room_needed(const struct evcp__local_list *l, const struct update *u, bool full)
{
    uint64_t fresh = (uint64_t)u->bytes + (uint64_t)u->count * RECORD_OVERHEAD;
    if (full) {
        return fresh + l->count + CHANGE_BYTES;
    }
    uint64_t changed = (uint64_t)u->count * CHANGE_BYTES;
    uint64_t whole = (uint64_t)l->count * STORED_BYTES;
    return 2 * fresh + (changed < whole ? changed : whole) + CHANGE_BYTES;
}

static uint64_t length_after(const struct evcp__local_list *l, const struct update *u, bool full)
{
    uint64_t left = l->count > u->removed ? l->count - u->removed : 0;
    return full ? u->count : left + u->added;
}

/* Too long, or too large for the store. A list that is longer than a limit that was lowered may
 * still become shorter. */
static bool exceeds(const struct evcp__local_list *l, const struct update *u, bool full)
{
    uint64_t length = length_after(l, u, full);
    if (length > l->max && (full || length > l->count)) {
        return true;
    }
    bool only_shrinks = u->count == 0 || (!full && u->added == 0 && u->removed == u->count);
    return !only_shrinks && room_needed(l, u, full) > l->store->ops->room(l->store);
}

/* ---- applying ---------------------------------------------------------------------------- */

static int stage_line(const struct evcp__local_list *l, const struct line *line)
{
    struct evcp__slice key = {line->key, line->key_size};
    if (line->record_size == 0) {
        return line->there ? evcp__del(l->store, EVCP__SPACE_LIST, key) : EVCP_OK;
    }
    return evcp__put(l->store, EVCP__SPACE_LIST, key,
                     (struct evcp__slice){line->record, line->record_size});
}

static int stage(struct evcp__local_list *l, const struct update *u, const struct evcp__request *r)
{
    uint64_t length = length_after(l, u, r->on);
    int rc = r->on ? evcp__clear(l->store, EVCP__SPACE_LIST) : EVCP_OK;
    for (size_t i = 0; rc == EVCP_OK && i < u->count; i++) {
        rc = stage_line(l, u->order[i]);
    }
    if (rc != EVCP_OK) {
        return rc;
    }
    /* A full update without entries gives a fresh list; deletions keep the version for the
     * comparison with the next one. */
    return put_state(l, (uint32_t)length, r->on && length == 0 ? 0 : r->number);
}

static int apply_lines(struct evcp__local_list *l, struct update *u, const struct evcp__request *r,
                       enum evcp__outcome *outcome)
{
    if (!read_lines(u, r)) {
        return EVCP_OK;
    }
    sort(u);
    if (has_duplicates(u)) {
        return EVCP_OK;
    }
    int rc = r->on ? EVCP_OK : compare_with_list(l, u);
    if (rc != EVCP_OK || exceeds(l, u, r->on)) {
        return rc;
    }
    *outcome = EVCP__OUT_ACCEPTED;
    return stage(l, u, r);
}

int evcp__list_apply(struct evcp__local_list *l, const struct evcp__request *r,
                     enum evcp__outcome *outcome)
{
    struct update u;
    *outcome = check_request(l, r);
    if (*outcome != EVCP__OUT_ACCEPTED) {
        return EVCP_OK;
    }
    *outcome = EVCP__OUT_FAILED;
    int rc = update_reserve(&u, r->list_count) ? apply_lines(l, &u, r, outcome) : EVCP_ENOMEM;
    update_free(&u);
    return rc;
}
