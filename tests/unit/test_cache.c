/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authorization cache: what it keeps, what it forgets first, and that it survives anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../lib/core/cache.h"
#include "../../lib/core/record.h"
#include "../support/store_mem.h"

#define NOW   ((int64_t)1700000000000)
#define LATER (NOW + 1000)

static struct evcp__db *db;
static struct evcp__store *store;
static struct evcp__cache cache;

static bool load(uint32_t max)
{
    bool rebuilt;
    assert_int_equal(evcp__cache_load(&cache, store, max, &rebuilt), EVCP_OK);
    return rebuilt;
}

static int setup(void **state)
{
    (void)state;
    assert_int_equal(evcp__db_open_mem(&db), EVCP_OK);
    assert_int_equal(db->ops->station(db, "A", &store), EVCP_OK);
    assert_false(load(3));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    db->ops->close(db);
    return 0;
}

static void keep(const char *tag, enum evcp_auth_status status)
{
    struct evcp__token_info info = {.status = status};
    assert_int_equal(evcp__cache_put(&cache, tag, &info, NOW), EVCP_OK);
}

static void keep_until(const char *tag, int64_t expiry_ms)
{
    struct evcp__token_info info = {EVCP_AUTH_ACCEPTED, expiry_ms, "GROUP"};
    assert_int_equal(evcp__cache_put(&cache, tag, &info, NOW), EVCP_OK);
}

static struct evcp__knowledge find(const char *tag, int64_t judge_ms)
{
    struct evcp__knowledge k;
    assert_int_equal(evcp__cache_find(&cache, tag, judge_ms, &k), EVCP_OK);
    return k;
}

static bool known(const char *tag)
{
    return find(tag, NOW).found;
}

/* covers: CACHE-02 */
static void cache_keeps_every_status(void **state)
{
    (void)state;
    load(10);
    for (int s = EVCP_AUTH_ACCEPTED; s <= EVCP_AUTH_CONCURRENT_TX; s++) {
        char tag[16];
        snprintf(tag, sizeof(tag), "TAG%d", s);
        keep(tag, (enum evcp_auth_status)s);
        assert_true(known(tag));
        assert_int_equal(find(tag, NOW).info.status, s);
    }
    assert_int_equal(cache.count, 5);
}

/* covers: RPC-34 */
static void cache_finds_without_regard_to_case(void **state)
{
    (void)state;
    keep("AbCd", EVCP_AUTH_BLOCKED);
    assert_int_equal(find("aBcD", NOW).info.status, EVCP_AUTH_BLOCKED);
    keep("ABCD", EVCP_AUTH_ACCEPTED);
    assert_int_equal(find("abcd", NOW).info.status, EVCP_AUTH_ACCEPTED);
    assert_int_equal(cache.count, 1);
}

/* covers: CACHE-06 CACHE-14 */
static void cache_keeps_expiry_and_parent(void **state)
{
    (void)state;
    keep_until("A", LATER);
    struct evcp__knowledge before = find("A", LATER - 1);
    assert_true(before.found && !before.expired);
    assert_true(before.info.expiry_ms == LATER);
    assert_string_equal(before.info.parent, "GROUP");
    assert_true(find("A", LATER).expired);
}

/* covers: AUTH-17 */
static void cache_without_expiry_never_expires(void **state)
{
    (void)state;
    keep("A", EVCP_AUTH_ACCEPTED);
    assert_false(find("A", INT64_MAX).expired);
}

/* covers: CACHE-07 */
static void cache_evicts_the_least_recently_used(void **state)
{
    (void)state;
    keep("A", EVCP_AUTH_ACCEPTED);
    keep("B", EVCP_AUTH_ACCEPTED);
    keep("C", EVCP_AUTH_ACCEPTED);
    assert_int_equal(evcp__cache_touch(&cache, "a"), EVCP_OK);
    keep("D", EVCP_AUTH_ACCEPTED);
    assert_false(known("B"));
    assert_true(known("A") && known("C") && known("D"));
    keep("C", EVCP_AUTH_ACCEPTED); /* a new answer counts as use */
    keep("E", EVCP_AUTH_ACCEPTED);
    assert_false(known("A"));
    assert_true(known("C") && known("D") && known("E"));
    assert_int_equal(cache.count, 3);
}

/* covers: CACHE-07 */
static void cache_evicts_not_valid_entries_first(void **state)
{
    (void)state;
    keep("OLD", EVCP_AUTH_ACCEPTED);
    keep("BLOCKED", EVCP_AUTH_BLOCKED);
    keep("YOUNG", EVCP_AUTH_ACCEPTED);
    assert_int_equal(evcp__cache_touch(&cache, "BLOCKED"), EVCP_OK);
    keep("NEW", EVCP_AUTH_ACCEPTED);
    assert_false(known("BLOCKED"));
    assert_true(known("OLD") && known("YOUNG") && known("NEW"));
}

