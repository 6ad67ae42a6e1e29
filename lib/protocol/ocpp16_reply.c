/* SPDX-License-Identifier: Apache-2.0 */
/* Replies to requests of the central system. Refusals (CALLERROR) are framed elsewhere. */
#include "ocpp16.h"

#include <assert.h>

#define put evcp__ocpp16_put

#define BIT(outcome) (1u << (outcome))

#define ACCEPTED        BIT(EVCP__OUT_ACCEPTED)
#define ACCEPTED_OR_NOT (ACCEPTED | BIT(EVCP__OUT_REJECTED))

/* Outcomes that the .conf of a request can say; 0: it has no status. */
static unsigned outcomes_of(enum evcp__request_kind kind)
{
    switch (kind) {
    case EVCP__REQ_CHANGE_AVAILABILITY: return ACCEPTED_OR_NOT | BIT(EVCP__OUT_SCHEDULED);
    case EVCP__REQ_CHANGE_SETTING:
        return ACCEPTED_OR_NOT | BIT(EVCP__OUT_REBOOT_REQUIRED) | BIT(EVCP__OUT_NOT_SUPPORTED);
    case EVCP__REQ_CLEAR_CACHE:
    case EVCP__REQ_REMOTE_START:
    case EVCP__REQ_REMOTE_STOP:
    case EVCP__REQ_RESET: return ACCEPTED_OR_NOT;
    case EVCP__REQ_DATA_TRANSFER:
        return ACCEPTED_OR_NOT | BIT(EVCP__OUT_UNKNOWN_VENDOR_ID) |
               BIT(EVCP__OUT_UNKNOWN_MESSAGE_ID);
    case EVCP__REQ_SEND_LIST:
        return ACCEPTED | BIT(EVCP__OUT_FAILED) | BIT(EVCP__OUT_NOT_SUPPORTED) |
               BIT(EVCP__OUT_VERSION_MISMATCH);
    case EVCP__REQ_TRIGGER: return ACCEPTED_OR_NOT | BIT(EVCP__OUT_NOT_IMPLEMENTED);
    case EVCP__REQ_UNLOCK:
        return BIT(EVCP__OUT_UNLOCKED) | BIT(EVCP__OUT_UNLOCK_FAILED) |
               BIT(EVCP__OUT_NOT_SUPPORTED);
    case EVCP__REQ_GET_SETTINGS:
    case EVCP__REQ_GET_LIST_VERSION:
    case EVCP__REQ_KINDS: break;
    }
    return 0;
}

static bool put_status(json_t *object, const struct evcp__reply *reply)
{
    bool legal = (outcomes_of(reply->kind) & BIT(reply->outcome)) != 0;
    assert(legal);
    return legal && put(object, "status", json_string(evcp__ocpp16_outcome(reply->outcome)));
}

/* ---- GetConfiguration -------------------------------------------------------------------- */

static json_t *encode_setting(const struct evcp__setting_view *setting)
{
    json_t *object = json_object();
    bool good = put(object, "key", evcp__ocpp16_cistring(setting->key, EVCP__KEY_MAX)) &&
                put(object, "readonly", json_boolean(setting->readonly)) &&
                (setting->value == NULL || put(object, "value", evcp__ocpp16_text(setting->value)));
    return evcp__ocpp16_finish(object, good);
}

static bool put_settings(json_t *object, const struct evcp__reply *reply)
{
    if (reply->setting_count == 0)
        return true;
    json_t *list = json_array();
    bool good = list != NULL;
    for (size_t i = 0; good && i < reply->setting_count; i++)
        good = json_array_append_new(list, encode_setting(&reply->settings[i])) == 0;
    return put(object, "configurationKey", evcp__ocpp16_finish(list, good));
}

static bool put_unknown_keys(json_t *object, const struct evcp__reply *reply)
{
    if (reply->unknown_count == 0)
        return true;
    json_t *list = json_array();
    bool good = list != NULL;
    for (size_t i = 0; good && i < reply->unknown_count; i++) {
        json_t *key = evcp__ocpp16_cistring(reply->unknown[i], EVCP__KEY_MAX);
        good = json_array_append_new(list, key) == 0;
    }
    return put(object, "unknownKey", evcp__ocpp16_finish(list, good));
}

/* ---- all of them ------------------------------------------------------------------------- */

/* An unknown vendor or message has no data (5.6). */
static bool put_data(json_t *object, const struct evcp__reply *reply)
{
    bool known = reply->outcome == EVCP__OUT_ACCEPTED || reply->outcome == EVCP__OUT_REJECTED;
    if (!known || reply->data == NULL || reply->data[0] == '\0')
        return true;
    return put(object, "data", evcp__ocpp16_text(reply->data));
}

static bool put_reply(json_t *object, const struct evcp__reply *reply)
{
    switch (reply->kind) {
    case EVCP__REQ_GET_SETTINGS:
        return put_settings(object, reply) && put_unknown_keys(object, reply);
    case EVCP__REQ_GET_LIST_VERSION:
        return put(object, "listVersion", json_integer(reply->list_version));
    case EVCP__REQ_DATA_TRANSFER: return put_status(object, reply) && put_data(object, reply);
    case EVCP__REQ_CHANGE_AVAILABILITY:
    case EVCP__REQ_CHANGE_SETTING:
    case EVCP__REQ_CLEAR_CACHE:
    case EVCP__REQ_REMOTE_START:
    case EVCP__REQ_REMOTE_STOP:
    case EVCP__REQ_RESET:
    case EVCP__REQ_SEND_LIST:
    case EVCP__REQ_TRIGGER:
    case EVCP__REQ_UNLOCK: return put_status(object, reply);
    case EVCP__REQ_KINDS: break;
    }
    assert(0 && "not a request");
    return false;
}

json_t *evcp__ocpp16_encode_reply(const struct evcp__reply *reply)
{
    assert(reply->refusal == EVCP__REFUSE_NONE);
    json_t *object = json_object();
    return evcp__ocpp16_finish(object, object != NULL && put_reply(object, reply));
}
