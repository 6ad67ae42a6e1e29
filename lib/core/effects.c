/* SPDX-License-Identifier: Apache-2.0 */
/* What a step asks for: collecting it, and freeing it. Effects own everything they point to. */
#include "core_private.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16

static int grow(struct evcp__effects *e)
{
    size_t capacity = e->capacity == 0 ? FIRST_CAPACITY : e->capacity * 2;
    struct evcp__effect *items = realloc(e->items, capacity * sizeof *items);
    if (items == NULL) {
        return EVCP_ENOMEM;
    }
    e->items = items;
    e->capacity = capacity;
    return EVCP_OK;
}

int evcp__effect(struct evcp__core *core, struct evcp__effect **out, enum evcp__effect_kind kind)
{
    struct evcp__effects *e = core->out;
    if (e->count == e->capacity) {
        EVCP__TRY(grow(e));
    }
    *out = &e->items[e->count++];
    memset(*out, 0, sizeof **out);
    (*out)->kind = kind;
    return EVCP_OK;
}

int evcp__effect_simple(struct evcp__core *core, enum evcp__effect_kind kind, uint16_t connector,
                        bool on)
{
    struct evcp__effect *fx;
    EVCP__TRY(evcp__effect(core, &fx, kind));
    fx->connector = connector;
    fx->on = on;
    return EVCP_OK;
}

/* Event and its text are one block, so that one free is enough. */
int evcp__notify(struct evcp__core *core, enum evcp_event_kind kind, uint16_t connector,
                 const char *text, struct evcp_event **out)
{
    struct evcp__effect *fx;
    EVCP__TRY(evcp__effect(core, &fx, EVCP__FX_NOTIFY));
    size_t length = text == NULL ? 0 : strlen(text) + 1;
    struct evcp_event *event = calloc(1, sizeof *event + length);
    if (event == NULL) {
        return EVCP_ENOMEM;
    }
    fx->event = event;
    event->kind = kind;
    event->connector = connector;
    event->utc_ms = evcp__utc(core);
    if (text != NULL) {
        event->text = memcpy(event + 1, text, length);
    }
    if (out != NULL) {
        *out = event;
    }
    return EVCP_OK;
}

int evcp__reply(struct evcp__core *core, const struct evcp__request *request,
                enum evcp__outcome outcome, struct evcp__reply **out)
{
    struct evcp__effect *fx;
    EVCP__TRY(evcp__effect(core, &fx, EVCP__FX_REPLY));
    fx->reply = calloc(1, sizeof *fx->reply);
    if (fx->reply == NULL) {
        return EVCP_ENOMEM;
    }
    fx->reply->kind = request->kind;
    fx->reply->outcome = outcome;
    memcpy(fx->reply->id, request->id, sizeof fx->reply->id);
    if (out != NULL) {
        *out = fx->reply;
    }
    return EVCP_OK;
}

void evcp__durable(struct evcp__core *core)
{
    core->out->durable = true;
}

void evcp__fact_free(struct evcp__fact *fact)
{
    if (fact == NULL) {
        return;
    }
    for (size_t i = 0; i < fact->value_count; i++) {
        free((void *)(uintptr_t)fact->values[i].samples);
    }
    free((void *)(uintptr_t)fact->values);
    free(fact);
}

static void free_reply(struct evcp__reply *reply)
{
    if (reply == NULL) {
        return;
    }
    free(reply->settings);
    free(reply->values);
    free(reply->unknown);
    free((void *)(uintptr_t)reply->data);
    free(reply);
}

static void free_data(struct evcp__data *data)
{
    if (data != NULL) {
        free(data->data);
        free(data);
    }
}

void evcp__effects_clear(struct evcp__effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        evcp__fact_free(effects->items[i].fact);
        free_reply(effects->items[i].reply);
        free_data(effects->items[i].data);
        free(effects->items[i].event);
    }
    free(effects->items);
    memset(effects, 0, sizeof *effects);
}
