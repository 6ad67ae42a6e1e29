/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step asked for, done after its writes are safe: the network, the hardware, those who
 * watch. What the hardware answers becomes an event of the next round.
 */
#include <stdlib.h>
#include <string.h>

#include "host_private.h"

/* ---- hardware ---------------------------------------------------------------------------- */

static void hardware_returned(evcp_t *s, enum evcp__hardware_call call,
                              const struct evcp__effect *effect, int result)
{
    const struct evcp__input what = {
        .kind = EVCP__IN_HARDWARE,
        .hardware = {
            .call = call, .connector = effect->connector, .on = effect->on, .result = result}};

    /* A core that never hears what it waits for is worth less than one loaded anew. */
    if (evcp__inbox_put(&s->inbox, &what, NULL, 0))
        s->lost_result = true;
}

static void contactor(evcp_t *s, const struct evcp__effect *effect)
{
    int result = s->hardware.contactor(s->config->user, effect->connector, effect->on);

    if (result == EVCP_OK)
        s->known[effect->connector].contactor_closed = effect->on;
    hardware_returned(s, EVCP__HW_CONTACTOR, effect, result);
}

/* A missing callback: a fixed cable is always locked, nothing limits the current. */
static void lock(evcp_t *s, const struct evcp__effect *effect)
{
    int result = EVCP_OK;

    if (s->hardware.lock)
        result = s->hardware.lock(s->config->user, effect->connector, effect->on);
    hardware_returned(s, EVCP__HW_LOCK, effect, result);
}

static void limit(evcp_t *s, const struct evcp__effect *effect)
{
    int result = EVCP_OK;

    if (s->hardware.limit)
        result = s->hardware.limit(s->config->user, effect->connector, effect->milliampere);
    hardware_returned(s, EVCP__HW_LIMIT, effect, result);
}

static void reset(evcp_t *s, const struct evcp__effect *effect)
{
    int result = EVCP_EHARDWARE;

    if (s->hardware.reset)
        result = s->hardware.reset(s->config->user, effect->on ? EVCP_RESET_HARD : EVCP_RESET_SOFT);
    hardware_returned(s, EVCP__HW_RESET, effect, result);
}

static void clock_set(evcp_t *s, const struct evcp__effect *effect)
{
    int result = EVCP_OK;

    if (s->hardware.clock_set)
        result = s->hardware.clock_set(s->config->user, effect->utc_ms);
    hardware_returned(s, EVCP__HW_CLOCK, effect, result);
}

/* ---- DataTransfer ------------------------------------------------------------------------ */

static int ask_vendor(const evcp_t *s, const struct evcp__data *data, char *answer, size_t size)
{
    if (!s->hardware.data_transfer)
        return EVCP_ENOENT;
    return s->hardware.data_transfer(s->config->user, data->vendor,
                                     data->has_message_id ? data->message_id : NULL, data->data,
                                     answer, size);
}

static void set_outcome(struct evcp__reply *reply, int result)
{
    if (result == EVCP_OK) {
        reply->outcome = EVCP__OUT_ACCEPTED;
    } else if (result == EVCP_EINVAL) {
        reply->outcome = EVCP__OUT_REJECTED;
    } else if (result == EVCP_ENOENT) {
        reply->outcome = EVCP__OUT_UNKNOWN_VENDOR_ID;
    } else if (result == EVCP_ESTATE) {
        reply->outcome = EVCP__OUT_UNKNOWN_MESSAGE_ID;
    } else {
        reply->refusal = EVCP__REFUSE_INTERNAL;
        reply->refusal_text = "the vendor's handler failed";
    }
}

static void data_transfer(evcp_t *s, const struct evcp__data *data)
{
    char answer[EVCP__DATA_ANSWER_MAX + 1] = "";
    struct evcp__reply reply = {.kind = EVCP__REQ_DATA_TRANSFER};
    int result = ask_vendor(s, data, answer, sizeof(answer));

    answer[sizeof(answer) - 1] = '\0';
    memcpy(reply.id, data->id, sizeof(reply.id));
    set_outcome(&reply, result);
    if (*answer && (result == EVCP_OK || result == EVCP_EINVAL))
        reply.data = answer;
    evcp__station_reply(s, &reply);
}

/* ---- network ----------------------------------------------------------------------------- */

static unsigned nibble(char digit)
{
    if (digit >= '0' && digit <= '9')
        return (unsigned)(digit - '0');
    return (unsigned)((digit | 0x20) - 'a') + 10;
}

static void wipe(uint8_t *bytes, size_t size)
{
    volatile uint8_t *at = bytes;

    while (size--)
        *at++ = 0;
}

static int set_key(evcp_t *s, const char *hex)
{
    uint8_t key[EVCP__KEY_BYTES_MAX];
    size_t size = hex ? strlen(hex) / 2 : 0;
    int result = EVCP_OK;

    if (size > sizeof(key))
        return EVCP_EINVAL;
    for (size_t i = 0; i < size; i++)
        key[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    result = evcp__net_set_key(s->net, size ? key : NULL, size);
    wipe(key, sizeof(key));
    return result;
}

void evcp__station_apply_net_settings(evcp_t *s)
{
    const struct evcp__settings *settings = evcp__core_settings(s->core);
    const char *key = evcp__setting_text(settings, EVCP__KEY_AUTHORIZATION_KEY);
    int32_t ping = evcp__setting_int(settings, EVCP__KEY_WEB_SOCKET_PING_INTERVAL);
    int result = set_key(s, key && *key ? key : s->config->authorization_key);

    if (result)
        evcp__host_log(s->host, 0, "%s: AuthorizationKey was not applied: %s", s->config->id,
                       evcp_strerror(result));
    evcp__net_set_ping(s->net, ping > 0 ? (uint32_t)ping : 0, EVCP__PONG_TIMEOUT_S);
}

/* ---- all of them ------------------------------------------------------------------------- */

static void act(evcp_t *s, const struct evcp__effect *effect)
{
    switch (effect->kind) {
    case EVCP__FX_CONNECT: evcp__station_connect(s); break;
    case EVCP__FX_DISCONNECT: evcp__station_disconnect(s); break;
    case EVCP__FX_CALL: evcp__station_call(s, effect->fact); break;
    case EVCP__FX_REPLY: evcp__station_reply(s, effect->reply); break;
    case EVCP__FX_CONTACTOR: contactor(s, effect); break;
    case EVCP__FX_LOCK: lock(s, effect); break;
    case EVCP__FX_LIMIT: limit(s, effect); break;
    case EVCP__FX_RESET: reset(s, effect); break;
    case EVCP__FX_CLOCK_SET: clock_set(s, effect); break;
    case EVCP__FX_DATA_TRANSFER: data_transfer(s, effect->data); break;
    case EVCP__FX_NET_SETTINGS: evcp__station_apply_net_settings(s); break;
    case EVCP__FX_NOTIFY: evcp__station_event(s, effect->event); break;
    }
}

void evcp__station_act(evcp_t *s)
{
    struct evcp__effects todo = s->effects;

    s->effects = (struct evcp__effects){.items = NULL};
    for (size_t i = 0; i < todo.count; i++)
        act(s, &todo.items[i]);
    evcp__effects_clear(&todo);
}
