/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Date and time on the wire (RFC 3339). One reader for the schema walker and for the protocol
 * drivers, so that what passed the check can also be read.
 */
#ifndef EVCP_PROTOCOL_DATETIME_H
#define EVCP_PROTOCOL_DATETIME_H

#include <stdbool.h>
#include <stdint.h>

/* Reads "2030-01-01T02:00:00.123+02:00": any number of fraction digits (below milliseconds they
 * are cut), any offset. Two things that central systems really send are taken, too: no offset,
 * which then is UTC, and second 60. False: not a date-time, *utc_ms is untouched. */
__attribute__((warn_unused_result)) bool evcp__datetime_parse(const char *text, int64_t *utc_ms);

#endif
