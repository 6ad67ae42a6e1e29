/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision, in the order of its tables: what is known here, who may start with the central
 * system and without it, who may stop. Sections are those of OCPP 1.6 edition 2.
 */
#include "authorize.h"

#include <string.h>

#include "token.h"

/* ---- what is known here (3.5.1 to 3.5.4) ------------------------------------------------- */

enum standing { VALID, BAD, UNKNOWN };

struct local {
    enum standing standing;
    enum evcp_auth_status status;
    enum evcp_decision_reason reason; /* which knowledge it is */
    bool rule;                        /* the token's rule lets this knowledge accept it */
    const char *parent;
};

/* 3.5.2: "marked as valid" is Accepted or ConcurrentTx in the list; in the cache ConcurrentTx is
 * the refusal of an earlier start (7.2). */
static bool valid(const struct evcp__knowledge *k, bool in_list)
{
    if (k->expired)
        return false;
    return k->info.status == EVCP_AUTH_ACCEPTED ||
           (in_list && k->info.status == EVCP_AUTH_CONCURRENT_TX);
}

/* Blocked and Invalid tell the driver more than the end of a date. */
static bool bad_by_time(const struct evcp__knowledge *k)
{
    return k->expired && k->info.status != EVCP_AUTH_BLOCKED && k->info.status != EVCP_AUTH_INVALID;
}

static struct local seen_in_list(const struct evcp__auth_input *in)
{
    const struct evcp__knowledge *k = &in->list;
    return (struct local){
        .standing = valid(k, true) ? VALID : BAD,
        .status = bad_by_time(k) ? EVCP_AUTH_EXPIRED : k->info.status,
        .reason = bad_by_time(k) ? EVCP_BY_LIST_EXPIRED : EVCP_BY_LIST,
        .rule = in->rule & EVCP_RULE_LIST,
        .parent = k->info.parent,
    };
}

static struct local seen_in_cache(const struct evcp__auth_input *in)
{
    const struct evcp__knowledge *k = &in->cache;
    return (struct local){
        .standing = valid(k, false) ? VALID : BAD,
        .status = bad_by_time(k) ? EVCP_AUTH_EXPIRED : k->info.status,
        .reason = bad_by_time(k) ? EVCP_BY_CACHE_EXPIRED : EVCP_BY_CACHE,
        .rule = in->rule & EVCP_RULE_CACHE,
        .parent = k->info.parent,
    };
}

/* 3.5.3: the list has priority over the cache. 7.2: an unknown identifier is Invalid. */
static struct local look_up(const struct evcp__auth_settings *s, const struct evcp__auth_input *in)
{
    if (s->list_enabled && in->list.found)
        return seen_in_list(in);
    if (s->cache_enabled && in->cache.found)
        return seen_in_cache(in);
    return (struct local){
        .standing = UNKNOWN,
        .status = EVCP_AUTH_INVALID,
        .reason = in->reach == EVCP__REACH_UNANSWERED ? EVCP_BY_TIMEOUT : EVCP_BY_UNKNOWN,
        .rule = in->rule & EVCP_RULE_UNKNOWN,
        .parent = "",
    };
}

/* ---- verdicts ---------------------------------------------------------------------------- */

static void accept(struct evcp__decision *out, enum evcp_decision_reason reason)
{
    out->verdict = EVCP__ACCEPT;
    out->reason = reason;
    out->status = EVCP_AUTH_ACCEPTED;
}

static void refuse(struct evcp__decision *out, enum evcp_decision_reason reason)
{
    out->verdict = EVCP__REFUSE;
    out->reason = reason;
}

static void ask(struct evcp__decision *out)
{
    out->verdict = EVCP__ASK;
    out->reason = EVCP_BY_CENTRAL_SYSTEM;
}

/* ---- start ------------------------------------------------------------------------------- */

/*
 * 4.1, 9.1.13. A bad entry is asked about, in the cache (3.5.1 SHOULD) and in the list too (4.1
 * MAY): the list may be older than a driver's paid bill, the answer costs one round trip, and a
 * contradiction is what LocalListConflict is for.
 */
static void start_online(const struct evcp__auth_settings *s, const struct local *known,
                         struct evcp__decision *out)
{
    if (known->standing == VALID && s->pre_authorize && known->rule)
        accept(out, known->reason);
    else
        ask(out);
}

/* 9.1.12. A valid entry that may not be used does not become an unknown one. */
static void start_valid(const struct evcp__auth_settings *s, const struct local *known,
                        struct evcp__decision *out)
{
    if (!s->authorize_offline)
        refuse(out, EVCP_BY_OFFLINE_DISABLED);
    else if (!known->rule)
        refuse(out, EVCP_BY_TOKEN_RULE);
    else
        accept(out, known->reason);
}

/* 3.5.4, 9.1.1. LocalAuthorizeOffline is about known identifiers and does not count here. */
static void start_unknown(const struct evcp__auth_settings *s, const struct local *known,
                          struct evcp__decision *out)
{
    if (!s->unknown_offline)
        refuse(out, known->reason);
    else if (!known->rule)
        refuse(out, EVCP_BY_TOKEN_RULE);
    else
        accept(out, EVCP_BY_UNKNOWN_POLICY);
}

static void start_alone(const struct evcp__auth_settings *s, const struct local *known,
                        struct evcp__decision *out)
{
    switch (known->standing) {
    case VALID: start_valid(s, known, out); return;
    case BAD: refuse(out, known->reason); return; /* 3.5.4, even if unknown ids are allowed */
    case UNKNOWN: start_unknown(s, known, out); return;
    }
}

