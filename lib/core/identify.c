/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is it, and may he? A token is looked up, decided (authorize.c), told, and turned into an
 * input of the session machine. Answers of the central system come back here.
 */
#include "core_private.h"
#include "token.h"

#include <string.h>

/* A vehicle repeats its own code when communication restarts: it is no wish to stop. */
static bool is_vehicle(const struct evcp_token *t)
{
    return t->type == EVCP_TOKEN_VIN || t->type == EVCP_TOKEN_EVCCID || t->type == EVCP_TOKEN_MAC ||
           t->type == EVCP_TOKEN_EMAID;
}

static struct evcp__auth_settings settings_of(const struct evcp__core *core)
{
    const struct evcp__settings *s = core->settings;
    return (struct evcp__auth_settings){
        .list_enabled = evcp__setting_bool(s, EVCP__KEY_LOCAL_AUTH_LIST_ENABLED),
        .cache_enabled =
            core->cache.max > 0 && evcp__setting_bool(s, EVCP__KEY_AUTHORIZATION_CACHE_ENABLED),
        .pre_authorize = evcp__setting_bool(s, EVCP__KEY_LOCAL_PRE_AUTHORIZE),
        .authorize_offline = evcp__setting_bool(s, EVCP__KEY_LOCAL_AUTHORIZE_OFFLINE),
        .unknown_offline = evcp__setting_bool(s, EVCP__KEY_ALLOW_OFFLINE_TX_FOR_UNKNOWN_ID),
        .authorize_remote = evcp__setting_bool(s, EVCP__KEY_AUTHORIZE_REMOTE_TX_REQUESTS),
        .pre_boot_transactions = evcp__setting_bool(s, EVCP__KEY_PRE_BOOT_TRANSACTIONS),
    };
}

static int find_in_list(struct evcp__core *core, const char *id_tag, struct evcp__knowledge *out)
{
    bool damaged = false;
    EVCP__TRY(evcp__list_find(&core->list, id_tag, evcp__judge(core), out, &damaged));
    if (!damaged) {
        return EVCP_OK;
    }
    core->list.version = 0; /* so that the central system sends the list again */
    return evcp__notify(core, EVCP_EVENT_STORE, 0,
                        "an entry of the local list is damaged; the list version reads 0 so that "
                        "the central system sends it again",
                        NULL);
}

static int input_of(struct evcp__core *core, const struct evcp_token *token, enum evcp__reach reach,
                    struct evcp__auth_input *in)
{
    memset(in, 0, sizeof *in);
    in->reach = reach;
    in->ever_accepted = core->link.ever_accepted;
    in->rule = evcp__token_rule(core->env.config->token_rules, token);
    EVCP__TRY(find_in_list(core, token->value, &in->list));
    return evcp__cache_find(&core->cache, token->value, evcp__judge(core), &in->cache);
}

static int tell(struct evcp__core *core, const struct evcp__connector *c,
                const struct evcp_token *token, const struct evcp__decision *d, bool stop)
{
    struct evcp_event *event;
    EVCP__TRY(evcp__notify(core, EVCP_EVENT_DECISION, c->number, NULL, &event));
    event->token = *token;
    event->accepted = d->verdict == EVCP__ACCEPT;
    event->stop = stop;
    event->reason = d->reason;
    event->auth_status = d->status;
    return EVCP_OK;
}

static int refuse(struct evcp__core *core, const struct evcp__connector *c,
                  const struct evcp_token *token, enum evcp_decision_reason reason)
{
    struct evcp__decision d = {
        .verdict = EVCP__REFUSE, .reason = reason, .status = EVCP_AUTH_INVALID};
    return tell(core, c, token, &d, false);
}

void evcp__want_stop(struct evcp__connector *c, enum evcp_stop_reason reason,
                     const struct evcp_token *token)
{
    c->session.stop_reason = reason;
    memset(&c->session.stop_token, 0, sizeof c->session.stop_token);
    if (token != NULL) {
        c->session.stop_token = *token;
    }
    c->stop_wanted = true;
}

void evcp__keep_locked(struct evcp__connector *c, const struct evcp__tx *tx)
{
    c->keep_locked = true;
    c->keeper = tx->token;
    memcpy(c->keeper_parent, tx->parent, sizeof c->keeper_parent);
}

bool evcp__may_start(const struct evcp__core *core, const struct evcp__connector *c)
{
    bool free_state =
        c->session.state == EVCP__SESSION_IDLE || c->session.state == EVCP__SESSION_FINISHING;
    return free_state && evcp__operative(core, c) && !c->faulted && !core->connector[0].faulted &&
           !core->reset.pending;
}

