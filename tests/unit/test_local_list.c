/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local authorization list: every row of OCPP 1.6 5.15 and its errata, and that a refusal
 * changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/core/local_list.h"
#include "../../lib/core/record.h"
#include "../support/store_mem.h"

#define NOW ((int64_t)1700000000000)

#define FULL true
#define DIFF false

static struct evcp__db *db;
static struct evcp__store *store;
static struct evcp__local_list list;

static bool load(uint32_t max, uint32_t send_max)
{
    bool rebuilt;
    assert_int_equal(evcp__list_load(&list, store, max, send_max, &rebuilt), EVCP_OK);
    return rebuilt;
}

static int setup(void **state)
{
    (void)state;
    assert_int_equal(evcp__db_open_mem(&db), EVCP_OK);
    assert_int_equal(db->ops->station(db, "A", &store), EVCP_OK);
    assert_false(load(10, 10));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    db->ops->close(db);
    return 0;
}

/* ---- requests as text: "TAG=Accepted", "TAG" without idTagInfo, separated by spaces ------ */

#define MAX_ENTRIES 64

struct request_text {
    struct evcp__list_entry entries[MAX_ENTRIES];
    char tags[MAX_ENTRIES][64];
    size_t count;
};

static void entry_at(const void *context, size_t index, struct evcp__list_entry *out)
{
    *out = ((const struct request_text *)context)->entries[index];
}

static enum evcp_auth_status status_of(const char *name)
{
    const char *const names[] = {"Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"};
    for (int i = 0; i < 5; i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum evcp_auth_status)i;
        }
    }
    fail_msg("no such status: %s", name);
    return EVCP_AUTH_INVALID;
}

static void parse(const char *text, struct request_text *out)
{
    memset(out, 0, sizeof(*out));
    char word[64];
    int used;
    while (sscanf(text, " %63s%n", word, &used) == 1) {
        text += used;
        struct evcp__list_entry *e = &out->entries[out->count];
        char *equals = strchr(word, '=');
        e->has_info = equals != NULL;
        if (equals != NULL) {
            *equals = '\0';
            e->info.status = status_of(equals + 1);
        }
        memcpy(out->tags[out->count], word, sizeof(word));
        e->id_tag = out->tags[out->count++];
    }
}

static int apply_text(bool full, int32_t version, const char *entries, enum evcp__outcome *outcome)
{
    struct request_text text;
    parse(entries, &text);
    struct evcp__request r = {.kind = EVCP__REQ_SEND_LIST,
                              .on = full,
                              .number = version,
                              .list = &text,
                              .list_count = text.count,
                              .list_at = entry_at};
    return evcp__list_apply(&list, &r, outcome);
}

static enum evcp__outcome send(bool full, int32_t version, const char *entries)
{
    enum evcp__outcome outcome;
    assert_int_equal(apply_text(full, version, entries, &outcome), EVCP_OK);
    return outcome;
}

static void accepted(bool full, int32_t version, const char *entries)
{
    assert_int_equal(send(full, version, entries), EVCP__OUT_ACCEPTED);
    assert_int_equal(db->ops->commit(db), EVCP_OK);
}

/* Refused, with nothing staged and nothing changed. */
static void refused(bool full, int32_t version, const char *entries, enum evcp__outcome expected)
{
    struct evcp__local_list before = list;
    assert_int_equal(send(full, version, entries), expected);
    assert_false(db->ops->dirty(db));
    assert_memory_equal(&before, &list, sizeof(list));
}

static struct evcp__knowledge find(const char *tag)
{
    struct evcp__knowledge k;
    bool damaged;
    assert_int_equal(evcp__list_find(&list, tag, NOW, &k, &damaged), EVCP_OK);
    assert_false(damaged);
    return k;
}

static bool known(const char *tag)
{
    return find(tag).found;
}

/* ---- full -------------------------------------------------------------------------------- */

/* covers: LIST-10 */
static void list_is_empty_with_version_0_at_first(void **state)
{
    (void)state;
    assert_int_equal(evcp__list_version(&list), 0);
    assert_false(known("A"));
}

/* covers: LIST-14 LIST-13 */
static void list_full_replaces_everything(void **state)
{
    (void)state;
    accepted(FULL, 1, "A=Accepted B=Blocked");
    assert_int_equal(evcp__list_version(&list), 1);
    accepted(FULL, 2, "C=Accepted");
    assert_false(known("A") || known("B"));
    assert_true(known("C"));
    assert_int_equal(list.count, 1);
    assert_int_equal(evcp__list_version(&list), 2);
}

