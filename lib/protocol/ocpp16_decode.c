/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of the central system: which actions are there, what is wrong with a payload, and what
 * a good one means. A request that is refused here has no effect at all.
 */
#include "ocpp16.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* False: no memory. */
typedef bool read_payload(const json_t *payload, struct evcp__request *out);

struct handler {
    const char *action;
    enum evcp__request_kind kind;
    const char *plain[2]; /* fields that have to be CiStrings in earnest: the core keeps them */
    read_payload *read;
};

static const char NO_MEMORY[] = "out of memory, try again later";

/* ---- the explanation of a refusal -------------------------------------------------------- */

struct text {
    char *out;
    size_t size;
    size_t used;
};

/* What the peer wrote may be in it: only printable ASCII passes. */
static void say(struct text *text, const char *words)
{
    for (; *words != '\0' && text->used + 1 < text->size; words++)
        text->out[text->used++] = *words >= ' ' && *words <= '~' ? *words : '?';
    text->out[text->used] = '\0';
}

static void say_number(struct text *text, size_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    say(text, &digits[at]);
}

static enum evcp__rpc_code refuse(struct text *why, enum evcp__rpc_code code, const char *a,
                                  const char *b)
{
    say(why, a);
    say(why, b);
    return code;
}

static const char *fault_words(enum evcp__schema_fault fault)
{
    switch (fault) {
    case EVCP__SCHEMA_OK: break;
    case EVCP__SCHEMA_FORMATION: return " is not a field of this message; remove it";
    case EVCP__SCHEMA_OCCURRENCE: return " is required and may not be empty";
    case EVCP__SCHEMA_TYPE: return " has the wrong JSON type";
    case EVCP__SCHEMA_PROPERTY:
        return " has a value that is not allowed: too long, out of range, "
               "not a date-time, or not one of the listed words";
    }
    assert(0 && "no fault");
    return "";
}

static enum evcp__rpc_code refuse_payload(struct text *why, enum evcp__schema_fault fault,
                                          const char *path)
{
    if (path[0] == '\0')
        return refuse(why, evcp__rpc_code_of(fault), "the payload has to be a JSON object", "");
    return refuse(why, evcp__rpc_code_of(fault), path, fault_words(fault));
}

/* ---- actions that are not there ---------------------------------------------------------- */

static bool is_one_of(const char *action, const char *const *actions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(actions[i], action) == 0)
            return true;
    }
    return false;
}

/* NotSupported is kept for what will never be there; a profile still to come is NotImplemented. */
static enum evcp__rpc_code refuse_action(struct text *why, const char *action)
{
    static const char *const outgoing[] = {
        "Authorize",        "BootNotification",   "DiagnosticsStatusNotification",
        "Heartbeat",        "MeterValues",        "FirmwareStatusNotification",
        "StartTransaction", "StatusNotification", "StopTransaction",
    };
    if (is_one_of(action, outgoing, sizeof outgoing / sizeof *outgoing))
        return refuse(why, EVCP__RPC_NOT_SUPPORTED, action, " is only sent by a charge point");
    if (evcp__schema_find(&evcp__schema_ocpp16, action, EVCP__SCHEMA_REQUEST) != NULL)
        return refuse(why, EVCP__RPC_NOT_IMPLEMENTED, action,
                      " belongs to a profile that is not in SupportedFeatureProfiles");
    return refuse(why, EVCP__RPC_NOT_IMPLEMENTED, "not an action of OCPP 1.6: ", action);
}

/* ---- CiString ---------------------------------------------------------------------------- */

static const char ODD[] = " may hold printable ASCII characters only";
static const char EMPTY[] = " may not be empty";

/* NULL, or what is wrong with it. */
static const char *odd_text(const json_t *string)
{
    return string == NULL || evcp__ocpp16_is_plain(string) ? NULL : ODD;
}

static const char *odd_id_tag(const json_t *string)
{
    return json_string_length(string) == 0 ? EMPTY : odd_text(string);
}

static enum evcp__rpc_code check_handler_fields(const struct handler *handler,
                                                const json_t *payload, struct text *why)
{
    for (size_t i = 0; i < sizeof handler->plain / sizeof *handler->plain; i++) {
        const char *name = handler->plain[i];
        if (name == NULL)
            break;
        const json_t *string = json_object_get(payload, name);
        const char *wrong =
            handler->kind == EVCP__REQ_REMOTE_START ? odd_id_tag(string) : odd_text(string);
        if (wrong != NULL)
            return refuse(why, EVCP__RPC_PROPERTY_CONSTRAINT_VIOLATION, name, wrong);
    }
    return EVCP__RPC_OK;
}

static enum evcp__rpc_code refuse_element(struct text *why, const char *list, size_t index,
                                          const char *member, const char *wrong)
{
    say(why, list);
    say(why, "[");
    say_number(why, index);
    say(why, "]");
    return refuse(why, EVCP__RPC_PROPERTY_CONSTRAINT_VIOLATION, member, wrong);
}