/* ---- start ------------------------------------------------------------------------------- */

static int use(struct evcp__core *core, const struct evcp_token *token,
               const struct evcp__decision *d)
{
    return d->reason == EVCP_BY_CACHE ? evcp__cache_touch(&core->cache, token->value) : EVCP_OK;
}

/* It is still the cable of another driver. */
static bool keeps_cable(const struct evcp__core *core, const struct evcp__connector *c)
{
    return c->keep_locked && evcp__has_lock(core);
}

static int act_on_start(struct evcp__core *core, struct evcp__connector *c,
                        const struct evcp_token *token, const struct evcp__decision *d)
{
    if (d->verdict == EVCP__REFUSE) {
        EVCP__TRY(tell(core, c, token, d, false));
        return evcp__session_input(core, c, EVCP__IN_REFUSED);
    }
    if (d->verdict == EVCP__ACCEPT && keeps_cable(core, c) && !c->session.remote) {
        EVCP__TRY(refuse(core, c, token, EVCP_BY_OTHER_TOKEN));
        return evcp__session_input(core, c, EVCP__IN_REFUSED);
    }
    c->session.token = *token;
    memcpy(c->session.parent, d->parent, sizeof c->session.parent);
    if (d->verdict == EVCP__ASK) {
        return evcp__session_input(core, c, EVCP__IN_ASK);
    }
    EVCP__TRY(use(core, token, d));
    EVCP__TRY(tell(core, c, token, d, false));
    return evcp__session_input(core, c, EVCP__IN_ACCEPTED);
}

static int decide_start(struct evcp__core *core, struct evcp__connector *c,
                        const struct evcp_token *token, enum evcp__reach reach,
                        struct evcp__decision *d)
{
    struct evcp__auth_settings settings = settings_of(core);
    struct evcp__auth_input in;
    EVCP__TRY(input_of(core, token, reach, &in));
    in.purpose = c->session.remote ? EVCP__PURPOSE_REMOTE_START : EVCP__PURPOSE_START;
    evcp__authorize(&settings, &in, d);
    return EVCP_OK;
}

static int start(struct evcp__core *core, struct evcp__connector *c, const struct evcp_token *token)
{
    struct evcp__decision d;
    if (!evcp__may_start(core, c)) {
        return refuse(core, c, token, EVCP_BY_UNAVAILABLE);
    }
    c->session.remote = false;
    EVCP__TRY(decide_start(core, c, token, evcp__reach(core), &d));
    return act_on_start(core, c, token, &d);
}

int evcp__identify_remote(struct evcp__core *core, struct evcp__connector *c,
                          const struct evcp_token *token, bool *accepted)
{
    struct evcp__decision d;
    *accepted = false;
    if (!evcp__may_start(core, c)) {
        return EVCP_OK;
    }
    c->session.remote = true;
    c->session.shared = false;
    EVCP__TRY(decide_start(core, c, token, evcp__reach(core), &d));
    *accepted = d.verdict != EVCP__REFUSE;
    return act_on_start(core, c, token, &d);
}

/* ---- stop -------------------------------------------------------------------------------- */

static void stop_input(struct evcp__connector *c, const struct evcp_token *token,
                       struct evcp__auth_input *in)
{
    in->purpose = EVCP__PURPOSE_STOP;
    in->same_token = evcp__token_equal(&c->session.tx->token, token);
    in->start_parent = c->session.tx->parent;
}

static int act_on_stop(struct evcp__core *core, struct evcp__connector *c,
                       const struct evcp_token *token, const struct evcp__decision *d)
{
    if (d->verdict == EVCP__ASK) {
        c->session.stop_ask = true;
        c->session.asked = false;
        c->session.stop_token = *token;
        c->session.stop_ask_end =
            evcp__after_s(core, evcp__setting_int(core->settings, EVCP__KEY_AUTHORIZE_TIMEOUT));
        return EVCP_OK;
    }
    c->session.stop_ask = false;
    c->session.stop_ask_end = EVCP__NEVER;
    EVCP__TRY(tell(core, c, token, d, true));
    if (d->verdict == EVCP__ACCEPT) {
        evcp__want_stop(c, EVCP_STOP_LOCAL, token);
    }
    return EVCP_OK;
}

static int stop(struct evcp__core *core, struct evcp__connector *c, const struct evcp_token *token,
                enum evcp__reach reach)
{
    struct evcp__auth_settings settings = settings_of(core);
    struct evcp__auth_input in;
    struct evcp__decision d;
    EVCP__TRY(input_of(core, token, reach, &in));
    stop_input(c, token, &in);
    evcp__authorize(&settings, &in, &d);
    return act_on_stop(core, c, token, &d);
}

