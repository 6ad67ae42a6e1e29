/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary of the core: what goes in (events), what comes out (effects), and the facts that
 * are told to the central system. No wire format, no hardware, no store in here. The domain is
 * shaped like OCPP 2.0.1; protocol drivers fold it to their version.
 */
#ifndef EVCP_CORE_TYPES_H
#define EVCP_CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <evcp/evcp.h>

#include "limits.h"

#define EVCP__MUST_CHECK __attribute__((warn_unused_result))

/* The moment of a step. */
struct evcp__now {
    uint64_t mono_ms; /* since power-on, never goes back */
    int64_t wall_ms;  /* the system's UTC clock; 0: not set */
};

/* When something happened; becomes UTC when the clock is known, also afterwards. */
struct evcp__stamp {
    uint32_t boot; /* boot number that mono_ms belongs to */
    uint64_t mono_ms;
    int64_t utc_ms; /* 0: was not known then */
};

/* What is known about a token (IdTagInfo, OCPP 1.6 7.27). */
struct evcp__token_info {
    enum evcp_auth_status status;
    int64_t expiry_ms;               /* 0: without end */
    char parent[EVCP_TOKEN_MAX + 1]; /* empty: none */
};

/* ---- facts: what is told to the central system ------------------------------------------- */

enum evcp__fact_kind {
    EVCP__FACT_BOOT,
    EVCP__FACT_HEARTBEAT,
    EVCP__FACT_STATUS,
    EVCP__FACT_AUTHORIZE,
    EVCP__FACT_STARTED,
    EVCP__FACT_UPDATED, /* meter values */
    EVCP__FACT_ENDED,
    EVCP__FACT_KINDS
};

/* Context of meter values (OCPP 1.6 7.35 ReadingContext). */
enum evcp__context {
    EVCP__CONTEXT_PERIODIC,
    EVCP__CONTEXT_CLOCK,
    EVCP__CONTEXT_BEGIN,
    EVCP__CONTEXT_END,
    EVCP__CONTEXT_TRIGGER,
    EVCP__CONTEXT_INTERRUPTION_BEGIN,
    EVCP__CONTEXT_INTERRUPTION_END,
    EVCP__CONTEXT_OTHER
};

/* Readings of one instant. */
struct evcp__meter_value {
    int64_t utc_ms;
    enum evcp__context context;
    const struct evcp_sample *samples;
    size_t count;
};

struct evcp__fact {
    enum evcp__fact_kind kind;
    char id[EVCP__MESSAGE_ID_MAX + 1]; /* message id: the same for every retry */
    uint16_t connector;
    int64_t utc_ms;               /* of the event, not of the sending */
    struct evcp_token token;      /* AUTHORIZE, STARTED; ENDED: empty value if none */
    int64_t meter_wh;             /* STARTED, ENDED */
    bool in_transaction;          /* UPDATED: belongs to a transaction */
    int32_t transaction_id;       /* UPDATED, ENDED: the central system's, -1: never told */
    enum evcp_stop_reason reason; /* ENDED */
    enum evcp_status status;      /* STATUS */
    struct evcp_fault fault;      /* STATUS: error_code etc.; code may be NO_ERROR */
    const struct evcp__meter_value *values; /* UPDATED, ENDED */
    size_t value_count;
    const struct evcp_config *identity; /* BOOT */
};

/* ---- requests of the central system and our replies -------------------------------------- */

enum evcp__request_kind {
    EVCP__REQ_CHANGE_AVAILABILITY,
    EVCP__REQ_CHANGE_SETTING,
    EVCP__REQ_CLEAR_CACHE,
    EVCP__REQ_DATA_TRANSFER,
    EVCP__REQ_GET_SETTINGS,
    EVCP__REQ_GET_LIST_VERSION,
    EVCP__REQ_REMOTE_START,
    EVCP__REQ_REMOTE_STOP,
    EVCP__REQ_RESET,
    EVCP__REQ_SEND_LIST,
    EVCP__REQ_TRIGGER,
    EVCP__REQ_UNLOCK,
    EVCP__REQ_KINDS
};

