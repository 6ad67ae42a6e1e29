/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The LMDB store when the power is cut in the middle of LMDB's own writes, and on a medium that
 * fails. The program's own pwrite() and its kin stand in front of the C library's, so that LMDB's
 * writes fail, or the process dies, at any of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../lib/core/record.h"
#include "store_lmdb_fixture.h"

/* ---- faults ------------------------------------------------------------------------------ */

enum fault_kind { FAULT_NONE, FAULT_ERROR, FAULT_KILL, FAULT_TEAR };

static struct {
    enum fault_kind kind;
    unsigned at; /* the write that it hits, from 1 */
    unsigned writes;
    int error;
} fault;

/* Seen by liblmdb although the program is built with hidden symbols. */
#define EXPORTED __attribute__((visibility("default")))

/* What a commit costs the medium. */
static struct {
    size_t bytes;
    unsigned flushes;
} cost;

static ssize_t count_written(ssize_t n)
{
    cost.bytes += n > 0 ? (size_t)n : 0;
    return n;
}

static void plan_fault(enum fault_kind kind, unsigned at, int error)
{
    fault.kind = kind;
    fault.at = at;
    fault.writes = 0;
    fault.error = error;
}

/* False: go on with `*size` bytes of the write. */
static bool fault_hits(size_t *size)
{
    if (fault.kind == FAULT_NONE || ++fault.writes != fault.at) {
        return false;
    }
    if (fault.kind == FAULT_ERROR) {
        errno = fault.error;
        return true;
    }
    if (fault.kind == FAULT_KILL) {
        _exit(0);
    }
    *size /= 2;
    return false;
}

static void after_write(void)
{
    if (fault.kind == FAULT_TEAR && fault.writes == fault.at) {
        _exit(0);
    }
}

EXPORTED ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    if (fault_hits(&size)) {
        return -1;
    }
    ssize_t n = count_written(syscall(SYS_pwrite64, fd, data, size, offset));
    after_write();
    return n;
}

EXPORTED ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    return pwrite(fd, data, size, offset);
}

EXPORTED ssize_t writev(int fd, const struct iovec *parts, int count)
{
    size_t size = 1;
    if (fault_hits(&size)) {
        return -1;
    }
    ssize_t n = count_written(syscall(SYS_writev, fd, parts, size == 0 ? (count + 1) / 2 : count));
    after_write();
    return n;
}

EXPORTED ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    size_t size = 1;
    if (fault_hits(&size)) {
        return -1;
    }
    ssize_t n = count_written(
        syscall(SYS_pwritev, fd, parts, size == 0 ? (count + 1) / 2 : count, offset, 0));
    after_write();
    return n;
}