/* ---- a token is presented ---------------------------------------------------------------- */

static bool in_group(const char *parent, const struct evcp__knowledge *k)
{
    return k->found && !k->expired && parent[0] != '\0' &&
           evcp__text_equal_ci(k->info.parent, parent);
}

static int release(struct evcp__core *core, struct evcp__connector *c,
                   const struct evcp_token *token, enum evcp_decision_reason reason)
{
    struct evcp__decision d = {
        .verdict = EVCP__ACCEPT, .reason = reason, .status = EVCP_AUTH_ACCEPTED};
    c->keep_locked = false;
    return tell(core, c, token, &d, true);
}

/* After a de-authorized end, or an EV-side unplug, the cable is released to its driver only. */
static int release_cable(struct evcp__core *core, struct evcp__connector *c,
                         const struct evcp_token *token, bool *done)
{
    struct evcp__auth_input in;
    *done = false;
    if (!keeps_cable(core, c)) {
        return EVCP_OK;
    }
    EVCP__TRY(input_of(core, token, evcp__reach(core), &in));
    bool same = evcp__token_equal(&c->keeper, token);
    *done = same || in_group(c->keeper_parent, &in.list) || in_group(c->keeper_parent, &in.cache);
    return *done ? release(core, c, token, same ? EVCP_BY_SAME_TOKEN : EVCP_BY_GROUP) : EVCP_OK;
}

/* Its transaction is over and it is still plugged: it repeats itself, nobody wants a new one. */
static bool is_old_vehicle(const struct evcp__connector *c, const struct evcp_token *token)
{
    return c->session.state == EVCP__SESSION_FINISHING && is_vehicle(token) &&
           evcp__token_equal(&c->session.token, token);
}

static int present_idle(struct evcp__core *core, struct evcp__connector *c,
                        const struct evcp_token *token)
{
    bool done;
    if (is_old_vehicle(c, token)) {
        return EVCP_OK;
    }
    EVCP__TRY(release_cable(core, c, token, &done));
    return done ? EVCP_OK : start(core, c, token);
}

static int present_again(struct evcp__core *core, struct evcp__connector *c,
                         const struct evcp_token *token)
{
    if (!evcp__token_equal(&c->session.token, token)) {
        return refuse(core, c, token, EVCP_BY_OTHER_TOKEN);
    }
    return is_vehicle(token) ? EVCP_OK : evcp__session_input(core, c, EVCP__IN_CANCEL);
}

/* The cable, or the dark, brought another vehicle than the one that pays. */
static bool is_other_vehicle(const struct evcp__connector *c, const struct evcp_token *token)
{
    const struct evcp_token *payer = &c->session.tx->token;
    return payer->type == token->type && !evcp__token_equal(payer, token);
}

static int present_vehicle(struct evcp__core *core, struct evcp__connector *c,
                           const struct evcp_token *token)
{
    if (!is_other_vehicle(c, token)) {
        return EVCP_OK;
    }
    evcp__want_stop(c, EVCP_STOP_EV_DISCONNECTED, NULL);
    c->stop_wanted = false; /* at once: it may start on the next line */
    EVCP__TRY(evcp__session_input(core, c, EVCP__IN_STOP));
    return start(core, c, token);
}

static int present(struct evcp__core *core, struct evcp__connector *c,
                   const struct evcp_token *token)
{
    switch (c->session.state) {
    case EVCP__SESSION_IDLE:
    case EVCP__SESSION_FINISHING: return present_idle(core, c, token);
    case EVCP__SESSION_AUTHORIZING:
    case EVCP__SESSION_WAITING:
    case EVCP__SESSION_LOCKING: return present_again(core, c, token);
    case EVCP__SESSION_ENERGIZED:
        return is_vehicle(token) ? present_vehicle(core, c, token)
                                 : stop(core, c, token, evcp__reach(core));
    case EVCP__SESSION_STATES: break;
    }
    return EVCP_ESTATE;
}

/* ---- shared readers ---------------------------------------------------------------------- */

static bool holds(const struct evcp__connector *c, const struct evcp_token *token)
{
    if (c->keep_locked && evcp__token_equal(&c->keeper, token)) {
        return true;
    }
    return c->session.state != EVCP__SESSION_IDLE && c->session.state != EVCP__SESSION_FINISHING &&
           evcp__token_equal(&c->session.token, token);
}

static bool may_stop_by_group(const struct evcp__connector *c, const struct evcp__auth_input *in)
{
    const char *parent = c->session.tx != NULL ? c->session.tx->parent
                         : c->keep_locked      ? c->keeper_parent
                                               : "";
    return in_group(parent, &in->list) || in_group(parent, &in->cache);
}

