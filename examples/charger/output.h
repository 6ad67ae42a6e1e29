/* SPDX-License-Identifier: Apache-2.0 */
/* What evcp-charger says on standard output: a timeline for people, or one JSON object a line. */
#ifndef CHARGER_OUTPUT_H
#define CHARGER_OUTPUT_H

#include <evcp/evcp.h>

struct charger;

void output_begin(bool json);
void output_ready(const char *id);
void output_quit(void);
void output_event(const struct evcp_event *event);
void output_state(struct charger *charger);
void output_setting(const char *key, const char *value);

/* A bad command, or something that could not be done: nothing was changed. */
void output_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
