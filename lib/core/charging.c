/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Begin and end of a transaction: what is written, and what the central system's judgement of its
 * token means for it (OCPP 1.6 3.5.4, 4.8, 4.10; errata 3.5, 3.17).
 */
#include "core_private.h"

#include <stdlib.h>
#include <string.h>

static int tell(struct evcp__core *core, const struct evcp__tx *tx, bool start)
{
    struct evcp_event *event;
    EVCP__TRY(evcp__notify(core, EVCP_EVENT_TRANSACTION, tx->connector, NULL, &event));
    event->accepted = start;
    event->transaction = tx->number;
    event->token = tx->token;
    event->stop_reason = tx->reason;
    event->energy_wh = start ? tx->meter_start_wh : tx->meter_stop_wh;
    return EVCP_OK;
}

static int queue(struct evcp__core *core, const struct evcp__tx *tx, enum evcp__fact_kind kind)
{
    struct evcp__entry e = {.kind = kind, .tx = tx->number, .connector = tx->connector};
    return evcp__outbox_put(core, &e);
}

static int refuse(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp_event *event;
    EVCP__TRY(evcp__notify(core, EVCP_EVENT_DECISION, c->number, NULL, &event));
    event->token = c->session.token;
    event->reason = EVCP_BY_STORE;
    return EVCP_OK;
}

static void fill(struct evcp__core *core, struct evcp__connector *c, struct evcp__tx *tx,
                 int64_t wh)
{
    memset(tx, 0, sizeof *tx);
    tx->number = core->next_tx++;
    tx->connector = c->number;
    tx->token = c->session.token;
    memcpy(tx->parent, c->session.parent, sizeof tx->parent);
    tx->start = evcp__clock_stamp(&core->clock, core->now);
    tx->meter_start_wh = wh;
    tx->last = tx->start;
    tx->last_wh = wh;
}

static int record(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp__tx *tx = c->session.tx;
    EVCP__TRY(evcp__meta_put(core, "tx", (int64_t)core->next_tx));
    EVCP__TRY(queue(core, tx, EVCP__FACT_STARTED));
    EVCP__TRY(evcp__meter_begin(core, c));
    EVCP__TRY(evcp__tx_put(core, tx));
    evcp__durable(core); /* promise 1: before the contactor */
    return tell(core, tx, true);
}

int evcp__charging_begin(struct evcp__core *core, struct evcp__connector *c, bool *begun)
{
    int64_t wh;
    *begun = false;
    if (!evcp__outbox_room_for_start(core)) {
        return refuse(core, c);
    }
    if (evcp__meter_energy(core, c, &wh) != EVCP_OK) {
        return evcp__hardware_meter_failed(core, c, false);
    }
    c->session.tx = malloc(sizeof *c->session.tx);
    if (c->session.tx == NULL) {
        return EVCP_ENOMEM;
    }
    fill(core, c, c->session.tx, wh);
    c->keep_locked = false;
    *begun = true;
    return record(core, c);
}

static int read_stop(struct evcp__core *core, struct evcp__connector *c, struct evcp__tx *tx)
{
    int64_t wh;
    if (evcp__meter_energy(core, c, &wh) != EVCP_OK) {
        tx->meter_stop_wh = tx->last_wh;
        return evcp__notify(core, EVCP_EVENT_HARDWARE, c->number,
                            "meter cannot be read: the transaction ends with its last value", NULL);
    }
    tx->meter_stop_wh = wh < tx->last_wh ? tx->last_wh : wh; /* registers never decrease */
    return EVCP_OK;
}

int evcp__charging_end(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp__tx *tx = c->session.tx;
    if (tx == NULL) {
        return EVCP_ESTATE;
    }
    tx->ended = true;
    tx->end = evcp__clock_stamp(&core->clock, core->now);
    tx->reason = c->session.stop_reason;
    tx->stop_token = c->session.stop_token;
    EVCP__TRY(read_stop(core, c, tx));
    EVCP__TRY(evcp__meter_end(core, c));
    EVCP__TRY(evcp__tx_put(core, tx));
    EVCP__TRY(queue(core, tx, EVCP__FACT_ENDED));
    evcp__durable(core);
    int rc = tell(core, tx, false);
    free(tx);
    c->session.tx = NULL;
    c->session.stop_ask = false;
    c->session.stop_ask_end = EVCP__NEVER;
    c->energy_check = EVCP__NEVER;
    return rc;
}

static bool stop_on_invalid(const struct evcp__core *core)
{
    return evcp__setting_bool(core->settings, EVCP__KEY_STOP_TRANSACTION_ON_INVALID_ID);
}

/* The granted energy is used up, or none is granted. */
static void cut(struct evcp__core *core, struct evcp__tx *tx, bool *stop)
{
    *stop = stop_on_invalid(core);
    tx->withheld = !*stop;
    struct evcp__connector *c = &core->connector[tx->connector];
    c->energy_check = EVCP__NEVER;
    if (*stop) {
        c->session.stop_reason = EVCP_STOP_DE_AUTHORIZED;
        memset(&c->session.stop_token, 0, sizeof c->session.stop_token);
        evcp__keep_locked(c, tx); /* errata 3.5 */
    }
}

int evcp__charging_judged(struct evcp__core *core, struct evcp__tx *tx,
                          const struct evcp__token_info *info, bool *stop)
{
    *stop = false;
    if (info->parent[0] != '\0') {
        memcpy(tx->parent, info->parent, sizeof tx->parent);
    }
    if (info->status == EVCP_AUTH_ACCEPTED || tx->ended || tx->invalid) {
        return EVCP_OK;
    }
    int32_t grant = evcp__setting_int(core->settings, EVCP__KEY_MAX_ENERGY_ON_INVALID_ID);
    struct evcp__connector *c = &core->connector[tx->connector];
    int64_t wh;
    tx->invalid = true;
    if (grant <= 0 || evcp__meter_energy(core, c, &wh) != EVCP_OK) {
        cut(core, tx, stop);
        return EVCP_OK;
    }
    tx->energy_end_wh = wh + grant;
    c->energy_check = evcp__after_s(core, 1);
    return EVCP_OK;
}

/* MaxEnergyOnInvalidId, once a second while it runs. */
int evcp__charging_timer(struct evcp__core *core, struct evcp__connector *c)
{
    struct evcp__tx *tx = c->session.tx;
    int64_t wh;
    bool stop = false;
    if (!evcp__due(core, c->energy_check)) {
        return EVCP_OK;
    }
    c->energy_check = evcp__after_s(core, 1);
    if (tx == NULL || !tx->invalid || tx->withheld) {
        c->energy_check = EVCP__NEVER;
        return EVCP_OK;
    }
    if (evcp__meter_energy(core, c, &wh) == EVCP_OK && wh >= tx->last_wh &&
        wh < tx->energy_end_wh) {
        return EVCP_OK;
    }
    cut(core, tx, &stop); /* a meter that cannot be read, or goes back, grants nothing */
    c->stop_wanted = stop;
    return stop ? EVCP_OK : evcp__tx_put(core, tx);
}