/* covers: LIST-22 */
static void list_full_is_accepted_whatever_its_version(void **state)
{
    (void)state;
    accepted(FULL, 5, "A=Accepted");
    accepted(FULL, 2, "B=Accepted");
    assert_int_equal(evcp__list_version(&list), 2);
    accepted(FULL, 2, "C=Accepted");
    assert_true(known("C"));
    assert_false(known("B"));
}

/* covers: LIST-15 */
static void list_full_without_entries_empties_and_reports_0(void **state)
{
    (void)state;
    accepted(FULL, 5, "A=Accepted");
    accepted(FULL, 9, "");
    assert_false(known("A"));
    assert_int_equal(evcp__list_version(&list), 0);
    accepted(DIFF, 1, "B=Accepted");
    assert_int_equal(evcp__list_version(&list), 1);
}

/* covers: LIST-25 */
static void list_full_with_version_0_and_no_entries_empties(void **state)
{
    (void)state;
    accepted(FULL, 5, "A=Accepted");
    accepted(FULL, 0, "");
    assert_false(known("A"));
    assert_int_equal(evcp__list_version(&list), 0);
}

/* covers: LIST-19 */
static void list_full_with_an_entry_without_info_is_refused(void **state)
{
    (void)state;
    accepted(FULL, 1, "A=Accepted");
    refused(FULL, 2, "B=Accepted C", EVCP__OUT_FAILED);
    assert_true(known("A"));
}

/* ---- differential ------------------------------------------------------------------------ */

/* covers: LIST-17 LIST-18 */
static void list_differential_adds_replaces_and_deletes(void **state)
{
    (void)state;
    accepted(FULL, 1, "A=Accepted B=Accepted C=Accepted");
    accepted(DIFF, 2, "B=Blocked C D=Accepted X");
    assert_true(known("A") && known("D"));
    assert_false(known("C"));
    assert_int_equal(find("B").info.status, EVCP_AUTH_BLOCKED);
    assert_int_equal(list.count, 3);
    assert_int_equal(evcp__list_version(&list), 2);
}

/* covers: LIST-16 */
static void list_differential_without_entries_moves_the_version_only(void **state)
{
    (void)state;
    accepted(FULL, 1, "A=Accepted");
    accepted(DIFF, 7, "");
    assert_true(known("A"));
    assert_int_equal(evcp__list_version(&list), 7);
}

/* covers: LIST-21 */
static void list_differential_that_is_not_newer_is_a_mismatch(void **state)
{
    (void)state;
    accepted(FULL, 5, "A=Accepted");
    refused(DIFF, 5, "B=Accepted", EVCP__OUT_VERSION_MISMATCH);
    refused(DIFF, 4, "B=Accepted", EVCP__OUT_VERSION_MISMATCH);
    refused(DIFF, 4, "", EVCP__OUT_VERSION_MISMATCH);
    accepted(DIFF, 6, "B=Accepted");
}

static void list_differential_on_an_empty_list_is_accepted(void **state)
{
    (void)state;
    accepted(DIFF, 1, "A=Accepted");
    assert_true(known("A"));
}

static void list_emptied_by_deletes_reports_0_and_keeps_its_version_for_comparison(void **state)
{
    (void)state;
    accepted(FULL, 5, "A=Accepted");
    accepted(DIFF, 6, "A");
    assert_int_equal(evcp__list_version(&list), 0);
    refused(DIFF, 6, "B=Accepted", EVCP__OUT_VERSION_MISMATCH);
    assert_false(load(10, 10));
    assert_int_equal(evcp__list_version(&list), 0);
    refused(DIFF, 6, "B=Accepted", EVCP__OUT_VERSION_MISMATCH);
    accepted(DIFF, 7, "B=Accepted");
    assert_int_equal(evcp__list_version(&list), 7);
}

/* ---- what is refused --------------------------------------------------------------------- */

/* covers: LIST-25 */
static void list_versions_0_and_below_are_refused(void **state)
{
    (void)state;
    accepted(FULL, 5, "A=Accepted");
    refused(FULL, 0, "B=Accepted", EVCP__OUT_FAILED);
    refused(FULL, -1, "B=Accepted", EVCP__OUT_FAILED);
    refused(FULL, -1, "", EVCP__OUT_FAILED);
    refused(FULL, INT32_MIN, "", EVCP__OUT_FAILED);
    refused(DIFF, 0, "", EVCP__OUT_FAILED);
    refused(DIFF, -1, "B=Accepted", EVCP__OUT_FAILED);
    assert_int_equal(evcp__list_version(&list), 5);
}

