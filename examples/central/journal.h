/* SPDX-License-Identifier: Apache-2.0 */
/* An append-only file of JSON objects, one a line, that survives a kill in mid-write. */
#ifndef CENTRAL_JOURNAL_H
#define CENTRAL_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct journal;

/* Called for each object already in the file; false means that it makes no sense. */
typedef bool journal_reader(void *user, const json_t *object);

/* NULL: problem says why. The file is locked against a second process. */
struct journal *journal_open(const char *path, journal_reader *reader, void *user, char *problem,
                             size_t problem_size);
void journal_close(struct journal *journal);

/* False: nothing was added. */
bool journal_append(struct journal *journal, const json_t *object);

#endif
