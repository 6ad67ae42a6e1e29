/* SPDX-License-Identifier: Apache-2.0 */
/* An append-only file of JSON objects, one a line, that survives a kill in mid-write. */
#include "journal.h"

#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct journal {
    int file;
    off_t length;
};

/* A file while it is read. */
struct loading {
    const char *path;
    journal_reader *reader;
    void *user;
    char *problem;
    size_t problem_size;
};

static bool complain(const struct loading *loading, unsigned line, const char *what)
{
    if (line == 0) {
        snprintf(loading->problem, loading->problem_size, "%s: %s", loading->path, what);
    } else {
        snprintf(loading->problem, loading->problem_size, "%s line %u: %s", loading->path, line,
                 what);
    }
    return false;
}

static bool load_line(const struct loading *loading, unsigned number, const char *line, size_t size)
{
    json_error_t error;
    json_t *object = json_loadb(line, size, 0, &error);
    if (object == NULL) {
        return complain(loading, number, error.text);
    }
    bool good = loading->reader(loading->user, object);
    json_decref(object);
    return good || complain(loading, number, "this is not a fact of these books");
}

/* A last line without its end was cut by a kill and never answered: it is dropped. */
static bool load_lines(const struct loading *loading, FILE *file, off_t *length)
{
    char *line = NULL;
    size_t size = 0;
    bool good = true;
    unsigned number = 0;
    ssize_t got;
    *length = 0;
    while (good && (got = getline(&line, &size, file)) > 0 && line[got - 1] == '\n') {
        good = load_line(loading, ++number, line, (size_t)got);
        *length += got;
    }
    if (good && got > 0) {
        fprintf(stderr, "evcp-central: %s: dropped a last line that was cut in writing\n",
                loading->path);
    }
    if (good && ferror(file)) {
        good = complain(loading, 0, strerror(errno));
    }
    free(line);
    return good;
}

static bool load(const struct loading *loading, int descriptor, off_t *length)
{
    int copy = dup(descriptor);
    FILE *file = copy >= 0 ? fdopen(copy, "r") : NULL;
    if (file == NULL) {
        return complain(loading, 0, strerror(errno));
    }
    bool good = load_lines(loading, file, length);
    fclose(file);
    return good && (ftruncate(descriptor, *length) == 0 || complain(loading, 0, strerror(errno)));
}

struct journal *journal_open(const char *path, journal_reader *reader, void *user, char *problem,
                             size_t problem_size)
{
    struct loading loading = {path, reader, user, problem, problem_size};
    off_t length = 0;
    int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0) {
        complain(&loading, 0, strerror(errno));
        return NULL;
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        complain(&loading, 0, "another process uses these books");
        close(file);
        return NULL;
    }
    if (!load(&loading, file, &length)) {
        close(file);
        return NULL;
    }
    struct journal *journal = memory_zeroed(sizeof *journal);
    *journal = (struct journal){file, length};
    return journal;
}

void journal_close(struct journal *journal)
{
    if (journal != NULL) {
        close(journal->file);
        free(journal);
    }
}

static bool write_all(int file, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, text, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        if (written > 0) {
            text += written;
            size -= (size_t)written;
        }
    }
    return true;
}

bool journal_append(struct journal *journal, const json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    size_t size = text ? strlen(text) : 0;
    if (text == NULL) {
        return false;
    }
    text[size++] = '\n'; /* in the place of the ending zero */
    bool good = write_all(journal->file, text, size) && fdatasync(journal->file) == 0;
    free(text);
    if (good) {
        journal->length += (off_t)size;
        return true;
    }
    fprintf(stderr, "evcp-central: cannot write the books: %s\n", strerror(errno));
    if (ftruncate(journal->file, journal->length) != 0) {
        fprintf(stderr, "evcp-central: and cannot take back half a line\n");
    }
    return false;
}
