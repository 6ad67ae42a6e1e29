/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core of one station: load it from the store, then step it, one event at a time. A step
 * stages writes and returns effects. The driver commits the writes, then performs the effects. If
 * a step or a commit fails the driver throws the core away and loads it again: as after a power
 * cut.
 */
#ifndef EVCP_CORE_CORE_H
#define EVCP_CORE_CORE_H

#include "store.h"

struct evcp__core;
struct evcp__settings;

/* What the core is given. Everything pointed to outlives the core. */
struct evcp__core_env {
    struct evcp__store *store;
    const struct evcp_config *config;
    /* As in evcp_hardware, `user` is passed. The only things that a step reads by itself. */
    int (*energy)(void *user, uint16_t connector, int64_t *wh);
    int (*measure)(void *user, uint16_t connector, struct evcp_sample *out, size_t capacity);
    void *user;
    uint64_t seed;             /* for the jitter of the back-off */
    uint32_t serial;           /* next message serial of this power-on; evcp__core_serial() */
    int64_t build_time_ms;     /* the least time floor */
    uint64_t contactor_closed; /* bit n-1: contactor of connector n is closed */
    bool rebuilt;              /* after a failed commit in this run, not after power-on */
};

/* EVCP_EINVAL: the configuration is wrong, *why (constant text) says what. Effects as of a step. */
EVCP__MUST_CHECK int evcp__core_load(const struct evcp__core_env *env, struct evcp__now now,
                                     struct evcp__effects *out, struct evcp__core **core,
                                     const char **why);
void evcp__core_free(struct evcp__core *core);

/* Effects are appended to `out`; out->durable is set if the writes have to be committed before
 * they are performed. Any error code: abandon the staged writes, free the core, load it again. */
EVCP__MUST_CHECK int evcp__core_step(struct evcp__core *core, const struct evcp__event *event,
                                     struct evcp__now now, struct evcp__effects *out);

/* mono_ms at which the next TICK is due; UINT64_MAX: none. */
uint64_t evcp__core_deadline(const struct evcp__core *core);

/* To be handed to the next load in the same run, so that message ids never repeat. */
uint32_t evcp__core_serial(const struct evcp__core *core);

/* True if a CALL with this message id is in flight, or was and its answer would still spare us a
 * retransmission; *kind says what it was. */
bool evcp__core_in_flight(const struct evcp__core *core, const char *id,
                          enum evcp__fact_kind *kind);

/* Reading, for the public interface. */
EVCP__MUST_CHECK int evcp__core_connector(const struct evcp__core *core, uint16_t connector,
                                          struct evcp_connector_state *out);
enum evcp_link_state evcp__core_link(const struct evcp__core *core);
size_t evcp__core_outbox_count(const struct evcp__core *core);
int64_t evcp__core_utc(const struct evcp__core *core, struct evcp__now now);
/* max(UTC, floor): what certificates are judged by. */
int64_t evcp__core_judge_time(const struct evcp__core *core, struct evcp__now now);
const struct evcp__settings *evcp__core_settings(const struct evcp__core *core);

/* Frees what the effects own, and their array. */
void evcp__effects_clear(struct evcp__effects *effects);

#endif
