/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCPP-J framing. One linear scan finds the elements of the outer array and measures everything;
 * then each element is parsed alone, so that a CALL whose payload cannot be read still has an id
 * to answer to.
 */
#include "rpc.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ELEMENTS_MAX 5 /* of a CALLERROR */
#define LOAD_FLAGS   (JSON_REJECT_DUPLICATES | JSON_DECODE_ANY)
#define DUMP_FLAGS   (JSON_COMPACT | JSON_REAL_PRECISION(15))
#define BRIEF_SIZE   512 /* bytes of a frame that is written without measuring it first */

/* ---- codes ------------------------------------------------------------------------------- */

static const struct {
    enum evcp__rpc_code code;
    const char *name;
} codes[] = {
    /* the first spelling of a code is the one to send */
    {EVCP__RPC_NOT_IMPLEMENTED, "NotImplemented"},
    {EVCP__RPC_NOT_SUPPORTED, "NotSupported"},
    {EVCP__RPC_INTERNAL_ERROR, "InternalError"},
    {EVCP__RPC_PROTOCOL_ERROR, "ProtocolError"},
    {EVCP__RPC_SECURITY_ERROR, "SecurityError"},
    {EVCP__RPC_FORMATION_VIOLATION, "FormationViolation"},
    {EVCP__RPC_FORMATION_VIOLATION, "FormatViolation"},
    {EVCP__RPC_PROPERTY_CONSTRAINT_VIOLATION, "PropertyConstraintViolation"},
    {EVCP__RPC_OCCURRENCE_CONSTRAINT_VIOLATION, "OccurenceConstraintViolation"},
    {EVCP__RPC_OCCURRENCE_CONSTRAINT_VIOLATION, "OccurrenceConstraintViolation"},
    {EVCP__RPC_TYPE_CONSTRAINT_VIOLATION, "TypeConstraintViolation"},
    {EVCP__RPC_GENERIC_ERROR, "GenericError"},
    {EVCP__RPC_MESSAGE_TYPE_NOT_SUPPORTED, "MessageTypeNotSupported"},
    {EVCP__RPC_RPC_FRAMEWORK_ERROR, "RpcFrameworkError"},
};

const char *evcp__rpc_code_name(enum evcp__rpc_code code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].code == code)
            return codes[i].name;
    }
    return "";
}

enum evcp__rpc_code evcp__rpc_code_from(const char *name)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(codes[i].name, name) == 0)
            return codes[i].code;
    }
    return EVCP__RPC_UNKNOWN_CODE;
}

enum evcp__rpc_code evcp__rpc_code_of(enum evcp__schema_fault fault)
{
    switch (fault) {
    case EVCP__SCHEMA_OK: return EVCP__RPC_OK;
    case EVCP__SCHEMA_FORMATION: return EVCP__RPC_FORMATION_VIOLATION;
    case EVCP__SCHEMA_OCCURRENCE: return EVCP__RPC_OCCURRENCE_CONSTRAINT_VIOLATION;
    case EVCP__SCHEMA_TYPE: return EVCP__RPC_TYPE_CONSTRAINT_VIOLATION;
    case EVCP__SCHEMA_PROPERTY: return EVCP__RPC_PROPERTY_CONSTRAINT_VIOLATION;
    }
    return EVCP__RPC_GENERIC_ERROR;
}

/* ---- UTF-8 ------------------------------------------------------------------------------- */

static bool is_tail(const char *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            return false;
    }
    return true;
}

/* Bytes of the character that starts here, 0 if it is none. NUL is none. */
static size_t character(const char *text, size_t left)
{
    if (left == 0)
        return 0;
    unsigned char lead = (unsigned char)text[0];
    if (lead < 0x80)
        return lead == 0 ? 0 : 1;
    size_t bytes = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (bytes == 0 || bytes > left || !is_tail(text, 1, bytes))
        return 0;
    unsigned char second = (unsigned char)text[1];
    bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    bool beyond = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
    return overlong || beyond ? 0 : bytes;
}

