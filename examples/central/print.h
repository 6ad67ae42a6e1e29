/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says on standard output: one event a line, as JSON or to be read. */
#ifndef CENTRAL_PRINT_H
#define CENTRAL_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

void print_as_json(bool json);
bool print_is_json(void);

/* Takes the reference. An event has a member "event" and mostly "id", a charge point. */
void print_event(json_t *event);

void print_frame(const char *direction, const char *id, const char *text, size_t length);

/* A charge point did what OCPP-J forbids; it was served as far as possible. */
void print_violation(const char *id, const char *text);

#endif
