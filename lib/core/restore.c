/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power-on with a transaction in the store. Four cases: {contactor closed or open} x {record or
 * none}; docs/DESIGN.md has the table. Closed without a record is handled where every contactor
 * is: nobody wants it closed, so it is told to open.
 */
#include "core_private.h"

#include <stdlib.h>
#include <string.h>

struct found {
    struct evcp__core *core;
    struct evcp__tx **list;
    size_t count;
    size_t damaged;
    int rc;
};

static int take_running(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct found *f = context;
    struct evcp__tx *tx = malloc(sizeof *tx);
    (void)key;
    struct evcp__tx **list = realloc(f->list, (f->count + 1) * sizeof *list);
    if (list != NULL) {
        f->list = list;
    }
    if (tx == NULL || list == NULL) {
        free(tx);
        f->rc = EVCP_ENOMEM;
        return 1;
    }
    int rc = evcp__tx_decode(value, tx);
    if (rc != EVCP_OK) {
        f->damaged++;
    }
    if (rc != EVCP_OK || tx->ended) {
        free(tx);
        return 0;
    }
    f->list[f->count++] = tx;
    return 0;
}

static bool resumes(const struct evcp__core *core)
{
    const char *policy = evcp__setting_text(core->settings, EVCP__KEY_POWER_LOSS_POLICY);
    return core->env.rebuilt || (policy[0] == 'R' || policy[0] == 'r');
}

/* The connector keeps the transaction; energy flows again when a cable is reported. */
static int adopt(struct evcp__core *core, struct evcp__connector *c, struct evcp__tx *tx)
{
    c->session.tx = tx;
    c->session.state = EVCP__SESSION_ENERGIZED;
    c->session.token = tx->token;
    c->contactor_wanted = c->contactor_closed;
    memcpy(c->session.parent, tx->parent, sizeof c->session.parent);
    c->session.wait_end =
        evcp__after_s(core, evcp__setting_int(core->settings, EVCP__KEY_CONNECTION_TIME_OUT));
    if (tx->invalid && !tx->withheld) {
        c->energy_check = evcp__after_s(core, 1);
    }
    return evcp__meter_resume(core, c);
}

/* What the driver took until the cut is in the meter's register; when it happened is not known
 * better than by the latest stored sample. */
static int close_lost(struct evcp__core *core, struct evcp__tx *tx)
{
    struct evcp__entry e = {.kind = EVCP__FACT_ENDED, .tx = tx->number, .connector = tx->connector};
    struct evcp__connector *c = evcp__connector_at(core, tx->connector);
    int64_t wh = tx->last_wh;
    if (c != NULL && evcp__meter_energy(core, c, &wh) != EVCP_OK) {
        wh = tx->last_wh;
    }
    tx->ended = true;
    tx->end = tx->last;
    tx->meter_stop_wh = wh < tx->last_wh ? tx->last_wh : wh;
    tx->reason = core->env.config->restarted ? EVCP_STOP_REBOOT : EVCP_STOP_POWER_LOSS;
    EVCP__TRY(evcp__tx_data_lost(core, tx));
    EVCP__TRY(evcp__tx_put(core, tx));
    EVCP__TRY(evcp__outbox_put(core, &e));
    struct evcp_event *event;
    EVCP__TRY(evcp__notify(core, EVCP_EVENT_TRANSACTION, tx->connector, NULL, &event));
    event->transaction = tx->number;
    event->token = tx->token;
    event->stop_reason = tx->reason;
    event->energy_wh = tx->meter_stop_wh;
    return EVCP_OK;
}

static int restore_one(struct evcp__core *core, struct evcp__tx *tx, bool *adopted)
{
    struct evcp__connector *c = evcp__connector_at(core, tx->connector);
    *adopted = false;
    if (c == NULL || tx->connector == 0 || c->session.tx != NULL || !resumes(core)) {
        return close_lost(core, tx);
    }
    *adopted = true;
    return adopt(core, c, tx);
}

static int restore_all(struct evcp__core *core, struct found *f)
{
    for (size_t i = 0; i < f->count; i++) {
        bool adopted;
        int rc = restore_one(core, f->list[i], &adopted);
        if (adopted) {
            f->list[i] = NULL; /* the connector owns it now, also if the step failed */
        }
        EVCP__TRY(rc);
    }
    if (f->damaged > 0) {
        return evcp__notify(core, EVCP_EVENT_STORE, 0,
                            "a transaction record is damaged; its messages go to quarantine", NULL);
    }
    return EVCP_OK;
}

int evcp__session_restore(struct evcp__core *core)
{
    struct found f = {.core = core};
    int rc =
        evcp__scan(core->env.store, EVCP__SPACE_TX, (struct evcp__slice){"", 0}, take_running, &f);
    rc = rc == EVCP_OK ? f.rc : rc;
    if (rc == EVCP_OK) {
        rc = restore_all(core, &f);
    }
    for (size_t i = 0; i < f.count; i++) {
        free(f.list[i]);
    }
    free(f.list);
    return rc;
}
