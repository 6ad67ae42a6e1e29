/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of OCPP (RFC 3339) to and from milliseconds since 1970. */
#ifndef CENTRAL_TIMESTAMP_H
#define CENTRAL_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#define TIMESTAMP_SIZE 32

int64_t timestamp_now(void);

/* A text without a zone is read as UTC. False: not a date; *ms is then untouched. */
bool timestamp_parse(const char *text, int64_t *ms);

void timestamp_format(int64_t ms, char text[TIMESTAMP_SIZE]);

#endif
