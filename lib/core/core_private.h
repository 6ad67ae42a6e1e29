/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State of one station inside the core. The three machines (link, session, outbox) and the plain
 * modules around them share it; core.c alone calls the machines, so that none calls another. What
 * one wants from another it leaves in `signals`.
 */
#ifndef EVCP_CORE_CORE_PRIVATE_H
#define EVCP_CORE_CORE_PRIVATE_H

#include "authorize.h"
#include "cache.h"
#include "clock.h"
#include "core.h"
#include "local_list.h"
#include "record.h"
#include "settings.h"

#define EVCP__TRY(call)                                                                            \
    do {                                                                                           \
        int try_result_ = (call);                                                                  \
        if (try_result_ != EVCP_OK) {                                                              \
            return try_result_;                                                                    \
        }                                                                                          \
    } while (0)

#define EVCP__NEVER UINT64_MAX

/* ---- a transaction, as stored until its end is acknowledged ------------------------------ */

struct evcp__tx {
    uint64_t number; /* ours; key of the record */
    uint16_t connector;
    struct evcp_token token;
    char parent[EVCP_TOKEN_MAX + 1]; /* latest parentIdTag known for the token */
    struct evcp__stamp start;
    int64_t meter_start_wh;
    bool has_id;   /* the central system told transaction_id */
    bool given_up; /* its StartTransaction was refused for good: the id stays unknown */
    int32_t id;    /* transactionId; 0 and negative are ordinary */
    bool withheld; /* not accepted by the central system: no energy */
    bool invalid;  /* not accepted; the energy that is still granted ends at energy_end_wh */
    int64_t energy_end_wh;
    struct evcp__stamp last; /* latest sample */
    int64_t last_wh;
    uint32_t data_count; /* stored values for StopTransaction.transactionData */
    uint32_t data_next;  /* key of the next one */
    bool ended;
    struct evcp__stamp end;
    int64_t meter_stop_wh;
    enum evcp_stop_reason reason;
    struct evcp_token stop_token; /* empty value: none */
};

/* ---- machine 2: session of one connector ------------------------------------------------- */

enum evcp__session_state {
    EVCP__SESSION_IDLE,
    EVCP__SESSION_AUTHORIZING, /* the central system is asked */
    EVCP__SESSION_WAITING,     /* authorized; waits for the cable */
    EVCP__SESSION_LOCKING,     /* authorized and plugged; waits for the lock */
    EVCP__SESSION_ENERGIZED,   /* a transaction is open */
    EVCP__SESSION_FINISHING,   /* the transaction is over, the cable still there */
    EVCP__SESSION_STATES
};

enum evcp__session_input {
    EVCP__IN_ASK,      /* decision: the central system has to be asked */
    EVCP__IN_ACCEPTED, /* decision: may charge */
    EVCP__IN_REFUSED,  /* decision: may not */
    EVCP__IN_CANCEL,   /* the same token again, or the cable that it was meant for is gone */
    EVCP__IN_PLUGGED,
    EVCP__IN_UNPLUGGED,
    EVCP__IN_LOCKED,
    EVCP__IN_LOCK_FAILED,
    EVCP__IN_TIMEOUT, /* ConnectionTimeOut, or nobody identified in time */
    EVCP__IN_EV_GONE, /* unplugged at the vehicle's side */
    EVCP__IN_EV_BACK,
    EVCP__IN_STOP,  /* somebody who may ends the transaction; session.stop_reason says why */
    EVCP__IN_FAULT, /* a fault that forbids charging */
    EVCP__SESSION_INPUTS
};

struct evcp__session {
    enum evcp__session_state state;
    struct evcp_token token;           /* presented, or that of the running transaction */
    char parent[EVCP_TOKEN_MAX + 1];   /* known for it */
    bool remote;                       /* came with RemoteStartTransaction */
    bool shared;                       /* read by a shared reader: follows the cable */
    bool finishing;                    /* asked for while the cable of the last one was there */
    bool ask;                          /* an Authorize has to be sent */
    bool asked;                        /* it is in flight */
    uint64_t ask_end;                  /* then list and cache decide */
    uint64_t wait_end;                 /* ConnectionTimeOut or PlugInTimeout */
    enum evcp_stop_reason stop_reason; /* for EVCP__IN_STOP */
    struct evcp_token stop_token;      /* token that asked for the stop; empty: none */
    bool stop_ask;                     /* Authorize for a stop has to be sent, or is in flight */
    uint64_t stop_ask_end;
    struct evcp__tx *tx; /* running transaction; also kept in the store */
};

