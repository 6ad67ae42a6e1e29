/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests do to the memory store: faults on demand, snapshots. Its behaviour as a store is in
 * the contract suite.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../support/store_mem.h"

static struct evcp__db *db;
static struct evcp__store *store;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(evcp__db_open_mem(&db), EVCP_OK);
    return db->ops->station(db, "A", &store);
}

static int teardown(void **state)
{
    (void)state;
    db->ops->close(db);
    return 0;
}

static struct evcp__slice text(const char *t)
{
    return (struct evcp__slice){t, strlen(t)};
}

static int put(const char *key, const char *value)
{
    return evcp__put(store, EVCP__SPACE_TX, text(key), text(value));
}

static bool has(struct evcp__store *s, const char *key)
{
    struct evcp__slice v;
    return evcp__get(s, EVCP__SPACE_TX, text(key), &v) == EVCP_OK;
}

static void mem_failed_commit_abandons_all_and_the_next_one_works(void **state)
{
    (void)state;
    evcp__mem_fail_commit(db, 2, EVCP_EFULL);
    assert_int_equal(db->ops->commit(db), EVCP_OK); /* nothing staged: does not count */
    assert_int_equal(put("a", "1"), EVCP_OK);
    assert_int_equal(db->ops->commit(db), EVCP_OK);
    assert_int_equal(put("b", "1"), EVCP_OK);
    assert_int_equal(db->ops->commit(db), EVCP_EFULL);
    assert_true(has(store, "a"));
    assert_false(has(store, "b"));
    assert_int_equal(put("b", "1"), EVCP_OK);
    assert_int_equal(db->ops->commit(db), EVCP_OK);
    assert_int_equal(evcp__mem_commits(db), 2);
}

static void mem_failed_put_stages_nothing(void **state)
{
    (void)state;
    evcp__mem_fail_put(db, 2, EVCP_ESTORE);
    assert_int_equal(put("a", "1"), EVCP_OK);
    assert_int_equal(put("b", "1"), EVCP_ESTORE);
    assert_int_equal(put("c", "1"), EVCP_OK);
    assert_true(has(store, "a") && has(store, "c"));
    assert_false(has(store, "b"));
}

static void mem_copy_is_what_a_power_cut_would_leave(void **state)
{
    (void)state;
    struct evcp__db *copy;
    struct evcp__store *view;
    assert_int_equal(put("a", "1"), EVCP_OK);
    assert_int_equal(put("b", "1"), EVCP_OK);
    assert_int_equal(db->ops->commit(db), EVCP_OK);
    assert_int_equal(put("b", "2"), EVCP_OK);
    assert_int_equal(evcp__del(store, EVCP__SPACE_TX, text("a")), EVCP_OK);
    assert_int_equal(evcp__clear(store, EVCP__SPACE_TX), EVCP_OK);
    assert_int_equal(put("c", "1"), EVCP_OK);
    assert_int_equal(evcp__mem_copy(db, &copy), EVCP_OK);
    assert_false(evcp__mem_equal(db, copy));
    assert_int_equal(copy->ops->station(copy, "A", &view), EVCP_OK);
    assert_true(has(view, "a") && has(view, "b"));
    assert_false(has(view, "c"));
    /* the copy lives its own life */
    assert_int_equal(evcp__clear(view, EVCP__SPACE_TX), EVCP_OK);
    assert_int_equal(copy->ops->commit(copy), EVCP_OK);
    evcp__mem_cut(db);
    assert_true(has(store, "a") && has(store, "b"));
    copy->ops->close(copy);
}

static void mem_copy_of_a_cut_store_is_equal_to_it(void **state)
{
    (void)state;
    struct evcp__db *copy;
    uint32_t seed = 5;
    for (int step = 0; step < 2000; step++) {
        seed = seed * 1664525u + 1013904223u;
        char key[16];
        snprintf(key, sizeof(key), "%u", (unsigned)(seed >> 8) % 30);
        switch ((seed >> 24) % 8) {
        case 0: assert_int_equal(evcp__clear(store, EVCP__SPACE_TX), EVCP_OK); break;
        case 1:
        case 2: assert_int_equal(evcp__del(store, EVCP__SPACE_TX, text(key)), EVCP_OK); break;
        case 3: assert_int_equal(db->ops->commit(db), EVCP_OK); break;
        default: assert_int_equal(put(key, key), EVCP_OK); break;
        }
        if (step % 50 == 0) {
            assert_int_equal(evcp__mem_copy(db, &copy), EVCP_OK);
            evcp__mem_cut(db);
            assert_true(evcp__mem_equal(db, copy));
            assert_true(evcp__mem_used(db) == evcp__mem_used(copy));
            copy->ops->close(copy);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mem_failed_commit_abandons_all_and_the_next_one_works),
        TEST(mem_failed_put_stages_nothing),
        TEST(mem_copy_is_what_a_power_cut_would_leave),
        TEST(mem_copy_of_a_cut_store_is_equal_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