enum evcp__trigger {
    EVCP__TRIGGER_BOOT,
    EVCP__TRIGGER_HEARTBEAT,
    EVCP__TRIGGER_METER_VALUES,
    EVCP__TRIGGER_STATUS,
    EVCP__TRIGGER_UNSUPPORTED /* a message of a profile that is not there yet */
};

/* One entry of SendLocalList. */
struct evcp__list_entry {
    const char *id_tag; /* at most EVCP__ID_TOKEN_MAX characters */
    bool has_info;      /* false: delete it */
    struct evcp__token_info info;
};

/* Entry `index` of the request's list; the schema was checked before. */
typedef void evcp__list_entry_at(const void *list, size_t index, struct evcp__list_entry *out);

struct evcp__request {
    enum evcp__request_kind kind;
    char id[EVCP__MESSAGE_ID_MAX + 1]; /* of the CALL: the reply repeats it */
    bool has_connector;
    int32_t connector;       /* as received: may be out of range */
    bool on;                 /* CHANGE_AVAILABILITY: operative; RESET: hard; SEND_LIST: full */
    const char *key;         /* CHANGE_SETTING; DATA_TRANSFER: messageId or NULL */
    const char *value;       /* CHANGE_SETTING; DATA_TRANSFER: data or NULL */
    const char *vendor;      /* DATA_TRANSFER */
    const char *const *keys; /* GET_SETTINGS */
    size_t key_count;
    struct evcp_token token;    /* REMOTE_START */
    int32_t number;             /* REMOTE_STOP: transactionId; SEND_LIST: listVersion */
    enum evcp__trigger trigger; /* TRIGGER */
    const void *list;           /* SEND_LIST */
    size_t list_count;
    evcp__list_entry_at *list_at;
};

enum evcp__outcome {
    EVCP__OUT_ACCEPTED,
    EVCP__OUT_REJECTED,
    EVCP__OUT_SCHEDULED,
    EVCP__OUT_NOT_SUPPORTED,
    EVCP__OUT_NOT_IMPLEMENTED,
    EVCP__OUT_REBOOT_REQUIRED,
    EVCP__OUT_FAILED,
    EVCP__OUT_VERSION_MISMATCH,
    EVCP__OUT_UNLOCKED,
    EVCP__OUT_UNLOCK_FAILED,
    EVCP__OUT_UNKNOWN_VENDOR_ID,
    EVCP__OUT_UNKNOWN_MESSAGE_ID
};

struct evcp__setting_view {
    char key[EVCP__KEY_MAX + 1];
    const char *value; /* NULL: not readable */
    bool readonly;
};

/* Refusals of the message itself: CALLERROR codes, version-neutral. */
enum evcp__refusal {
    EVCP__REFUSE_NONE,
    EVCP__REFUSE_INTERNAL,            /* InternalError */
    EVCP__REFUSE_PROPERTY_CONSTRAINT, /* PropertyConstraintViolation */
    EVCP__REFUSE_OCCURRENCE           /* OccurenceConstraintViolation */
};

struct evcp__reply {
    enum evcp__request_kind kind;
    char id[EVCP__MESSAGE_ID_MAX + 1];
    enum evcp__refusal refusal; /* not NONE: answer with a CALLERROR, text says why */
    const char *refusal_text;   /* constant text */
    enum evcp__outcome outcome;
    int32_t list_version;                /* GET_LIST_VERSION */
    struct evcp__setting_view *settings; /* GET_SETTINGS; malloc'd, owned by the reply */
    size_t setting_count;
    char *values; /* what the settings' values point into; malloc'd, owned by the reply */
    char (*unknown)[EVCP__KEY_MAX + 1]; /* GET_SETTINGS; malloc'd, owned by the reply */
    size_t unknown_count;
    const char *data; /* DATA_TRANSFER; malloc'd or NULL, owned by the reply */
};

/* ---- answers of the central system to our calls ------------------------------------------ */

enum evcp__registration {
    EVCP__REGISTRATION_ACCEPTED,
    EVCP__REGISTRATION_PENDING,
    EVCP__REGISTRATION_REJECTED
};