/* ---- a connector ------------------------------------------------------------------------- */

struct evcp__reported {
    enum evcp_status status;
    struct evcp_fault fault; /* code, info, vendor texts */
};

struct evcp__connector {
    uint16_t number;
    struct evcp__session session;
    /* reality, as reported */
    bool plug_known; /* reported at least once since power-on */
    bool plugged;
    enum evcp_ev_state ev;
    bool ev_gone; /* unplugged at the vehicle's side while the cable stays here */
    bool supply;  /* the charge point offers energy */
    /* contactor and lock */
    bool contactor_wanted;
    bool contactor_closed;
    bool contactor_busy;    /* told to move, not confirmed yet */
    bool open_failed;       /* told to open and did not: welded, for all we know */
    uint64_t contactor_end; /* confirmation is due */
    bool locked;
    bool lock_wanted;
    bool lock_failed;   /* it was told to close and did not */
    bool unlock_failed; /* it was told to open and did not */
    uint64_t lock_end;
    bool keep_locked;         /* until the driver identifies again (errata 3.5, 4.10) */
    struct evcp_token keeper; /* who that is */
    char keeper_parent[EVCP_TOKEN_MAX + 1];
    bool unlock_request; /* an UnlockConnector waits for the result */
    char unlock_id[EVCP__MESSAGE_ID_MAX + 1];
    /* left for the session machine by others; core.c delivers it */
    bool stop_wanted;
    bool fault_raised;
    /* faults */
    bool faulted;
    bool own_lock_fault;     /* ConnectorLockFailure that was found here: it ends with the cable */
    struct evcp_fault fault; /* fault or warning; code NO_ERROR: none */
    bool meter_failed;       /* the meter could not be read when it was needed */
    uint64_t meter_check;    /* it is read again then */
    /* availability */
    bool inoperative; /* as commanded, persistent */
    /* status */
    bool reported_once;
    struct evcp__reported current;   /* latest that was queued for reporting */
    struct evcp__stamp since;        /* when it began */
    struct evcp__reported candidate; /* differs from current, not yet stable */
    struct evcp__stamp candidate_since;
    uint64_t candidate_due; /* EVCP__NEVER: no candidate */
    bool delivered_once;
    struct evcp__reported delivered; /* latest that the central system acknowledged */
    /* meter */
    uint64_t sample_origin;    /* mono_ms that periodic samples count from */
    uint64_t sample_next;      /* mono_ms of the next periodic sample */
    uint64_t energy_check;     /* MaxEnergyOnInvalidId is checked then */
    int64_t sample_base[4];    /* energy registers at the last periodic sample */
    int64_t clock_base[4];     /* likewise, clock-aligned */
    uint8_t sample_base_known; /* bit per measurand */
    uint8_t clock_base_known;
    struct evcp__stamp clock_base_stamp; /* begin of the running clock-aligned interval */
    bool trigger_meter;                  /* MeterValues was asked for */
};

/* ---- calls to the central system --------------------------------------------------------- */

/* A StatusNotification that waits to be sent. */
struct evcp__status_note {
    uint16_t connector;
    bool extra; /* tells of an event, not of a state: outlives the connection */
    struct evcp__stamp stamp;
    struct evcp__reported what;
};

#define EVCP__STATUS_NOTES_MAX  256 /* of a station */
#define EVCP__STATUS_NOTES_EACH 16  /* of a connector */
#define EVCP__STATUS_EXTRAS_MAX 8

struct evcp__call {
    bool active;
    enum evcp__fact_kind kind;
    char id[EVCP__MESSAGE_ID_MAX + 1];
    uint64_t sent;
    uint64_t end;            /* MessageTimeout */
    uint16_t connector;      /* AUTHORIZE, STATUS */
    struct evcp_token token; /* AUTHORIZE */
    bool for_stop;           /* AUTHORIZE */
    bool from_outbox;
    struct evcp__status_note note; /* STATUS */
};