/* Length of the longest run of whole characters within `most` bytes, 0 if it is not UTF-8. */
static size_t cut(const char *text, size_t most)
{
    size_t length = strlen(text);
    size_t kept = 0;
    for (size_t at = 0; at < length;) {
        size_t bytes = character(text + at, length - at);
        if (bytes == 0)
            return 0;
        at += bytes;
        if (at <= most)
            kept = at;
    }
    return kept;
}

/* ---- scan -------------------------------------------------------------------------------- */

struct scan {
    const char *text;
    size_t length; /* what may be looked at */
    size_t at;
    size_t depth;
    size_t values;
    size_t values_max;
    size_t begin; /* of the element being scanned */
    struct {
        size_t begin, end;
    } elements[ELEMENTS_MAX];
    size_t count;      /* of elements that ended */
    const char *fault; /* NULL: none */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(const struct scan *scan, size_t at)
{
    while (at < scan->length && is_space(scan->text[at]))
        at++;
    return at;
}

static void end_element(struct scan *scan)
{
    bool blank = skip_space(scan, scan->begin) == scan->at;
    if (blank && scan->count == 0 && scan->text[scan->at] == ']')
        return; /* the empty array */
    if (scan->count < ELEMENTS_MAX) {
        scan->elements[scan->count].begin = scan->begin;
        scan->elements[scan->count].end = scan->at;
    }
    scan->count++;
    scan->begin = scan->at + 1;
}

static void scan_string(struct scan *scan)
{
    scan->at++;
    while (scan->at < scan->length && scan->text[scan->at] != '"') {
        size_t bytes = character(scan->text + scan->at, scan->length - scan->at);
        if (bytes == 0)
            return; /* the caller meets the same byte and names the fault */
        bool escape = scan->text[scan->at] == '\\';
        scan->at += escape && scan->at + 1 < scan->length ? 2 : bytes;
    }
    scan->at++;
}

static void count_value(struct scan *scan)
{
    if (++scan->values > scan->values_max)
        scan->fault = "too many values for the allowed length";
}

static void open_container(struct scan *scan)
{
    if (++scan->depth > EVCP__JSON_DEPTH_MAX)
        scan->fault = "nested too deeply";
    count_value(scan);
    scan->at++;
}

static void close_container(struct scan *scan)
{
    if (--scan->depth == 0) {
        if (scan->text[scan->at] != ']')
            scan->fault = "brackets do not match";
        else
            end_element(scan);
    }
    scan->at++;
}

static void scan_comma(struct scan *scan)
{
    count_value(scan);
    if (scan->depth == 1)
        end_element(scan);
    scan->at++;
}

static void scan_token(struct scan *scan)
{
    char c = scan->text[scan->at];
    if (c == '"')
        scan_string(scan);
    else if (c == '[' || c == '{')
        open_container(scan);
    else if (c == ']' || c == '}')
        close_container(scan);
    else if (c == ',')
        scan_comma(scan);
    else if (character(scan->text + scan->at, scan->length - scan->at) == 1)
        scan->at++;
    else
        scan->fault = "not UTF-8 text";
}

static struct scan scan_message(const char *text, size_t length, size_t length_max)
{
    struct scan scan = {.text = text, .length = length < length_max ? length : length_max};
    scan.values_max = length_max / EVCP__RPC_BYTES_PER_VALUE + EVCP__RPC_BYTES_PER_VALUE;
    scan.at = skip_space(&scan, 0);
    if (scan.at == scan.length || text[scan.at] != '[') {
        scan.fault = "not a JSON array";
        return scan;
    }
    open_container(&scan);
    scan.begin = scan.at;
    while (scan.fault == NULL && scan.depth > 0 && scan.at < scan.length)
        scan_token(&scan);
    if (length > length_max)
        scan.fault = "longer than the allowed length";
    else if (scan.fault == NULL && scan.depth > 0)
        scan.fault = "ends in the middle";
    else if (scan.fault == NULL && skip_space(&scan, scan.at) != scan.length)
        scan.fault = "something follows the message";
    return scan;
}

/* ---- parse ------------------------------------------------------------------------------- */

static const char out_of_memory[] = "out of memory";

/* The element's value, NULL if it is not there or cannot be read; *why then says so. */
static json_t *load(const struct scan *scan, size_t index, const char **why)
{
    if (index >= scan->count || index >= ELEMENTS_MAX) {
        *why = scan->fault != NULL ? scan->fault : "an element of the message is missing";
        return NULL;
    }
    json_error_t error;
    memset(&error, 0, sizeof error);
    size_t begin = scan->elements[index].begin;
    size_t bytes = scan->elements[index].end - begin;
    json_t *value = json_loadb(scan->text + begin, bytes, LOAD_FLAGS, &error);
    if (value != NULL)
        return value;
    if (error.text[0] == '\0' || json_error_code(&error) == json_error_out_of_memory)
        *why = out_of_memory;
    else if (json_error_code(&error) == json_error_duplicate_key)
        *why = "a field occurs twice";
    else if (json_error_code(&error) == json_error_numeric_overflow)
        *why = "a number is too large";
    else
        *why = "not valid JSON";
    return NULL;
}

/* The element's text, NULL if it is not a string; the message keeps it alive. */
static const char *load_text(const struct scan *scan, size_t index, struct evcp__rpc_message *out)
{
    json_t *value = load(scan, index, &out->text);
    if (value == NULL)
        return NULL;
    const char *text = json_string_value(value);
    if (text == NULL)
        out->text = "an element of the message is not a string";
    if (json_array_append_new(out->held, value) != 0) {
        out->text = out_of_memory;
        return NULL;
    }
    return text;
}

/* null stands for the empty object. */
static json_t *load_payload(const struct scan *scan, size_t index, const char **why)
{
    json_t *payload = load(scan, index, why);
    if (!json_is_null(payload))
        return payload;
    json_t *empty = json_object();
    if (empty == NULL)
        *why = out_of_memory;
    return empty;
}

static void bad_call(struct evcp__rpc_message *out, const char *why)
{
    out->kind = EVCP__RPC_BAD_CALL;
    out->text = why;
    out->code = why == out_of_memory ? EVCP__RPC_INTERNAL_ERROR : EVCP__RPC_FORMATION_VIOLATION;
}

/* Exactly four elements: what is wrong with a call must not be carried out. */
static void parse_call(const struct scan *scan, struct evcp__rpc_message *out)
{
    const char *id = load_text(scan, 1, out);
    if (id == NULL || strlen(id) > EVCP__RPC_ECHO_MAX)
        return; /* garbage: nothing to answer to */
    out->id = id;
    if (strlen(id) > EVCP__MESSAGE_ID_MAX) {
        bad_call(out, "the message id is longer than 36 characters");
        return;
    }
    const char *action = load_text(scan, 2, out);
    if (action == NULL || scan->fault != NULL) {
        bad_call(out, action == NULL ? out->text : scan->fault);
        return;
    }
    out->action = action;
    if (scan->count != 4) {
        bad_call(out, "a CALL has four elements: [2, id, action, payload]");
        return;
    }
    const char *why = "";
    out->payload = load_payload(scan, 3, &why);
    if (out->payload == NULL)
        bad_call(out, why);
    else
        out->kind = EVCP__RPC_CALL;
}

/* An answer is an answer: a missing payload is an empty one, and elements too many are passed
 * over. */
static void parse_result(const struct scan *scan, struct evcp__rpc_message *out)
{
    const char *id = load_text(scan, 1, out);
    if (id == NULL)
        return;
    out->id = id;
    out->kind = EVCP__RPC_BAD_RESULT;
    out->text = scan->fault != NULL ? scan->fault : "";
    if (scan->fault != NULL)
        return;
    if (scan->count > 2)
        out->payload = load_payload(scan, 2, &out->text);
    else if ((out->payload = json_object()) == NULL)
        out->text = out_of_memory;
    if (out->payload != NULL)
        out->kind = EVCP__RPC_RESULT;
}

/* Central systems that could not read an id answer with null, "" or "-1". The details are theirs
 * to read, so nothing is asked of them. */
static void parse_error(const struct scan *scan, struct evcp__rpc_message *out)
{
    if (scan->count < 2)
        return;
    const char *id = load_text(scan, 1, out);
    const char *code = load_text(scan, 2, out);
    const char *description = load_text(scan, 3, out);
    out->kind = EVCP__RPC_ERROR;
    out->id = id == NULL || strcmp(id, "-1") == 0 ? "" : id;
    out->code_text = code == NULL ? "" : code;
    out->code = evcp__rpc_code_from(out->code_text);
    out->text = description == NULL ? "" : description;
}

static void parse_kind(const struct scan *scan, struct evcp__rpc_message *out)
{
    json_t *type = load(scan, 0, &out->text);
    bool numbered = json_is_integer(type);
    json_int_t number = json_integer_value(type);
    json_decref(type);
    if (!numbered) {
        if (out->text[0] == '\0')
            out->text = "the message type is not an integer";
    } else if (number == 2) {
        parse_call(scan, out);
    } else if (number == 3) {
        parse_result(scan, out);
    } else if (number == 4) {
        parse_error(scan, out);
    } else {
        out->kind = EVCP__RPC_IGNORED;
        out->text = "unknown message type";
    }
}

void evcp__rpc_parse(const char *text, size_t length, size_t length_max,
                     struct evcp__rpc_message *out)
{
    *out = (struct evcp__rpc_message){
        .kind = EVCP__RPC_GARBAGE, .id = "", .action = "", .code_text = "", .text = ""};
    out->held = json_array();
    if (out->held == NULL) {
        out->text = out_of_memory;
        return;
    }
    struct scan scan = scan_message(text, length, length_max);
    parse_kind(&scan, out);
}

void evcp__rpc_release(struct evcp__rpc_message *message)
{
    json_decref(message->payload);
    json_decref(message->held);
    *message = (struct evcp__rpc_message){
        .kind = EVCP__RPC_GARBAGE, .id = "", .action = "", .code_text = "", .text = ""};
}

/* ---- compose ----------------------------------------------------------------------------- */

static json_t *begin(int type, const char *id)
{
    json_t *frame = json_array();
    if (frame == NULL)
        return NULL;
    if (json_array_append_new(frame, json_integer(type)) == 0 &&
        json_array_append_new(frame, json_string(id)) == 0)
        return frame;
    json_decref(frame);
    return NULL;
}

/* Writes the frame and gives it back; `complete` says whether all its elements are in. Most frames
 * are short: those are written once, longer ones a second time when their length is known. */
static char *finish(json_t *frame, bool complete, size_t *length)
{
    char brief[BRIEF_SIZE];
    size_t bytes = complete ? json_dumpb(frame, brief, sizeof brief, DUMP_FLAGS) : 0;
    char *text = bytes > 0 ? malloc(bytes + 1) : NULL;
    if (text != NULL && bytes <= sizeof brief) {
        memcpy(text, brief, bytes);
    } else if (text != NULL && json_dumpb(frame, text, bytes, DUMP_FLAGS) != bytes) {
        free(text);
        text = NULL;
    }
    if (text != NULL) {
        text[bytes] = '\0';
        *length = bytes;
    }
    json_decref(frame);
    return text;
}

char *evcp__rpc_call(const char *id, const char *action, json_t *payload, size_t *length)
{
    assert(strlen(id) <= EVCP__MESSAGE_ID_MAX);
    json_t *frame = begin(2, id);
    bool complete = json_array_append_new(frame, json_string(action)) == 0 &&
                    json_array_append(frame, payload) == 0;
    return finish(frame, complete, length);
}

char *evcp__rpc_result(const char *id, json_t *payload, size_t *length)
{
    json_t *frame = begin(3, id);
    return finish(frame, json_array_append(frame, payload) == 0, length);
}

char *evcp__rpc_error(const char *id, enum evcp__rpc_code code, const char *description,
                      size_t *length)
{
    assert(code > EVCP__RPC_OK && code <= EVCP__RPC_GENERIC_ERROR);
    if (description == NULL)
        description = "";
    json_t *text = json_stringn(description, cut(description, EVCP__ERROR_TEXT_MAX));
    json_t *frame = begin(4, id);
    bool complete = json_array_append_new(frame, json_string(evcp__rpc_code_name(code))) == 0;
    complete = json_array_append_new(frame, text) == 0 && complete;
    complete = json_array_append_new(frame, json_object()) == 0 && complete;
    return finish(frame, complete, length);
}
