/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of a store: the same promises for the LMDB store and for the memory store of the
 * tests. What only a file can do is in test_store_lmdb.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../lib/core/record.h"
#include "../support/store_mem.h"
#include "../support/temp_dir.h"

#define SMALL_STORE (1024u * 1024u)

struct fixture {
    bool lmdb;
    char dir[64];
    struct evcp__db *db;
    struct evcp__store *s; /* of station "A" */
};

static struct evcp__slice text(const char *t)
{
    return (struct evcp__slice){t, strlen(t)};
}

static struct evcp__store *station(struct fixture *f, const char *id)
{
    struct evcp__store *s;
    assert_int_equal(f->db->ops->station(f->db, id, &s), EVCP_OK);
    return s;
}

static void open_store(struct fixture *f)
{
    struct evcp__db_report report;
    char why[256];
    if (f->lmdb) {
        assert_int_equal(evcp__db_open_lmdb(f->dir, SMALL_STORE, &report, why, sizeof(why), &f->db),
                         EVCP_OK);
    } else {
        assert_int_equal(evcp__db_open_mem(&f->db), EVCP_OK);
        evcp__mem_limit(f->db, SMALL_STORE);
    }
    f->s = station(f, "A");
}

/* Power off and on. */
static void power_cycle(struct fixture *f)
{
    if (!f->lmdb) {
        evcp__mem_cut(f->db);
        return;
    }
    f->db->ops->close(f->db);
    open_store(f);
}

static int set_up(struct fixture *f)
{
    if (f->lmdb) {
        temp_dir_make(f->dir, sizeof(f->dir));
    }
    open_store(f);
    return 0;
}

static int mem_setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){.lmdb = false};
    *state = &f;
    return set_up(&f);
}

static int lmdb_setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){.lmdb = true};
    *state = &f;
    return set_up(&f);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->db->ops->close(f->db);
    if (f->lmdb) {
        temp_dir_remove(f->dir);
    }
    return 0;
}

static void put(struct evcp__store *s, enum evcp__space space, const char *key, const char *value)
{
    assert_int_equal(evcp__put(s, space, text(key), text(value)), EVCP_OK);
}

static void commit(struct fixture *f)
{
    assert_int_equal(f->db->ops->commit(f->db), EVCP_OK);
}

static void assert_value(struct evcp__store *s, enum evcp__space space, const char *key,
                         const char *value)
{
    struct evcp__slice v;
    assert_int_equal(evcp__get(s, space, text(key), &v), EVCP_OK);
    assert_int_equal(v.size, strlen(value));
    assert_memory_equal(v.data, value, v.size);
}

static void assert_absent(struct evcp__store *s, enum evcp__space space, const char *key)
{
    struct evcp__slice v;
    assert_int_equal(evcp__get(s, space, text(key), &v), EVCP_ENOENT);
}

/* Keys of a scan, each followed by a comma. */
struct listing {
    char text[256];
    int stop_after;
};

static int list_key(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct listing *l = context;
    size_t used = strlen(l->text);
    (void)value;
    snprintf(l->text + used, sizeof(l->text) - used, "%.*s,", (int)key.size,
             (const char *)key.data);
    return --l->stop_after == 0;
}

static void assert_scan(struct evcp__store *s, enum evcp__space space, const char *from,
                        const char *expected)
{
    struct listing l = {"", 0};
    assert_int_equal(evcp__scan(s, space, text(from), list_key, &l), EVCP_OK);
    assert_string_equal(l.text, expected);
}

/* ---- one station ------------------------------------------------------------------------- */

static void store_get_of_an_absent_key_is_enoent(void **state)
{
    struct fixture *f = *state;
    for (int space = EVCP__SPACE_META; space < EVCP__SPACES; space++) {
        assert_absent(f->s, (enum evcp__space)space, "nothing");
    }
}

static void store_reads_its_own_staged_writes(void **state)
{
    struct fixture *f = *state;
    for (int i = EVCP__SPACE_META; i < EVCP__SPACES; i++) {
        enum evcp__space space = (enum evcp__space)i;
        put(f->s, space, "a", "1");
        assert_value(f->s, space, "a", "1");
        put(f->s, space, "a", "two");
        assert_value(f->s, space, "a", "two");
        assert_int_equal(evcp__del(f->s, space, text("a")), EVCP_OK);
        assert_absent(f->s, space, "a");
    }
}