/* covers: LIST-20 RPC-34 */
static void list_duplicates_are_refused_without_regard_to_case(void **state)
{
    (void)state;
    accepted(FULL, 1, "A=Accepted");
    refused(FULL, 2, "B=Accepted C=Accepted B=Accepted", EVCP__OUT_FAILED);
    refused(FULL, 2, "tagB=Accepted C=Accepted TAGb=Blocked", EVCP__OUT_FAILED);
    refused(DIFF, 2, "B=Accepted b", EVCP__OUT_FAILED);
    refused(DIFF, 2, "X Y Z x", EVCP__OUT_FAILED);
    accepted(FULL, 2, "tagB=Accepted tagBB=Accepted tag=Accepted");
}

/* covers: LIST-05 */
static void list_request_over_the_send_limit_is_refused_before_its_version_counts(void **state)
{
    (void)state;
    assert_false(load(10, 3));
    accepted(FULL, 5, "A=Accepted B=Accepted C=Accepted");
    refused(FULL, 6, "A=Accepted B=Accepted C=Accepted D=Accepted", EVCP__OUT_FAILED);
    refused(DIFF, 4, "A=Accepted B=Accepted C=Accepted D=Accepted", EVCP__OUT_FAILED);
}

static void list_version_counts_before_the_content(void **state)
{
    (void)state;
    accepted(FULL, 5, "A=Accepted");
    refused(DIFF, 5, "B=Accepted B=Accepted", EVCP__OUT_VERSION_MISMATCH);
}

/* covers: LIST-23 */
static void list_result_over_the_list_limit_is_refused(void **state)
{
    (void)state;
    assert_false(load(3, 10));
    refused(FULL, 1, "A=Accepted B=Accepted C=Accepted D=Accepted", EVCP__OUT_FAILED);
    accepted(FULL, 1, "A=Accepted B=Accepted C=Accepted");
    refused(DIFF, 2, "D=Accepted", EVCP__OUT_FAILED);
    /* replacing does not grow, and deleting makes room in the same request */
    accepted(DIFF, 2, "A=Blocked B=Blocked C=Blocked");
    accepted(DIFF, 3, "D=Accepted A");
    assert_int_equal(list.count, 3);
    refused(DIFF, 4, "A X Y E=Accepted", EVCP__OUT_FAILED);
}

static void list_longer_than_a_lowered_limit_stays_and_may_shrink(void **state)
{
    (void)state;
    accepted(FULL, 1, "A=Accepted B=Accepted C=Accepted D=Accepted");
    assert_false(load(2, 10));
    assert_true(known("A") && known("D"));
    refused(DIFF, 2, "E=Accepted", EVCP__OUT_FAILED);
    accepted(DIFF, 2, "A");
    accepted(DIFF, 3, "B=Blocked");
    assert_int_equal(list.count, 3);
}

static void list_tag_that_does_not_fit_the_protocol_is_refused(void **state)
{
    (void)state;
    accepted(FULL, 1, "A2345678901234567890=Accepted");
    refused(DIFF, 2, "A23456789012345678901=Accepted", EVCP__OUT_FAILED);
    assert_true(known("a2345678901234567890"));
    assert_false(known("A23456789012345678901"));
}

/* covers: LIST-23 LIST-26 */
static void list_too_large_for_the_store_is_refused_with_nothing_changed(void **state)
{
    (void)state;
    accepted(FULL, 1, "A=Accepted");
    evcp__mem_limit(db, evcp__mem_used(db) * 4 / 3 + 200);
    refused(FULL, 2, "B=Accepted C=Accepted", EVCP__OUT_FAILED);
    refused(DIFF, 2, "B=Accepted", EVCP__OUT_FAILED);
    accepted(DIFF, 2, "A"); /* deleting works always */
    assert_false(known("A"));
    accepted(FULL, 3, "");
}

static void list_store_failure_is_passed_on(void **state)
{
    (void)state;
    accepted(FULL, 1, "A=Accepted");
    for (unsigned n = 1; n <= 3; n++) {
        enum evcp__outcome outcome;
        evcp__mem_fail_put(db, n, EVCP_ESTORE);
        assert_int_equal(apply_text(FULL, 2, "B=Accepted C=Accepted", &outcome), EVCP_ESTORE);
        db->ops->abandon(db);
        assert_false(load(10, 10));
        assert_true(known("A"));
        assert_int_equal(evcp__list_version(&list), 1);
    }
}