static enum evcp__rpc_code check_keys(const json_t *payload, struct text *why)
{
    const json_t *keys = json_object_get(payload, "key");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const char *wrong = odd_text(json_array_get(keys, i));
        if (wrong != NULL)
            return refuse_element(why, "key", i, "", wrong);
    }
    return EVCP__RPC_OK;
}

static enum evcp__rpc_code check_list(const json_t *payload, struct text *why)
{
    static const char name[] = "localAuthorizationList";
    const json_t *list = json_object_get(payload, name);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        const json_t *info = json_object_get(entry, "idTagInfo");
        const char *wrong = odd_id_tag(json_object_get(entry, "idTag"));
        if (wrong != NULL)
            return refuse_element(why, name, i, ".idTag", wrong);
        wrong = odd_text(json_object_get(info, "parentIdTag"));
        if (wrong != NULL)
            return refuse_element(why, name, i, ".idTagInfo.parentIdTag", wrong);
    }
    return EVCP__RPC_OK;
}

/* ---- meaning ----------------------------------------------------------------------------- */

static const char *text_of(const json_t *payload, const char *name)
{
    return json_string_value(json_object_get(payload, name));
}

static bool is_word(const json_t *payload, const char *name, const char *word)
{
    return strcmp(text_of(payload, name), word) == 0;
}

static int32_t number_of(const json_t *payload, const char *name)
{
    return (int32_t)json_integer_value(json_object_get(payload, name)); /* checked to fit */
}

static void read_connector(const json_t *payload, struct evcp__request *out)
{
    out->has_connector = json_object_get(payload, "connectorId") != NULL;
    out->connector = number_of(payload, "connectorId");
}

static bool read_nothing(const json_t *payload, struct evcp__request *out)
{
    (void)payload;
    (void)out;
    return true;
}

static bool read_availability(const json_t *payload, struct evcp__request *out)
{
    read_connector(payload, out);
    out->on = is_word(payload, "type", "Operative");
    return true;
}

static bool read_change_setting(const json_t *payload, struct evcp__request *out)
{
    out->key = text_of(payload, "key");
    out->value = text_of(payload, "value");
    return true;
}

static bool read_data_transfer(const json_t *payload, struct evcp__request *out)
{
    out->vendor = text_of(payload, "vendorId");
    out->key = text_of(payload, "messageId");
    out->value = text_of(payload, "data");
    return true;
}

static bool read_get_settings(const json_t *payload, struct evcp__request *out)
{
    const json_t *keys = json_object_get(payload, "key");
    size_t count = json_array_size(keys);
    if (count == 0)
        return true;
    const char **texts = calloc(count, sizeof *texts);
    if (texts == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        texts[i] = json_string_value(json_array_get(keys, i));
    out->keys = texts;
    out->key_count = count;
    return true;
}

/* A chargingProfile is passed over: there is no smart charging to apply it. */
static bool read_remote_start(const json_t *payload, struct evcp__request *out)
{
    read_connector(payload, out);
    const json_t *id_tag = json_object_get(payload, "idTag");
    assert(json_string_length(id_tag) <= EVCP__ID_TOKEN_MAX);
    out->token.type = EVCP_TOKEN_UNKNOWN; /* whatever it is, the list may know it */
    memcpy(out->token.value, json_string_value(id_tag), json_string_length(id_tag) + 1);
    return true;
}

static bool read_remote_stop(const json_t *payload, struct evcp__request *out)
{
    out->number = number_of(payload, "transactionId");
    return true;
}

static bool read_reset(const json_t *payload, struct evcp__request *out)
{
    out->on = is_word(payload, "type", "Hard");
    return true;
}

static void list_entry_at(const void *list, size_t index, struct evcp__list_entry *out)
{
    const json_t *entry = json_array_get((const json_t *)list, index);
    const json_t *info = json_object_get(entry, "idTagInfo");
    memset(out, 0, sizeof *out);
    out->id_tag = text_of(entry, "idTag");
    out->has_info = info != NULL;
    if (info != NULL)
        evcp__ocpp16_read_info(info, &out->info);
}

static bool read_send_list(const json_t *payload, struct evcp__request *out)
{
    out->number = number_of(payload, "listVersion");
    out->on = is_word(payload, "updateType", "Full");
    out->list = json_object_get(payload, "localAuthorizationList");
    out->list_count = json_array_size(out->list);
    out->list_at = list_entry_at;
    return true;
}

static bool read_trigger(const json_t *payload, struct evcp__request *out)
{
    read_connector(payload, out);
    out->trigger = evcp__ocpp16_trigger(text_of(payload, "requestedMessage"));
    return true;
}

static bool read_unlock(const json_t *payload, struct evcp__request *out)
{
    read_connector(payload, out);
    return true;
}

/* ---- the actions that are there ---------------------------------------------------------- */

static const struct handler handlers[] = {
    {"ChangeAvailability", EVCP__REQ_CHANGE_AVAILABILITY, {NULL}, read_availability},
    {"ChangeConfiguration", EVCP__REQ_CHANGE_SETTING, {"key", "value"}, read_change_setting},
    {"ClearCache", EVCP__REQ_CLEAR_CACHE, {NULL}, read_nothing},
    {"DataTransfer", EVCP__REQ_DATA_TRANSFER, {"vendorId", "messageId"}, read_data_transfer},
    {"GetConfiguration", EVCP__REQ_GET_SETTINGS, {NULL}, read_get_settings},
    {"GetLocalListVersion", EVCP__REQ_GET_LIST_VERSION, {NULL}, read_nothing},
    {"RemoteStartTransaction", EVCP__REQ_REMOTE_START, {"idTag"}, read_remote_start},
    {"RemoteStopTransaction", EVCP__REQ_REMOTE_STOP, {NULL}, read_remote_stop},
    {"Reset", EVCP__REQ_RESET, {NULL}, read_reset},
    {"SendLocalList", EVCP__REQ_SEND_LIST, {NULL}, read_send_list},
    {"TriggerMessage", EVCP__REQ_TRIGGER, {NULL}, read_trigger},
    {"UnlockConnector", EVCP__REQ_UNLOCK, {NULL}, read_unlock},
};

static const struct handler *find_handler(const char *action)
{
    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++) {
        if (strcmp(handlers[i].action, action) == 0)
            return &handlers[i];
    }
    return NULL;
}

