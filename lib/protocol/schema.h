/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walker checks every message, both ways, against generated tables. A message that passed can
 * be trusted: every field has its type, its length and its range. Pure: no IO, no allocation.
 */
#ifndef EVCP_PROTOCOL_SCHEMA_H
#define EVCP_PROTOCOL_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#ifndef EVCP__MUST_CHECK
#define EVCP__MUST_CHECK __attribute__((warn_unused_result))
#endif

enum evcp__schema_side { EVCP__SCHEMA_REQUEST, EVCP__SCHEMA_RESPONSE };

enum evcp__schema_mode {
    EVCP__SCHEMA_STRICT,  /* requests, and everything that we send */
    EVCP__SCHEMA_TOLERANT /* received responses: fields that are not defined, and null for an
                             optional field, mean nothing and are passed over */
};

/* The verdict; the first fault found in the order of the message, missing fields last. */
enum evcp__schema_fault {
    EVCP__SCHEMA_OK,
    EVCP__SCHEMA_FORMATION,  /* not an object, or a field that is not defined */
    EVCP__SCHEMA_OCCURRENCE, /* a required field is missing, or a list is empty that may not be */
    EVCP__SCHEMA_TYPE,       /* wrong JSON type */
    EVCP__SCHEMA_PROPERTY    /* unknown enum member, too long, out of range, not a date-time */
};

struct evcp__schema_set; /* the messages of one protocol version */
struct evcp__schema;     /* one message */

extern const struct evcp__schema_set evcp__schema_ocpp16;

/* The message of an action, NULL if this version does not know the action. */
const struct evcp__schema *evcp__schema_find(const struct evcp__schema_set *set, const char *action,
                                             enum evcp__schema_side side);

/* Checks a payload. `path` receives the place of the fault, such as "csChargingProfiles.stackLevel"
 * or "localAuthorizationList[3].idTag", cut to `path_size` bytes, empty if there is none or if it
 * is the payload itself. */
EVCP__MUST_CHECK enum evcp__schema_fault evcp__schema_check(const struct evcp__schema *schema,
                                                            const json_t *payload,
                                                            enum evcp__schema_mode mode, char *path,
                                                            size_t path_size);

/* The CALLERROR code of a fault as OCPP 1.6 spells it; "" for OK. */
const char *evcp__schema_fault_code(enum evcp__schema_fault fault);

/* ---- the tables, as scripts/gen-schema writes them --------------------------------------- */

enum evcp__schema_type {
    EVCP__SCHEMA_STRING,   /* argument: most characters, 0 for no limit */
    EVCP__SCHEMA_ENUM,     /* argument: index of the enum */
    EVCP__SCHEMA_INTEGER,  /* 32 bits; argument: 0 any, else the least value + 1 */
    EVCP__SCHEMA_REGISTER, /* an integer of 64 bits */
    EVCP__SCHEMA_DECIMAL,  /* a multiple of 0.1 */
    EVCP__SCHEMA_BOOLEAN,  /* */
    EVCP__SCHEMA_DATETIME, /* RFC 3339; without an offset it is UTC */
    EVCP__SCHEMA_OBJECT    /* argument: index of the object */
};

enum evcp__schema_flag {
    EVCP__SCHEMA_REQUIRED = 1,
    EVCP__SCHEMA_LIST = 2,
    EVCP__SCHEMA_NOT_EMPTY = 4
};

struct evcp__schema_field {
    uint16_t name; /* offset in the text pool */
    uint16_t argument;
    uint8_t type;
    uint8_t flags;
};

/* A run of fields (of an object) or of members (of an enum). */
struct evcp__schema_range {
    uint16_t first;
    uint16_t count;
};

struct evcp__schema {
    const struct evcp__schema_set *set;
    uint16_t object;
};

struct evcp__schema_set {
    const char *text;                         /* every name once, each ended by a NUL */
    const struct evcp__schema_field *fields;  /* of all objects */
    const struct evcp__schema_range *objects; /* into fields */
    const uint16_t *members;                  /* of all enums, offsets in the text pool */
    const struct evcp__schema_range *enums;   /* into members */
    const uint16_t *actions;                  /* sorted by name, offsets in the text pool */
    const struct evcp__schema *messages;      /* request and response of each action */
    size_t action_count;
};

#endif