/* 4.2.1: nobody charges at a unit that no central system ever accepted, or that it does not accept
 * now, unless the operator allows it. Being accepted once is stored: later, offline is normal. */
static bool registered(const struct evcp__auth_settings *s, const struct evcp__auth_input *in)
{
    if (s->pre_boot_transactions)
        return true;
    return in->reach != EVCP__REACH_NOT_ACCEPTED && in->ever_accepted;
}

static void start(const struct evcp__auth_settings *s, const struct evcp__auth_input *in,
                  const struct local *known, struct evcp__decision *out)
{
    if (in->reach == EVCP__REACH_ONLINE)
        start_online(s, known, out);
    else if (!registered(s, in))
        refuse(out, EVCP_BY_NOT_REGISTERED);
    else
        start_alone(s, known, out);
}

/* 5.11, 9.1.3. 4.2: remote starts are not for a unit that is Pending or Rejected, whatever the
 * operator allows to drivers. */
static void remote_start(const struct evcp__auth_settings *s, const struct evcp__auth_input *in,
                         const struct local *known, struct evcp__decision *out)
{
    if (in->reach == EVCP__REACH_NOT_ACCEPTED)
        refuse(out, EVCP_BY_NOT_REGISTERED);
    else if (in->reach == EVCP__REACH_ONLINE && !s->authorize_remote)
        accept(out, EVCP_BY_REMOTE_REQUEST);
    else
        start(s, in, known, out);
}

/* ---- stop -------------------------------------------------------------------------------- */

/* 3.10: same group if both have a parentIdTag and the two match. */
static void stop_by_group(const char *start_parent, const char *parent, struct evcp__decision *out)
{
    if (*start_parent && evcp__text_equal_ci(start_parent, parent))
        accept(out, EVCP_BY_GROUP);
    else
        refuse(out, EVCP_BY_OTHER_TOKEN);
}

static void stop_alone(const struct evcp__auth_settings *s, const struct local *known,
                       const char *start_parent, struct evcp__decision *out)
{
    if (known->standing == BAD)
        refuse(out, known->reason);
    else if (known->standing == UNKNOWN)
        refuse(out, known->reason == EVCP_BY_TIMEOUT ? EVCP_BY_TIMEOUT : EVCP_BY_OTHER_TOKEN);
    else if (!s->authorize_offline)
        refuse(out, EVCP_BY_OFFLINE_DISABLED);
    else if (!known->rule)
        refuse(out, EVCP_BY_TOKEN_RULE);
    else
        stop_by_group(start_parent, known->parent, out);
}

static void stop_online(const struct evcp__auth_settings *s, const struct local *known,
                        const char *start_parent, struct evcp__decision *out)
{
    bool usable = known->standing == VALID && s->pre_authorize && known->rule;
    if (usable && *known->parent)
        stop_by_group(start_parent, known->parent, out);
    else
        ask(out);
}

/* 3.4, 4.1. Without a group of the start token no answer could help: OCTT TC_068 wants silence.
 * Registration does not count: ending a transaction that runs harms nobody. */
static void stop(const struct evcp__auth_settings *s, const struct evcp__auth_input *in,
                 const struct local *known, struct evcp__decision *out)
{
    if (in->same_token)
        accept(out, EVCP_BY_SAME_TOKEN);
    else if (!in->start_parent || !*in->start_parent)
        refuse(out, EVCP_BY_OTHER_TOKEN);
    else if (in->reach == EVCP__REACH_ONLINE)
        stop_online(s, known, in->start_parent, out);
    else
        stop_alone(s, known, in->start_parent, out);
}

/* ---- the whole --------------------------------------------------------------------------- */

static void set_parent(struct evcp__decision *out, const char *parent)
{
    memset(out->parent, 0, sizeof out->parent);
    memcpy(out->parent, parent, strlen(parent));
}

void evcp__authorize(const struct evcp__auth_settings *settings,
                     const struct evcp__auth_input *input, struct evcp__decision *out)
{
    struct local known = look_up(settings, input);
    out->status = known.status;
    set_parent(out, known.parent);
    switch (input->purpose) {
    case EVCP__PURPOSE_START: start(settings, input, &known, out); return;
    case EVCP__PURPOSE_REMOTE_START: remote_start(settings, input, &known, out); return;
    case EVCP__PURPOSE_STOP: stop(settings, input, &known, out); return;
    }
}

/* 7.2: only Accepted permits charging; 7.27: and only until the expiryDate. */
void evcp__authorize_answer(const struct evcp__auth_input *input,
                            const struct evcp__token_info *info, int64_t judge_ms,
                            struct evcp__decision *out)
{
    bool over = info->expiry_ms != 0 && info->expiry_ms <= judge_ms;
    bool accepted = info->status == EVCP_AUTH_ACCEPTED;
    out->status = accepted && over ? EVCP_AUTH_EXPIRED : info->status;
    set_parent(out, info->parent);
    if (input->purpose == EVCP__PURPOSE_STOP && input->same_token)
        accept(out, EVCP_BY_SAME_TOKEN);
    else if (!accepted || over)
        refuse(out, EVCP_BY_CENTRAL_SYSTEM);
    else if (input->purpose == EVCP__PURPOSE_STOP)
        stop_by_group(input->start_parent ? input->start_parent : "", info->parent, out);
    else
        accept(out, EVCP_BY_CENTRAL_SYSTEM);
}