/* ---- what is kept ------------------------------------------------------------------------ */

/* covers: LIST-06 LIST-26 */
static void list_survives_a_power_cut_whole_or_not_at_all(void **state)
{
    (void)state;
    accepted(FULL, 5, "A=Accepted B=Blocked");
    assert_int_equal(send(FULL, 6, "C=Accepted"), EVCP__OUT_ACCEPTED);
    evcp__mem_cut(db); /* before the commit */
    assert_false(load(10, 10));
    assert_int_equal(evcp__list_version(&list), 5);
    assert_true(known("A") && known("B"));
    assert_false(known("C"));
    accepted(FULL, 6, "C=Accepted");
    evcp__mem_cut(db); /* after it */
    assert_false(load(10, 10));
    assert_int_equal(evcp__list_version(&list), 6);
    assert_true(known("C"));
    assert_int_equal(list.count, 1);
}

static void list_keeps_every_status_and_finds_without_regard_to_case(void **state)
{
    (void)state;
    accepted(FULL, 1, "aA=Accepted bB=Blocked cC=Expired dD=Invalid eE=ConcurrentTx");
    assert_int_equal(find("AA").info.status, EVCP_AUTH_ACCEPTED);
    assert_int_equal(find("BB").info.status, EVCP_AUTH_BLOCKED);
    assert_int_equal(find("Cc").info.status, EVCP_AUTH_EXPIRED);
    assert_int_equal(find("Dd").info.status, EVCP_AUTH_INVALID);
    assert_int_equal(find("ee").info.status, EVCP_AUTH_CONCURRENT_TX);
}

static void one_entry(const void *context, size_t index, struct evcp__list_entry *out)
{
    (void)index;
    *out = *(const struct evcp__list_entry *)context;
}

/* covers: LIST-28 */
static void list_keeps_expiry_and_parent(void **state)
{
    (void)state;
    struct evcp__list_entry entry = {
        "TAG", true, {EVCP_AUTH_ACCEPTED, NOW + 1000, "GROUP-OF-20-LETTERS."}};
    struct evcp__request r = {
        .on = true, .number = 1, .list = &entry, .list_count = 1, .list_at = one_entry};
    enum evcp__outcome outcome;
    assert_int_equal(evcp__list_apply(&list, &r, &outcome), EVCP_OK);
    assert_int_equal(outcome, EVCP__OUT_ACCEPTED);
    struct evcp__knowledge k;
    bool damaged;
    assert_int_equal(evcp__list_find(&list, "tag", NOW + 999, &k, &damaged), EVCP_OK);
    assert_true(k.found && !k.expired);
    assert_string_equal(k.info.parent, "GROUP-OF-20-LETTERS.");
    assert_true(k.info.expiry_ms == NOW + 1000);
    assert_int_equal(evcp__list_find(&list, "tag", NOW + 1000, &k, &damaged), EVCP_OK);
    assert_true(k.found && k.expired);
}

static void list_with_damaged_meta_data_is_emptied_and_reported(void **state)
{
    (void)state;
    accepted(FULL, 5, "A=Accepted");
    assert_int_equal(evcp__put(store, EVCP__SPACE_META, (struct evcp__slice){"list", 4},
                               (struct evcp__slice){"garbage", 7}),
                     EVCP_OK);
    assert_true(load(10, 10));
    assert_int_equal(evcp__list_version(&list), 0);
    assert_false(known("A"));
    assert_false(load(10, 10));
    accepted(FULL, 1, "B=Accepted");
}

static void list_with_a_damaged_entry_says_so_and_does_not_know_it(void **state)
{
    (void)state;
    accepted(FULL, 5, "a=Accepted b=Accepted");
    assert_int_equal(evcp__put(store, EVCP__SPACE_LIST, (struct evcp__slice){"a", 1},
                               (struct evcp__slice){"garbage", 7}),
                     EVCP_OK);
    struct evcp__knowledge k;
    bool damaged = false;
    assert_int_equal(evcp__list_find(&list, "A", NOW, &k, &damaged), EVCP_OK);
    assert_true(damaged);
    assert_false(k.found);
    assert_true(known("b"));
    accepted(DIFF, 6, "A=Blocked"); /* a replacement heals it and does not grow the list */
    assert_int_equal(find("a").info.status, EVCP_AUTH_BLOCKED);
    assert_int_equal(list.count, 2);
}