static void store_delete_of_an_absent_key_stages_nothing(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(evcp__del(f->s, EVCP__SPACE_TX, text("x")), EVCP_OK);
    assert_false(f->db->ops->dirty(f->db));
}

static void store_clear_of_an_empty_space_stages_nothing(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(evcp__clear(f->s, EVCP__SPACE_LIST), EVCP_OK);
    assert_int_equal(evcp__clear(f->s, EVCP__SPACE_CACHE), EVCP_OK);
    assert_false(f->db->ops->dirty(f->db));
}

static void store_spaces_do_not_see_each_other(void **state)
{
    struct fixture *f = *state;
    for (int i = EVCP__SPACE_META; i < EVCP__SPACES; i++) {
        char value[2] = {(char)('0' + i), '\0'};
        put(f->s, (enum evcp__space)i, "k", value);
    }
    assert_int_equal(evcp__clear(f->s, EVCP__SPACE_TX), EVCP_OK);
    assert_int_equal(evcp__clear(f->s, EVCP__SPACE_LIST), EVCP_OK);
    for (int i = EVCP__SPACE_META; i < EVCP__SPACES; i++) {
        char value[2] = {(char)('0' + i), '\0'};
        if (i == EVCP__SPACE_TX || i == EVCP__SPACE_LIST) {
            assert_absent(f->s, (enum evcp__space)i, "k");
        } else {
            assert_value(f->s, (enum evcp__space)i, "k", value);
            assert_scan(f->s, (enum evcp__space)i, "", "k,");
        }
    }
}

static void scan_is_ascending_from_a_key(enum evcp__space space, struct fixture *f)
{
    put(f->s, space, "b", "");
    put(f->s, space, "a", "");
    put(f->s, space, "ab", "");
    put(f->s, space, "c", "");
    assert_scan(f->s, space, "", "a,ab,b,c,");
    assert_scan(f->s, space, "ab", "ab,b,c,");
    assert_scan(f->s, space, "aa", "ab,b,c,");
    assert_scan(f->s, space, "d", "");
    commit(f);
    assert_scan(f->s, space, "b", "b,c,");
}

static void store_scan_is_ascending_from_a_key(void **state)
{
    scan_is_ascending_from_a_key(EVCP__SPACE_LIST, *state);
    scan_is_ascending_from_a_key(EVCP__SPACE_OUTBOX, *state);
}

static void store_scan_of_an_empty_space_visits_nothing(void **state)
{
    struct fixture *f = *state;
    put(f->s, EVCP__SPACE_TX, "a", "1");
    put(f->s, EVCP__SPACE_OUTBOX, "b", "1");
    assert_scan(f->s, EVCP__SPACE_TX_DATA, "", "");
    assert_scan(f->s, EVCP__SPACE_LIST, "", "");
}

static void store_scan_stops_when_the_visitor_says_so(void **state)
{
    struct fixture *f = *state;
    put(f->s, EVCP__SPACE_OUTBOX, "a", "1");
    put(f->s, EVCP__SPACE_OUTBOX, "b", "1");
    put(f->s, EVCP__SPACE_OUTBOX, "c", "1");
    struct listing l = {"", 2};
    assert_int_equal(evcp__scan(f->s, EVCP__SPACE_OUTBOX, text(""), list_key, &l), EVCP_OK);
    assert_string_equal(l.text, "a,b,");
}

static void store_keeps_empty_keys_and_values(void **state)
{
    struct fixture *f = *state;
    for (int i = EVCP__SPACE_META; i < EVCP__SPACES; i++) {
        enum evcp__space space = (enum evcp__space)i;
        put(f->s, space, "", "of the empty key");
        put(f->s, space, "empty", "");
        commit(f);
        assert_value(f->s, space, "", "of the empty key");
        assert_value(f->s, space, "empty", "");
        assert_scan(f->s, space, "", ",empty,");
    }
}

