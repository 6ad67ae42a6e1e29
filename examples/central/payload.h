/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the payload of a CALL against a table of its fields. */
#ifndef CENTRAL_PAYLOAD_H
#define CENTRAL_PAYLOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define PAYLOAD_TEXT_SIZE 200

enum field_kind { FIELD_TEXT, FIELD_INTEGER, FIELD_DATE, FIELD_LIST };

struct field {
    const char *name; /* NULL ends a table */
    enum field_kind kind;
    bool required;
    size_t longest;            /* of a text, in characters; 0: any */
    const char *const *words;  /* allowed texts, ended by NULL; NULL: any */
    const struct field *items; /* of a list of objects */
};

/* code: the OCPP-J error code to answer with, NULL if the payload is good.
 * text: what is wrong; also set for a good payload with a member that OCPP does not know. */
struct verdict {
    const char *code;
    char text[PAYLOAD_TEXT_SIZE];
};

struct verdict payload_check(const struct field *fields, const json_t *payload);

#endif
