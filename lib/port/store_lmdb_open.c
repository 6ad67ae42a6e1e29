/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening the LMDB store: the directory, the lock, the check, the format; setting an unreadable
 * store aside. Every failure ends in a sentence that says what to do.
 */
#define _DEFAULT_SOURCE 1 /* pread, flock, lstat */

#include "store_lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/record.h"

#define FILE_NAME "evcp.mdb"
#define LOCK_NAME "evcp.lock"

/* Key of the store's own format record: station number 0, table 0. */
static const uint8_t format_key[] = {0, 0, 0};

struct opening {
    struct evcp__lmdb *db;
    const char *dir;
    struct evcp__db_report *report;
    char *why;
    size_t why_size;
    uint64_t page_size;
    uint64_t last_page;
};

static int explain(const struct opening *o, int result, const char *what, const char *advice)
{
    snprintf(o->why, o->why_size, "store directory %s: %s: %s", o->dir, what, advice);
    return result;
}

static int explain_errno(const struct opening *o, const char *what, int code)
{
    char text[160];
    const char *advice = "check the medium";
    switch (code) {
    case ENOENT: advice = "create the directory"; break;
    case ENOTDIR: advice = "give a directory, not a file"; break;
    case EACCES:
    case EPERM: advice = "give this user the right to write there"; break;
    case EROFS: advice = "mount the file system read-write"; break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case MDB_MAP_FULL: advice = "free space on the file system or raise the limit"; break;
    case ENOMEM: advice = "free memory or lower the store's size limit"; break;
    default: break;
    }
    snprintf(text, sizeof(text), "%s (%s)", what, mdb_strerror(code));
    return explain(o, code == ENOMEM ? EVCP_ENOMEM : EVCP_ESTORE, text, advice);
}

/* ---- the environment --------------------------------------------------------------------- */

void evcp__lmdb_env_close(struct evcp__lmdb *db)
{
    if (db->read != NULL) {
        mdb_txn_abort(db->read);
        db->read = NULL;
        db->reading = false;
    }
    if (db->env != NULL) {
        mdb_env_close(db->env);
        db->env = NULL;
    }
}

static int open_main(struct evcp__lmdb *db)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(db->env, NULL, 0, &txn);
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    rc = mdb_dbi_open(txn, NULL, 0, &db->main);
    if (rc != MDB_SUCCESS) {
        mdb_txn_abort(txn);
        return rc;
    }
    return mdb_txn_commit(txn);
}

/*
 * NOLOCK: one process, by our own lock, and one thread use the store, and no read transaction
 * outlives the begin of a write; so LMDB's reader table and its shared-memory file have no use
 * (and JFFS2 could not hold it). NOTLS: the host's thread may change.
 */
int evcp__lmdb_env_open(struct evcp__lmdb *db)
{
    const unsigned flags = MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS | MDB_NORDAHEAD;
    int rc = mdb_env_create(&db->env);
    if (rc != MDB_SUCCESS) {
        db->env = NULL;
        return rc;
    }
    size_t map = (size_t)(db->quota.map_pages * db->quota.page_size);
    rc = mdb_env_set_mapsize(db->env, map);
    if (rc == MDB_SUCCESS) {
        rc = mdb_env_set_maxdbs(db->env, EVCP__DB_STATIONS_MAX);
    }
    if (rc == MDB_SUCCESS) {
        rc = mdb_env_open(db->env, db->path, flags, 0600);
    }
    if (rc == MDB_SUCCESS) {
        rc = open_main(db);
    }
    if (rc != MDB_SUCCESS) {
        evcp__lmdb_env_close(db);
    }
    return rc;
}

/* ---- the format record ------------------------------------------------------------------- */

static int write_format(struct evcp__lmdb *db)
{
    struct evcp__writer w;
    struct evcp__slice record = {NULL, 0};
    MDB_txn *txn;
    evcp__write_begin(&w);
    evcp__write_u32(&w, EVCP__DB_FORMAT);
    int rc =
        evcp__write_seal(&w, &record) == EVCP_OK ? mdb_txn_begin(db->env, NULL, 0, &txn) : ENOMEM;
    if (rc != MDB_SUCCESS) {
        return rc;
    }
    MDB_val key = {sizeof(format_key), (void *)(uintptr_t)format_key};
    MDB_val data = {record.size, (void *)(uintptr_t)record.data};
    rc = mdb_put(txn, db->main, &key, &data, 0);
    if (rc != MDB_SUCCESS) {
        mdb_txn_abort(txn);
        return rc;
    }
    return mdb_txn_commit(txn);
}

