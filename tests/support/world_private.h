/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the world share. */
#ifndef EVCP_TESTS_WORLD_PRIVATE_H
#define EVCP_TESTS_WORLD_PRIVATE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

void world__violation(struct world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void world__step(struct world *w, const struct evcp__event *event);
struct evcp__now world__now(const struct world *w);

/* world_log.c: nothing if there is no log. Marks: "@n" at the pole, "-->" our CALL, "<--" its
 * answer, "==>" our reply, "<==" a CALL of the central system. */
void world__log(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world__log_json(struct world *w, const char *mark, const char *what, const json_t *json);
void world__log_report(struct world *w, const struct evcp_report *r);
void world__log_event(struct world *w, const struct evcp_event *e);

/* world_hardware.c */
int world__energy(void *user, uint16_t connector, int64_t *wh);
int world__measure(void *user, uint16_t connector, struct evcp_sample *out, size_t capacity);
int world__act(struct world *w, const struct evcp__effect *fx);
void world__meter(struct world *w, uint64_t ms);
void world__devices(struct world *w);
uint64_t world__devices_due(const struct world *w);

/* world_central.c */
void world__receive(struct world *w, const struct evcp__fact *fact);
void world__replied(struct world *w, const struct evcp__reply *reply);
bool world__deliver(struct world *w); /* one answer that is due; true: there was one */
uint64_t world__answers_due(const struct world *w);
void world__forget_answers(struct world *w);

#endif
