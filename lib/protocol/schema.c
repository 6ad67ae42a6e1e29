/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walker over the message tables. It follows the payload, never the tables, so that its depth
 * is bounded by the tables and its work by the size of the payload.
 */
#include "schema.h"

#include <assert.h>
#include <float.h>
#include <stdbool.h>
#include <string.h>

#include "datetime.h"

/* One step on the way from the payload to the value being checked. */
struct step {
    const struct step *parent;
    const char *key; /* NULL: an element of a list */
    size_t index;
};

struct walk {
    const struct evcp__schema_set *set;
    enum evcp__schema_mode mode;
    char *path;
    size_t path_size;
};

static enum evcp__schema_fault check_object(const struct walk *walk, uint16_t object,
                                            const json_t *value, const struct step *at);

/* ---- the path of a fault ----------------------------------------------------------------- */

/* Names that are not defined come from outside: what is not printable ASCII becomes '?'. */
static size_t append(const struct walk *walk, size_t used, const char *text)
{
    for (; *text != '\0' && used + 1 < walk->path_size; text++)
        walk->path[used++] = *text >= ' ' && *text <= '~' ? *text : '?';
    walk->path[used] = '\0';
    return used;
}

static size_t append_index(const struct walk *walk, size_t used, size_t index)
{
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    digits[--at] = ']';
    do {
        digits[--at] = (char)('0' + index % 10);
        index /= 10;
    } while (index > 0);
    digits[--at] = '[';
    return append(walk, used, &digits[at]);
}

static size_t render(const struct walk *walk, const struct step *at)
{
    if (at == NULL)
        return 0;
    size_t used = render(walk, at->parent);
    if (at->key == NULL)
        return append_index(walk, used, at->index);
    return append(walk, append(walk, used, used > 0 ? "." : ""), at->key);
}

static enum evcp__schema_fault fault_at(const struct walk *walk, const struct step *at,
                                        enum evcp__schema_fault fault)
{
    render(walk, at);
    return fault;
}

/* ---- single values ----------------------------------------------------------------------- */

static bool longer_than(const json_t *string, size_t most)
{
    size_t bytes = json_string_length(string);
    if (bytes <= most)
        return false;
    const char *text = json_string_value(string);
    size_t characters = 0;
    for (size_t i = 0; i < bytes; i++)
        characters += ((unsigned char)text[i] & 0xC0) != 0x80;
    return characters > most;
}

static enum evcp__schema_fault check_string(const struct evcp__schema_field *field,
                                            const json_t *value)
{
    if (!json_is_string(value))
        return EVCP__SCHEMA_TYPE;
    if (field->argument > 0 && longer_than(value, field->argument))
        return EVCP__SCHEMA_PROPERTY;
    return EVCP__SCHEMA_OK;
}

static enum evcp__schema_fault check_enum(const struct evcp__schema_set *set,
                                          const struct evcp__schema_field *field,
                                          const json_t *value)
{
    if (!json_is_string(value))
        return EVCP__SCHEMA_TYPE;
    const struct evcp__schema_range *range = &set->enums[field->argument];
    for (size_t i = range->first; i < (size_t)range->first + range->count; i++) {
        if (strcmp(set->text + set->members[i], json_string_value(value)) == 0)
            return EVCP__SCHEMA_OK;
    }
    return EVCP__SCHEMA_PROPERTY;
}

/* The standard's integer is the xs:int of its SOAP form: 32 bits. Energy registers are exempt:
 * a fast charger's lifetime counter in Wh passes 2^31, and its transactions have to arrive. */
static enum evcp__schema_fault check_integer(const struct evcp__schema_field *field,
                                             const json_t *value)
{
    if (!json_is_integer(value))
        return EVCP__SCHEMA_TYPE;
    json_int_t number = json_integer_value(value);
    json_int_t least = field->argument > 0 ? field->argument - 1 : INT32_MIN;
    return number < least || number > INT32_MAX ? EVCP__SCHEMA_PROPERTY : EVCP__SCHEMA_OK;
}