/* EVCP_OK, EVCP_ENOENT (a fresh store), EVCP_EVERSION, EVCP_ECORRUPT, EVCP_ESTORE. */
static int read_format(struct evcp__lmdb *db)
{
    MDB_txn *txn;
    MDB_stat stat;
    MDB_val key = {sizeof(format_key), (void *)(uintptr_t)format_key};
    MDB_val data;
    if (mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn) != MDB_SUCCESS) {
        return EVCP_ESTORE;
    }
    int result = EVCP_ECORRUPT;
    int rc = mdb_get(txn, db->main, &key, &data);
    if (rc == MDB_SUCCESS) {
        struct evcp__cursor r;
        result = evcp__read_begin(&r, (struct evcp__slice){data.mv_data, data.mv_size});
        uint32_t format = evcp__read_u32(&r);
        if (result == EVCP_OK && format != EVCP__DB_FORMAT) {
            result = format > EVCP__DB_FORMAT ? EVCP_EVERSION : EVCP_ECORRUPT;
        }
    } else if (rc == MDB_NOTFOUND && mdb_stat(txn, db->main, &stat) == MDB_SUCCESS) {
        result = stat.ms_entries == 0 ? EVCP_ENOENT : EVCP_ECORRUPT;
    }
    mdb_txn_abort(txn);
    return result;
}

/* ---- setting aside ----------------------------------------------------------------------- */

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static void aside_path(const struct opening *o, int n, char *out, size_t size)
{
    snprintf(out, size, "%.*s.bad-%d", (int)(size - 16), o->db->path, n);
}

/* The next free number; if all are taken, the oldest store goes and the others move up. */
static int aside_number(const struct opening *o)
{
    char from[4096 + 16];
    char to[4096 + 16];
    for (int n = 1; n <= EVCP__DB_SET_ASIDE; n++) {
        aside_path(o, n, to, sizeof(to));
        if (!exists(to)) {
            return n;
        }
    }
    for (int n = 1; n < EVCP__DB_SET_ASIDE; n++) {
        aside_path(o, n, to, sizeof(to));
        aside_path(o, n + 1, from, sizeof(from));
        if (rename(from, to) != 0) {
            break;
        }
    }
    return EVCP__DB_SET_ASIDE;
}

static void sync_directory(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd); /* some file systems cannot; the store is as safe as they make it */
        close(fd);
    }
}

static int set_aside(struct opening *o)
{
    char to[4096 + 16];
    aside_path(o, aside_number(o), to, sizeof(to));
    if (rename(o->db->path, to) != 0) {
        return explain_errno(o, "the store is unreadable and cannot be renamed", errno);
    }
    sync_directory(o->dir);
    o->report->set_aside = true;
    snprintf(o->report->set_aside_path, sizeof(o->report->set_aside_path), "%.*s",
             (int)sizeof(o->report->set_aside_path) - 1, to);
    return EVCP_OK;
}

/* ---- opening ----------------------------------------------------------------------------- */

static int check_directory(const struct opening *o)
{
    struct stat st;
    if (stat(o->dir, &st) != 0) {
        return explain_errno(o, "not accessible", errno);
    }
    if (!S_ISDIR(st.st_mode)) {
        return explain_errno(o, "not usable", ENOTDIR);
    }
    if (access(o->dir, W_OK | X_OK) != 0) {
        return explain_errno(o, "not writable", errno);
    }
    return EVCP_OK;
}

static int take_lock(const struct opening *o)
{
    char path[4096 + 16];
    snprintf(path, sizeof(path), "%s/%s", o->dir, LOCK_NAME);
    o->db->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (o->db->lock_fd < 0) {
        return explain_errno(o, "cannot create " LOCK_NAME, errno);
    }
    if (flock(o->db->lock_fd, LOCK_EX | LOCK_NB) == 0) {
        return EVCP_OK;
    }
    if (errno == EWOULDBLOCK) {
        return explain(o, EVCP_ESTORE, "in use by another process",
                       "stop it, or give this one another directory");
    }
    return explain_errno(o, "cannot lock " LOCK_NAME, errno);
}