static void store_keeps_keys_and_values_of_full_length(void **state)
{
    struct fixture *f = *state;
    uint8_t key[EVCP__STORE_KEY_MAX];
    static uint8_t value[EVCP__RECORD_MAX];
    memset(key, 0xFF, sizeof(key));
    for (size_t i = 0; i < sizeof(value); i++) {
        value[i] = (uint8_t)(i * 7);
    }
    struct evcp__slice k = {key, sizeof(key)};
    struct evcp__slice v = {value, sizeof(value)};
    for (int i = EVCP__SPACE_META; i < EVCP__SPACES; i++) {
        assert_int_equal(evcp__put(f->s, (enum evcp__space)i, k, v), EVCP_OK);
    }
    commit(f);
    power_cycle(f);
    for (int i = EVCP__SPACE_META; i < EVCP__SPACES; i++) {
        struct evcp__slice found;
        assert_int_equal(evcp__get(f->s, (enum evcp__space)i, k, &found), EVCP_OK);
        assert_int_equal(found.size, sizeof(value));
        assert_memory_equal(found.data, value, sizeof(value));
    }
}

static void store_keys_may_contain_zero_bytes(void **state)
{
    struct fixture *f = *state;
    for (int i = EVCP__SPACE_META; i < EVCP__SPACES; i++) {
        enum evcp__space space = (enum evcp__space)i;
        struct evcp__slice one = {"a\0b", 3};
        struct evcp__slice other = {"a\0c", 3};
        assert_int_equal(evcp__put(f->s, space, one, text("1")), EVCP_OK);
        assert_int_equal(evcp__put(f->s, space, other, text("2")), EVCP_OK);
        struct evcp__slice v;
        assert_int_equal(evcp__get(f->s, space, one, &v), EVCP_OK);
        assert_memory_equal(v.data, "1", 1);
        assert_absent(f->s, space, "a");
    }
}

/* ---- commit, abandon, power -------------------------------------------------------------- */

static void store_commit_survives_a_power_cut(void **state)
{
    struct fixture *f = *state;
    put(f->s, EVCP__SPACE_TX, "a", "1");
    put(f->s, EVCP__SPACE_LIST, "tag", "accepted");
    assert_true(f->db->ops->dirty(f->db));
    commit(f);
    assert_false(f->db->ops->dirty(f->db));
    power_cycle(f);
    assert_value(f->s, EVCP__SPACE_TX, "a", "1");
    assert_value(f->s, EVCP__SPACE_LIST, "tag", "accepted");
}

static void store_staged_writes_do_not_survive_a_power_cut(void **state)
{
    struct fixture *f = *state;
    put(f->s, EVCP__SPACE_TX, "a", "1");
    put(f->s, EVCP__SPACE_LIST, "tag", "1");
    commit(f);
    put(f->s, EVCP__SPACE_TX, "a", "2");
    put(f->s, EVCP__SPACE_TX, "b", "2");
    assert_int_equal(evcp__clear(f->s, EVCP__SPACE_LIST), EVCP_OK);
    power_cycle(f);
    assert_value(f->s, EVCP__SPACE_TX, "a", "1");
    assert_absent(f->s, EVCP__SPACE_TX, "b");
    assert_value(f->s, EVCP__SPACE_LIST, "tag", "1");
}

static void store_abandon_takes_everything_back(void **state)
{
    struct fixture *f = *state;
    put(f->s, EVCP__SPACE_META, "keep", "1");
    put(f->s, EVCP__SPACE_LIST, "x", "1");
    put(f->s, EVCP__SPACE_LIST, "y", "1");
    commit(f);
    assert_int_equal(evcp__clear(f->s, EVCP__SPACE_LIST), EVCP_OK);
    put(f->s, EVCP__SPACE_LIST, "z", "1");
    assert_int_equal(evcp__clear(f->s, EVCP__SPACE_LIST), EVCP_OK);
    put(f->s, EVCP__SPACE_LIST, "z", "2");
    assert_int_equal(evcp__del(f->s, EVCP__SPACE_META, text("keep")), EVCP_OK);
    put(f->s, EVCP__SPACE_META, "new", "1");
    f->db->ops->abandon(f->db);
    assert_false(f->db->ops->dirty(f->db));
    assert_value(f->s, EVCP__SPACE_META, "keep", "1");
    assert_absent(f->s, EVCP__SPACE_META, "new");
    assert_scan(f->s, EVCP__SPACE_LIST, "", "x,y,");
}

