/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ChangeAvailability (OCPP 1.6 5.2). One persistent flag per connector and one for the charge
 * point: a request for 0 sets all of them. While a transaction runs the flag waits: that is the
 * schedule, and it survives a power cut.
 */
#include "core_private.h"

static const char *const name_of_flags = "inoperative";

bool evcp__operative(const struct evcp__core *core, const struct evcp__connector *c)
{
    return !core->connector[0].inoperative && !c->inoperative;
}

/* Bit 0: the charge point; connector n is bit n. 65 flags do not fit: two numbers. */
static int store(struct evcp__core *core)
{
    uint64_t bits = 0;
    for (uint16_t i = 1; i <= core->connectors; i++) {
        bits |= core->connector[i].inoperative ? UINT64_C(1) << (i - 1) : 0;
    }
    EVCP__TRY(evcp__meta_put(core, "inoperative0", core->connector[0].inoperative ? 1 : 0));
    EVCP__TRY(evcp__meta_put(core, name_of_flags, (int64_t)bits));
    evcp__durable(core);
    return EVCP_OK;
}

int evcp__availability_load(struct evcp__core *core)
{
    int64_t bits;
    int64_t zero;
    EVCP__TRY(evcp__meta_get(core, name_of_flags, &bits, 0));
    EVCP__TRY(evcp__meta_get(core, "inoperative0", &zero, 0));
    core->connector[0].inoperative = zero != 0;
    for (uint16_t i = 1; i <= core->connectors; i++) {
        core->connector[i].inoperative = ((uint64_t)bits >> (i - 1) & 1u) != 0;
    }
    return EVCP_OK;
}

static bool runs(const struct evcp__connector *c)
{
    return c->session.tx != NULL;
}

/* Preparing may not become Unavailable (4.9): an unfinished start is ended first. What is over
 * becomes Unavailable at once, its cable or not. */
static int end_preparation(struct evcp__core *core, struct evcp__connector *c)
{
    switch (c->session.state) {
    case EVCP__SESSION_AUTHORIZING:
    case EVCP__SESSION_WAITING:
    case EVCP__SESSION_LOCKING:
    case EVCP__SESSION_FINISHING: return evcp__session_input(core, c, EVCP__IN_CANCEL);
    case EVCP__SESSION_IDLE:
    case EVCP__SESSION_ENERGIZED:
    case EVCP__SESSION_STATES: break;
    }
    return EVCP_OK;
}

static int set(struct evcp__core *core, struct evcp__connector *c, bool operative, bool *scheduled)
{
    c->inoperative = !operative;
    if (operative) {
        return EVCP_OK;
    }
    *scheduled = *scheduled || runs(c);
    return end_preparation(core, c);
}

int evcp__availability_change(struct evcp__core *core, const struct evcp__request *r,
                              enum evcp__outcome *outcome)
{
    bool scheduled = false;
    *outcome = EVCP__OUT_REJECTED;
    if (r->connector < 0 || r->connector > core->connectors) {
        return EVCP_OK;
    }
    uint16_t first = (uint16_t)r->connector;
    uint16_t last = r->connector == 0 ? core->connectors : first;
    for (uint16_t i = first; i <= last; i++) {
        EVCP__TRY(set(core, &core->connector[i], r->on, &scheduled));
    }
    EVCP__TRY(store(core));
    *outcome = scheduled ? EVCP__OUT_SCHEDULED : EVCP__OUT_ACCEPTED;
    return EVCP_OK;
}