/* ---- machine 1: link --------------------------------------------------------------------- */

struct evcp__link {
    enum evcp_link_state state;
    bool allowed;
    bool registered;     /* Accepted in this run: a reconnect needs no BootNotification */
    bool ever_accepted;  /* with this store */
    unsigned failures;   /* since the last stable connection */
    uint64_t retry;      /* next attempt */
    uint64_t boot_next;  /* next BootNotification */
    uint64_t boot_floor; /* not before, by the latest interval; a lost link does not shorten it */
    enum evcp_link_state refused; /* PENDING or REJECTED: the answer that holds until then */
    uint64_t online_since;
    uint64_t heartbeat;  /* next Heartbeat */
    uint64_t clock_sync; /* a Heartbeat is due then, whatever the traffic */
};

/* ---- machine 3: outbox ------------------------------------------------------------------- */

enum evcp__outbox_state {
    EVCP__OUTBOX_EMPTY,
    EVCP__OUTBOX_READY,
    EVCP__OUTBOX_IN_FLIGHT,
    EVCP__OUTBOX_WAITING, /* for the retry interval */
    EVCP__OUTBOX_STATES
};

enum evcp__outbox_input {
    EVCP__OUT_QUEUED,
    EVCP__OUT_SENT,
    EVCP__OUT_ACKNOWLEDGED,
    EVCP__OUT_FAILED_ONCE, /* CALLERROR, broken answer, or no answer while connected */
    EVCP__OUT_LINK_LOST,   /* no attempt */
    EVCP__OUT_TIMER,
    EVCP__OUTBOX_INPUTS
};

struct evcp__outbox {
    enum evcp__outbox_state state;
    uint64_t head; /* key of the oldest */
    uint64_t next; /* key of the next one */
    uint32_t count;
    uint32_t attempts; /* transmissions of the head that failed */
    uint64_t retry;
    uint32_t quarantined;
    bool overflow; /* meter values are refused; told once */
};

/* ---- the station ------------------------------------------------------------------------- */

enum evcp__signal {
    EVCP__SIGNAL_QUEUED = 1,     /* something was put into the outbox */
    EVCP__SIGNAL_ONLINE = 2,     /* the link became online */
    EVCP__SIGNAL_REGISTERED = 4, /* by a BootNotification */
    EVCP__SIGNAL_LOST = 8        /* the connection is gone */
};

struct evcp__reset {
    bool pending;
    bool hard;
    bool called;
    uint64_t not_before;
    uint64_t at; /* latest moment; called: of the restart, else of the call */
    int32_t tries;
};

struct evcp__core {
    struct evcp__core_env env;
    struct evcp__settings *settings;
    struct evcp__clock clock;
    struct evcp__local_list list;
    struct evcp__cache cache;
    struct evcp__link link;
    struct evcp__outbox outbox;
    struct evcp__call call;
    struct evcp__call late; /* from the outbox: not answered in time, not sent again yet */
    struct evcp__reset reset;
    uint32_t store_id; /* drawn when the store was made: part of every message id */
    uint32_t serial;
    uint64_t next_tx;
    uint64_t random;
    int64_t aligned_next_utc; /* next clock-aligned instant, 0: not planned */
    unsigned signals;
    bool trigger_boot;
    bool trigger_heartbeat;
    struct evcp__status_note *notes; /* ring */
    size_t note_max;
    size_t note_first;
    size_t note_count;
    struct evcp__status_note extra[EVCP__STATUS_EXTRAS_MAX]; /* wait for the registration */
    size_t extra_count;
    uint16_t connectors;
    struct evcp__connector *connector; /* connectors + 1; [0] is the charge point */
    /* of the running step */
    struct evcp__now now;
    struct evcp__effects *out;
};

/* ---- effects.c --------------------------------------------------------------------------- */

EVCP__MUST_CHECK int evcp__effect(struct evcp__core *core, struct evcp__effect **out,
                                  enum evcp__effect_kind kind);
