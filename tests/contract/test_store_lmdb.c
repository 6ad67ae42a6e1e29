/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only the LMDB store can get wrong: its file, its directory, other processes, the number of
 * stations, its limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../lib/core/record.h"
#include "store_lmdb_fixture.h"

/* ---- files ------------------------------------------------------------------------------- */

static void path_of(const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", dir, name);
}

struct bytes {
    uint8_t *data;
    size_t size;
};

static struct bytes read_file(const char *name)
{
    char path[256];
    path_of(name, path, sizeof(path));
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    struct bytes b = {NULL, (size_t)ftell(f)};
    b.data = malloc(b.size + 1);
    assert_non_null(b.data);
    rewind(f);
    assert_int_equal(fread(b.data, 1, b.size, f), b.size);
    fclose(f);
    return b;
}

static void write_file(const char *name, const void *data, size_t size)
{
    char path[256];
    path_of(name, path, sizeof(path));
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    fclose(f);
}

static bool file_exists(const char *name)
{
    char path[256];
    struct stat st;
    path_of(name, path, sizeof(path));
    return stat(path, &st) == 0;
}

static size_t page_size(void)
{
    return ((struct evcp__lmdb *)db)->quota.page_size;
}

/* ---- opening ----------------------------------------------------------------------------- */

static void store_lmdb_reports_a_new_store_once(void **state)
{
    (void)state;
    open_store();
    assert_true(report.created);
    assert_false(report.set_aside);
    close_store();
    open_store();
    assert_false(report.created);
}

static void store_lmdb_missing_directory_is_explained(void **state)
{
    (void)state;
    char missing[128];
    snprintf(missing, sizeof(missing), "%s/missing", dir);
    assert_int_equal(evcp__db_open_lmdb(missing, LIMIT, &report, why, sizeof(why), &db),
                     EVCP_ESTORE);
    assert_non_null(strstr(why, "create the directory"));
    write_file("file", "x", 1);
    snprintf(missing, sizeof(missing), "%s/file", dir);
    assert_int_equal(evcp__db_open_lmdb(missing, LIMIT, &report, why, sizeof(why), &db),
                     EVCP_ESTORE);
    assert_non_null(strstr(why, "not a file"));
    db = NULL;
}

/* Runs in a child, as nobody if the tests run as root: root may write everywhere. */
static int open_without_rights(void)
{
    if (geteuid() == 0 && setuid(65534) != 0) {
        return 2;
    }
    int rc = evcp__db_open_lmdb(dir, LIMIT, &report, why, sizeof(why), &db);
    return rc == EVCP_ESTORE && strstr(why, "right to write") != NULL ? 0 : 1;
}

