/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a configuration key: is it legal here, and what does it mean. */
#ifndef EVCP_CORE_SETTINGS_VALUE_H
#define EVCP_CORE_SETTINGS_VALUE_H

#include "settings_table.h"

/* What this station has: some values depend on it. */
struct evcp__value_scope {
    uint16_t connectors;
    uint32_t measurands; /* bit per measurand that can be reported */
    uint32_t by_phase;   /* bit per measurand that can be reported per phase */
};

struct evcp__value {
    char text[EVCP__VALUE_MAX + 1]; /* in one spelling: lower-case booleans, no blanks */
    int32_t number;                 /* integers; booleans as 0 and 1 */
    struct evcp__measurand_item items[EVCP__MEASURAND_ITEMS];
    size_t item_count;
};

/* False: not a legal value; nothing of `out` counts then. */
bool evcp__value_read(const struct evcp__setting_row *row, const struct evcp__value_scope *scope,
                      const char *text, struct evcp__value *out);

/* Decimal digits of a number that is not negative; out holds 11 bytes. Returns their number. */
size_t evcp__value_digits(uint32_t number, char *out);

#endif
