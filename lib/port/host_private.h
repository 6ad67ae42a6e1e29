/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the driver share: the host with its loop and store, the station with its core,
 * its inbox and what is known of its hardware. One rule runs through it: step, commit, then act.
 */
#ifndef EVCP_PORT_HOST_PRIVATE_H
#define EVCP_PORT_HOST_PRIVATE_H

#include <pthread.h>

#include "../core/core.h"
#include "../core/settings.h"
#include "../core/token.h"
#include "../protocol/protocol.h"
#include "net.h"
#include "store_port.h"

#define EVCP__NEVER              UINT64_MAX
#define EVCP__SOON_MS_DEFAULT    60000u
#define EVCP__STORE_BYTES        (64u * 1024u * 1024u)
#define EVCP__TURN_ROUNDS_MAX    64    /* then other users of a shared loop get their turn */
#define EVCP__RELOAD_MS          3000u /* between attempts to load a station from a broken store */
#define EVCP__CONNECT_TIMEOUT_MS 30000u
#define EVCP__PONG_TIMEOUT_S     20u
#define EVCP__OPEN_REQUESTS_MAX  8 /* calls of the central system not answered yet */
#define EVCP__READER_BYTES_MAX   256
#define EVCP__READER_RETRY_MS    5000u /* a broken reader is asked again after this */
#define EVCP__IDENTITY_MAX       48    /* characters; as in OCPP 2.0.1, 1.6 sets no limit */
#define EVCP__KEY_BYTES_MAX      20    /* AuthorizationKey, OCPP-J 6.2.2 */
#define EVCP__WHY_MAX            256

/* ---- inbox: what waits for the next step ------------------------------------------------- */

enum evcp__input_kind {
    EVCP__IN_REPORT,
    EVCP__IN_ALLOW,
    EVCP__IN_CONNECTED,
    EVCP__IN_FRAME,
    EVCP__IN_HARDWARE,
    EVCP__IN_CALL_FAILED /* a call of ours could not be sent */
};

struct evcp__input {
    struct evcp__input *next;
    enum evcp__input_kind kind;
    bool allow;
    struct evcp__hardware_result hardware;
    char id[EVCP__MESSAGE_ID_MAX + 1]; /* CALL_FAILED */
    size_t length;                     /* of text */
    struct evcp_report *report;        /* points behind this structure */
    char *text;                        /* FRAME: likewise, zero-terminated */
};

/* Filled from any thread, emptied by the loop's. */
struct evcp__inbox {
    pthread_mutex_t mutex;
    struct evcp__input *head;
    struct evcp__input **tail;
    size_t count;
    size_t reports;
};

EVCP__MUST_CHECK int evcp__inbox_init(struct evcp__inbox *box);
void evcp__inbox_free(struct evcp__inbox *box);
/* EVCP_EFULL: EVCP__POST_QUEUE_MAX reports wait. */
EVCP__MUST_CHECK int evcp__inbox_report(struct evcp__inbox *box, const struct evcp_report *report);
/* A copy of `text` goes with it (NULL: none). */
EVCP__MUST_CHECK int evcp__inbox_put(struct evcp__inbox *box, const struct evcp__input *what,
                                     const char *text, size_t length);
/* The caller frees it. NULL: empty. */
struct evcp__input *evcp__inbox_take(struct evcp__inbox *box);
size_t evcp__inbox_count(struct evcp__inbox *box);
/* Forgets what was meant for a core that is gone: everything but reports and ALLOW. */
void evcp__inbox_forget_core(struct evcp__inbox *box);

/* ---- what is known of the hardware, for a core that is loaded again ---------------------- */

struct evcp__known_fault {
    struct evcp__known_fault *next;
    struct evcp_fault fault;
};

struct evcp__known {
    bool plugged;
    bool plugged_known;
    bool supply;
    bool supply_known;
    bool contactor_closed;
    bool ev_known;
    bool stop; /* asked for in this turn, not committed yet */
    enum evcp_stop_reason stop_reason;
    enum evcp_ev_state ev;
    struct evcp__known_fault *faults; /* at most one per errorCode */
};

/* ---- readers ----------------------------------------------------------------------------- */

struct evcp__reader {
    struct evcp *station;
    const struct evcp_reader *config;
    struct evcp__watch *watch; /* NULL: polled */
    uint64_t due_ms;           /* next poll, or next attempt of a broken reader */
    bool broken;
};

/* ---- station ----------------------------------------------------------------------------- */

struct evcp {
    evcp_host_t *host;
    struct evcp *next;
    struct evcp_config *config; /* deep copy with defaults filled in; one allocation */
    struct evcp_hardware hardware;
    const struct evcp__protocol *protocol;
    struct evcp__store *store;
    struct evcp__net *net;
    struct evcp__core *core; /* NULL: the store failed, nothing can be accepted until it works */
    struct evcp__inbox inbox;
    struct evcp__effects effects; /* collected by the steps of this round */
    struct evcp__known *known;    /* index 0: the charge point */
    struct evcp__reader *readers;
    uint32_t serial;
    bool link_allowed;
    bool net_busy;       /* connecting or connected */
    bool net_stale;      /* the core knows nothing of the connection any more; it is closing */
    bool connect_wanted; /* as soon as the stale connection is closed */
    bool down;           /* the connection ended: to be stepped after what it still brought */
    char down_why[EVCP__WHY_MAX];
    bool ticked;      /* in this turn */
    bool stop_noted;  /* a connector's `stop` is set */
    bool lost_result; /* of the hardware, for lack of memory: load the core again */
    char last_call[EVCP__MESSAGE_ID_MAX + 1];
    char open[EVCP__OPEN_REQUESTS_MAX][EVCP__MESSAGE_ID_MAX + 1]; /* empty: free */
};

