/* SPDX-License-Identifier: Apache-2.0 */
/* Where commands come from: standard input and a script, each at its own pace. */
#ifndef CENTRAL_INPUT_H
#define CENTRAL_INPUT_H

#include "central.h"

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_PROTOCOL "(input)"

struct input {
    struct central *central;
    const char *name;
    char *text; /* read, but not yet obeyed from `taken` on */
    size_t length;
    size_t size;
    size_t taken;
    unsigned line;
    bool waiting;     /* for the time below, or for `awaited` */
    char *awaited;    /* a charge point that must be ready; NULL: just the time */
    int64_t deadline; /* in ms since 1970 */
    bool failed;      /* a command was refused */
    lws_sorted_usec_list_t timer;
};

/* The whole file, to be obeyed by input_run. False: said why on standard error. */
bool input_read_script(struct input *input, const char *path);
void input_run(struct input *input);

/* False: standard input is closed or cannot be watched. That is no error. */
bool input_watch_standard(struct input *input);
void input_release(struct input *input);

/* For commands: go on after so many ms, or, with an id, as soon as it is ready. */
void input_wait(struct input *input, int64_t ms, const char *id);

int input_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                   size_t length);

#endif