/* The standard has a status for a requestedMessage that is unknown (5.17), so it is no fault of
 * the message: what is the verdict on the rest of it? */
static enum evcp__schema_fault check_rest_of_trigger(const struct evcp__schema *schema,
                                                     const json_t *payload, char *path,
                                                     size_t path_size)
{
    enum evcp__schema_fault fault = EVCP__SCHEMA_PROPERTY;
    json_t *known = json_copy((json_t *)(uintptr_t)payload); /* only read */
    if (evcp__ocpp16_put(known, "requestedMessage", json_string("Heartbeat")))
        fault = evcp__schema_check(schema, known, EVCP__SCHEMA_STRICT, path, path_size);
    json_decref(known);
    return fault;
}

static enum evcp__rpc_code check_payload(const struct handler *handler, const json_t *payload,
                                         struct text *why)
{
    char path[EVCP__SCHEMA_PATH_MAX + 1];
    const struct evcp__schema *schema =
        evcp__schema_find(&evcp__schema_ocpp16, handler->action, EVCP__SCHEMA_REQUEST);
    enum evcp__schema_fault fault =
        evcp__schema_check(schema, payload, EVCP__SCHEMA_STRICT, path, sizeof path);
    if (fault == EVCP__SCHEMA_PROPERTY && strcmp(path, "requestedMessage") == 0)
        fault = check_rest_of_trigger(schema, payload, path, sizeof path);
    if (fault != EVCP__SCHEMA_OK)
        return refuse_payload(why, fault, path);
    if (handler->kind == EVCP__REQ_GET_SETTINGS)
        return check_keys(payload, why);
    if (handler->kind == EVCP__REQ_SEND_LIST)
        return check_list(payload, why);
    return check_handler_fields(handler, payload, why);
}

static enum evcp__rpc_code decode_payload(const struct handler *handler, const json_t *payload,
                                          struct evcp__request *out, struct text *why)
{
    enum evcp__rpc_code code = check_payload(handler, payload, why);
    if (code != EVCP__RPC_OK)
        return code;
    if (handler->read(payload, out))
        return EVCP__RPC_OK;
    return refuse(why, EVCP__RPC_INTERNAL_ERROR, NO_MEMORY, "");
}

enum evcp__rpc_code evcp__ocpp16_decode_request(const char *id, const char *action,
                                                const json_t *payload, struct evcp__request *out,
                                                char *text, size_t text_size)
{
    assert(text_size > 0);
    struct text why = {text, text_size, 0};
    if (text_size > EVCP__ERROR_TEXT_MAX + 1)
        why.size = EVCP__ERROR_TEXT_MAX + 1;
    text[0] = '\0';
    memset(out, 0, sizeof *out);
    if (strlen(id) > EVCP__MESSAGE_ID_MAX)
        return refuse(&why, EVCP__RPC_FORMATION_VIOLATION, "the message id is too long", "");
    memcpy(out->id, id, strlen(id) + 1);
    const struct handler *handler = find_handler(action);
    if (handler == NULL)
        return refuse_action(&why, action);
    out->kind = handler->kind;
    return decode_payload(handler, payload, out, &why);
}

void evcp__ocpp16_release_request(struct evcp__request *out)
{
    free((void *)(uintptr_t)out->keys);
    out->keys = NULL;
    out->key_count = 0;
}