static void list_of_a_newer_library_is_refused(void **state)
{
    (void)state;
    struct evcp__writer w;
    struct evcp__slice record;
    bool rebuilt;
    evcp__write_begin(&w);
    w.bytes[0] = EVCP__RECORD_VERSION + 1;
    assert_int_equal(evcp__write_seal(&w, &record), EVCP_OK);
    assert_int_equal(evcp__put(store, EVCP__SPACE_META, (struct evcp__slice){"list", 4}, record),
                     EVCP_OK);
    assert_int_equal(evcp__list_load(&list, store, 10, 10, &rebuilt), EVCP_EVERSION);
}

/* ---- many entries ------------------------------------------------------------------------ */

struct many {
    uint32_t count;
    uint32_t twin; /* this entry repeats the first one */
};

static void many_at(const void *context, size_t index, struct evcp__list_entry *out)
{
    const struct many *m = context;
    static char tag[24];
    uint32_t n = index == m->twin ? 0 : (uint32_t)index;
    /* an odd factor makes a permutation of 32 bits: no order, no duplicates */
    snprintf(tag, sizeof(tag), "%s%08X", index == m->twin ? "tag" : "TAG",
             (unsigned)(n * 2654435761u));
    *out = (struct evcp__list_entry){tag, true, {EVCP_AUTH_ACCEPTED, 0, ""}};
}

static void list_takes_many_entries_in_any_order(void **state)
{
    (void)state;
    struct many m = {30000, UINT32_MAX};
    assert_false(load(m.count, m.count));
    struct evcp__request r = {
        .on = true, .number = 1, .list = &m, .list_count = m.count, .list_at = many_at};
    enum evcp__outcome outcome;
    assert_int_equal(evcp__list_apply(&list, &r, &outcome), EVCP_OK);
    assert_int_equal(outcome, EVCP__OUT_ACCEPTED);
    assert_int_equal(list.count, m.count);
    for (uint32_t i = 0; i < m.count; i++) {
        struct evcp__list_entry e;
        many_at(&m, i, &e);
        assert_true(known(e.id_tag));
    }
}

static void list_finds_one_duplicate_among_many(void **state)
{
    (void)state;
    struct many m = {30000, 29999};
    assert_false(load(m.count, m.count));
    struct evcp__request r = {
        .on = true, .number = 1, .list = &m, .list_count = m.count, .list_at = many_at};
    enum evcp__outcome outcome;
    assert_int_equal(evcp__list_apply(&list, &r, &outcome), EVCP_OK);
    assert_int_equal(outcome, EVCP__OUT_FAILED);
    assert_false(db->ops->dirty(db));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(list_is_empty_with_version_0_at_first),
        TEST(list_full_replaces_everything),
        TEST(list_full_is_accepted_whatever_its_version),
        TEST(list_full_without_entries_empties_and_reports_0),
        TEST(list_full_with_version_0_and_no_entries_empties),
        TEST(list_full_with_an_entry_without_info_is_refused),
        TEST(list_differential_adds_replaces_and_deletes),
        TEST(list_differential_without_entries_moves_the_version_only),
        TEST(list_differential_that_is_not_newer_is_a_mismatch),
        TEST(list_differential_on_an_empty_list_is_accepted),
        TEST(list_emptied_by_deletes_reports_0_and_keeps_its_version_for_comparison),
        TEST(list_versions_0_and_below_are_refused),
        TEST(list_duplicates_are_refused_without_regard_to_case),
        TEST(list_request_over_the_send_limit_is_refused_before_its_version_counts),
        TEST(list_version_counts_before_the_content),
        TEST(list_result_over_the_list_limit_is_refused),
        TEST(list_longer_than_a_lowered_limit_stays_and_may_shrink),
        TEST(list_tag_that_does_not_fit_the_protocol_is_refused),
        TEST(list_too_large_for_the_store_is_refused_with_nothing_changed),
        TEST(list_store_failure_is_passed_on),
        TEST(list_survives_a_power_cut_whole_or_not_at_all),
        TEST(list_keeps_every_status_and_finds_without_regard_to_case),
        TEST(list_keeps_expiry_and_parent),
        TEST(list_with_damaged_meta_data_is_emptied_and_reported),
        TEST(list_with_a_damaged_entry_says_so_and_does_not_know_it),
        TEST(list_of_a_newer_library_is_refused),
        TEST(list_takes_many_entries_in_any_order),
        TEST(list_finds_one_duplicate_among_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