static void store_staged_writes_wait_over_turns(void **state)
{
    struct fixture *f = *state;
    put(f->s, EVCP__SPACE_CACHE, "a", "1");
    f->db->ops->end_turn(f->db);
    assert_value(f->s, EVCP__SPACE_CACHE, "a", "1");
    f->db->ops->end_turn(f->db);
    commit(f);
    power_cycle(f);
    assert_value(f->s, EVCP__SPACE_CACHE, "a", "1");
}

static void store_reads_alternate_with_turns_and_commits(void **state)
{
    struct fixture *f = *state;
    for (uint64_t i = 0; i < 50; i++) {
        uint8_t key[8];
        struct evcp__slice v;
        evcp__key_u64(i, key);
        struct evcp__slice k = {key, sizeof(key)};
        assert_int_equal(evcp__get(f->s, EVCP__SPACE_OUTBOX, k, &v), EVCP_ENOENT);
        f->db->ops->end_turn(f->db);
        assert_int_equal(evcp__put(f->s, EVCP__SPACE_OUTBOX, k, k), EVCP_OK);
        commit(f);
        assert_int_equal(evcp__get(f->s, EVCP__SPACE_OUTBOX, k, &v), EVCP_OK);
        assert_int_equal(evcp__key_to_u64(v.data), i);
    }
}

static void store_commit_of_nothing_succeeds(void **state)
{
    struct fixture *f = *state;
    commit(f);
    commit(f);
    assert_false(f->db->ops->dirty(f->db));
}

static int must_not_exist(void *context, struct evcp__slice key, struct evcp__slice value)
{
    (void)context;
    (void)key;
    (void)value;
    fail();
    return 1;
}

static void store_clear_then_fill_in_any_order(void **state)
{
    struct fixture *f = *state;
    put(f->s, EVCP__SPACE_LIST, "old", "1");
    commit(f);
    assert_int_equal(evcp__clear(f->s, EVCP__SPACE_LIST), EVCP_OK);
    assert_int_equal(evcp__scan(f->s, EVCP__SPACE_LIST, text(""), must_not_exist, NULL), EVCP_OK);
    put(f->s, EVCP__SPACE_LIST, "m", "1");
    put(f->s, EVCP__SPACE_LIST, "x", "1");
    put(f->s, EVCP__SPACE_LIST, "a", "1");
    put(f->s, EVCP__SPACE_LIST, "x", "2");
    put(f->s, EVCP__SPACE_LIST, "z", "1");
    commit(f);
    power_cycle(f);
    assert_scan(f->s, EVCP__SPACE_LIST, "", "a,m,x,z,");
    assert_value(f->s, EVCP__SPACE_LIST, "x", "2");
}

/* ---- several stations -------------------------------------------------------------------- */

static void store_stations_do_not_see_each_other(void **state)
{
    struct fixture *f = *state;
    struct evcp__store *b = station(f, "B");
    for (int i = EVCP__SPACE_META; i < EVCP__SPACES; i++) {
        enum evcp__space space = (enum evcp__space)i;
        put(f->s, space, "k", "of A");
        assert_absent(b, space, "k");
        put(b, space, "k", "of B");
        put(b, space, "l", "of B");
        assert_value(f->s, space, "k", "of A");
        assert_scan(f->s, space, "", "k,");
        assert_int_equal(evcp__clear(f->s, space), EVCP_OK);
        assert_scan(b, space, "", "k,l,");
    }
}

static void store_commits_all_stations_at_once(void **state)
{
    struct fixture *f = *state;
    struct evcp__store *b = station(f, "B");
    put(f->s, EVCP__SPACE_TX, "t", "of A");
    put(b, EVCP__SPACE_TX, "t", "of B");
    commit(f);
    put(f->s, EVCP__SPACE_TX, "t", "lost");
    put(b, EVCP__SPACE_TX, "t", "lost");
    power_cycle(f);
    assert_value(f->s, EVCP__SPACE_TX, "t", "of A");
    assert_value(station(f, "B"), EVCP__SPACE_TX, "t", "of B");
}