EVCP__MUST_CHECK int evcp__effect_simple(struct evcp__core *core, enum evcp__effect_kind kind,
                                         uint16_t connector, bool on);
/* A NOTIFY; text (may be NULL) is copied. Fill the members of *out afterwards. */
EVCP__MUST_CHECK int evcp__notify(struct evcp__core *core, enum evcp_event_kind kind,
                                  uint16_t connector, const char *text, struct evcp_event **out);
EVCP__MUST_CHECK int evcp__reply(struct evcp__core *core, const struct evcp__request *request,
                                 enum evcp__outcome outcome, struct evcp__reply **out);
void evcp__fact_free(struct evcp__fact *fact);
void evcp__durable(struct evcp__core *core);

/* ---- small helpers, core.c --------------------------------------------------------------- */

struct evcp__connector *evcp__connector_at(struct evcp__core *core, uint32_t number);
int64_t evcp__utc(const struct evcp__core *core);
int64_t evcp__judge(const struct evcp__core *core);
uint64_t evcp__after_s(const struct evcp__core *core, int32_t seconds);
uint32_t evcp__draw(struct evcp__core *core, uint32_t below);
void evcp__message_id(struct evcp__core *core, char out[EVCP__MESSAGE_ID_MAX + 1]);
bool evcp__due(const struct evcp__core *core, uint64_t at);
uint64_t evcp__earlier(uint64_t a, uint64_t b);
/* META records of one number. */
EVCP__MUST_CHECK int evcp__meta_get(struct evcp__core *core, const char *name, int64_t *value,
                                    int64_t absent);
EVCP__MUST_CHECK int evcp__meta_put(struct evcp__core *core, const char *name, int64_t value);

/* ---- tx.c -------------------------------------------------------------------------------- */

EVCP__MUST_CHECK int evcp__tx_put(struct evcp__core *core, const struct evcp__tx *tx);
EVCP__MUST_CHECK int evcp__tx_get(struct evcp__core *core, uint64_t number, struct evcp__tx *tx);
EVCP__MUST_CHECK int evcp__tx_del(struct evcp__core *core, const struct evcp__tx *tx);
EVCP__MUST_CHECK int evcp__tx_decode(struct evcp__slice record, struct evcp__tx *tx);
/* Running transaction with that transactionId, or NULL. */
struct evcp__connector *evcp__tx_running(struct evcp__core *core, int32_t id);

/* ---- link.c (machine 1) ------------------------------------------------------------------ */

enum evcp__link_input {
    EVCP__LINK_ALLOW,
    EVCP__LINK_FORBID,
    EVCP__LINK_RETRY, /* the wait is over */
    EVCP__LINK_CONNECTED,
    EVCP__LINK_LOST,
    EVCP__LINK_ACCEPTED,
    EVCP__LINK_IS_PENDING,
    EVCP__LINK_IS_REJECTED,
    EVCP__LINK_BOOT_FAILED,  /* no usable answer to BootNotification */
    EVCP__LINK_UNREGISTERED, /* SecurityError: the central system does not know us any more */
    EVCP__LINK_INPUTS
};
EVCP__MUST_CHECK int evcp__link_input(struct evcp__core *core, enum evcp__link_input input,
                                      const char *text);
bool evcp__link_decides(unsigned state, unsigned input);
EVCP__MUST_CHECK int evcp__link_boot_answer(struct evcp__core *core,
                                            const struct evcp__answer *answer);
EVCP__MUST_CHECK int evcp__link_timer(struct evcp__core *core);
uint64_t evcp__link_deadline(const struct evcp__core *core);
void evcp__link_active(struct evcp__core *core); /* something was exchanged */
bool evcp__online(const struct evcp__core *core);
enum evcp__reach evcp__reach(const struct evcp__core *core);

/* ---- calls.c ----------------------------------------------------------------------------- */

EVCP__MUST_CHECK int evcp__calls_pump(struct evcp__core *core);
EVCP__MUST_CHECK int evcp__calls_answer(struct evcp__core *core, const struct evcp__answer *a);
EVCP__MUST_CHECK int evcp__calls_timer(struct evcp__core *core);
EVCP__MUST_CHECK int evcp__calls_lost(struct evcp__core *core);
uint64_t evcp__calls_deadline(const struct evcp__core *core);
EVCP__MUST_CHECK int evcp__clock_answer(struct evcp__core *core, int64_t utc_ms);