/* covers: CACHE-07 */
static void cache_counts_an_expired_answer_as_not_valid(void **state)
{
    (void)state;
    keep("OLD", EVCP_AUTH_ACCEPTED);
    keep_until("PAST", NOW - 1);
    keep("YOUNG", EVCP_AUTH_ACCEPTED);
    keep("NEW", EVCP_AUTH_ACCEPTED);
    assert_false(known("PAST"));
    assert_true(known("OLD"));
}

static void cache_entry_changes_class_with_its_status(void **state)
{
    (void)state;
    keep("A", EVCP_AUTH_BLOCKED);
    keep("B", EVCP_AUTH_ACCEPTED);
    keep("C", EVCP_AUTH_ACCEPTED);
    keep("A", EVCP_AUTH_ACCEPTED); /* unblocked: now the youngest valid one */
    keep("D", EVCP_AUTH_ACCEPTED);
    assert_false(known("B"));
    assert_true(known("A"));
}

/* covers: CACHE-08 */
static void cache_survives_a_power_cut_with_its_order(void **state)
{
    (void)state;
    keep("A", EVCP_AUTH_ACCEPTED);
    keep("B", EVCP_AUTH_ACCEPTED);
    keep("C", EVCP_AUTH_ACCEPTED);
    assert_int_equal(evcp__cache_touch(&cache, "A"), EVCP_OK);
    assert_int_equal(db->ops->commit(db), EVCP_OK);
    assert_int_equal(evcp__cache_touch(&cache, "B"), EVCP_OK); /* not committed */
    evcp__mem_cut(db);
    assert_false(load(3));
    assert_int_equal(cache.count, 3);
    keep("D", EVCP_AUTH_ACCEPTED);
    assert_false(known("B"));
    assert_true(known("A") && known("C"));
}

static void cache_touch_of_the_youngest_writes_nothing(void **state)
{
    (void)state;
    keep("A", EVCP_AUTH_ACCEPTED);
    assert_int_equal(db->ops->commit(db), EVCP_OK);
    assert_int_equal(evcp__cache_touch(&cache, "A"), EVCP_OK);
    assert_int_equal(evcp__cache_touch(&cache, "UNKNOWN"), EVCP_OK);
    assert_false(db->ops->dirty(db));
}

static void cache_remove_forgets_one_entry(void **state)
{
    (void)state;
    keep("A", EVCP_AUTH_ACCEPTED);
    keep("B", EVCP_AUTH_ACCEPTED);
    assert_int_equal(evcp__cache_remove(&cache, "a"), EVCP_OK);
    assert_int_equal(evcp__cache_remove(&cache, "x"), EVCP_OK);
    assert_false(known("A"));
    assert_true(known("B"));
    assert_int_equal(cache.count, 1);
    load(3);
    assert_int_equal(cache.count, 1);
}

/* covers: CACHE-12 */
static void cache_clear_forgets_everything(void **state)
{
    (void)state;
    keep("A", EVCP_AUTH_ACCEPTED);
    keep("B", EVCP_AUTH_BLOCKED);
    assert_int_equal(evcp__cache_clear(&cache), EVCP_OK);
    assert_false(known("A") || known("B"));
    load(3);
    assert_int_equal(cache.count, 0);
}

static void cache_with_a_lowered_limit_keeps_the_most_useful(void **state)
{
    (void)state;
    keep("OLD", EVCP_AUTH_ACCEPTED);
    keep("BAD", EVCP_AUTH_INVALID);
    keep("YOUNG", EVCP_AUTH_ACCEPTED);
    load(1);
    assert_int_equal(cache.count, 1);
    assert_true(known("YOUNG"));
    load(0);
    assert_int_equal(cache.count, 0);
}

static void cache_of_size_zero_keeps_nothing(void **state)
{
    (void)state;
    load(0);
    keep("A", EVCP_AUTH_ACCEPTED);
    assert_false(known("A"));
    assert_false(db->ops->dirty(db));
}

static void cache_in_a_full_store_forgets_instead_of_failing(void **state)
{
    (void)state;
    keep("A", EVCP_AUTH_ACCEPTED);
    evcp__mem_limit(db, 1000);
    keep("B", EVCP_AUTH_ACCEPTED);
    assert_false(known("B"));
    keep("A", EVCP_AUTH_BLOCKED);
    assert_false(known("A")); /* an outdated Accepted would be worse */
}

static void break_entries(enum evcp__space space, struct evcp__slice key)
{
    assert_int_equal(evcp__put(store, space, key, (struct evcp__slice){"garbage", 7}), EVCP_OK);
}

static void cache_with_a_damaged_entry_does_not_know_it(void **state)
{
    (void)state;
    keep("a", EVCP_AUTH_ACCEPTED);
    keep("b", EVCP_AUTH_ACCEPTED);
    break_entries(EVCP__SPACE_CACHE, (struct evcp__slice){"a", 1});
    assert_false(known("a"));
    assert_int_equal(evcp__cache_touch(&cache, "a"), EVCP_OK);
    keep("a", EVCP_AUTH_BLOCKED); /* heals: the cache begins anew */
    assert_int_equal(find("a", NOW).info.status, EVCP_AUTH_BLOCKED);
    assert_int_equal(cache.count, 1);
    load(3);
    assert_int_equal(cache.count, 1);
}