static int explain_version(const struct opening *o)
{
    return explain(o, EVCP_EVERSION, "written by a newer version of the library",
                   "update this one; the store was not touched");
}

/* EVCP_OK: sound or absent. */
static int check_file(struct opening *o)
{
    switch (evcp__lmdb_check(o->db->path, &o->page_size, &o->last_page)) {
    case EVCP__FILE_ABSENT:
    case EVCP__FILE_SOUND: return EVCP_OK;
    case EVCP__FILE_NEWER: return explain_version(o);
    case EVCP__FILE_DAMAGED: return EVCP_ECORRUPT;
    case EVCP__FILE_ERROR: break;
    }
    return explain_errno(o, "cannot read " FILE_NAME, errno);
}

static int make_fresh(struct opening *o)
{
    int rc = write_format(o->db);
    if (rc != MDB_SUCCESS) {
        return explain_errno(o, "cannot make " FILE_NAME, rc);
    }
    sync_directory(o->dir);
    o->report->created = true;
    return EVCP_OK;
}

static bool means_damage(int code)
{
    return code == MDB_INVALID || code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND ||
           code == MDB_INCOMPATIBLE;
}

static int open_sound(struct opening *o)
{
    uint64_t page_size = o->page_size != 0 ? o->page_size : (uint64_t)sysconf(_SC_PAGESIZE);
    evcp__quota_open(o->db, page_size, o->last_page);
    int rc = evcp__lmdb_env_open(o->db);
    if (rc != MDB_SUCCESS) {
        return means_damage(rc) ? EVCP_ECORRUPT : explain_errno(o, "cannot open " FILE_NAME, rc);
    }
    int result = read_format(o->db);
    if (result == EVCP_ENOENT) {
        return make_fresh(o);
    }
    if (result == EVCP_EVERSION) {
        return explain_version(o);
    }
    return result == EVCP_ESTORE ? explain(o, result, "cannot read " FILE_NAME, "check the medium")
                                 : result;
}

static int open_file(struct opening *o)
{
    int rc = check_file(o);
    return rc == EVCP_OK ? open_sound(o) : rc;
}

static int open_all(struct opening *o)
{
    int rc = check_directory(o);
    if (rc == EVCP_OK) {
        rc = take_lock(o);
    }
    if (rc == EVCP_OK) {
        rc = open_file(o);
    }
    if (rc != EVCP_ECORRUPT) {
        return rc;
    }
    evcp__lmdb_env_close(o->db);
    rc = set_aside(o);
    o->page_size = o->last_page = 0;
    if (rc == EVCP_OK) {
        rc = open_file(o);
    }
    return rc == EVCP_ECORRUPT
               ? explain(o, EVCP_ESTORE, "a new store is unreadable at once", "check the medium")
               : rc;
}

void evcp__lmdb_free(struct evcp__lmdb *db)
{
    evcp__lmdb_env_close(db);
    for (size_t i = 0; i < db->station_count; i++) {
        free(db->stations[i]);
    }
    if (db->lock_fd >= 0) {
        close(db->lock_fd);
    }
    free(db);
}

int evcp__db_open_lmdb(const char *dir, uint64_t max_bytes, struct evcp__db_report *report,
                       char *why, size_t why_size, struct evcp__db **out)
{
    struct evcp__lmdb *db = calloc(1, sizeof(*db));
    struct opening o = {db, dir, report, why, why_size, 0, 0};
    memset(report, 0, sizeof(*report));
    if (db == NULL) {
        return explain_errno(&o, "cannot open", ENOMEM);
    }
    db->db.ops = &evcp__lmdb_db_ops;
    db->max_bytes = max_bytes;
    db->lock_fd = -1;
    int length = snprintf(db->path, sizeof(db->path), "%s/%s", dir, FILE_NAME);
    int rc = length < (int)sizeof(db->path) ? open_all(&o) : explain_errno(&o, "", ENAMETOOLONG);
    if (rc != EVCP_OK) {
        evcp__lmdb_free(db);
        return rc;
    }
    *out = &db->db;
    return EVCP_OK;
}
