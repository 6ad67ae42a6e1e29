/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden files: pairs of lines "> given" and "< expected" under tests/golden; lines that begin
 * with "#" and empty ones are for people. Include after cmocka.h.
 */
#ifndef EVCP_TEST_GOLDEN_H
#define EVCP_TEST_GOLDEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef EVCP_SOURCE_DIR
#define EVCP_SOURCE_DIR "." /* then run at the top of the source tree */
#endif
#define GOLDEN_DIR EVCP_SOURCE_DIR "/tests/golden"

/* What became of the given text; malloc'd. */
typedef char *golden_render(const char *given);

static char *golden_read_line(FILE *file, int *number)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    do {
        length = getline(&line, &size, file);
        (*number)++;
    } while (length >= 0 && (line[0] == '#' || line[0] == '\n'));
    if (length < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static char *golden_expect_line(FILE *file, const char *name, int *number, const char *mark)
{
    char *line = golden_read_line(file, number);
    if (line != NULL && strncmp(line, mark, 2) != 0)
        fail_msg("%s:%d: expected a line that begins with \"%s\"", name, *number, mark);
    return line;
}

/* Checks all pairs of the file; returns how many there were. */
static size_t golden_check(const char *name, golden_render *render)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", GOLDEN_DIR, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("cannot read %s", path);
    size_t pairs = 0, wrong = 0;
    int number = 0;
    char *given;
    while ((given = golden_expect_line(file, name, &number, "> ")) != NULL) {
        char *expected = golden_expect_line(file, name, &number, "< ");
        assert_non_null(expected);
        char *actual = render(given + 2);
        if (strcmp(actual, expected + 2) != 0) {
            print_error("%s:%d\n  given    %s\n  expected %s\n  actual   %s\n", name, number,
                        given + 2, expected + 2, actual);
            wrong++;
        }
        free(actual);
        free(expected);
        free(given);
        pairs++;
    }
    fclose(file);
    assert_int_equal(wrong, 0);
    assert_true(pairs > 0);
    return pairs;
}

#endif