static void store_lmdb_read_only_directory_is_explained(void **state)
{
    (void)state;
    assert_int_equal(chmod(dir, 0555), 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(open_without_rights());
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void store_lmdb_in_use_by_another_process_is_refused(void **state)
{
    (void)state;
    open_store();
    pid_t child = fork();
    if (child == 0) {
        struct evcp__db *other;
        int rc = evcp__db_open_lmdb(dir, LIMIT, &report, why, sizeof(why), &other);
        _exit(rc == EVCP_ESTORE && strstr(why, "another process") != NULL ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    /* the one who has it goes on */
    put(EVCP__SPACE_TX, "a", "1");
    commit();
}

static void store_lmdb_opened_twice_in_one_process_is_refused(void **state)
{
    (void)state;
    struct evcp__db *other;
    open_store();
    assert_int_equal(evcp__db_open_lmdb(dir, LIMIT, &report, why, sizeof(why), &other),
                     EVCP_ESTORE);
}

static void write_format(uint32_t format)
{
    struct evcp__lmdb *inside = (struct evcp__lmdb *)db;
    struct evcp__writer w;
    struct evcp__slice record;
    MDB_txn *txn;
    uint8_t key_bytes[3] = {0, 0, 0};
    evcp__write_begin(&w);
    evcp__write_u32(&w, format);
    assert_int_equal(evcp__write_seal(&w, &record), EVCP_OK);
    MDB_val key = {sizeof(key_bytes), key_bytes};
    MDB_val data = {record.size, w.bytes};
    assert_int_equal(mdb_txn_begin(inside->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, inside->main, &key, &data, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void store_lmdb_of_a_newer_format_is_refused_and_not_touched(void **state)
{
    (void)state;
    open_store();
    put(EVCP__SPACE_TX, "a", "1");
    commit();
    write_format(EVCP__DB_FORMAT + 1);
    close_store();
    struct bytes before = read_file("evcp.mdb");
    assert_int_equal(try_open(), EVCP_EVERSION);
    assert_non_null(strstr(why, "update"));
    struct bytes after = read_file("evcp.mdb");
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    assert_false(file_exists("evcp.mdb.bad-1"));
    free(before.data);
    free(after.data);
    db = NULL;
}

static void store_lmdb_of_a_newer_lmdb_is_refused_and_not_touched(void **state)
{
    (void)state;
    open_store();
    size_t page = page_size();
    close_store();
    struct bytes b = read_file("evcp.mdb");
    b.data[sizeof(size_t) + 8 + 4] = 9; /* the data version in both meta pages */
    b.data[page + sizeof(size_t) + 8 + 4] = 9;
    write_file("evcp.mdb", b.data, b.size);
    assert_int_equal(try_open(), EVCP_EVERSION);
    assert_true(file_exists("evcp.mdb"));
    free(b.data);
    db = NULL;
}

/* ---- damage ------------------------------------------------------------------------------ */

static void store_lmdb_that_is_unreadable_is_set_aside_and_rebuilt(void **state)
{
    (void)state;
    static const char garbage[20000] = "this is not a store";
    write_file("evcp.mdb", garbage, sizeof(garbage));
    open_store();
    assert_true(report.set_aside && report.created);
    assert_non_null(strstr(report.set_aside_path, "evcp.mdb.bad-1"));
    struct bytes kept = read_file("evcp.mdb.bad-1");
    assert_int_equal(kept.size, sizeof(garbage));
    assert_memory_equal(kept.data, garbage, sizeof(garbage));
    free(kept.data);
    put(EVCP__SPACE_TX, "a", "1");
    commit();
    close_store();
    open_store();
    assert_false(report.set_aside);
    assert_true(has(EVCP__SPACE_TX, "a", "1"));
}

static void store_lmdb_keeps_the_three_latest_unreadable_stores(void **state)
{
    (void)state;
    for (char c = 'a'; c <= 'e'; c++) {
        write_file("evcp.mdb", &c, 1);
        open_store();
        assert_true(report.set_aside);
        close_store();
    }
    const char expected[] = "cde";
    for (int n = 1; n <= 3; n++) {
        char name[32];
        snprintf(name, sizeof(name), "evcp.mdb.bad-%d", n);
        struct bytes b = read_file(name);
        assert_int_equal(b.data[0], expected[n - 1]);
        free(b.data);
    }
    assert_false(file_exists("evcp.mdb.bad-4"));
}

static void store_lmdb_empty_file_is_a_new_store(void **state)
{
    (void)state;
    write_file("evcp.mdb", "", 0);
    open_store();
    assert_true(report.created);
    assert_false(report.set_aside);
}

static void fill_some(unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        uint8_t key[8];
        uint8_t value[3000] = {(uint8_t)n};
        evcp__key_u64(n * 2654435761u, key);
        struct evcp__slice k = {key, sizeof(key)};
        assert_int_equal(evcp__put(store, EVCP__SPACE_LIST, k, (struct evcp__slice){value, 40}),
                         EVCP_OK);
        assert_int_equal(evcp__put(store, EVCP__SPACE_OUTBOX, k,
                                   (struct evcp__slice){value, n % 16 == 0 ? 3000 : 200}),
                         EVCP_OK);
    }
    commit();
}

static int touch_record(void *context, struct evcp__slice key, struct evcp__slice value)
{
    *(uint32_t *)context += evcp__crc32(key.data, key.size) + evcp__crc32(value.data, value.size);
    return 0;
}

/* Reads all there is; a crash fails the test. */
static void read_everything(void)
{
    uint32_t sum = 0;
    for (int i = EVCP__SPACE_META; i < EVCP__SPACES; i++) {
        (void)store->ops->scan(store, (enum evcp__space)i, text(""), touch_record, &sum);
    }
}

static void remove_aside(void)
{
    for (int n = 1; n <= 3; n++) {
        char name[32];
        char path[256];
        snprintf(name, sizeof(name), "evcp.mdb.bad-%d", n);
        path_of(name, path, sizeof(path));
        (void)unlink(path);
    }
}

/* Opens, reads and writes whatever is in the file now. True if it was set aside. */
static bool survive(void)
{
    open_store();
    bool set_aside = report.set_aside;
    read_everything();
    put(EVCP__SPACE_META, "probe", "1");
    (void)store->ops->clear(store, EVCP__SPACE_LIST);
    (void)db->ops->commit(db);
    close_store();
    remove_aside();
    return set_aside;
}

static void store_lmdb_truncated_anywhere_does_not_crash(void **state)
{
    (void)state;
    open_store();
    fill_some(400);
    size_t page = page_size();
    close_store();
    struct bytes whole = read_file("evcp.mdb");
    for (size_t size = 1; size < whole.size; size += page / 2 + 1) {
        write_file("evcp.mdb", whole.data, size);
        (void)survive();
    }
    /* the last page is in use: its loss is noticed */
    write_file("evcp.mdb", whole.data, 2 * page);
    assert_true(survive());
    free(whole.data);
}

static void store_lmdb_damaged_anywhere_in_its_structure_does_not_crash(void **state)
{
    (void)state;
    open_store();
    fill_some(400);
    size_t page = page_size();
    close_store();
    struct bytes whole = read_file("evcp.mdb");
    uint8_t *copy = malloc(whole.size);
    assert_non_null(copy);
    unsigned noticed = 0;
    uint32_t seed = 7;
    for (unsigned round = 0; round < 400; round++) {
        memcpy(copy, whole.data, whole.size);
        seed = seed * 1664525u + 1013904223u;
        size_t at = (seed >> 8) % (whole.size / page) * page;
        for (unsigned i = 0; i < 1 + round % 8; i++) {
            seed = seed * 1664525u + 1013904223u;
            /* mostly the page's head and its table of places */
            size_t where = round % 2 == 0 ? (seed >> 8) % 64 : (seed >> 8) % page;
            copy[at + where] = (uint8_t)(seed >> 24);
        }
        write_file("evcp.mdb", copy, whole.size);
        noticed += survive();
    }
    assert_true(noticed > 50);
    free(copy);
    free(whole.data);
}

/* LMDB would end the process with an assertion. */
static void store_lmdb_with_other_kinds_of_trees_is_set_aside(void **state)
{
    (void)state;
    open_store();
    size_t page = page_size();
    close_store();
    struct bytes b = read_file("evcp.mdb");
    size_t free_flags = (sizeof(size_t) + 8) + 8 + 2 * sizeof(size_t) + 4;
    size_t main_flags = free_flags + 8 + 5 * sizeof(size_t);
    size_t places[] = {free_flags, main_flags};
    for (size_t i = 0; i < 2; i++) {
        b.data[places[i]] ^= 0x04; /* duplicate keys */
        b.data[page + places[i]] ^= 0x04;
        write_file("evcp.mdb", b.data, b.size);
        assert_true(survive());
        b.data[places[i]] ^= 0x04;
        b.data[page + places[i]] ^= 0x04;
    }
    write_file("evcp.mdb", b.data, b.size);
    assert_false(survive());
    free(b.data);
}

/* The walk must never condemn a sound store: it is asked after every commit of a busy one. */
static void store_lmdb_check_agrees_with_whatever_lmdb_writes(void **state)
{
    (void)state;
    open_store();
    const struct evcp__lmdb *inside = (const struct evcp__lmdb *)db;
    uint32_t seed = 3;
    for (unsigned step = 0; step < 600; step++) {
        for (unsigned i = 0; i < 1 + step % 40; i++) {
            seed = seed * 1664525u + 1013904223u;
            static const uint8_t value[EVCP__RECORD_MAX];
            uint8_t key[8];
            evcp__key_u64((seed >> 8) % 3000, key);
            enum evcp__space space = (seed >> 24) % 2 ? EVCP__SPACE_LIST : EVCP__SPACE_OUTBOX;
            struct evcp__slice k = {key, sizeof(key)};
            size_t size = (seed >> 20) % 64 == 0 ? (seed >> 4) % EVCP__RECORD_MAX : seed % 120;
            int rc = (seed >> 28) % 4 == 0
                         ? evcp__del(store, space, k)
                         : evcp__put(store, space, k, (struct evcp__slice){value, size});
            assert_true(rc == EVCP_OK || rc == EVCP_EFULL);
        }
        if (step % 97 == 96) {
            assert_int_equal(evcp__clear(store, EVCP__SPACE_LIST), EVCP_OK);
        }
        if (step % 101 == 100) {
            assert_int_equal(evcp__clear(store, EVCP__SPACE_OUTBOX), EVCP_OK);
        }
        commit();
        uint64_t size;
        uint64_t last;
        assert_int_equal(evcp__lmdb_check(inside->path, &size, &last), EVCP__FILE_SOUND);
    }
}

/* ---- stations, limits -------------------------------------------------------------------- */

static void store_lmdb_stations_keep_their_records_whatever_the_order_of_opening(void **state)
{
    (void)state;
    struct evcp__store *other;
    open_store();
    assert_int_equal(db->ops->station(db, "B", &other), EVCP_OK);
    put(EVCP__SPACE_LIST, "tag", "of A");
    assert_int_equal(evcp__put(other, EVCP__SPACE_LIST, text("tag"), text("of B")), EVCP_OK);
    assert_int_equal(evcp__put(other, EVCP__SPACE_TX, text("t"), text("of B")), EVCP_OK);
    commit();
    close_store();
    assert_int_equal(evcp__db_open_lmdb(dir, LIMIT, &report, why, sizeof(why), &db), EVCP_OK);
    assert_int_equal(db->ops->station(db, "B", &store), EVCP_OK);
    assert_true(has(EVCP__SPACE_LIST, "tag", "of B"));
    assert_true(has(EVCP__SPACE_TX, "t", "of B"));
    assert_int_equal(db->ops->station(db, "A", &store), EVCP_OK);
    assert_true(has(EVCP__SPACE_LIST, "tag", "of A"));
    assert_false(has(EVCP__SPACE_TX, "t", "of B"));
}

static void store_lmdb_new_station_commits_what_was_staged(void **state)
{
    (void)state;
    struct evcp__store *other;
    open_store();
    put(EVCP__SPACE_TX, "a", "1");
    assert_int_equal(db->ops->station(db, "B", &other), EVCP_OK);
    assert_false(db->ops->dirty(db));
    db->ops->abandon(db);
    assert_true(has(EVCP__SPACE_TX, "a", "1"));
}

static void store_lmdb_has_room_for_64_stations(void **state)
{
    (void)state;
    struct evcp__store *s;
    open_store();
    for (int i = 1; i < 64; i++) {
        char id[24];
        snprintf(id, sizeof(id), "station-%d", i);
        assert_int_equal(db->ops->station(db, id, &s), EVCP_OK);
        assert_int_equal(evcp__put(s, EVCP__SPACE_LIST, text("tag"), text(id)), EVCP_OK);
    }
    commit();
    assert_int_equal(db->ops->station(db, "one-too-many", &s), EVCP_EFULL);
    put(EVCP__SPACE_LIST, "tag", "of A");
    commit();
    assert_int_equal(db->ops->station(db, "station-7", &s), EVCP_OK);
    struct evcp__slice v;
    assert_int_equal(evcp__get(s, EVCP__SPACE_LIST, text("tag"), &v), EVCP_OK);
    assert_memory_equal(v.data, "station-7", v.size);
}

static void store_lmdb_with_a_lowered_limit_still_takes_transactions(void **state)
{
    (void)state;
    struct evcp__db_report r;
    assert_int_equal(evcp__db_open_lmdb(dir, 8 * LIMIT, &r, why, sizeof(why), &db), EVCP_OK);
    assert_int_equal(db->ops->station(db, "A", &store), EVCP_OK);
    assert_int_equal(evcp__clear(store, EVCP__SPACE_LIST), EVCP_OK);
    for (uint64_t n = 0; n < 20000; n++) {
        uint8_t key[8];
        static const uint8_t value[200];
        evcp__key_u64(n, key);
        assert_int_equal(evcp__put(store, EVCP__SPACE_LIST, (struct evcp__slice){key, 8},
                                   (struct evcp__slice){value, sizeof(value)}),
                         EVCP_OK);
    }
    commit();
    close_store();
    open_store();
    assert_int_equal(store->ops->room(store), 0);
    assert_int_equal(evcp__put(store, EVCP__SPACE_LIST, text("k"), text("v")), EVCP_EFULL);
    for (int i = 0; i < 50; i++) {
        put(EVCP__SPACE_TX, "t", "1");
        put(EVCP__SPACE_OUTBOX, "m", "1");
        commit();
    }
}

/* Random writes of a store that is full most of the time. */
static void press(enum evcp__space space, unsigned steps)
{
    uint32_t seed = 11;
    unsigned refused = 0;
    for (unsigned step = 0; step < steps; step++) {
        seed = seed * 1664525u + 1013904223u;
        static const uint8_t value[2000];
        uint8_t key[8];
        evcp__key_u64((seed >> 8) % 2000, key);
        struct evcp__slice k = {key, sizeof(key)};
        if ((seed >> 28) % 8 == 0) {
            assert_int_equal(evcp__del(store, space, k), EVCP_OK);
        } else {
            int rc = evcp__put(store, space, k,
                               (struct evcp__slice){value, (seed >> 4) % sizeof(value)});
            assert_true(rc == EVCP_OK || rc == EVCP_EFULL);
            refused += rc == EVCP_EFULL;
        }
        commit();
    }
    assert_true(refused > 100); /* it was full indeed */
}

static void store_lmdb_full_for_ordinary_records_never_fails_at_commit(void **state)
{
    (void)state;
    open_store();
    press(EVCP__SPACE_CACHE, 3000);
}

static void store_lmdb_full_to_its_last_page_never_fails_at_commit(void **state)
{
    (void)state;
    open_store();
    press(EVCP__SPACE_OUTBOX, 3000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(store_lmdb_reports_a_new_store_once),
        TEST(store_lmdb_missing_directory_is_explained),
        TEST(store_lmdb_read_only_directory_is_explained),
        TEST(store_lmdb_in_use_by_another_process_is_refused),
        TEST(store_lmdb_opened_twice_in_one_process_is_refused),
        TEST(store_lmdb_of_a_newer_format_is_refused_and_not_touched),
        TEST(store_lmdb_of_a_newer_lmdb_is_refused_and_not_touched),
        TEST(store_lmdb_that_is_unreadable_is_set_aside_and_rebuilt),
        TEST(store_lmdb_keeps_the_three_latest_unreadable_stores),
        TEST(store_lmdb_empty_file_is_a_new_store),
        TEST(store_lmdb_truncated_anywhere_does_not_crash),
        TEST(store_lmdb_damaged_anywhere_in_its_structure_does_not_crash),
        TEST(store_lmdb_with_other_kinds_of_trees_is_set_aside),
        TEST(store_lmdb_check_agrees_with_whatever_lmdb_writes),
        TEST(store_lmdb_stations_keep_their_records_whatever_the_order_of_opening),
        TEST(store_lmdb_new_station_commits_what_was_staged),
        TEST(store_lmdb_has_room_for_64_stations),
        TEST(store_lmdb_with_a_lowered_limit_still_takes_transactions),
        TEST(store_lmdb_full_for_ordinary_records_never_fails_at_commit),
        TEST(store_lmdb_full_to_its_last_page_never_fails_at_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
