/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of the configuration keys: from defaults, store and integrator at load, later from
 * ChangeConfiguration. The store holds only what was set, as text, under the key's name.
 */
#include "settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "settings_value.h"
#include "token.h"

#define LIST_MAX_DEFAULT 100000u
#define LISTS            4

struct list {
    struct evcp__measurand_item items[EVCP__MEASURAND_ITEMS];
    size_t count;
};

struct evcp__settings {
    struct evcp__store *store;
    const struct evcp_config *config;
    struct evcp__value_scope scope;
    char *text[EVCP__KEYS];
    int32_t number[EVCP__KEYS];
    bool stored[EVCP__KEYS];
    struct list lists[LISTS];
};

/* Index of the parsed list of a measurand key. */
static size_t list_of(enum evcp__key key)
{
    if (key == EVCP__KEY_METER_VALUES_SAMPLED_DATA)
        return 0;
    if (key == EVCP__KEY_METER_VALUES_ALIGNED_DATA)
        return 1;
    if (key == EVCP__KEY_STOP_TXN_SAMPLED_DATA)
        return 2;
    assert(key == EVCP__KEY_STOP_TXN_ALIGNED_DATA);
    return 3;
}

/* ---- what this station has --------------------------------------------------------------- */

static uint32_t bit(enum evcp_measurand m)
{
    return UINT32_C(1) << m;
}

/* The library makes the energy of an interval from two readings of its register. */
static uint32_t with_intervals(uint32_t bits)
{
    if (bits & bit(EVCP_ENERGY_ACTIVE_IMPORT_REGISTER))
        bits |= bit(EVCP_ENERGY_ACTIVE_IMPORT_INTERVAL);
    if (bits & bit(EVCP_ENERGY_ACTIVE_EXPORT_REGISTER))
        bits |= bit(EVCP_ENERGY_ACTIVE_EXPORT_INTERVAL);
    if (bits & bit(EVCP_ENERGY_REACTIVE_IMPORT_REGISTER))
        bits |= bit(EVCP_ENERGY_REACTIVE_IMPORT_INTERVAL);
    if (bits & bit(EVCP_ENERGY_REACTIVE_EXPORT_REGISTER))
        bits |= bit(EVCP_ENERGY_REACTIVE_EXPORT_INTERVAL);
    return bits;
}

/* The energy callback alone has no phases; `measure` may have them. */
static struct evcp__value_scope scope_of(const struct evcp_config *config)
{
    bool measures = config->hardware && config->hardware->measure;
    uint32_t own = bit(EVCP_ENERGY_ACTIVE_IMPORT_REGISTER);
    return (struct evcp__value_scope){
        .connectors = config->connectors ? config->connectors : 1,
        .measurands = with_intervals(config->measurands | own),
        .by_phase = measures ? with_intervals(config->measurands) : 0,
    };
}

static bool has_cache(const struct evcp__settings *s)
{
    return s->config->cache_max != UINT32_MAX;
}

static bool has_lock(const struct evcp__settings *s)
{
    return s->config->hardware && s->config->hardware->lock;
}

bool evcp__setting_exists(const struct evcp__settings *s, enum evcp__key key)
{
    return key != EVCP__KEY_AUTHORIZATION_CACHE_ENABLED || has_cache(s);
}

enum evcp__access evcp__setting_access(const struct evcp__settings *s, enum evcp__key key)
{
    if (key == EVCP__KEY_UNLOCK_CONNECTOR_ON_EV_SIDE_DISCONNECT && !has_lock(s))
        return EVCP__READ_ONLY;
    return evcp__setting_row(key)->access;
}

static bool settable(const struct evcp__settings *s, enum evcp__key key)
{
    return evcp__setting_exists(s, key) && evcp__setting_access(s, key) != EVCP__READ_ONLY;
}

enum evcp__key evcp__setting_find(const struct evcp__settings *s, const char *name)
{
    for (unsigned k = 0; k < EVCP__KEYS; k++) {
        enum evcp__key key = (enum evcp__key)k;
        if (evcp__text_equal_ci(evcp__setting_name(key), name))
            return evcp__setting_exists(s, key) ? key : EVCP__KEYS;
    }
    return EVCP__KEYS;
}

