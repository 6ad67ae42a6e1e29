/* SPDX-License-Identifier: Apache-2.0 */
/* Times as text and back, and the clocks of this machine. */
#ifndef CHARGER_TIMESTAMP_H
#define CHARGER_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMESTAMP_SIZE 32

/* 2026-01-31T12:00:00.000Z */
void timestamp_print(int64_t utc_ms, char out[TIMESTAMP_SIZE]);

/* Reads 2026-01-31T12:00:00Z, with or without fraction. False: not such a time. */
bool timestamp_parse(const char *text, int64_t *utc_ms);

int64_t timestamp_wall_ms(void);
uint64_t timestamp_mono_ms(void);

#endif
