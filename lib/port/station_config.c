/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of a station: every member is checked, with a text that names it and says what
 * to do; then all of it is copied into one block, with the defaults filled in.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "host_private.h"

#define LIST_MAX_DEFAULT   100000u
#define CACHE_MAX_DEFAULT  1000u
#define OUTBOX_MAX_DEFAULT 10000u
#define MESSAGE_MAX_LEAST  4096u
#define POLL_MS_LEAST      10u
#define KEY_HEX_LEAST      32

/* ---- checks ------------------------------------------------------------------------------ */

struct check {
    const evcp_host_t *host;
    const struct evcp_config *config;
};

#define REFUSE(check, ...)                                                                         \
    do {                                                                                           \
        evcp__host_log((check)->host, 0, __VA_ARGS__);                                             \
        return false;                                                                              \
    } while (0)

static bool is_plain(const char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7e)
            return false;
    }
    return true;
}

static bool text_ok(const struct check *c, const char *member, const char *text, size_t most,
                    bool required)
{
    if (!text && !required)
        return true;
    if (!text || !*text)
        REFUSE(c, "evcp_config.%s: is %s; give 1 to %zu characters%s", member,
               text ? "empty" : "missing", most, required ? "" : " or NULL");
    if (!is_plain(text))
        REFUSE(c, "evcp_config.%s: has characters that are not printable ASCII; remove them",
               member);
    if (strlen(text) > most)
        REFUSE(c, "evcp_config.%s: has %zu characters; use at most %zu", member, strlen(text),
               most);
    return true;
}

static bool identity_ok(const struct check *c)
{
    const struct evcp_config *config = c->config;
    const struct {
        const char *member;
        const char *text;
        size_t most;
        bool required;
    } texts[] = {
        {"id", config->id, EVCP__IDENTITY_MAX, true},
        {"vendor", config->vendor, 20, true},
        {"model", config->model, 20, true},
        {"serial", config->serial, 25, false},
        {"firmware", config->firmware, 50, false},
        {"iccid", config->iccid, 20, false},
        {"imsi", config->imsi, 20, false},
        {"meter_type", config->meter_type, 25, false},
        {"meter_serial", config->meter_serial, 25, false},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!text_ok(c, texts[i].member, texts[i].text, texts[i].most, texts[i].required))
            return false;
    }
    return true;
}

static bool starts_with_ci(const char *text, const char *prefix)
{
    for (; *prefix; text++, prefix++) {
        if (tolower((unsigned char)*text) != *prefix)
            return false;
    }
    return true;
}

static bool is_hex(const char *text)
{
    for (; *text; text++) {
        if (!isxdigit((unsigned char)*text))
            return false;
    }
    return true;
}

static bool key_ok(const struct check *c)
{
    const char *key = c->config->authorization_key;
    size_t length = key ? strlen(key) : 0;

    if (!key)
        return true;
    if (length < KEY_HEX_LEAST || length > 2 * EVCP__KEY_BYTES_MAX || length % 2 || !is_hex(key))
        REFUSE(c, "evcp_config.authorization_key: is not a key; give an even number of 32 to 40 "
                  "hex digits");
    if (strchr(c->config->id, ':'))
        REFUSE(c, "evcp_config.id: holds a ':', which HTTP Basic cannot carry; choose another id "
                  "or no authorization_key");
    return true;
}

static bool network_ok(const struct check *c)
{
    const struct evcp_config *config = c->config;

    if (!config->url ||
        !(starts_with_ci(config->url, "ws://") || starts_with_ci(config->url, "wss://")))
        REFUSE(c, "evcp_config.url: is %s; it has to begin with ws:// or wss://",
               config->url ? config->url : "missing");
    if (strchr(config->url, '?') || strchr(config->url, '#'))
        REFUSE(c, "evcp_config.url: holds a query or a fragment; the identity follows the path, "
                  "remove '?' and '#'");
    if (!config->cert_file != !config->key_file)
        REFUSE(c, "evcp_config.%s: is missing; a client certificate needs cert_file and key_file",
               config->cert_file ? "key_file" : "cert_file");
    if (config->message_max && config->message_max < MESSAGE_MAX_LEAST)
        REFUSE(c, "evcp_config.message_max: is %zu bytes; use at least %u", config->message_max,
               MESSAGE_MAX_LEAST);
    return key_ok(c);
}

