/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes date-times for the wire (RFC 3339, always UTC and "Z"). The reader is datetime.h.
 */
#ifndef EVCP_PROTOCOL_ISO8601_H
#define EVCP_PROTOCOL_ISO8601_H

#include <stdint.h>

/* "2030-01-01T00:00:00.123Z" and the final zero. */
#define EVCP__ISO8601_SIZE 25

/* Milliseconds are written only if there are any. What lies outside the years 1970 to 9999 is
 * written as the nearest moment inside. Returns out. */
const char *evcp__iso8601_format(int64_t utc_ms, char out[EVCP__ISO8601_SIZE]);

#endif