struct evcp__answer {
    enum evcp__fact_kind kind;            /* which of our calls is answered */
    const char *id;                       /* its message id; NULL: that of the call in flight */
    bool failed;                          /* CALLERROR, or a payload that breaks the schema */
    bool security;                        /* failed with SecurityError: not registered any more */
    bool has_info;                        /* an idTagInfo was in it */
    const char *error;                    /* failed: code and description for people; may be NULL */
    enum evcp__registration registration; /* BOOT */
    int64_t utc_ms;                       /* BOOT, HEARTBEAT: currentTime */
    int32_t interval_s;                   /* BOOT */
    int32_t transaction_id;               /* STARTED */
    struct evcp__token_info info;         /* AUTHORIZE, STARTED, ENDED */
};

/* ---- events: what goes into a step ------------------------------------------------------- */

enum evcp__event_kind {
    EVCP__EV_TICK,       /* time passed */
    EVCP__EV_REPORT,     /* the firmware reports something */
    EVCP__EV_HARDWARE,   /* a hardware callback returned */
    EVCP__EV_ALLOW_LINK, /* evcp_set_online() */
    EVCP__EV_CONNECTED,
    EVCP__EV_DISCONNECTED, /* also: a connection attempt failed */
    EVCP__EV_REQUEST,
    EVCP__EV_ANSWER,
    EVCP__EV_SETTING /* evcp_setting_set() */
};

/* Hardware callbacks whose result the core waits for. */
enum evcp__hardware_call {
    EVCP__HW_CONTACTOR,
    EVCP__HW_LOCK,
    EVCP__HW_LIMIT,
    EVCP__HW_RESET,
    EVCP__HW_CLOCK
};

struct evcp__hardware_result {
    enum evcp__hardware_call call;
    uint16_t connector;
    bool on;    /* what was asked: close, lock; RESET: hard */
    int result; /* EVCP_OK, EVCP_PENDING or negative */
};

struct evcp__event {
    enum evcp__event_kind kind;
    union {
        const struct evcp_report *report;
        struct evcp__hardware_result hardware;
        bool allow;
        const char *text; /* DISCONNECTED: why; for people */
        const struct evcp__request *request;
        const struct evcp__answer *answer;
        struct evcp_setting setting;
    } u;
};

/* ---- effects: what comes out of a step; performed after the commit ----------------------- */

enum evcp__effect_kind {
    EVCP__FX_CONNECT,
    EVCP__FX_DISCONNECT, /* close the connection; a DISCONNECTED event follows */
    EVCP__FX_CALL,       /* send the fact */
    EVCP__FX_REPLY,
    EVCP__FX_CONTACTOR,
    EVCP__FX_LOCK,
    EVCP__FX_LIMIT,
    EVCP__FX_RESET,
    EVCP__FX_CLOCK_SET,
    EVCP__FX_DATA_TRANSFER, /* ask the vendor's handler, then reply */
    EVCP__FX_NET_SETTINGS,  /* ping interval or credentials changed: apply */
    EVCP__FX_NOTIFY
};

struct evcp__effect {
    enum evcp__effect_kind kind;
    uint16_t connector;
    bool on;                   /* CONTACTOR: close; LOCK: lock; RESET: hard */
    int32_t milliampere;       /* LIMIT */
    int64_t utc_ms;            /* CLOCK_SET */
    struct evcp__fact *fact;   /* CALL; malloc'd with all it points to, owned by the effect */
    struct evcp__reply *reply; /* REPLY; malloc'd, owned by the effect */
    struct evcp_event *event;  /* NOTIFY; malloc'd with its text, owned by the effect */
    struct evcp__data *data;   /* DATA_TRANSFER; malloc'd, owned by the effect */
};

/* DataTransfer for the vendor's handler. */
struct evcp__data {
    char id[EVCP__MESSAGE_ID_MAX + 1];
    char vendor[EVCP__VENDOR_ID_MAX + 1];
    bool has_message_id;
    char message_id[51];
    char *data; /* malloc'd or NULL */
};

/* What one step asks for, in the order in which it has to be done. */
struct evcp__effects {
    struct evcp__effect *items;
    size_t count;
    size_t capacity;
    bool durable; /* the writes of this step have to be committed before the effects */
};

#endif