static bool limits_ok(const struct check *c)
{
    const struct evcp_config *config = c->config;
    uint32_t list = config->local_list_max ? config->local_list_max : LIST_MAX_DEFAULT;

    if (config->connectors > EVCP_CONNECTORS_MAX)
        REFUSE(c, "evcp_config.connectors: is %u; use at most %d", config->connectors,
               EVCP_CONNECTORS_MAX);
    if (list > EVCP__LOCAL_LIST_CEILING)
        REFUSE(c, "evcp_config.local_list_max: is %u; use at most %u", list,
               EVCP__LOCAL_LIST_CEILING);
    if (config->send_list_max > list)
        REFUSE(c, "evcp_config.send_list_max: is %u, more than the list can hold; use at most %u",
               config->send_list_max, list);
    if (config->measurands >= UINT32_C(1) << EVCP_MEASURANDS)
        REFUSE(c, "evcp_config.measurands: has bits beyond evcp_measurand; use only 1 << "
                  "EVCP_... of that enumeration");
    return true;
}

static bool connectors_ok(const struct check *c)
{
    const struct evcp_config *config = c->config;

    for (size_t i = 0; config->connector && i < config->connectors; i++) {
        if (config->connector[i].max_current_ma < 0)
            REFUSE(c,
                   "evcp_config.connector[%zu].max_current_ma: is negative; give milliamperes "
                   "or 0 for no limit",
                   i);
    }
    return true;
}

static bool hardware_ok(const struct check *c)
{
    const struct evcp_hardware *hardware = c->config->hardware;
    uint32_t register_only = UINT32_C(1) << EVCP_ENERGY_ACTIVE_IMPORT_REGISTER;

    if (!hardware)
        REFUSE(c, "evcp_config.hardware: is missing; give a table with contactor and energy");
    if (hardware->size < offsetof(struct evcp_hardware, lock))
        REFUSE(c, "evcp_hardware.size: is %zu; set it to sizeof(struct evcp_hardware)",
               hardware->size);
    if (!hardware->contactor)
        REFUSE(c, "evcp_hardware.contactor: is missing; the library has to open and close it");
    if (!hardware->energy)
        REFUSE(c, "evcp_hardware.energy: is missing; a transaction needs the energy register");
    if ((c->config->measurands & ~register_only) &&
        (hardware->size <= offsetof(struct evcp_hardware, measure) || !hardware->measure))
        REFUSE(c, "evcp_config.measurands: names more than the energy register; give "
                  "evcp_hardware.measure, which delivers it");
    return true;
}

static bool rules_ok(const struct check *c)
{
    const uint8_t known = EVCP_RULE_LIST | EVCP_RULE_CACHE | EVCP_RULE_UNKNOWN;
    const uint8_t *rules = c->config->token_rules;

    for (int i = 0; rules && i < EVCP_TOKEN_TYPES; i++) {
        if (rules[i] != EVCP_RULE_DEFAULT && (rules[i] & ~known))
            REFUSE(c,
                   "evcp_config.token_rules[%d]: has unknown bits; use EVCP_RULE_DEFAULT, or "
                   "bits of EVCP_RULE_LIST, _CACHE and _UNKNOWN",
                   i);
    }
    return true;
}