/* ---- keeping a value --------------------------------------------------------------------- */

static bool read_value(const struct evcp__settings *s, enum evcp__key key, const char *text,
                       struct evcp__value *out)
{
    return evcp__value_read(evcp__setting_row(key), &s->scope, text, out);
}

/* In memory only. */
static int adopt(struct evcp__settings *s, enum evcp__key key, const struct evcp__value *value)
{
    size_t size = strlen(value->text) + 1;
    char *text = malloc(size);
    if (!text)
        return EVCP_ENOMEM;
    memcpy(text, value->text, size);
    free(s->text[key]);
    s->text[key] = text;
    s->number[key] = value->number;
    if (evcp__setting_row(key)->kind == EVCP__VALUE_MEASURANDS) {
        struct list *list = &s->lists[list_of(key)];
        memcpy(list->items, value->items, sizeof list->items);
        list->count = value->item_count;
    }
    return EVCP_OK;
}

static struct evcp__slice key_slice(enum evcp__key key)
{
    const char *name = evcp__setting_name(key);
    return (struct evcp__slice){name, strlen(name)};
}

static int stage(struct evcp__settings *s, enum evcp__key key, const char *text)
{
    struct evcp__writer w;
    struct evcp__slice record;
    evcp__write_begin(&w);
    evcp__write_text(&w, text);
    int result = evcp__write_seal(&w, &record);
    if (result == EVCP_OK)
        result = evcp__put(s->store, EVCP__SPACE_SETTING, key_slice(key), record);
    return result;
}

/* A default that is set on purpose is stored too: a later version may have another default. */
static int keep(struct evcp__settings *s, enum evcp__key key, const struct evcp__value *value)
{
    if (s->stored[key] && strcmp(s->text[key], value->text) == 0)
        return EVCP_OK;
    int result = stage(s, key, value->text);
    if (result == EVCP_OK)
        result = adopt(s, key, value);
    if (result == EVCP_OK)
        s->stored[key] = true;
    return result;
}

/* ---- defaults ---------------------------------------------------------------------------- */

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

/* Numbers that follow from the configuration. */
static uint32_t fixed_number(const struct evcp__settings *s, enum evcp__key key)
{
    uint32_t list_max = or_default(s->config->local_list_max, LIST_MAX_DEFAULT);
    if (key == EVCP__KEY_NUMBER_OF_CONNECTORS)
        return s->scope.connectors;
    if (key == EVCP__KEY_CONNECTOR_PHASE_ROTATION_MAX_LENGTH)
        return s->scope.connectors + 1u;
    if (key == EVCP__KEY_GET_CONFIGURATION_MAX_KEYS)
        return EVCP__GET_KEYS_MAX;
    if (key == EVCP__KEY_STOP_TRANSACTION_MAX_METER_VALUES)
        return EVCP__TX_DATA_DEFAULT;
    if (key == EVCP__KEY_LOCAL_AUTH_LIST_MAX_LENGTH)
        return list_max;
    if (key == EVCP__KEY_SEND_LOCAL_LIST_MAX_LENGTH)
        return or_default(s->config->send_list_max, list_max);
    return EVCP__MEASURAND_ITEMS; /* the MaxLength of the four measurand keys */
}

/* "0.Unknown,1.Unknown,..." as far as a value may be long. */
static void unknown_rotation(uint16_t connectors, char *out)
{
    size_t used = 0;
    for (uint16_t c = 0; c <= connectors; c++) {
        char item[24] = ",";
        size_t length = 1 + evcp__value_digits(c, item + 1);
        memcpy(item + length, ".Unknown", sizeof ".Unknown");
        length += strlen(".Unknown");
        if (used + length > EVCP__VALUE_MAX)
            return;
        memcpy(out + used, item + (c == 0), length); /* no comma before the first */
        used += length - (c == 0);
        out[used] = '\0';
    }
}

