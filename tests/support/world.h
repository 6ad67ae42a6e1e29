/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A station in a box: the core on a memory store, with a model of the hardware and of a central
 * system around it, in virtual time. It steps, commits and acts as the real driver does, speaks
 * real OCPP 1.6 payloads through the protocol driver, can cut the power at any commit, and checks
 * the promises at every step.
 */
#ifndef EVCP_TESTS_WORLD_H
#define EVCP_TESTS_WORLD_H

#include <jansson.h>
#include <stdio.h>

#include "../../lib/core/core.h"
#include "../../lib/core/settings.h"
#include "../../lib/protocol/protocol.h"
#include "store_mem.h"

#define WORLD_CONNECTORS_MAX 8
#define WORLD_TAGS_MAX       64
#define WORLD_BOOK_MAX       4096
#define WORLD_DIALS_MAX      1024
#define WORLD_START_UTC      INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

enum world_device { DEVICE_OK, DEVICE_LATE, DEVICE_STUCK, DEVICE_FAILS };
enum world_cut { CUT_NEVER, CUT_BEFORE_COMMIT, CUT_AFTER_COMMIT };

struct world_options {
    uint16_t connectors; /* 0: one */
    bool lock;           /* there is a cable lock */
    bool no_reset;       /* no reset callback */
    bool measure;        /* the meter has voltage, current, power, SoC */
    uint32_t measurands; /* 0: what the meter has */
    bool main_meter;     /* connector 0 has one: the sum of all */
    int32_t max_current_ma;
    int (*data_transfer)(void *user, const char *vendor_id, const char *message_id,
                         const char *data, char *answer, size_t answer_size);
    bool no_clock; /* the system's clock is not set */
    bool restarted;
    bool cold; /* do not wait for the first registration in world_new() */
    const struct evcp_setting *settings;
    size_t setting_count;
    const uint8_t *token_rules;
    uint32_t outbox_max;
    uint32_t cache_max;
    uint32_t local_list_max;
    uint32_t send_list_max;
    FILE *log; /* transcript from the begin, NULL: none */
};

struct world_connector {
    bool contactor; /* really closed */
    bool locked;
    enum world_device contactor_mode;
    enum world_device lock_mode;
    bool meter_dead;
    bool meter_odd; /* it shows odd_wh, whatever flowed */
    int64_t odd_wh;
    bool plugged;
    int64_t milliwatthours; /* register, thousandths of Wh */
    int64_t watts;          /* while contactor is closed */
    int64_t delivered_mwh;  /* with a closed contactor, since the world began */
    int64_t dark_mwh;       /* of it, while nobody was there to open the contactor */
    uint64_t contactor_due; /* late confirmation */
    bool contactor_target;
    uint64_t lock_due;
    bool lock_target;
    int32_t limit;
};

/* A transaction in the central system's books. */
struct world_book {
    int32_t id;
    char message_id[EVCP__MESSAGE_ID_MAX + 1];
    char tag[EVCP_TOKEN_MAX + 1];
    int connector;
    int64_t start_wh, stop_wh;
    int64_t start_ms, stop_ms;
    char reason[32];
    bool stopped;
    int meter_values;
};

struct world_tag {
    char tag[EVCP_TOKEN_MAX + 1];
    const char *status; /* "Accepted" ... */
    char parent[EVCP_TOKEN_MAX + 1];
    int64_t expiry_ms;
};

struct world_call { /* a CALL that the station sent */
    char action[32];
    char id[EVCP__MESSAGE_ID_MAX + 1];
    json_t *payload;
    uint64_t at;
};

struct world_pending { /* an answer on its way */
    bool active;
    char id[EVCP__MESSAGE_ID_MAX + 1];
    enum evcp__fact_kind kind;
    json_t *payload; /* NULL: CALLERROR */
    char error[64];
    uint64_t sent;
    uint64_t due;
};