static bool reader_ok(const struct check *c, size_t i)
{
    const struct evcp_reader *reader = &c->config->readers[i];
    uint16_t connectors = c->config->connectors ? c->config->connectors : 1;
    const char *prefix = reader->format.prefix;

    if (!reader->read)
        REFUSE(c, "evcp_config.readers[%zu].read: is missing; give the callback that reads", i);
    if (reader->connector > connectors)
        REFUSE(c, "evcp_config.readers[%zu].connector: is %u; there are %u connectors", i,
               reader->connector, connectors);
    if ((unsigned)reader->type >= EVCP_TOKEN_TYPES)
        REFUSE(c, "evcp_config.readers[%zu].type: is no evcp_token_type", i);
    if (reader->fd < 0 && reader->poll_ms < POLL_MS_LEAST)
        REFUSE(c, "evcp_config.readers[%zu].poll_ms: is %u; without fd it has to be at least %u", i,
               reader->poll_ms, POLL_MS_LEAST);
    if (prefix && (!is_plain(prefix) || strlen(prefix) >= EVCP__ID_TOKEN_MAX))
        REFUSE(c,
               "evcp_config.readers[%zu].format.prefix: leaves no room for a token or is not "
               "printable ASCII; use at most %d characters",
               i, EVCP__ID_TOKEN_MAX - 1);
    if (reader->format.max_length > EVCP__ID_TOKEN_MAX)
        REFUSE(c, "evcp_config.readers[%zu].format.max_length: is %u; OCPP 1.6 sends at most %d", i,
               reader->format.max_length, EVCP__ID_TOKEN_MAX);
    return true;
}

static bool readers_ok(const struct check *c)
{
    if (c->config->reader_count && !c->config->readers)
        REFUSE(c, "evcp_config.readers: is missing, reader_count is %zu", c->config->reader_count);
    for (size_t i = 0; i < c->config->reader_count; i++) {
        if (!reader_ok(c, i))
            return false;
    }
    return true;
}

static bool settings_ok(const struct check *c)
{
    if (c->config->setting_count && !c->config->settings)
        REFUSE(c, "evcp_config.settings: is missing, setting_count is %zu",
               c->config->setting_count);
    for (size_t i = 0; i < c->config->setting_count; i++) {
        if (!c->config->settings[i].key || !c->config->settings[i].value)
            REFUSE(c, "evcp_config.settings[%zu]: has no key or no value; give both", i);
    }
    return true;
}

static bool config_ok(const struct check *c)
{
    return identity_ok(c) && network_ok(c) && limits_ok(c) && connectors_ok(c) && hardware_ok(c) &&
           rules_ok(c) && readers_ok(c) && settings_ok(c);
}

/* ---- the copy ---------------------------------------------------------------------------- */

/* First measures (base NULL), then fills. */
struct arena {
    char *base;
    size_t used;
};

static void *keep(struct arena *arena, const void *from, size_t size)
{
    size_t at = (arena->used + 15u) & ~(size_t)15u;

    arena->used = at + size;
    if (!arena->base)
        return NULL;
    if (from)
        memcpy(arena->base + at, from, size);
    return arena->base + at;
}

static const char *keep_text(struct arena *arena, const char *text)
{
    return text ? keep(arena, text, strlen(text) + 1) : NULL;
}

static void keep_settings(struct arena *arena, const struct evcp_config *from,
                          struct evcp_config *to)
{
    size_t size = from->setting_count * sizeof(struct evcp_setting);
    struct evcp_setting *settings = size ? keep(arena, from->settings, size) : NULL;

    for (size_t i = 0; i < from->setting_count; i++) {
        const char *key = keep_text(arena, from->settings[i].key);
        const char *value = keep_text(arena, from->settings[i].value);

        if (settings)
            settings[i] = (struct evcp_setting){key, value};
    }
    to->settings = settings;
}

static void keep_readers(struct arena *arena, const struct evcp_config *from,
                         struct evcp_config *to)
{
    size_t size = from->reader_count * sizeof(struct evcp_reader);
    struct evcp_reader *readers = size ? keep(arena, from->readers, size) : NULL;

    for (size_t i = 0; i < from->reader_count; i++) {
        const char *name = keep_text(arena, from->readers[i].name);
        const char *prefix = keep_text(arena, from->readers[i].format.prefix);

        if (!readers)
            continue;
        readers[i].name = name ? name : "reader";
        readers[i].format.prefix = prefix;
    }
    to->readers = readers;
}

static void keep_connectors(struct arena *arena, const struct evcp_config *from,
                            struct evcp_config *to)
{
    struct evcp_connector_config *all =
        keep(arena, NULL, to->connectors * sizeof(struct evcp_connector_config));

    for (uint16_t i = 0; all && i < to->connectors; i++) {
        all[i] = (struct evcp_connector_config){(uint16_t)(i + 1), INT32_MAX};
        if (from->connector && from->connector[i].evse)
            all[i].evse = from->connector[i].evse;
        if (from->connector && from->connector[i].max_current_ma)
            all[i].max_current_ma = from->connector[i].max_current_ma;
    }
    to->connector = all;
}