static void default_text(const struct evcp__settings *s, enum evcp__key key, char *out)
{
    const struct evcp__setting_row *row = evcp__setting_row(key);
    if (!evcp__setting_exists(s, key) || evcp__setting_access(s, key) != row->access)
        memcpy(out, "false", sizeof "false"); /* a feature that this station does not have */
    else if (row->kind == EVCP__VALUE_ROTATION)
        unknown_rotation(s->scope.connectors, out);
    else if (!row->fallback)
        evcp__value_digits(fixed_number(s, key), out);
    else if (row->kind == EVCP__VALUE_CHOICE)
        memcpy(out, row->fallback, strcspn(row->fallback, "|"));
    else
        memcpy(out, row->fallback, strlen(row->fallback));
}

static int adopt_default(struct evcp__settings *s, enum evcp__key key)
{
    char text[EVCP__VALUE_MAX + 1] = "";
    struct evcp__value value = {.text = ""};
    default_text(s, key, text);
    bool legal = !*text || read_value(s, key, text, &value);
    assert(legal); /* else the table is wrong */
    (void)legal;
    return adopt(s, key, &value);
}

static int adopt_defaults(struct evcp__settings *s)
{
    for (unsigned k = 0; k < EVCP__KEYS; k++) {
        int result = adopt_default(s, (enum evcp__key)k);
        if (result != EVCP_OK)
            return result;
    }
    return EVCP_OK;
}

/* ---- stored values ----------------------------------------------------------------------- */

static bool record_text(struct evcp__slice record, char *out, size_t size)
{
    struct evcp__cursor r;
    if (evcp__read_begin(&r, record) != EVCP_OK)
        return false;
    evcp__read_text(&r, out, size);
    return evcp__read_end(&r) == EVCP_OK;
}

static int load_stored(struct evcp__settings *s, enum evcp__key key, unsigned *damaged)
{
    char text[EVCP__VALUE_MAX + 1];
    struct evcp__slice record;
    struct evcp__value value;
    int result = evcp__get(s->store, EVCP__SPACE_SETTING, key_slice(key), &record);
    if (result == EVCP_ENOENT)
        return EVCP_OK;
    if (result != EVCP_OK)
        return result;
    if (!record_text(record, text, sizeof text) || !read_value(s, key, text, &value)) {
        ++*damaged;
        return EVCP_OK;
    }
    s->stored[key] = true;
    return adopt(s, key, &value);
}

static int load_all_stored(struct evcp__settings *s, unsigned *damaged)
{
    for (unsigned k = 0; k < EVCP__KEYS; k++) {
        enum evcp__key key = (enum evcp__key)k;
        int result = settable(s, key) ? load_stored(s, key, damaged) : EVCP_OK;
        if (result != EVCP_OK)
            return result;
    }
    return EVCP_OK;
}

/* ---- the integrator's values for the first boot ------------------------------------------ */

static bool may_be_first(const struct evcp__settings *s, const char *name, const char *text)
{
    struct evcp__value value;
    if (!name || !text)
        return false;
    enum evcp__key key = evcp__setting_find(s, name);
    return key != EVCP__KEYS && settable(s, key) && read_value(s, key, text, &value);
}

static const char *refused_first(const struct evcp__settings *s)
{
    const char *own = evcp__setting_name(EVCP__KEY_AUTHORIZATION_KEY);
    for (size_t i = 0; i < s->config->setting_count; i++) {
        const struct evcp_setting *first = &s->config->settings[i];
        if (!may_be_first(s, first->key, first->value))
            return first->key ? first->key : "";
    }
    if (s->config->authorization_key && !may_be_first(s, own, s->config->authorization_key))
        return own;
    return NULL;
}

static int keep_first(struct evcp__settings *s, const char *name, const char *text)
{
    struct evcp__value value;
    enum evcp__key key = evcp__setting_find(s, name);
    if (s->stored[key] || !read_value(s, key, text, &value))
        return EVCP_OK;
    return keep(s, key, &value);
}