static void cache_with_a_damaged_victim_begins_anew(void **state)
{
    (void)state;
    keep("a", EVCP_AUTH_ACCEPTED);
    keep("b", EVCP_AUTH_ACCEPTED);
    keep("c", EVCP_AUTH_ACCEPTED);
    const uint8_t order[9] = {1, 0, 0, 0, 0, 0, 0, 0, 1};
    break_entries(EVCP__SPACE_CACHE_ORDER, (struct evcp__slice){order, sizeof(order)});
    keep("d", EVCP_AUTH_ACCEPTED);
    assert_true(known("d"));
    assert_int_equal(cache.count, 1);
}

static void cache_with_a_damaged_index_is_rebuilt_at_load(void **state)
{
    (void)state;
    keep("a", EVCP_AUTH_ACCEPTED);
    break_entries(EVCP__SPACE_CACHE_ORDER, (struct evcp__slice){"?", 1});
    assert_true(load(3));
    assert_int_equal(cache.count, 0);
    assert_false(known("a"));
    assert_false(load(3));
}

static void cache_passes_on_what_the_store_reports(void **state)
{
    (void)state;
    struct evcp__token_info info = {.status = EVCP_AUTH_ACCEPTED};
    for (unsigned n = 1; n <= 2; n++) {
        evcp__mem_fail_put(db, n, EVCP_ESTORE);
        assert_int_equal(evcp__cache_put(&cache, "A", &info, NOW), EVCP_ESTORE);
        db->ops->abandon(db);
        load(3);
    }
    keep("A", EVCP_AUTH_ACCEPTED);
    assert_int_equal(cache.count, 1);
}

/* A model: an array searched in the obvious way. */
struct model {
    char tag[8];
    bool valid;
    unsigned tick;
};

static size_t model_victim(const struct model *m, size_t count)
{
    size_t victim = 0;
    for (size_t i = 1; i < count; i++) {
        bool worse = m[victim].valid != m[i].valid ? !m[i].valid : m[i].tick < m[victim].tick;
        victim = worse ? i : victim;
    }
    return victim;
}

/* covers: CACHE-07 */
static void cache_agrees_with_a_model_over_many_operations(void **state)
{
    (void)state;
    struct model m[8];
    size_t count = 0;
    unsigned tick = 0;
    uint32_t seed = 1;
    load(8);
    for (int step = 0; step < 20000; step++) {
        seed = seed * 1664525u + 1013904223u;
        char tag[8];
        snprintf(tag, sizeof(tag), "t%u", (unsigned)(seed >> 8) % 20);
        bool valid = (seed >> 16) % 3 != 0;
        size_t at = 0;
        while (at < count && strcmp(m[at].tag, tag) != 0) {
            at++;
        }
        switch ((seed >> 24) % 4) {
        case 0:
            assert_int_equal(evcp__cache_touch(&cache, tag), EVCP_OK);
            if (at < count) {
                m[at].tick = ++tick;
            }
            break;
        case 1:
            assert_int_equal(evcp__cache_remove(&cache, tag), EVCP_OK);
            if (at < count) {
                m[at] = m[--count];
            }
            break;
        default:
            keep(tag, valid ? EVCP_AUTH_ACCEPTED : EVCP_AUTH_BLOCKED);
            if (at == count && count == 8) {
                at = model_victim(m, count);
            } else if (at == count) {
                count++;
            }
            memcpy(m[at].tag, tag, sizeof(tag));
            m[at].valid = valid;
            m[at].tick = ++tick;
        }
        if (step % 100 == 0) {
            assert_int_equal(db->ops->commit(db), EVCP_OK);
            assert_false(load(8));
        }
        assert_int_equal(cache.count, count);
        for (size_t i = 0; i < count; i++) {
            assert_true(known(m[i].tag));
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cache_keeps_every_status),
        TEST(cache_finds_without_regard_to_case),
        TEST(cache_keeps_expiry_and_parent),
        TEST(cache_without_expiry_never_expires),
        TEST(cache_evicts_the_least_recently_used),
        TEST(cache_evicts_not_valid_entries_first),
        TEST(cache_counts_an_expired_answer_as_not_valid),
        TEST(cache_entry_changes_class_with_its_status),
        TEST(cache_survives_a_power_cut_with_its_order),
        TEST(cache_touch_of_the_youngest_writes_nothing),
        TEST(cache_remove_forgets_one_entry),
        TEST(cache_clear_forgets_everything),
        TEST(cache_with_a_lowered_limit_keeps_the_most_useful),
        TEST(cache_of_size_zero_keeps_nothing),
        TEST(cache_in_a_full_store_forgets_instead_of_failing),
        TEST(cache_with_a_damaged_entry_does_not_know_it),
        TEST(cache_with_a_damaged_victim_begins_anew),
        TEST(cache_with_a_damaged_index_is_rebuilt_at_load),
        TEST(cache_passes_on_what_the_store_reports),
        TEST(cache_agrees_with_a_model_over_many_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