static void store_station_is_the_same_view_again(void **state)
{
    struct fixture *f = *state;
    struct evcp__store *b = station(f, "B");
    put(b, EVCP__SPACE_META, "k", "1");
    assert_ptr_equal(station(f, "A"), f->s);
    assert_ptr_equal(station(f, "B"), b);
    assert_value(station(f, "B"), EVCP__SPACE_META, "k", "1");
}

/* ---- a full store ------------------------------------------------------------------------ */

static int put_number(struct evcp__store *s, enum evcp__space space, uint64_t number)
{
    static const uint8_t value[200] = {1};
    uint8_t key[8];
    evcp__key_u64(number, key);
    return evcp__put(s, space, (struct evcp__slice){key, sizeof(key)},
                     (struct evcp__slice){value, sizeof(value)});
}

/* Ordinary records, one commit each, until the store refuses; how many there are then. */
static uint64_t fill(struct fixture *f)
{
    for (uint64_t n = 0; n < 100000; n++) {
        int rc = put_number(f->s, EVCP__SPACE_CACHE, n);
        if (rc != EVCP_OK) {
            assert_int_equal(rc, EVCP_EFULL);
            f->db->ops->abandon(f->db);
            return n;
        }
        commit(f);
    }
    fail();
    return 0;
}

static void store_room_shrinks_as_it_fills(void **state)
{
    struct fixture *f = *state;
    uint64_t before = f->s->ops->room(f->s);
    assert_true(before > 0 && before <= SMALL_STORE);
    for (uint64_t n = 0; n < 500; n++) {
        assert_int_equal(put_number(f->s, EVCP__SPACE_CACHE, n), EVCP_OK);
    }
    uint64_t staged = f->s->ops->room(f->s);
    assert_true(staged + 500 * 200 <= before);
    commit(f);
    assert_true(f->s->ops->room(f->s) + 500 * 200 <= before);
}

static void store_full_for_ordinary_records_takes_a_start_and_a_stop(void **state)
{
    struct fixture *f = *state;
    assert_true(fill(f) > 1000);
    assert_true(f->s->ops->room(f->s) < 64 * 1024);
    for (uint64_t n = 0; n < 64; n++) {
        assert_int_equal(put_number(f->s, EVCP__SPACE_TX, n), EVCP_OK);
        assert_int_equal(put_number(f->s, EVCP__SPACE_OUTBOX, 2 * n), EVCP_OK);
        assert_int_equal(put_number(f->s, EVCP__SPACE_META, 1), EVCP_OK);
        commit(f);
        assert_int_equal(put_number(f->s, EVCP__SPACE_OUTBOX, 2 * n + 1), EVCP_OK);
        commit(f);
    }
    assert_int_equal(put_number(f->s, EVCP__SPACE_TX_DATA, 1), EVCP_OK);
    assert_int_equal(put_number(f->s, EVCP__SPACE_QUARANTINE, 1), EVCP_OK);
    assert_int_equal(put_number(f->s, EVCP__SPACE_SETTING, 1), EVCP_OK);
    commit(f);
    assert_int_equal(f->s->ops->room(f->s), 0);
    assert_int_equal(put_number(f->s, EVCP__SPACE_LIST, 1), EVCP_EFULL);
    assert_int_equal(put_number(f->s, EVCP__SPACE_CACHE, 1000000), EVCP_EFULL);
    assert_int_equal(put_number(f->s, EVCP__SPACE_CACHE_ORDER, 1), EVCP_EFULL);
}

static void store_refused_put_changes_nothing(void **state)
{
    struct fixture *f = *state;
    uint64_t count = fill(f);
    put(f->s, EVCP__SPACE_TX, "t", "1");
    assert_int_equal(put_number(f->s, EVCP__SPACE_CACHE, count), EVCP_EFULL);
    commit(f);
    assert_value(f->s, EVCP__SPACE_TX, "t", "1");
    uint8_t key[8];
    struct evcp__slice v;
    evcp__key_u64(count, key);
    assert_int_equal(evcp__get(f->s, EVCP__SPACE_CACHE, (struct evcp__slice){key, 8}, &v),
                     EVCP_ENOENT);
}