/* ---- outbox.c (machine 3), outbox_record.c ----------------------------------------------- */

struct evcp__value_group {
    struct evcp__stamp stamp;
    enum evcp__context context;
    struct evcp_sample samples[EVCP__SAMPLES_MAX];
    size_t count;
};

struct evcp__entry { /* a queued message */
    enum evcp__fact_kind kind;
    char id[EVCP__MESSAGE_ID_MAX + 1];
    uint64_t tx; /* 0: none */
    uint16_t connector;
    size_t groups; /* UPDATED: at most 2 */
    struct evcp__value_group group[2];
};

EVCP__MUST_CHECK int evcp__entry_encode(const struct evcp__entry *e, struct evcp__writer *w,
                                        struct evcp__slice *record);
EVCP__MUST_CHECK int evcp__entry_decode(struct evcp__slice record, struct evcp__entry *e);
void evcp__group_write(struct evcp__writer *w, const struct evcp__value_group *g);
void evcp__group_read(struct evcp__cursor *r, struct evcp__value_group *g);
void evcp__stamp_write(struct evcp__writer *w, const struct evcp__stamp *s);
struct evcp__stamp evcp__stamp_read(struct evcp__cursor *r);
EVCP__MUST_CHECK int evcp__outbox_load(struct evcp__core *core);
EVCP__MUST_CHECK int evcp__outbox_put(struct evcp__core *core, struct evcp__entry *entry);
bool evcp__outbox_room_for_start(const struct evcp__core *core);
bool evcp__outbox_room_for_values(const struct evcp__core *core);
EVCP__MUST_CHECK int evcp__outbox_input(struct evcp__core *core, enum evcp__outbox_input input,
                                        const struct evcp__answer *answer);
bool evcp__outbox_decides(unsigned state, unsigned input);
/* The head as a fact to send, malloc'd; NULL with EVCP_OK: it had to be set aside, look again. */
EVCP__MUST_CHECK int evcp__outbox_head(struct evcp__core *core, struct evcp__fact **fact);
bool evcp__outbox_ready(const struct evcp__core *core);
EVCP__MUST_CHECK int evcp__quarantine(struct evcp__core *core, uint64_t key,
                                      struct evcp__slice record, const char *why);
EVCP__MUST_CHECK int evcp__quarantine_load(struct evcp__core *core);
EVCP__MUST_CHECK int evcp__outbox_timer(struct evcp__core *core);
uint64_t evcp__outbox_deadline(const struct evcp__core *core);

/* ---- session.c (machine 2) --------------------------------------------------------------- */

EVCP__MUST_CHECK int evcp__session_input(struct evcp__core *core, struct evcp__connector *c,
                                         enum evcp__session_input input);
bool evcp__session_decides(unsigned state, unsigned input);
EVCP__MUST_CHECK int evcp__session_timer(struct evcp__core *core, struct evcp__connector *c);
uint64_t evcp__session_deadline(const struct evcp__connector *c);
EVCP__MUST_CHECK int evcp__session_restore(struct evcp__core *core);

/* ---- charging.c: begin and end of a transaction ------------------------------------------ */

EVCP__MUST_CHECK int evcp__charging_begin(struct evcp__core *core, struct evcp__connector *c,
                                          bool *begun);
EVCP__MUST_CHECK int evcp__charging_end(struct evcp__core *core, struct evcp__connector *c);
/* The central system judged the token of a transaction. */
EVCP__MUST_CHECK int evcp__charging_judged(struct evcp__core *core, struct evcp__tx *tx,
                                           const struct evcp__token_info *info, bool *stop);

EVCP__MUST_CHECK int evcp__charging_timer(struct evcp__core *core, struct evcp__connector *c);

/* ---- identify.c: who is it, and may he? -------------------------------------------------- */

EVCP__MUST_CHECK int evcp__identify(struct evcp__core *core, uint16_t connector,
                                    const struct evcp_token *token);
