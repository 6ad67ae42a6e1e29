/* SPDX-License-Identifier: Apache-2.0 */
/* The table of configuration keys: one row per key, in the order of enum evcp__key. */
#ifndef EVCP_CORE_SETTINGS_TABLE_H
#define EVCP_CORE_SETTINGS_TABLE_H

#include "settings.h"

enum evcp__value_kind {
    EVCP__VALUE_BOOLEAN,    /* "true" or "false" */
    EVCP__VALUE_INTEGER,    /* decimal digits, min to max */
    EVCP__VALUE_MEASURANDS, /* comma-separated, of those that the meter delivers */
    EVCP__VALUE_ROTATION,   /* comma-separated "connector.RST" (OCPP 1.6 9.1.7) */
    EVCP__VALUE_CHOICE,     /* one of the words of `fallback`, which are separated by '|' */
    EVCP__VALUE_HEX,        /* min to max digits, two per byte */
    EVCP__VALUE_TEXT        /* read-only text */
};

enum evcp__access { EVCP__READ_WRITE, EVCP__READ_ONLY, EVCP__WRITE_ONLY };

struct evcp__setting_row {
    const char *name;
    enum evcp__value_kind kind;
    enum evcp__access access;
    const char *fallback; /* default; NULL: made from the station's configuration */
    int32_t min;
    int32_t max;
};

const struct evcp__setting_row *evcp__setting_row(enum evcp__key key);

/* As this station has it: no cache, no AuthorizationCacheEnabled; a fixed cable cannot be unlocked
 * and makes UnlockConnectorOnEVSideDisconnect read-only. */
bool evcp__setting_exists(const struct evcp__settings *s, enum evcp__key key);
enum evcp__access evcp__setting_access(const struct evcp__settings *s, enum evcp__key key);

#endif