static bool plugged_and_idle(const struct evcp__core *core, const struct evcp__connector *c)
{
    return c->session.state == EVCP__SESSION_IDLE && c->plugged && evcp__may_start(core, c);
}

static bool idle(const struct evcp__core *core, const struct evcp__connector *c)
{
    return c->session.state == EVCP__SESSION_IDLE && evcp__may_start(core, c);
}

static bool runs_with_group(const struct evcp__connector *c)
{
    return c->session.tx != NULL && c->session.tx->parent[0] != '\0';
}

/* Its transaction is over; the same token may begin another one (F2). */
static bool finished(const struct evcp__connector *c, const struct evcp_token *token)
{
    return c->session.state == EVCP__SESSION_FINISHING &&
           evcp__token_equal(&c->session.token, token);
}

/* Errata 3.20 (B6): at a shared reader nobody starts the cable of somebody else. */
static bool is_of_another(const struct evcp__core *core, const struct evcp__connector *c,
                          const struct evcp_token *token)
{
    return core->connectors > 1 && c->session.state == EVCP__SESSION_FINISHING && !c->keep_locked &&
           !finished(c, token);
}

/* Which connector is meant by a card at a shared reader: the one it holds, its group's, the one
 * that is plugged and waits, the one it used last, a free one, one whose group may still be asked
 * about; else the first. */
static struct evcp__connector *choose(struct evcp__core *core, const struct evcp_token *token,
                                      const struct evcp__auth_input *in)
{
    struct evcp__connector *best = NULL;
    int best_rank = 0;
    for (uint16_t i = 1; i <= core->connectors; i++) {
        struct evcp__connector *c = &core->connector[i];
        int rank = holds(c, token)             ? 7
                   : may_stop_by_group(c, in)  ? 6
                   : plugged_and_idle(core, c) ? 5
                   : finished(c, token)        ? 4
                   : idle(core, c)             ? 3
                   : runs_with_group(c)        ? 2
                                               : 1;
        if (rank > best_rank) {
            best = c;
            best_rank = rank;
        }
    }
    return best;
}

int evcp__identify(struct evcp__core *core, uint16_t connector, const struct evcp_token *token)
{
    struct evcp__auth_input in;
    if (connector != 0) {
        struct evcp__connector *c = &core->connector[connector];
        c->session.shared = c->session.shared && c->session.state != EVCP__SESSION_IDLE;
        return present(core, c, token);
    }
    EVCP__TRY(input_of(core, token, evcp__reach(core), &in));
    struct evcp__connector *c = choose(core, token, &in);
    if (is_of_another(core, c, token)) {
        return refuse(core, c, token, EVCP_BY_UNAVAILABLE);
    }
    bool fresh = c->session.state == EVCP__SESSION_IDLE;
    EVCP__TRY(present(core, c, token));
    if (fresh && c->session.state != EVCP__SESSION_IDLE) {
        c->session.shared = !c->plugged;
    }
    return EVCP_OK;
}

static bool follows(const struct evcp__connector *c)
{
    return c->session.shared && !c->plugged &&
           (c->session.state == EVCP__SESSION_WAITING ||
            c->session.state == EVCP__SESSION_AUTHORIZING);
}

/* Someone identified at the shared reader and now plugs in here, not where we guessed. */
int evcp__identify_follow(struct evcp__core *core, struct evcp__connector *c)
{
    if (!idle(core, c)) {
        return EVCP_OK;
    }
    for (uint16_t i = 1; i <= core->connectors; i++) {
        struct evcp__connector *from = &core->connector[i];
        if (from == c || !follows(from)) {
            continue;
        }
        c->session = from->session;
        c->session.shared = false;
        memset(&from->session, 0, sizeof from->session);
        from->session.ask_end = from->session.wait_end = from->session.stop_ask_end = EVCP__NEVER;
        if (core->call.active && core->call.kind == EVCP__FACT_AUTHORIZE &&
            core->call.connector == from->number) {
            core->call.connector = c->number;
        }
        return EVCP_OK;
    }
    return EVCP_OK;
}

/* ---- answers, and their absence ---------------------------------------------------------- */

int evcp__identify_again(struct evcp__core *core, struct evcp__connector *c, enum evcp__reach reach)
{
    struct evcp__decision d;
    struct evcp__session *s = &c->session;
    if (s->state == EVCP__SESSION_AUTHORIZING) {
        struct evcp_token token = s->token;
        EVCP__TRY(decide_start(core, c, &token, reach, &d));
        return act_on_start(core, c, &token, &d);
    }
    if (s->stop_ask && s->tx != NULL) {
        struct evcp_token token = s->stop_token;
        return stop(core, c, &token, reach);
    }
    s->stop_ask = false;
    s->ask_end = s->stop_ask_end = EVCP__NEVER;
    return EVCP_OK;
}