struct world {
    struct world_options options;
    struct evcp__db *db;
    struct evcp__store *store;
    struct evcp__core *core;
    struct evcp_config config;
    struct evcp_hardware hardware;
    struct evcp_connector_config made[WORLD_CONNECTORS_MAX];
    uint32_t serial;
    uint64_t mono;      /* ms, virtual; goes on over a power cut */
    uint64_t boot_mono; /* mono at power-on: the station's own clock counts from there */
    int64_t utc0;       /* true UTC at mono 0 */
    int64_t wall_skew;  /* error of the system's clock */
    struct world_connector connector[WORLD_CONNECTORS_MAX + 1];
    /* network and central system */
    bool network; /* packets go through */
    bool connected;
    bool connecting;
    uint64_t dial_at[WORLD_DIALS_MAX]; /* connection attempts, since world_forget() */
    size_t dials;
    const char *boot_status; /* "Accepted", "Pending", "Rejected" */
    int boot_interval;
    uint64_t latency;
    const char *script[EVCP__FACT_KINDS][16]; /* next answers: JSON, "SILENCE", or "ERROR:Code" */
    size_t script_count[EVCP__FACT_KINDS];
    bool silent;
    struct world_tag tags[WORLD_TAGS_MAX];
    size_t tag_count;
    struct world_book book[WORLD_BOOK_MAX];
    size_t book_count;
    size_t orphans; /* messages with transactionId -1 or unknown */
    int32_t next_id;
    struct world_pending pending[4];
    int shown[WORLD_CONNECTORS_MAX + 1]; /* status told over this connection, plus one; 0: none */
    /* what the station did */
    struct world_call *calls;
    size_t call_count, call_capacity, call_read;
    char reply[65536];                       /* JSON of the latest reply, or "ERROR:Code" */
    size_t reply_after;                      /* how many of the calls were sent before it */
    char asked[EVCP__MESSAGE_ID_MAX + 1];    /* id of the latest CALL of the central system */
    char answered[EVCP__MESSAGE_ID_MAX + 1]; /* id of the latest reply */
    struct evcp_event *events;
    size_t event_count, event_capacity, event_read;
    bool reset_asked;
    enum evcp_reset_kind reset_kind;
    int reset_result;
    unsigned resets;
    int64_t clock_set_ms;
    unsigned net_settings; /* how often ping interval and key were handed to the network */
    /* power cuts */
    uint64_t commits;
    uint64_t soon_at; /* writes that may wait are committed then; UINT64_MAX: none */
    uint64_t cut_at;  /* n-th commit */
    enum world_cut cut_mode;
    unsigned cuts;
    bool contactors_survive; /* a cut is a killed process, not a loss of supply */
    bool mute;               /* the firmware does not report cables after power-on */
    bool cut_now;
    bool failing; /* the store refuses commits */
    /* the first broken promise */
    char violation[256];
    FILE *log; /* transcript, NULL: none */
    unsigned depth;
};

struct world *world_new(const struct world_options *options);
void world_free(struct world *w);

/* Virtual time. */
void world_run(struct world *w, uint64_t ms);
void world_settle(struct world *w); /* until nothing is due now */
int64_t world_utc(const struct world *w);

/* Hardware. */
void world_plug(struct world *w, uint16_t connector);
void world_unplug(struct world *w, uint16_t connector);
void world_card(struct world *w, uint16_t connector, const char *tag);
void world_token(struct world *w, uint16_t connector, enum evcp_token_type type, const char *value);
void world_ev(struct world *w, uint16_t connector, enum evcp_ev_state ev);
void world_supply(struct world *w, uint16_t connector, bool on);
void world_fault(struct world *w, uint16_t connector, enum evcp_error_code code, bool warning);
void world_clear(struct world *w, uint16_t connector);
void world_report(struct world *w, const struct evcp_report *report);
void world_stop(struct world *w, uint16_t connector, enum evcp_stop_reason reason);
void world_contactor(struct world *w, uint16_t connector, bool closed); /* moves by itself */
void world_lock(struct world *w, uint16_t connector, bool locked);      /* likewise */

/* Network, power, central system. */
void world_network(struct world *w, bool up);
void world_drop(struct world *w);                /* the connection ends; the network stays */
void world_allow(struct world *w, bool allowed); /* evcp_set_online() */
void world_cut(struct world *w);                 /* power off and on */
void world_tag(struct world *w, const char *tag, const char *status, const char *parent);
void world_script(struct world *w, enum evcp__fact_kind kind, const char *answer);
/* A CALL of the central system; the reply's payload as JSON text, "ERROR:Code", or "" if none. */
const char *world_call(struct world *w, const char *action, const char *payload);
/* SendLocalList Full of accepted tags, comma separated. */
const char *world_list(struct world *w, int version, const char *tags);

/* Reading. */
enum evcp_status world_status(struct world *w, uint16_t connector);
const char *world_setting(struct world *w, const char *key);
/* Next CALL of that action after the ones read before; NULL: none. */
const struct world_call *world_next(struct world *w, const char *action);
size_t world_count(const struct world *w, const char *action); /* since world_forget() */
void world_forget(struct world *w);                            /* forget calls and events so far */
/* String or number member of a CALL as text; "" if absent. Static buffer. */
const char *world_text(const struct world_call *call, const char *member);
/* Latest DECISION event since world_forget(); NULL: none. */
const struct evcp_event *world_decision(const struct world *w);

/* Final check: nothing left in the outbox, books complete and equal to the energy delivered. */
void world_check_books(struct world *w);

#endif