static int keep_all_first(struct evcp__settings *s)
{
    const struct evcp_config *config = s->config;
    for (size_t i = 0; i < config->setting_count; i++) {
        int result = keep_first(s, config->settings[i].key, config->settings[i].value);
        if (result != EVCP_OK)
            return result;
    }
    if (!config->authorization_key)
        return EVCP_OK;
    return keep_first(s, evcp__setting_name(EVCP__KEY_AUTHORIZATION_KEY),
                      config->authorization_key);
}

/* ---- load -------------------------------------------------------------------------------- */

static int load(struct evcp__settings *s, const char **bad, unsigned *damaged)
{
    int result = adopt_defaults(s);
    if (result == EVCP_OK)
        result = load_all_stored(s, damaged);
    if (result != EVCP_OK)
        return result;
    *bad = refused_first(s);
    return *bad ? EVCP_EINVAL : keep_all_first(s);
}

int evcp__settings_load(struct evcp__settings **out, struct evcp__store *s,
                        const struct evcp_config *config, const char **bad, unsigned *damaged)
{
    struct evcp__settings *settings = calloc(1, sizeof *settings);
    *bad = NULL;
    *damaged = 0;
    if (!settings)
        return EVCP_ENOMEM;
    settings->store = s;
    settings->config = config;
    settings->scope = scope_of(config);
    int result = load(settings, bad, damaged);
    if (result != EVCP_OK) {
        evcp__settings_free(settings);
        return result;
    }
    *out = settings;
    return EVCP_OK;
}

void evcp__settings_free(struct evcp__settings *settings)
{
    if (!settings)
        return;
    for (unsigned k = 0; k < EVCP__KEYS; k++)
        free(settings->text[k]);
    free(settings);
}

/* ---- reading ----------------------------------------------------------------------------- */

bool evcp__setting_bool(const struct evcp__settings *s, enum evcp__key key)
{
    assert(evcp__setting_row(key)->kind == EVCP__VALUE_BOOLEAN);
    return s->number[key] != 0;
}

int32_t evcp__setting_int(const struct evcp__settings *s, enum evcp__key key)
{
    assert(evcp__setting_row(key)->kind == EVCP__VALUE_INTEGER);
    return s->number[key];
}

const char *evcp__setting_text(const struct evcp__settings *s, enum evcp__key key)
{
    assert((unsigned)key < EVCP__KEYS);
    return s->text[key];
}

size_t evcp__setting_measurands(const struct evcp__settings *s, enum evcp__key key,
                                const struct evcp__measurand_item **items)
{
    static const struct evcp__measurand_item energy_register = {EVCP_ENERGY_ACTIVE_IMPORT_REGISTER,
                                                                EVCP_PHASE_NONE};
    const struct list *list = &s->lists[list_of(key)];
    if (list->count == 0 && key == EVCP__KEY_METER_VALUES_SAMPLED_DATA) {
        *items = &energy_register;
        return 1;
    }
    *items = list->items;
    return list->count;
}

/* ---- changing ---------------------------------------------------------------------------- */

int evcp__settings_change(struct evcp__settings *s, const char *key, const char *value,
                          enum evcp__outcome *outcome, enum evcp__key *changed)
{
    struct evcp__value read;
    enum evcp__key found = evcp__setting_find(s, key);
    *changed = EVCP__KEYS;
    *outcome = EVCP__OUT_NOT_SUPPORTED;
    if (found == EVCP__KEYS)
        return EVCP_OK;
    *outcome = EVCP__OUT_REJECTED;
    if (!settable(s, found) || !read_value(s, found, value, &read))
        return EVCP_OK;
    int result = keep(s, found, &read);
    if (result != EVCP_OK)
        return result;
    *outcome = EVCP__OUT_ACCEPTED;
    *changed = found;
    return EVCP_OK;
}

int evcp__settings_put_int(struct evcp__settings *s, enum evcp__key key, int32_t value)
{
    const struct evcp__setting_row *row = evcp__setting_row(key);
    struct evcp__value made = {.number = value};
    assert(row->kind == EVCP__VALUE_INTEGER && settable(s, key));
    if (made.number < row->min)
        made.number = row->min;
    if (made.number > row->max)
        made.number = row->max;
    evcp__value_digits((uint32_t)made.number, made.text);
    return keep(s, key, &made);
}