static void keep_texts(struct arena *arena, const struct evcp_config *from, struct evcp_config *to)
{
    to->id = keep_text(arena, from->id);
    to->url = keep_text(arena, from->url);
    to->vendor = keep_text(arena, from->vendor);
    to->model = keep_text(arena, from->model);
    to->serial = keep_text(arena, from->serial);
    to->firmware = keep_text(arena, from->firmware);
    to->iccid = keep_text(arena, from->iccid);
    to->imsi = keep_text(arena, from->imsi);
    to->meter_type = keep_text(arena, from->meter_type);
    to->meter_serial = keep_text(arena, from->meter_serial);
    to->authorization_key = keep_text(arena, from->authorization_key);
    to->ca_file = keep_text(arena, from->ca_file);
    to->cert_file = keep_text(arena, from->cert_file);
    to->key_file = keep_text(arena, from->key_file);
}

static void fill_defaults(struct evcp_config *to)
{
    if (!to->connectors)
        to->connectors = 1;
    if (!to->local_list_max)
        to->local_list_max = LIST_MAX_DEFAULT;
    if (!to->send_list_max)
        to->send_list_max = to->local_list_max;
    if (!to->cache_max)
        to->cache_max = CACHE_MAX_DEFAULT;
    if (!to->outbox_max)
        to->outbox_max = OUTBOX_MAX_DEFAULT;
    if (!to->measurands)
        to->measurands = UINT32_C(1) << EVCP_ENERGY_ACTIVE_IMPORT_REGISTER;
    if (!to->message_max)
        to->message_max = EVCP__MESSAGE_BYTES_MAX;
}

static void keep_all(struct arena *arena, const struct evcp_config *from, struct evcp_config *to)
{
    *to = *from;
    fill_defaults(to);
    keep_texts(arena, from, to);
    keep_connectors(arena, from, to);
    keep_settings(arena, from, to);
    keep_readers(arena, from, to);
    to->token_rules = from->token_rules ? keep(arena, from->token_rules, EVCP_TOKEN_TYPES) : NULL;
}

/* Members that the caller's header does not know yet read as zero. */
static bool read_sized(void *to, size_t to_size, const void *from, size_t from_size)
{
    const unsigned char *bytes = from;
    size_t known = from_size < to_size ? from_size : to_size;

    memset(to, 0, to_size);
    memcpy(to, from, known);
    for (size_t i = known; i < from_size; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

static int copy_checked(const struct evcp_config *from, const struct evcp_hardware *hardware,
                        struct evcp_config **out)
{
    struct arena arena = {NULL, sizeof(struct evcp_config)};
    struct evcp_config scratch;

    keep_all(&arena, from, &scratch);
    arena.base = calloc(1, arena.used);
    if (!arena.base)
        return EVCP_ENOMEM;
    *out = (struct evcp_config *)(void *)arena.base;
    arena.used = sizeof(struct evcp_config);
    keep_all(&arena, from, *out);
    (*out)->hardware = hardware;
    return EVCP_OK;
}

int evcp__config_copy(evcp_host_t *host, const struct evcp_config *from,
                      struct evcp_hardware *hardware, struct evcp_config **out)
{
    struct evcp_config config;
    const struct check check = {host, &config};

    if (from->size < offsetof(struct evcp_config, connectors) ||
        !read_sized(&config, sizeof(config), from, from->size)) {
        evcp__host_log(host, 0,
                       "evcp_config.size: is %zu; set it to sizeof(struct evcp_config) "
                       "of this library's header",
                       from->size);
        return EVCP_EINVAL;
    }
    if (!config_ok(&check))
        return EVCP_EINVAL;
    if (!read_sized(hardware, sizeof(*hardware), config.hardware, config.hardware->size)) {
        evcp__host_log(host, 0,
                       "evcp_hardware.size: is %zu; set it to sizeof(struct "
                       "evcp_hardware) of this library's header",
                       config.hardware->size);
        return EVCP_EINVAL;
    }
    return copy_checked(&config, hardware, out);
}