EVCP__MUST_CHECK int evcp__identify_remote(struct evcp__core *core, struct evcp__connector *c,
                                           const struct evcp_token *token, bool *accepted);
/* Decide again for a connector that waits for the central system: it cannot be asked. */
EVCP__MUST_CHECK int evcp__identify_again(struct evcp__core *core, struct evcp__connector *c,
                                          enum evcp__reach reach);
EVCP__MUST_CHECK int evcp__identify_answer(struct evcp__core *core, const struct evcp__call *call,
                                           const struct evcp__answer *answer);
/* Keeps an answer in the cache, or reports that it contradicts the list. */
EVCP__MUST_CHECK int evcp__identify_learn(struct evcp__core *core, const struct evcp_token *token,
                                          const struct evcp__token_info *info);
/* Ask the session machine to end the transaction; token may be NULL. */
void evcp__want_stop(struct evcp__connector *c, enum evcp_stop_reason reason,
                     const struct evcp_token *token);
bool evcp__may_start(const struct evcp__core *core, const struct evcp__connector *c);
/* The cable stays locked until the token of the ending transaction, or its group, is presented. */
void evcp__keep_locked(struct evcp__connector *c, const struct evcp__tx *tx);
/* The authorization of a shared reader follows the cable. */
EVCP__MUST_CHECK int evcp__identify_follow(struct evcp__core *core, struct evcp__connector *c);

/* ---- hardware.c -------------------------------------------------------------------------- */

EVCP__MUST_CHECK int evcp__hardware_report(struct evcp__core *core, const struct evcp_report *r);
EVCP__MUST_CHECK int evcp__hardware_result(struct evcp__core *core,
                                           const struct evcp__hardware_result *r);
EVCP__MUST_CHECK int evcp__hardware_settle(struct evcp__core *core, struct evcp__connector *c);
EVCP__MUST_CHECK int evcp__hardware_timer(struct evcp__core *core, struct evcp__connector *c);
uint64_t evcp__hardware_deadline(const struct evcp__connector *c);
EVCP__MUST_CHECK int evcp__hardware_fault(struct evcp__core *core, struct evcp__connector *c,
                                          enum evcp_error_code code, const char *info);
/* The meter of a connector could not be read; a warning while a transaction runs. */
EVCP__MUST_CHECK int evcp__hardware_meter_failed(struct evcp__core *core, struct evcp__connector *c,
                                                 bool warning);
/* The charge point offers energy there. */
bool evcp__supplied(const struct evcp__core *core, const struct evcp__connector *c);
bool evcp__has_lock(const struct evcp__core *core);
EVCP__MUST_CHECK int evcp__lock_want(struct evcp__core *core, struct evcp__connector *c, bool lock);

/* ---- meter.c ----------------------------------------------------------------------------- */

/* The energy register in Wh; EVCP_EHARDWARE if it cannot be read. */
EVCP__MUST_CHECK int evcp__meter_energy(struct evcp__core *core, const struct evcp__connector *c,
                                        int64_t *wh);
EVCP__MUST_CHECK int evcp__meter_begin(struct evcp__core *core, struct evcp__connector *c);
EVCP__MUST_CHECK int evcp__meter_end(struct evcp__core *core, struct evcp__connector *c);
EVCP__MUST_CHECK int evcp__meter_resume(struct evcp__core *core, struct evcp__connector *c);
EVCP__MUST_CHECK int evcp__meter_timer(struct evcp__core *core);
uint64_t evcp__meter_deadline(const struct evcp__core *core);
void evcp__meter_replan(struct evcp__core *core);
/* Readings for a triggered MeterValues; NULL: nothing can be read. */
EVCP__MUST_CHECK int evcp__meter_triggered(struct evcp__core *core, struct evcp__connector *c,
                                           struct evcp__fact **fact);
/* transactionData of an ended transaction, into fact->values. */
EVCP__MUST_CHECK int evcp__meter_data(struct evcp__core *core, const struct evcp__tx *tx,
                                      struct evcp__fact *fact);
EVCP__MUST_CHECK int evcp__meter_data_del(struct evcp__core *core, const struct evcp__tx *tx);
/* Copies groups with resolved times into the fact. */
EVCP__MUST_CHECK int evcp__meter_values(struct evcp__core *core,
                                        const struct evcp__value_group *groups, size_t count,
                                        struct evcp__fact *fact);