/* 8.1 is not a multiple of 0.1 in binary: a few rounding errors are forgiven. */
static bool is_tenths(double number)
{
    double tenths = number < 0 ? -number * 10 : number * 10;
    if (tenths >= 1.0 / DBL_EPSILON)
        return true; /* no fraction is left at this size */
    double off = tenths - (double)(int64_t)(tenths + 0.5);
    double slack = 16 * DBL_EPSILON * (tenths > 1 ? tenths : 1);
    return off <= slack && -off <= slack;
}

static enum evcp__schema_fault check_decimal(const json_t *value)
{
    if (!json_is_number(value))
        return EVCP__SCHEMA_TYPE;
    return is_tenths(json_number_value(value)) ? EVCP__SCHEMA_OK : EVCP__SCHEMA_PROPERTY;
}

static enum evcp__schema_fault check_datetime(const json_t *value)
{
    if (!json_is_string(value))
        return EVCP__SCHEMA_TYPE;
    int64_t utc_ms;
    bool good = evcp__datetime_parse(json_string_value(value), &utc_ms);
    return good ? EVCP__SCHEMA_OK : EVCP__SCHEMA_PROPERTY;
}

static enum evcp__schema_fault check_value(const struct walk *walk,
                                           const struct evcp__schema_field *field,
                                           const json_t *value)
{
    switch ((enum evcp__schema_type)field->type) {
    case EVCP__SCHEMA_STRING: return check_string(field, value);
    case EVCP__SCHEMA_ENUM: return check_enum(walk->set, field, value);
    case EVCP__SCHEMA_INTEGER: return check_integer(field, value);
    case EVCP__SCHEMA_REGISTER: return json_is_integer(value) ? EVCP__SCHEMA_OK : EVCP__SCHEMA_TYPE;
    case EVCP__SCHEMA_DECIMAL: return check_decimal(value);
    case EVCP__SCHEMA_BOOLEAN: return json_is_boolean(value) ? EVCP__SCHEMA_OK : EVCP__SCHEMA_TYPE;
    case EVCP__SCHEMA_DATETIME: return check_datetime(value);
    case EVCP__SCHEMA_OBJECT: break;
    }
    assert(field->type != EVCP__SCHEMA_OBJECT); /* objects are walked */
    return EVCP__SCHEMA_TYPE;
}

/* ---- structure --------------------------------------------------------------------------- */

static enum evcp__schema_fault check_one(const struct walk *walk,
                                         const struct evcp__schema_field *field,
                                         const json_t *value, const struct step *at)
{
    if (field->type == EVCP__SCHEMA_OBJECT) {
        if (!json_is_object(value))
            return fault_at(walk, at, EVCP__SCHEMA_TYPE);
        return check_object(walk, field->argument, value, at);
    }
    enum evcp__schema_fault fault = check_value(walk, field, value);
    return fault == EVCP__SCHEMA_OK ? fault : fault_at(walk, at, fault);
}

static enum evcp__schema_fault check_list(const struct walk *walk,
                                          const struct evcp__schema_field *field,
                                          const json_t *list, const struct step *at)
{
    if (!json_is_array(list))
        return fault_at(walk, at, EVCP__SCHEMA_TYPE);
    if (json_array_size(list) == 0 && (field->flags & EVCP__SCHEMA_NOT_EMPTY) != 0)
        return fault_at(walk, at, EVCP__SCHEMA_OCCURRENCE);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct step here = {at, NULL, i};
        enum evcp__schema_fault fault = check_one(walk, field, json_array_get(list, i), &here);
        if (fault != EVCP__SCHEMA_OK)
            return fault;
    }
    return EVCP__SCHEMA_OK;
}

