/* SPDX-License-Identifier: Apache-2.0 */
/* GetConfiguration: the answer to a list of keys, or to none (OCPP 1.6 5.8). */
#include <stdlib.h>
#include <string.h>

#include "settings_table.h"
#include "token.h"

/* Which keys are answered: each once, in the order of the question. */
struct selection {
    enum evcp__key keys[EVCP__KEYS];
    size_t count;
};

static void select_key(struct selection *sel, enum evcp__key key)
{
    for (size_t i = 0; i < sel->count; i++) {
        if (sel->keys[i] == key)
            return;
    }
    sel->keys[sel->count++] = key;
}

static void select_all(const struct evcp__settings *s, struct selection *sel)
{
    for (unsigned k = 0; k < EVCP__KEYS; k++) {
        if (evcp__setting_exists(s, (enum evcp__key)k))
            select_key(sel, (enum evcp__key)k);
    }
}

static void add_unknown(struct evcp__reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->unknown_count; i++) {
        if (evcp__text_equal_ci(reply->unknown[i], name))
            return;
    }
    char *out = reply->unknown[reply->unknown_count++];
    size_t length = strlen(name);
    length = length > EVCP__KEY_MAX ? EVCP__KEY_MAX : length; /* the schema allows no longer one */
    memcpy(out, name, length);
    out[length] = '\0';
}

static int select_asked(const struct evcp__settings *s, const char *const *keys, size_t count,
                        struct selection *sel, struct evcp__reply *reply)
{
    reply->unknown = calloc(count, sizeof *reply->unknown);
    if (!reply->unknown)
        return EVCP_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        enum evcp__key key = evcp__setting_find(s, keys[i]);
        if (key == EVCP__KEYS)
            add_unknown(reply, keys[i]);
        else
            select_key(sel, key);
    }
    return EVCP_OK;
}

/* NULL: not readable (AuthorizationKey). */
static const char *readable_text(const struct evcp__settings *s, enum evcp__key key)
{
    if (evcp__setting_access(s, key) == EVCP__WRITE_ONLY)
        return NULL;
    return evcp__setting_text(s, key);
}

static size_t bytes_of_values(const struct evcp__settings *s, const struct selection *sel)
{
    size_t bytes = 1;
    for (size_t i = 0; i < sel->count; i++) {
        const char *text = readable_text(s, sel->keys[i]);
        bytes += text ? strlen(text) + 1 : 0;
    }
    return bytes;
}

/* Copies, because the reply outlives the next change. Returns where the next value goes. */
static char *view(const struct evcp__settings *s, enum evcp__key key, char *at,
                  struct evcp__setting_view *out)
{
    const char *name = evcp__setting_name(key);
    const char *text = readable_text(s, key);
    memcpy(out->key, name, strlen(name) + 1);
    out->readonly = evcp__setting_access(s, key) == EVCP__READ_ONLY;
    if (!text)
        return at;
    size_t size = strlen(text) + 1;
    memcpy(at, text, size);
    out->value = at;
    return at + size;
}

static int view_all(const struct evcp__settings *s, const struct selection *sel,
                    struct evcp__reply *reply)
{
    if (sel->count == 0)
        return EVCP_OK;
    reply->values = malloc(bytes_of_values(s, sel));
    reply->settings = calloc(sel->count, sizeof *reply->settings);
    if (!reply->values || !reply->settings)
        return EVCP_ENOMEM;
    char *at = reply->values;
    for (size_t i = 0; i < sel->count; i++)
        at = view(s, sel->keys[i], at, &reply->settings[i]);
    reply->setting_count = sel->count;
    return EVCP_OK;
}

int evcp__settings_get(const struct evcp__settings *s, const char *const *keys, size_t key_count,
                       struct evcp__reply *reply)
{
    struct selection sel = {.count = 0};
    if (key_count > EVCP__GET_KEYS_MAX) {
        reply->refusal = EVCP__REFUSE_OCCURRENCE;
        reply->refusal_text = "more keys than GetConfigurationMaxKeys: ask in parts, or for all";
        return EVCP_OK;
    }
    if (key_count == 0) {
        select_all(s, &sel);
    } else {
        int result = select_asked(s, keys, key_count, &sel, reply);
        if (result != EVCP_OK)
            return result;
    }
    return view_all(s, &sel, reply);
}