/* ---- sample.c, tx_data.c ----------------------------------------------------------------- */

/* Readings of the measurands of `key`: at most two groups, interval energies in one of their own.
 */
EVCP__MUST_CHECK int evcp__sample_groups(struct evcp__core *core, struct evcp__connector *c,
                                         enum evcp__key key, enum evcp__context context,
                                         struct evcp__stamp stamp,
                                         struct evcp__value_group groups[2], size_t *count);
EVCP__MUST_CHECK int evcp__sample_interval(struct evcp__core *core, struct evcp__connector *c,
                                           enum evcp__key key, struct evcp__value_group *g);
void evcp__sample_edge(struct evcp__core *core, const struct evcp__connector *c,
                       struct evcp__value_group *g);
void evcp__sample_energy(const struct evcp__core *core, int64_t wh, struct evcp__value_group *g);
/* A new interval of interval energies begins. */
void evcp__sample_base(struct evcp__core *core, struct evcp__connector *c,
                       enum evcp__context context, struct evcp__stamp stamp);
EVCP__MUST_CHECK int evcp__tx_data_add(struct evcp__core *core, struct evcp__connector *c,
                                       enum evcp__key key, enum evcp__context context,
                                       struct evcp__stamp stamp);
EVCP__MUST_CHECK int evcp__tx_data_interval(struct evcp__core *core, struct evcp__connector *c,
                                            enum evcp__key key);
EVCP__MUST_CHECK int evcp__tx_data_lost(struct evcp__core *core, struct evcp__tx *tx);
EVCP__MUST_CHECK int evcp__tx_data_edge(struct evcp__core *core, struct evcp__connector *c,
                                        enum evcp__context context, struct evcp__stamp stamp);

/* ---- status.c ---------------------------------------------------------------------------- */

enum evcp_status evcp__status_of(const struct evcp__core *core, const struct evcp__connector *c);
bool evcp__status_legal(enum evcp_status from, enum evcp_status to);
/* The status to pass through on the way, or `to` itself. */
enum evcp_status evcp__status_bridge(enum evcp_status from, enum evcp_status to);
EVCP__MUST_CHECK int evcp__status_settle(struct evcp__core *core, struct evcp__connector *c);
EVCP__MUST_CHECK int evcp__status_all(struct evcp__core *core, bool changed_only);
/* What waits to be sent is out of date, but for the extra ones. */
void evcp__status_drop(struct evcp__core *core);
/* One extra notification for the charge point (LocalListConflict, ResetFailure). */
EVCP__MUST_CHECK int evcp__status_extra(struct evcp__core *core, enum evcp_error_code code,
                                        const char *info);
EVCP__MUST_CHECK int evcp__status_queue(struct evcp__core *core, uint16_t connector,
                                        const struct evcp__reported *what);
void evcp__status_of_now(const struct evcp__core *core, const struct evcp__connector *c,
                         struct evcp__reported *out);
uint64_t evcp__status_deadline(const struct evcp__connector *c);

/* ---- requests.c, availability.c, reset.c ------------------------------------------------- */

EVCP__MUST_CHECK int evcp__request(struct evcp__core *core, const struct evcp__request *r);
EVCP__MUST_CHECK int evcp__setting_event(struct evcp__core *core, const struct evcp_setting *s);
bool evcp__operative(const struct evcp__core *core, const struct evcp__connector *c);
EVCP__MUST_CHECK int evcp__availability_load(struct evcp__core *core);
EVCP__MUST_CHECK int evcp__availability_change(struct evcp__core *core,
                                               const struct evcp__request *r,
                                               enum evcp__outcome *outcome);
EVCP__MUST_CHECK int evcp__reset_request(struct evcp__core *core, const struct evcp__request *r);
EVCP__MUST_CHECK int evcp__reset_result(struct evcp__core *core, int result);
EVCP__MUST_CHECK int evcp__reset_timer(struct evcp__core *core);
uint64_t evcp__reset_deadline(const struct evcp__core *core);

#endif
