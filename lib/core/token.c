/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens: from a reader's bytes to text, equality, and the default rules per type. A token that
 * does not fit is refused: a cut one would be somebody else's.
 */
#include "token.h"

#include <assert.h>
#include <string.h>

/*
 * What list (L), cache (C) and the unknown-id policy (U) may do without the central system.
 * An answer is cached only where C is set.
 */
#define L EVCP_RULE_LIST
#define C EVCP_RULE_CACHE
#define U EVCP_RULE_UNKNOWN
static const uint8_t default_rules[EVCP_TOKEN_TYPES] = {
    /* A card: what OCPP 1.6 was written for; the operator's keys decide. */
    [EVCP_TOKEN_UNKNOWN] = L | C | U,
    [EVCP_TOKEN_ISO14443] = L | C | U,
    [EVCP_TOKEN_ISO15693] = L | C | U,
    /* Sent in clear by any device that wants to: only what the operator listed on purpose. */
    [EVCP_TOKEN_VIN] = L,
    [EVCP_TOKEN_EVCCID] = L,
    [EVCP_TOKEN_MAC] = L,
    /* Backed by a contract certificate, so a past answer is worth something; but an unknown
     * contract is nobody's customer. */
    [EVCP_TOKEN_EMAID] = L | C,
    /* Can be guessed: an unknown code would be any code. */
    [EVCP_TOKEN_KEYCODE] = L | C,
    /* Chosen by the firmware and always the same: one answer holds for the next time, but without
     * any answer everybody at the pole would charge. */
    [EVCP_TOKEN_LOCAL] = L | C,
    /* The central system named it, usually a driver's card (OCTT TC_007_2 wants it from the
     * cache). It is checked because AuthorizeRemoteTxRequests asks for that: so not unknown. */
    [EVCP_TOKEN_CENTRAL] = L | C,
    /* A button identifies nobody. */
    [EVCP_TOKEN_NO_AUTHORIZATION] = EVCP_RULE_NONE,
};
#undef L
#undef C
#undef U

static bool printable(unsigned char c)
{
    return c >= 0x20 && c <= 0x7e;
}

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char to_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool type_exists(enum evcp_token_type type)
{
    return (unsigned)type < EVCP_TOKEN_TYPES;
}

int evcp__token_set(struct evcp_token *t, enum evcp_token_type type, const char *value)
{
    if (!type_exists(type) || !value || !*value)
        return EVCP_EINVAL;
    size_t length = 0;
    for (; value[length]; length++) {
        if (!printable((unsigned char)value[length]))
            return EVCP_EINVAL;
    }
    if (length > EVCP__ID_TOKEN_MAX)
        return EVCP_ETOOLONG;
    memset(t, 0, sizeof *t);
    t->type = type;
    memcpy(t->value, value, length);
    return EVCP_OK;
}

size_t evcp__token_fold(const char *value, char *out)
{
    size_t length = 0;
    for (; value[length]; length++) {
        assert(length < EVCP_TOKEN_MAX);
        out[length] = to_lower(value[length]);
    }
    out[length] = '\0';
    return length;
}

bool evcp__text_equal_ci(const char *a, const char *b)
{
    while (*a && to_lower(*a) == to_lower(*b)) {
        a++;
        b++;
    }
    return to_lower(*a) == to_lower(*b);
}

/* An idTag of the central system says nothing about what it was read from. */
static bool type_known(const struct evcp_token *t)
{
    return t->type != EVCP_TOKEN_UNKNOWN && t->type != EVCP_TOKEN_CENTRAL;
}

bool evcp__token_equal(const struct evcp_token *a, const struct evcp_token *b)
{
    if (type_known(a) && type_known(b) && a->type != b->type)
        return false;
    return evcp__text_equal_ci(a->value, b->value);
}

static bool is_hex(char c)
{
    c = to_lower(c);
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool evcp__token_is_random(const struct evcp_token *t)
{
    if (t->type != EVCP_TOKEN_ISO14443 && t->type != EVCP_TOKEN_UNKNOWN)
        return false;
    if (strlen(t->value) != 8 || strncmp(t->value, "08", 2) != 0)
        return false;
    for (const char *c = t->value; *c; c++) {
        if (!is_hex(*c))
            return false;
    }
    return true;
}

uint8_t evcp__token_rule(const uint8_t *rules, const struct evcp_token *t)
{
    if (!type_exists(t->type))
        return EVCP_RULE_NONE;
    if (rules && !(rules[t->type] & EVCP_RULE_DEFAULT))
        return rules[t->type];
    return evcp__token_is_random(t) ? EVCP_RULE_LIST : default_rules[t->type];
}

/* ---- making a token ---------------------------------------------------------------------- */

struct text {
    char chars[EVCP__ID_TOKEN_MAX + 1];
    size_t length;
    size_t limit;
};

static bool append(struct text *out, char c)
{
    if (out->length == out->limit)
        return false;
    out->chars[out->length++] = c;
    return true;
}

static int append_prefix(struct text *out, const char *prefix)
{
    for (; prefix && *prefix; prefix++) {
        if (!printable((unsigned char)*prefix))
            return EVCP_EINVAL;
        if (!append(out, *prefix))
            return EVCP_ETOOLONG;
    }
    return EVCP_OK;
}

static char cased(const struct evcp_token_format *f, char c)
{
    if (f->keep_case)
        return c;
    return f->lower_case ? to_lower(c) : to_upper(c);
}

static int append_byte(struct text *out, const struct evcp_token_format *f, uint8_t byte)
{
    static const char digits[] = "0123456789ABCDEF";
    if (f->text)
        return append(out, cased(f, (char)byte)) ? EVCP_OK : EVCP_ETOOLONG;
    bool fits =
        append(out, cased(f, digits[byte >> 4])) && append(out, cased(f, digits[byte & 15]));
    return fits ? EVCP_OK : EVCP_ETOOLONG;
}

/* Serial readers end a line, others fill a fixed buffer. */
static size_t trimmed(const uint8_t *bytes, size_t count)
{
    while (count > 0 && memchr("\r\n \t", bytes[count - 1], 5) != NULL) /* with the final NUL */
        count--;
    return count;
}

static bool all_printable(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!printable(bytes[i]))
            return false;
    }
    return true;
}

static int append_value(struct text *out, const struct evcp_token_format *f, const uint8_t *bytes,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int result = append_byte(out, f, bytes[f->reverse_bytes ? count - 1 - i : i]);
        if (result != EVCP_OK)
            return result;
    }
    return EVCP_OK;
}

int evcp_token_make(const struct evcp_token_format *format, enum evcp_token_type type,
                    const uint8_t *bytes, size_t count, struct evcp_token *token)
{
    static const struct evcp_token_format plain = {0};
    const struct evcp_token_format *f = format ? format : &plain;
    if (!bytes || !token || !type_exists(type))
        return EVCP_EINVAL;
    if (f->text)
        count = trimmed(bytes, count);
    if (count == 0 || (f->text && !all_printable(bytes, count)))
        return EVCP_EINVAL;
    struct text out = {.limit = EVCP__ID_TOKEN_MAX};
    if (f->max_length != 0 && f->max_length < EVCP__ID_TOKEN_MAX)
        out.limit = f->max_length;
    int result = append_prefix(&out, f->prefix);
    if (result == EVCP_OK)
        result = append_value(&out, f, bytes, count);
    return result == EVCP_OK ? evcp__token_set(token, type, out.chars) : result;
}