/* ---- host -------------------------------------------------------------------------------- */

struct evcp_host {
    struct evcp_host_config config; /* store_dir is not kept */
    struct evcp__loop *loop;
    struct evcp__db *db;
    evcp_t *stations;
    uint64_t soon_at;    /* commit of writes that may wait; EVCP__NEVER: none */
    uint64_t reload_at;  /* next attempt to load stations without a core */
    uint64_t rebuilt_at; /* last time that all stations were loaded again; 0: never */
    bool busy;           /* the application's callbacks may be running */
    bool in_turn;
    bool making;         /* in evcp_new(): events have to wait for the first turn */
    bool failing;        /* the store failed and did not work since */
    int broken;          /* a write failed outside of a turn: the next one begins with recovery */
    char set_aside[600]; /* empty, or what happened to an unreadable store */
};

/* With an opened store and without the loop's part: for evcp_host_new and the tests. Takes over
 * `db`, also on failure. */
EVCP__MUST_CHECK int evcp__host_make(const struct evcp_host_config *config, struct evcp__db *db,
                                     evcp_host_t **host);
struct evcp__now evcp__host_now(const evcp_host_t *host);
void evcp__host_log(const evcp_host_t *host, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Commits what is staged. On failure all stations are loaded again, outside of a turn at the begin
 * of the next one, and the error is returned. */
EVCP__MUST_CHECK int evcp__host_commit(evcp_host_t *host);
/* A step or a commit failed: as after a power cut. Outside of a turn: at the begin of the next. */
void evcp__host_recover(evcp_host_t *host, int error);

/* station.c */
/* Loads the core and commits what that writes; a rebuilt one hears again what is known. Nothing
 * else may be staged. On failure there is no core and nothing is staged. */
EVCP__MUST_CHECK int evcp__station_load(evcp_t *s, bool rebuilt, const char **why);
/* Throws the core away, with all that was meant for it. */
void evcp__station_unload(evcp_t *s);
void evcp__station_connect(evcp_t *s);
void evcp__station_disconnect(evcp_t *s);
void evcp__station_event(const evcp_t *s, struct evcp_event *event);
/* EVENT_STORE, EVENT_HARDWARE with a text. */
void evcp__station_tell(const evcp_t *s, enum evcp_event_kind kind, uint16_t connector,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));
void evcp__station_apply_net_settings(evcp_t *s);
EVCP__MUST_CHECK int evcp__station_step(evcp_t *s, const struct evcp__event *event);

/* station_turn.c: everything that waits for this station becomes steps. *worked is set if there
 * was anything. An error code: the host has to be rebuilt. */
EVCP__MUST_CHECK int evcp__station_drain(evcp_t *s, bool *worked);
/* mono_ms of the next turn that it needs. */
uint64_t evcp__station_due(const evcp_t *s);
extern const struct evcp__net_callbacks evcp__station_net_callbacks; /* without user */

/* station_known.c */
void evcp__known_note(evcp_t *s, const struct evcp_report *report);
/* Feeds it to a core that was loaded again. */
EVCP__MUST_CHECK int evcp__known_replay(evcp_t *s);
void evcp__known_free(evcp_t *s);
/* The turn's writes are safe: what was asked for need not be asked again. */
void evcp__known_settled(evcp_t *s);
/* Without a core tokens are refused, and what has to be open is opened. */
void evcp__known_refuse(const evcp_t *s, const struct evcp_report *report);
void evcp__known_make_safe(evcp_t *s);

/* station_config.c */
EVCP__MUST_CHECK int evcp__config_copy(evcp_host_t *host, const struct evcp_config *from,
                                       struct evcp_hardware *hardware, struct evcp_config **out);

/* station_frame.c: the wire */
EVCP__MUST_CHECK int evcp__station_frame(evcp_t *s, const char *text, size_t length);
EVCP__MUST_CHECK int evcp__station_call_failed(evcp_t *s, const char *id);
void evcp__station_call(evcp_t *s, const struct evcp__fact *fact);
void evcp__station_reply(evcp_t *s, const struct evcp__reply *reply);
/* The core is gone: whoever waits for an answer gets an InternalError. */
void evcp__station_fail_requests(evcp_t *s);
void evcp__station_forget_requests(evcp_t *s);

/* station_effect.c: after the commit */
void evcp__station_act(evcp_t *s);

/* reader.c */
EVCP__MUST_CHECK int evcp__readers_start(evcp_t *s);
void evcp__readers_stop(evcp_t *s);
void evcp__readers_poll(evcp_t *s, uint64_t mono_ms);
uint64_t evcp__readers_due(const evcp_t *s);

#endif
