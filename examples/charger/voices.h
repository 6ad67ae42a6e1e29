/* SPDX-License-Identifier: Apache-2.0 */
/* The two ways to tell the same. */
#ifndef CHARGER_VOICES_H
#define CHARGER_VOICES_H

#include "charger.h"

struct voice {
    void (*ready)(const char *id);
    void (*quit)(void);
    void (*event)(const struct evcp_event *event);
    void (*state)(struct charger *charger);
    void (*setting)(const char *key, const char *value);
    void (*error)(const char *text);
};

extern const struct voice voice_json;
extern const struct voice voice_timeline;

#endif