EXPORTED int fdatasync(int fd)
{
    size_t size = 1;
    cost.flushes++;
    return fault_hits(&size) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

/* ---- power cuts -------------------------------------------------------------------------- */

/* In a child: dies at the planned write of a commit; 1 if the commit came to its end. */
static void die_in_commit(enum fault_kind kind, unsigned at)
{
    open_store();
    update_pair("after");
    plan_fault(kind, at, 0);
    int rc = db->ops->commit(db);
    _exit(rc == EVCP_OK ? 1 : 2);
}

/* The commit is cut at each of its writes; afterwards all of it is there or nothing. */
static void cut_at_every_write(enum fault_kind kind)
{
    bool ended = false;
    unsigned before_count = 0;
    for (unsigned at = 1; !ended; at++) {
        open_store();
        update_pair("before");
        commit();
        close_store();
        pid_t child = fork();
        if (child == 0) {
            die_in_commit(kind, at);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        ended = WEXITSTATUS(status) == 1;
        open_store();
        assert_false(report.set_aside);
        bool before = has(EVCP__SPACE_TX, "transaction", "before");
        const char *expected = before ? "before" : "after";
        assert_true(has(EVCP__SPACE_TX, "transaction", expected));
        assert_true(has(EVCP__SPACE_LIST, "tag", expected));
        assert_true(has(EVCP__SPACE_OUTBOX, "message", expected));
        assert_false(ended && before);
        before_count += before;
        close_store();
    }
    assert_true(before_count >= 2); /* data pages and the meta page */
}

static void store_lmdb_power_cut_before_any_write_of_a_commit_is_before_or_after(void **state)
{
    (void)state;
    cut_at_every_write(FAULT_KILL);
}

static void store_lmdb_power_cut_within_any_data_write_is_before_or_after(void **state)
{
    (void)state;
    cut_at_every_write(FAULT_TEAR);
}

static void store_lmdb_killed_with_staged_writes_has_the_last_commit(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        open_store();
        update_pair("before");
        commit();
        update_pair("after");
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    open_store();
    assert_false(report.set_aside || report.created);
    assert_true(has(EVCP__SPACE_TX, "transaction", "before"));
    assert_true(has(EVCP__SPACE_LIST, "tag", "before"));
}

static void store_lmdb_killed_after_a_commit_has_it(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        open_store();
        update_pair("after");
        commit();
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    open_store();
    assert_true(has(EVCP__SPACE_TX, "transaction", "after"));
    assert_true(has(EVCP__SPACE_LIST, "tag", "after"));
}

static void store_lmdb_power_cut_while_it_is_made_leaves_a_usable_store(void **state)
{
    (void)state;
    bool ended = false;
    for (unsigned at = 1; !ended; at++) {
        pid_t child = fork();
        if (child == 0) {
            plan_fault(FAULT_TEAR, at, 0);
            _exit(try_open() == EVCP_OK ? 1 : 2);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        ended = WEXITSTATUS(status) == 1;
        open_store();
        put(EVCP__SPACE_TX, "a", "1");
        commit();
        close_store();
        temp_dir_remove(dir);
        assert_int_equal(mkdir(dir, 0755), 0);
    }
}

/* ---- a medium that fails ----------------------------------------------------------------- */

static void fail_each_write(int error, int expected)
{
    for (unsigned at = 1;; at++) {
        open_store();
        update_pair("before");
        commit();
        uint64_t commits = evcp__db_lmdb_commits(db);
        update_pair("after");
        plan_fault(FAULT_ERROR, at, error);
        int rc = db->ops->commit(db);
        fault.kind = FAULT_NONE;
        if (rc == EVCP_OK) {
            assert_int_equal(evcp__db_lmdb_commits(db), commits + 1);
            close_store();
            assert_true(at > 2);
            return;
        }
        assert_int_equal(rc, expected);
        assert_false(db->ops->dirty(db));
        assert_int_equal(evcp__db_lmdb_commits(db), commits);
        /* all of it is abandoned, and the store works again as soon as its medium does */
        assert_true(has(EVCP__SPACE_TX, "transaction", "before"));
        assert_true(has(EVCP__SPACE_LIST, "tag", "before"));
        update_pair("again");
        commit();
        close_store();
        open_store();
        assert_true(has(EVCP__SPACE_OUTBOX, "message", "again"));
        close_store();
    }
}

static void store_lmdb_commit_without_space_is_full_and_abandons_all(void **state)
{
    (void)state;
    fail_each_write(ENOSPC, EVCP_EFULL);
}

static void store_lmdb_commit_with_an_io_error_fails_and_abandons_all(void **state)
{
    (void)state;
    fail_each_write(EIO, EVCP_ESTORE);
}

/* ---- cost -------------------------------------------------------------------------------- */

static void put_number(enum evcp__space space, uint64_t number, size_t size)
{
    static const uint8_t value[1024];
    uint8_t key[8];
    evcp__key_u64(number, key);
    assert_int_equal(evcp__put(store, space, (struct evcp__slice){key, sizeof(key)},
                               (struct evcp__slice){value, size}),
                     EVCP_OK);
}

/* A store as after a while: a list, a cache, a short queue. */
static void fill_usual_store(void)
{
    for (uint64_t n = 0; n < 5000; n++) {
        put_number(EVCP__SPACE_LIST, n * 2654435761u, 16);
    }
    commit();
    for (uint64_t n = 0; n < 1000; n++) {
        put_number(EVCP__SPACE_CACHE, n * 2654435761u, 26);
        put_number(EVCP__SPACE_CACHE_ORDER, n, 24);
    }
    put_number(EVCP__SPACE_OUTBOX, 1, 200);
    commit();
}

/* Average bytes of 200 commits, each with what `stage` puts. */
static size_t bytes_per_commit(void (*stage)(uint64_t))
{
    cost.bytes = 0;
    cost.flushes = 0;
    for (uint64_t n = 0; n < 200; n++) {
        stage(n);
        commit();
    }
    assert_int_equal(cost.flushes, 200); /* and the root page by O_DSYNC */
    return cost.bytes / 200;
}

/* A few transactions at a time; their messages wait, or are delivered at once. */
static void stage_offline_start(uint64_t n)
{
    put_number(EVCP__SPACE_TX, n % 4, 200);
    put_number(EVCP__SPACE_OUTBOX, 10 + n, 64);
    put_number(EVCP__SPACE_META, 1, 16);
}

static void delete_message(uint64_t n)
{
    uint8_t key[8];
    evcp__key_u64(10 + n, key);
    assert_int_equal(evcp__del(store, EVCP__SPACE_OUTBOX, (struct evcp__slice){key, 8}), EVCP_OK);
}

static void stage_delivery(uint64_t n)
{
    delete_message(n);
    put_number(EVCP__SPACE_TX, n % 4, 210);
}

static void stage_online(uint64_t n)
{
    if (n % 2 == 0) {
        stage_offline_start(n);
    } else {
        stage_delivery(n - 1);
    }
}

static void stage_ten_samples(uint64_t n)
{
    for (uint64_t i = 0; i < 10; i++) {
        put_number(EVCP__SPACE_TX_DATA, 10 * n + i, 100);
    }
}

static void store_lmdb_commit_costs_what_the_documents_say(void **state)
{
    (void)state;
    assert_int_equal(evcp__db_open_lmdb(dir, 64 * LIMIT, &report, why, sizeof(why), &db), EVCP_OK);
    assert_int_equal(db->ops->station(db, "A", &store), EVCP_OK);
    fill_usual_store();
    size_t online = bytes_per_commit(stage_online);
    size_t offline = bytes_per_commit(stage_offline_start);
    size_t delivery = bytes_per_commit(stage_delivery);
    size_t samples = bytes_per_commit(stage_ten_samples);
    print_message("bytes per commit: online %zu, offline %zu, delivery %zu, ten samples %zu\n",
                  online, offline, delivery, samples);
    assert_true(online <= 14000);
    assert_true(offline <= 20500);
    assert_true(delivery <= 20500);
    assert_true(samples <= 20500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(store_lmdb_power_cut_before_any_write_of_a_commit_is_before_or_after),
        TEST(store_lmdb_power_cut_within_any_data_write_is_before_or_after),
        TEST(store_lmdb_killed_with_staged_writes_has_the_last_commit),
        TEST(store_lmdb_killed_after_a_commit_has_it),
        TEST(store_lmdb_power_cut_while_it_is_made_leaves_a_usable_store),
        TEST(store_lmdb_commit_without_space_is_full_and_abandons_all),
        TEST(store_lmdb_commit_with_an_io_error_fails_and_abandons_all),
        TEST(store_lmdb_commit_costs_what_the_documents_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
