/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the values of configuration keys. Strict, because a misread value changes how people
 * are charged: what is not plainly legal is refused as a whole and the old value stays.
 */
#include "settings_value.h"

#include <assert.h>
#include <string.h>

#include "measurand.h"
#include "token.h"

#define ROTATION_ITEMS (EVCP__CONNECTORS_MAX + 1)

struct piece {
    const char *at;
    size_t length;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

size_t evcp__value_digits(uint32_t number, char *out)
{
    char reversed[10];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    for (size_t i = 0; i < count; i++)
        out[i] = reversed[count - 1 - i];
    out[count] = '\0';
    return count;
}

static bool append(struct evcp__value *out, const char *text, size_t length)
{
    size_t used = strlen(out->text);
    if (length > EVCP__VALUE_MAX - used)
        return false;
    memcpy(out->text + used, text, length);
    out->text[used + length] = '\0';
    return true;
}

static bool append_item(struct evcp__value *out, const char *text, size_t length)
{
    return (!*out->text || append(out, ",", 1)) && append(out, text, length);
}

/* ---- plain values ------------------------------------------------------------------------ */

static bool read_boolean(const char *text, struct evcp__value *out)
{
    bool on = evcp__text_equal_ci(text, "true");
    if (!on && !evcp__text_equal_ci(text, "false"))
        return false;
    out->number = on;
    return append(out, on ? "true" : "false", on ? 4 : 5);
}

static bool read_digits(struct piece p, int32_t *number)
{
    int64_t sum = 0;
    for (size_t i = 0; i < p.length; i++) {
        if (!is_digit(p.at[i]))
            return false;
        sum = sum * 10 + (p.at[i] - '0');
        if (sum > INT32_MAX)
            return false;
    }
    *number = (int32_t)sum;
    return p.length > 0;
}

/* No key has a negative range, so that a sign is never legal. */
static bool read_integer(const struct evcp__setting_row *row, const char *text,
                         struct evcp__value *out)
{
    if (!read_digits((struct piece){text, strlen(text)}, &out->number))
        return false;
    if (out->number < row->min || out->number > row->max)
        return false;
    evcp__value_digits((uint32_t)out->number, out->text);
    return true;
}

static bool read_hex(const struct evcp__setting_row *row, const char *text, struct evcp__value *out)
{
    size_t length = strlen(text);
    if (length < (size_t)row->min || length > (size_t)row->max || length % 2 != 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_hex(text[i]))
            return false;
    }
    return append(out, text, length);
}

/* ---- lists ------------------------------------------------------------------------------- */

static struct piece trimmed(const char *at, size_t length)
{
    while (length > 0 && *at == ' ') {
        at++;
        length--;
    }
    while (length > 0 && at[length - 1] == ' ')
        length--;
    return (struct piece){at, length};
}

/* Cuts the next piece off *rest; false at the end. */
static bool next_piece(const char **rest, char separator, struct piece *out)
{
    if (!*rest)
        return false;
    const char *end = strchr(*rest, separator);
    *out = trimmed(*rest, end ? (size_t)(end - *rest) : strlen(*rest));
    *rest = end ? end + 1 : NULL;
    return true;
}

static bool is_blank(const char *text)
{
    return trimmed(text, strlen(text)).length == 0;
}

static bool piece_is(struct piece p, const char *word)
{
    char text[16];
    if (p.length >= sizeof text)
        return false;
    memcpy(text, p.at, p.length);
    text[p.length] = '\0';
    return evcp__text_equal_ci(text, word);
}

static bool read_choice(const struct evcp__setting_row *row, const char *text,
                        struct evcp__value *out)
{
    const char *rest = row->fallback;
    struct piece word, given = {text, strlen(text)};
    while (next_piece(&rest, '|', &word)) {
        char name[16];
        assert(word.length < sizeof name);
        memcpy(name, word.at, word.length);
        name[word.length] = '\0';
        if (piece_is(given, name))
            return append(out, name, word.length);
    }
    return false;
}

/* ---- measurands (9.1.15 to 9.1.28, METER-15, METER-16) ----------------------------------- */

static bool has_phases(uint8_t measurand)
{
    return measurand != EVCP_SOC && measurand != EVCP_RPM && measurand != EVCP_TEMPERATURE;
}

