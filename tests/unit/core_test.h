/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the core in the world share. */
#ifndef EVCP_TESTS_CORE_TEST_H
#define EVCP_TESTS_CORE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/world.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

/* No promise was broken on the way; the books need not be complete. */
static inline void end(struct world *w)
{
    if (w->violation[0] != '\0') {
        fail_msg("%s", w->violation);
    }
    world_free(w);
}

/* Likewise, and everything has arrived. */
static inline void done(struct world *w)
{
    world_check_books(w);
    end(w);
}

static inline size_t settings_of(const struct evcp_setting *s)
{
    size_t n = 0;
    while (s[n].key != NULL) {
        n++;
    }
    return n;
}

/* Pairs of key and value, up to NULL. */
#define SETTINGS(name, ...) static const struct evcp_setting name[] = {__VA_ARGS__, {NULL, NULL}}

static inline void change(struct world *w, const char *key, const char *value)
{
    char payload[256];
    snprintf(payload, sizeof payload, "{\"key\":\"%s\",\"value\":\"%s\"}", key, value);
    assert_string_equal(world_call(w, "ChangeConfiguration", payload), "{\"status\":\"Accepted\"}");
}

static inline const char *last_text(struct world *w, const char *action, const char *member)
{
    for (size_t i = w->call_count; i > 0; i--) {
        if (strcmp(w->calls[i - 1].action, action) == 0) {
            return world_text(&w->calls[i - 1], member);
        }
    }
    return "";
}

static inline const struct world_call *nth(const struct world *w, const char *action, size_t n)
{
    for (size_t i = 0; i < w->call_count; i++) {
        if (strcmp(w->calls[i].action, action) == 0 && n-- == 0) {
            return &w->calls[i];
        }
    }
    return NULL;
}

static inline size_t events(const struct world *w, enum evcp_event_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < w->event_count; i++) {
        n += w->events[i].kind == kind;
    }
    return n;
}

/* "1:Preparing 1:Charging": the statuses that were sent since world_forget(). */
static inline const char *statuses_told(const struct world *w)
{
    static char out[4096];
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < w->call_count; i++) {
        const struct world_call *c = &w->calls[i];
        if (strcmp(c->action, "StatusNotification") == 0) {
            at += (size_t)snprintf(out + at, sizeof out - at, "%s%s:%s", at == 0 ? "" : " ",
                                   world_text(c, "connectorId"), world_text(c, "status"));
        }
    }
    return out;
}

#endif