static const struct evcp__schema_field *find_field(const struct evcp__schema_set *set,
                                                   uint16_t object, const char *name)
{
    const struct evcp__schema_range *range = &set->objects[object];
    for (size_t i = range->first; i < (size_t)range->first + range->count; i++) {
        if (strcmp(set->text + set->fields[i].name, name) == 0)
            return &set->fields[i];
    }
    return NULL;
}

static bool passed_over(const struct walk *walk, const struct evcp__schema_field *field,
                        const json_t *value)
{
    if (walk->mode != EVCP__SCHEMA_TOLERANT)
        return false;
    return field == NULL || (json_is_null(value) && (field->flags & EVCP__SCHEMA_REQUIRED) == 0);
}

static enum evcp__schema_fault check_member(const struct walk *walk, uint16_t object,
                                            const json_t *value, const struct step *at)
{
    const struct evcp__schema_field *field = find_field(walk->set, object, at->key);
    if (passed_over(walk, field, value))
        return EVCP__SCHEMA_OK;
    if (field == NULL)
        return fault_at(walk, at, EVCP__SCHEMA_FORMATION);
    if ((field->flags & EVCP__SCHEMA_LIST) != 0)
        return check_list(walk, field, value, at);
    return check_one(walk, field, value, at);
}

static enum evcp__schema_fault check_presence(const struct walk *walk, uint16_t object,
                                              const json_t *value, const struct step *at)
{
    const struct evcp__schema_range *range = &walk->set->objects[object];
    for (size_t i = range->first; i < (size_t)range->first + range->count; i++) {
        const struct evcp__schema_field *field = &walk->set->fields[i];
        struct step missing = {at, walk->set->text + field->name, 0};
        if ((field->flags & EVCP__SCHEMA_REQUIRED) != 0 &&
            json_object_get(value, missing.key) == NULL)
            return fault_at(walk, &missing, EVCP__SCHEMA_OCCURRENCE);
    }
    return EVCP__SCHEMA_OK;
}

static enum evcp__schema_fault check_object(const struct walk *walk, uint16_t object,
                                            const json_t *value, const struct step *at)
{
    json_t *members = (json_t *)(uintptr_t)value; /* the iterator only reads */
    const char *key;
    json_t *member;
    json_object_foreach(members, key, member)
    {
        struct step here = {at, key, 0};
        enum evcp__schema_fault fault = check_member(walk, object, member, &here);
        if (fault != EVCP__SCHEMA_OK)
            return fault;
    }
    return check_presence(walk, object, value, at);
}

/* ---- interface --------------------------------------------------------------------------- */

const struct evcp__schema *evcp__schema_find(const struct evcp__schema_set *set, const char *action,
                                             enum evcp__schema_side side)
{
    size_t low = 0;
    size_t high = set->action_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(action, set->text + set->actions[middle]);
        if (order == 0)
            return &set->messages[2 * middle + (side == EVCP__SCHEMA_RESPONSE ? 1 : 0)];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

enum evcp__schema_fault evcp__schema_check(const struct evcp__schema *schema, const json_t *payload,
                                           enum evcp__schema_mode mode, char *path,
                                           size_t path_size)
{
    assert(schema != NULL && path != NULL && path_size > 0);
    path[0] = '\0';
    if (!json_is_object(payload))
        return EVCP__SCHEMA_FORMATION;
    struct walk walk = {schema->set, mode, path, path_size};
    return check_object(&walk, schema->object, payload, NULL);
}

const char *evcp__schema_fault_code(enum evcp__schema_fault fault)
{
    switch (fault) {
    case EVCP__SCHEMA_OK: return "";
    case EVCP__SCHEMA_FORMATION: return "FormationViolation";
    case EVCP__SCHEMA_OCCURRENCE: return "OccurenceConstraintViolation";
    case EVCP__SCHEMA_TYPE: return "TypeConstraintViolation";
    case EVCP__SCHEMA_PROPERTY: return "PropertyConstraintViolation";
    }
    return "";
}
