/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the payload of a CALL against a table of its fields. */
#include "payload.h"

#include "timestamp.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool check_object(const struct field *fields, const json_t *object, struct verdict *verdict);

__attribute__((format(printf, 3, 4))) static bool refuse(struct verdict *verdict, const char *code,
                                                         const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(verdict->text, sizeof verdict->text, format, values);
    va_end(values);
    verdict->code = code;
    return false;
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80 ? 1 : 0;
    }
    return count;
}

static bool is_one_of(const char *const *words, const char *text)
{
    for (; *words != NULL; words++) {
        if (strcmp(*words, text) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_text(const struct field *field, const json_t *value, struct verdict *verdict)
{
    const char *text = json_string_value(value);
    if (text == NULL) {
        return refuse(verdict, "TypeConstraintViolation", "%s must be a string", field->name);
    }
    if (field->longest != 0 && characters(text) > field->longest) {
        return refuse(verdict, "PropertyConstraintViolation",
                      "%s must not have more than %zu characters", field->name, field->longest);
    }
    if (field->words != NULL && !is_one_of(field->words, text)) {
        return refuse(verdict, "PropertyConstraintViolation", "%s does not allow '%.60s'",
                      field->name, text);
    }
    return true;
}

static bool check_date(const struct field *field, const json_t *value, struct verdict *verdict)
{
    int64_t ignored;
    const char *text = json_string_value(value);
    if (text == NULL) {
        return refuse(verdict, "TypeConstraintViolation", "%s must be a string", field->name);
    }
    return timestamp_parse(text, &ignored) ||
           refuse(verdict, "PropertyConstraintViolation", "%s is not a dateTime: '%.60s'",
                  field->name, text);
}

static bool check_list(const struct field *field, const json_t *value, struct verdict *verdict)
{
    size_t i;
    json_t *item;
    if (!json_is_array(value)) {
        return refuse(verdict, "TypeConstraintViolation", "%s must be a list", field->name);
    }
    if (field->required && json_array_size(value) == 0) {
        return refuse(verdict, "OccurenceConstraintViolation", "%s must not be empty", field->name);
    }
    json_array_foreach(value, i, item)
    {
        if (!json_is_object(item)) {
            return refuse(verdict, "TypeConstraintViolation", "%s must hold objects", field->name);
        }
        if (!check_object(field->items, item, verdict)) {
            return false;
        }
    }
    return true;
}

static bool check_value(const struct field *field, const json_t *value, struct verdict *verdict)
{
    switch (field->kind) {
    case FIELD_TEXT: return check_text(field, value, verdict);
    case FIELD_DATE: return check_date(field, value, verdict);
    case FIELD_LIST: return check_list(field, value, verdict);
    case FIELD_INTEGER:
        return json_is_integer(value) ||
               refuse(verdict, "TypeConstraintViolation", "%s must be an integer", field->name);
    }
    return false;
}

static bool is_known(const struct field *fields, const char *name)
{
    for (; fields->name != NULL; fields++) {
        if (strcmp(fields->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Only noted: real charge points add members of their own. */
static void note_unknown(const struct field *fields, const json_t *object, struct verdict *verdict)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (!is_known(fields, name)) {
            snprintf(verdict->text, sizeof verdict->text, "OCPP knows no member '%.60s' here",
                     name);
        }
    }
}

static bool check_object(const struct field *fields, const json_t *object, struct verdict *verdict)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        const json_t *value = json_object_get(object, field->name);
        if (value == NULL && field->required) {
            return refuse(verdict, "OccurenceConstraintViolation", "%s is missing", field->name);
        }
        if (value != NULL && !check_value(field, value, verdict)) {
            return false;
        }
    }
    note_unknown(fields, object, verdict);
    return true;
}

struct verdict payload_check(const struct field *fields, const json_t *payload)
{
    struct verdict verdict = {NULL, ""};
    if (json_is_object(payload)) {
        check_object(fields, payload, &verdict);
    } else {
        refuse(&verdict, "FormationViolation", "the payload must be an object");
    }
    return verdict;
}
