/* SPDX-License-Identifier: Apache-2.0 */
/* Small JSON pieces of the OCPP 1.6 driver: fields, texts and times, in both directions. */
#include "ocpp16.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "datetime.h"
#include "iso8601.h"

static bool is_plain(char c)
{
    return c >= ' ' && c <= '~';
}

/* A byte of UTF-8 that belongs to the character before it. */
static bool continues_character(const char *text, const char *at)
{
    return ((unsigned char)*at & 0xC0) == 0x80 && at > text && (unsigned char)at[-1] >= 0x80;
}

bool evcp__ocpp16_is_plain(const json_t *string)
{
    const char *text = json_string_value(string);
    while (is_plain(*text))
        text++;
    return *text == '\0';
}

/* ---- reading ----------------------------------------------------------------------------- */

/* 0 means "without end" in the vocabulary, so the epoch itself moves by a millisecond. */
static int64_t read_expiry(const json_t *string)
{
    int64_t utc_ms = 0;
    if (!json_is_string(string) || !evcp__datetime_parse(json_string_value(string), &utc_ms))
        return 0;
    return utc_ms != 0 ? utc_ms : 1;
}

void evcp__ocpp16_read_info(const json_t *object, struct evcp__token_info *out)
{
    memset(out, 0, sizeof *out);
    out->status = evcp__ocpp16_auth_status(json_string_value(json_object_get(object, "status")));
    out->expiry_ms = read_expiry(json_object_get(object, "expiryDate"));
    const json_t *parent = json_object_get(object, "parentIdTag");
    /* A parent that is no CiString can equal no other one: without it the group is just empty. */
    if (json_is_string(parent) && evcp__ocpp16_is_plain(parent)) {
        assert(json_string_length(parent) < sizeof out->parent);
        memcpy(out->parent, json_string_value(parent), json_string_length(parent) + 1);
    }
}

/* ---- writing ----------------------------------------------------------------------------- */

bool evcp__ocpp16_put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new_nocheck(object, name, value) == 0;
}

json_t *evcp__ocpp16_finish(json_t *object, bool good)
{
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

/* Copies at most `most` characters; one "?" for each that is not printable ASCII. */
static size_t make_plain(const char *text, size_t most, char *out)
{
    size_t used = 0;
    for (const char *at = text; *at != '\0' && used < most; at++) {
        if (is_plain(*at))
            out[used++] = *at;
        else if (!continues_character(text, at))
            out[used++] = '?';
    }
    return used;
}

json_t *evcp__ocpp16_cistring(const char *text, size_t most)
{
    char plain[EVCP__VENDOR_ID_MAX];
    assert(most <= sizeof plain);
    return json_stringn_nocheck(plain, make_plain(text, most, plain));
}

json_t *evcp__ocpp16_text(const char *text)
{
    json_t *string = json_string(text);
    if (string != NULL)
        return string;
    char *plain = malloc(strlen(text) + 1);
    if (plain == NULL)
        return NULL;
    string = json_stringn_nocheck(plain, make_plain(text, strlen(text), plain));
    free(plain);
    return string;
}

json_t *evcp__ocpp16_datetime(int64_t utc_ms)
{
    char text[EVCP__ISO8601_SIZE];
    return json_string_nocheck(evcp__iso8601_format(utc_ms, text));
}