static bool reportable(const struct evcp__value_scope *scope, struct evcp__measurand_item item)
{
    uint32_t bit = UINT32_C(1) << item.measurand;
    if (item.phase == EVCP_PHASE_NONE)
        return scope->measurands & bit;
    return has_phases(item.measurand) && (scope->by_phase & bit);
}

static bool listed(const struct evcp__value *out, struct evcp__measurand_item item)
{
    for (size_t i = 0; i < out->item_count; i++) {
        if (out->items[i].measurand == item.measurand && out->items[i].phase == item.phase)
            return true;
    }
    return false;
}

static bool read_measurand(const struct evcp__value_scope *scope, struct piece p,
                           struct evcp__value *out)
{
    struct evcp__measurand_item item;
    if (!evcp__measurand_parse(p.at, p.length, &item.measurand, &item.phase))
        return false;
    if (!reportable(scope, item) || listed(out, item))
        return false;
    if (out->item_count == EVCP__MEASURAND_ITEMS)
        return false;
    out->items[out->item_count++] = item;
    return append_item(out, p.at, p.length);
}

static bool read_measurands(const struct evcp__value_scope *scope, const char *text,
                            struct evcp__value *out)
{
    struct piece p;
    const char *rest = is_blank(text) ? NULL : text;
    while (next_piece(&rest, ',', &p)) {
        if (!read_measurand(scope, p, out))
            return false;
    }
    return true;
}

/* ---- phase rotation (9.1.7, METER-25) ---------------------------------------------------- */

static const char *rotation_of(struct piece p)
{
    static const char *const rotations[] = {"NotApplicable", "Unknown", "RST", "RTS",
                                            "SRT",           "STR",     "TRS", "TSR"};
    for (size_t i = 0; i < sizeof rotations / sizeof *rotations; i++) {
        if (piece_is(p, rotations[i]))
            return rotations[i];
    }
    return NULL;
}

/* "2.RST"; `seen` has a bool per connector, 0 is the charge point's own meter. */
static bool read_rotation_item(const struct evcp__value_scope *scope, struct piece p, bool *seen,
                               struct evcp__value *out)
{
    const char *dot = memchr(p.at, '.', p.length);
    int32_t connector;
    if (!dot || !read_digits((struct piece){p.at, (size_t)(dot - p.at)}, &connector))
        return false;
    const char *rotation =
        rotation_of((struct piece){dot + 1, p.length - (size_t)(dot - p.at) - 1});
    if (!rotation || connector > scope->connectors || seen[connector])
        return false;
    seen[connector] = true;
    char digits[11];
    size_t length = evcp__value_digits((uint32_t)connector, digits);
    return append_item(out, digits, length) && append(out, ".", 1) &&
           append(out, rotation, strlen(rotation));
}

static bool read_rotation(const struct evcp__value_scope *scope, const char *text,
                          struct evcp__value *out)
{
    bool seen[ROTATION_ITEMS] = {false};
    struct piece p;
    const char *rest = is_blank(text) ? NULL : text;
    while (next_piece(&rest, ',', &p)) {
        if (!read_rotation_item(scope, p, seen, out))
            return false;
    }
    return true;
}

/* ---- any --------------------------------------------------------------------------------- */

bool evcp__value_read(const struct evcp__setting_row *row, const struct evcp__value_scope *scope,
                      const char *text, struct evcp__value *out)
{
    assert(scope->connectors <= EVCP__CONNECTORS_MAX);
    memset(out, 0, sizeof *out);
    if (strlen(text) > EVCP__VALUE_MAX)
        return false;
    switch (row->kind) {
    case EVCP__VALUE_BOOLEAN: return read_boolean(text, out);
    case EVCP__VALUE_INTEGER: return read_integer(row, text, out);
    case EVCP__VALUE_MEASURANDS: return read_measurands(scope, text, out);
    case EVCP__VALUE_ROTATION: return read_rotation(scope, text, out);
    case EVCP__VALUE_CHOICE: return read_choice(row, text, out);
    case EVCP__VALUE_HEX: return read_hex(row, text, out);
    case EVCP__VALUE_TEXT: return append(out, text, strlen(text));
    }
    return false;
}