static void store_deleting_makes_room_again(void **state)
{
    struct fixture *f = *state;
    fill(f);
    uint64_t full = f->s->ops->room(f->s);
    assert_int_equal(evcp__clear(f->s, EVCP__SPACE_CACHE), EVCP_OK);
    assert_int_equal(evcp__scan(f->s, EVCP__SPACE_CACHE, text(""), must_not_exist, NULL), EVCP_OK);
    commit(f);
    /* LMDB gives pages back after the commit that follows the one that freed them. */
    put(f->s, EVCP__SPACE_META, "k", "1");
    commit(f);
    assert_true(f->s->ops->room(f->s) > full + SMALL_STORE / 2);
    assert_true(fill(f) > 1000);
}

static void store_that_never_ends_keeps_accepting_a_queue(void **state)
{
    struct fixture *f = *state;
    for (uint64_t n = 0; n < 3000; n++) {
        uint8_t key[8];
        assert_int_equal(put_number(f->s, EVCP__SPACE_OUTBOX, n), EVCP_OK);
        commit(f);
        evcp__key_u64(n, key);
        assert_int_equal(evcp__del(f->s, EVCP__SPACE_OUTBOX, (struct evcp__slice){key, 8}),
                         EVCP_OK);
        commit(f);
    }
    assert_true(f->s->ops->room(f->s) > SMALL_STORE / 2);
}

#define CONTRACT(test, setup) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define ALL(setup)                                                                                 \
    CONTRACT(store_get_of_an_absent_key_is_enoent, setup),                                         \
        CONTRACT(store_reads_its_own_staged_writes, setup),                                        \
        CONTRACT(store_delete_of_an_absent_key_stages_nothing, setup),                             \
        CONTRACT(store_clear_of_an_empty_space_stages_nothing, setup),                             \
        CONTRACT(store_spaces_do_not_see_each_other, setup),                                       \
        CONTRACT(store_scan_is_ascending_from_a_key, setup),                                       \
        CONTRACT(store_scan_of_an_empty_space_visits_nothing, setup),                              \
        CONTRACT(store_scan_stops_when_the_visitor_says_so, setup),                                \
        CONTRACT(store_keeps_empty_keys_and_values, setup),                                        \
        CONTRACT(store_keeps_keys_and_values_of_full_length, setup),                               \
        CONTRACT(store_keys_may_contain_zero_bytes, setup),                                        \
        CONTRACT(store_commit_survives_a_power_cut, setup),                                        \
        CONTRACT(store_staged_writes_do_not_survive_a_power_cut, setup),                           \
        CONTRACT(store_abandon_takes_everything_back, setup),                                      \
        CONTRACT(store_staged_writes_wait_over_turns, setup),                                      \
        CONTRACT(store_reads_alternate_with_turns_and_commits, setup),                             \
        CONTRACT(store_commit_of_nothing_succeeds, setup),                                         \
        CONTRACT(store_clear_then_fill_in_any_order, setup),                                       \
        CONTRACT(store_stations_do_not_see_each_other, setup),                                     \
        CONTRACT(store_commits_all_stations_at_once, setup),                                       \
        CONTRACT(store_station_is_the_same_view_again, setup),                                     \
        CONTRACT(store_room_shrinks_as_it_fills, setup),                                           \
        CONTRACT(store_full_for_ordinary_records_takes_a_start_and_a_stop, setup),                 \
        CONTRACT(store_refused_put_changes_nothing, setup),                                        \
        CONTRACT(store_deleting_makes_room_again, setup),                                          \
        CONTRACT(store_that_never_ends_keeps_accepting_a_queue, setup)

int main(void)
{
    const struct CMUnitTest memory[] = {ALL(mem_setup)};
    const struct CMUnitTest lmdb[] = {ALL(lmdb_setup)};
    int failed = cmocka_run_group_tests_name("memory store", memory, NULL, NULL);
    failed += cmocka_run_group_tests_name("LMDB store", lmdb, NULL, NULL);
    return failed;
}
