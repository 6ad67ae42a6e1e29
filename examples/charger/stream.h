/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of commands, one a line: standard input, or the script. */
#ifndef CHARGER_STREAM_H
#define CHARGER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_LINE_MAX 1024

struct charger;

struct stream {
    const char *name;
    int fd; /* -1: not used, or at its end */
    unsigned line_number;
    uint64_t wait_until_ms; /* 0: does not wait */
    size_t used;
    bool overlong; /* the rest of a refused line is still to come */
    bool failed;   /* a command was bad */
    char buffer[STREAM_LINE_MAX];
};

/* The descriptor becomes non-blocking and is read to its end. */
void stream_begin(struct stream *stream, int fd, const char *name);

/* Reads what there is; to be called when the descriptor is readable. */
void stream_read(struct stream *stream);

/* Obeys the next command, if one is complete and the stream does not wait. True: it did. */
bool stream_obey_one(struct stream *stream, struct charger *charger);

bool stream_wants_input(const struct stream *stream);
bool stream_ended(const struct stream *stream);

/* Milliseconds until the stream goes on by itself, -1: never. */
int stream_due_ms(const struct stream *stream);

#endif