static bool contradicts(const struct evcp__knowledge *list, const struct evcp__token_info *info,
                        int64_t judge_ms)
{
    bool over = info->expiry_ms != 0 && info->expiry_ms <= judge_ms;
    bool listed =
        list->info.status == EVCP_AUTH_ACCEPTED || list->info.status == EVCP_AUTH_CONCURRENT_TX;
    bool answered = info->status == EVCP_AUTH_ACCEPTED || info->status == EVCP_AUTH_CONCURRENT_TX;
    return (listed && !list->expired) != (answered && !over);
}

int evcp__identify_learn(struct evcp__core *core, const struct evcp_token *token,
                         const struct evcp__token_info *info)
{
    struct evcp__auth_settings settings = settings_of(core);
    struct evcp__auth_input in;
    EVCP__TRY(input_of(core, token, EVCP__REACH_ONLINE, &in));
    if (settings.list_enabled && in.list.found) {
        return contradicts(&in.list, info, evcp__judge(core))
                   ? evcp__status_extra(core, EVCP_ERROR_LOCAL_LIST_CONFLICT, token->value)
                   : EVCP_OK;
    }
    if (!settings.cache_enabled || in.list.found || (in.rule & EVCP_RULE_CACHE) == 0) {
        return EVCP_OK;
    }
    return evcp__cache_put(&core->cache, token->value, info, evcp__judge(core));
}

static bool keeps_for_group(const struct evcp__connector *c, const char *parent)
{
    return c->keep_locked && !c->session.remote && c->keeper_parent[0] != '\0' &&
           evcp__text_equal_ci(c->keeper_parent, parent);
}

static int answer_start(struct evcp__core *core, struct evcp__connector *c,
                        const struct evcp__answer *a)
{
    struct evcp__decision d;
    struct evcp__auth_input in;
    struct evcp_token token = c->session.token;
    if (a->failed || !a->has_info) {
        return evcp__identify_again(core, c, EVCP__REACH_UNANSWERED);
    }
    EVCP__TRY(input_of(core, &token, EVCP__REACH_ONLINE, &in));
    in.purpose = c->session.remote ? EVCP__PURPOSE_REMOTE_START : EVCP__PURPOSE_START;
    evcp__authorize_answer(&in, &a->info, evcp__judge(core), &d);
    if (d.verdict == EVCP__ACCEPT && keeps_for_group(c, d.parent)) {
        EVCP__TRY(release(core, c, &token, EVCP_BY_GROUP));
        return evcp__session_input(core, c, EVCP__IN_CANCEL);
    }
    return act_on_start(core, c, &token, &d);
}

static int answer_stop(struct evcp__core *core, struct evcp__connector *c,
                       const struct evcp__answer *a)
{
    struct evcp__decision d;
    struct evcp__auth_input in;
    struct evcp_token token = c->session.stop_token;
    if (a->failed || !a->has_info) {
        return evcp__identify_again(core, c, EVCP__REACH_UNANSWERED);
    }
    EVCP__TRY(input_of(core, &token, EVCP__REACH_ONLINE, &in));
    stop_input(c, &token, &in);
    evcp__authorize_answer(&in, &a->info, evcp__judge(core), &d);
    return act_on_stop(core, c, &token, &d);
}

int evcp__identify_answer(struct evcp__core *core, const struct evcp__call *call,
                          const struct evcp__answer *a)
{
    struct evcp__connector *c = evcp__connector_at(core, call->connector);
    if (!a->failed && a->has_info) {
        EVCP__TRY(evcp__identify_learn(core, &call->token, &a->info));
    }
    if (c == NULL) {
        return EVCP_OK;
    }
    /* Late, if the cable is gone or it was decided without: then nothing below holds. A token that
     * was presented again meanwhile takes the answer to its first question. */
    if (a->failed && !c->session.asked) {
        return EVCP_OK; /* its own question is still to be asked */
    }
    if (call->for_stop) {
        bool same = c->session.stop_ask && c->session.tx != NULL &&
                    evcp__token_equal(&c->session.stop_token, &call->token);
        return same ? answer_stop(core, c, a) : EVCP_OK;
    }
    bool same = c->session.state == EVCP__SESSION_AUTHORIZING &&
                evcp__token_equal(&c->session.token, &call->token);
    return same ? answer_start(core, c, a) : EVCP_OK;
}
