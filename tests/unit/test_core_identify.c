/* SPDX-License-Identifier: Apache-2.0 */
/* Who is it, and may he? Cards, vehicles, groups, list and cache (OCPP 1.6 3.4, 3.5, 3.10, 4.1). */
#include "core_test.h"

static bool charges(struct world *w, uint16_t connector)
{
    return w->connector[connector].contactor;
}

static struct world *with_card(const struct world_options *o, const char *tag, const char *status)
{
    struct world *w = world_new(o);
    world_tag(w, tag, status, NULL);
    world_forget(w);
    return w;
}

/* The central system knows it as accepted, a session of it was there: it is in the cache. */
static struct world *with_cached(const struct world_options *o, const char *tag, const char *parent)
{
    struct world *w = world_new(o);
    world_tag(w, tag, "Accepted", parent);
    world_plug(w, 1);
    world_card(w, 1, tag);
    world_run(w, SECOND);
    world_card(w, 1, tag);
    world_unplug(w, 1);
    world_run(w, SECOND);
    assert_int_equal(w->book_count, 1);
    world_forget(w);
    return w;
}

static void list_of(struct world *w, int version, const char *type, const char *entries)
{
    char payload[1024];
    snprintf(payload, sizeof payload,
             "{\"listVersion\":%d,\"updateType\":\"%s\",\"localAuthorizationList\":[%s]}", version,
             type, entries);
    assert_string_equal(world_call(w, "SendLocalList", payload), "{\"status\":\"Accepted\"}");
}

static const struct evcp_event *presented(struct world *w, uint16_t connector, const char *tag)
{
    world_card(w, connector, tag);
    assert_non_null(world_decision(w));
    return world_decision(w);
}

/* ---- online ------------------------------------------------------------------------------ */

/* covers: AUTH-01 AUTH-04 */
static void start_needs_an_identification(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_plug(w, 1);
    world_run(w, 24 * HOUR);
    assert_false(charges(w, 1));
    assert_int_equal(world_count(w, "Authorize"), 0);
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    done(w);
}

/* covers: AUTH-06 TX-01 */
static void start_of_an_unknown_card_online_is_asked_for(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    change(w, "AllowOfflineTxForUnknownId", "true");
    change(w, "LocalPreAuthorize", "true");
    world_plug(w, 1);
    world_card(w, 1, "A");
    assert_int_equal(world_count(w, "Authorize"), 1);
    assert_int_equal(world_count(w, "StartTransaction"), 1);
    assert_int_equal(world_decision(w)->reason, EVCP_BY_CENTRAL_SYSTEM);
    world_unplug(w, 1);
    done(w);
}

/* covers: AUTH-09 AUTH-07 */
static void start_without_pre_authorization_waits_for_the_answer(void **state)
{
    (void)state;
    struct world *w = with_cached(NULL, "A", NULL);
    world_list(w, 1, "A");
    w->latency = 2 * SECOND;
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, 3900); /* the status is acknowledged, Authorize on its way */
    assert_int_equal(world_count(w, "Authorize"), 1);
    assert_false(charges(w, 1));
    world_run(w, 200);
    assert_true(charges(w, 1));
    w->latency = 0;
    world_unplug(w, 1);
    world_run(w, 10 * SECOND);
    done(w);
}

/* covers: AUTH-05 AUTH-08 CACHE-01 */
static void start_with_pre_authorization_asks_nobody(void **state)
{
    (void)state;
    struct world *w = with_cached(NULL, "A", NULL);
    world_tag(w, "B", "Accepted", NULL);
    world_list(w, 1, "B");
    change(w, "LocalPreAuthorize", "true");
    world_forget(w);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_CACHE);
    assert_true(charges(w, 1));
    world_unplug(w, 1);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "B")->reason, EVCP_BY_LIST);
    assert_true(charges(w, 1));
    world_unplug(w, 1);
    assert_int_equal(world_count(w, "Authorize"), 0);
    done(w);
}

/* covers: AUTH-10 AUTH-19 */
static void start_needs_accepted_and_nothing_less(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum evcp_auth_status status;
    } cases[] = {{"Blocked", EVCP_AUTH_BLOCKED},
                 {"Expired", EVCP_AUTH_EXPIRED},
                 {"Invalid", EVCP_AUTH_INVALID},
                 {"ConcurrentTx", EVCP_AUTH_CONCURRENT_TX}};
    for (size_t i = 0; i < 4; i++) {
        struct world *w = with_card(NULL, "A", cases[i].text);
        world_plug(w, 1);
        const struct evcp_event *d = presented(w, 1, "A");
        assert_false(d->accepted);
        assert_int_equal(d->auth_status, cases[i].status);
        assert_false(charges(w, 1));
        assert_int_equal(world_count(w, "StartTransaction"), 0);
        done(w);
    }
}

/* covers: AUTH-12 */
static void start_takes_an_id_tag_as_it_is(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "abc-!_ 7", "Accepted");
    world_plug(w, 1);
    world_call(w, "RemoteStartTransaction", "{\"idTag\":\"abc-!_ 7\",\"connectorId\":1}");
    assert_string_equal(last_text(w, "StartTransaction", "idTag"), "abc-!_ 7");
    world_unplug(w, 1);
    done(w);
}

/* covers: AUTH-17 */
static void start_with_an_answer_that_expired_is_refused(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    w->tags[0].expiry_ms = world_utc(w) + 1000;
    world_plug(w, 1);
    assert_true(presented(w, 1, "A")->accepted);
    world_unplug(w, 1);
    world_run(w, SECOND);
    world_plug(w, 1);
    assert_false(presented(w, 1, "A")->accepted);
    assert_int_equal(world_decision(w)->auth_status, EVCP_AUTH_EXPIRED);
    assert_false(charges(w, 1));
    done(w);
}

/* covers: AUTH-11 TX-04 TX-17 */
static void start_answered_concurrent_tx_is_ended(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    world_script(w, EVCP__FACT_STARTED,
                 "{\"transactionId\":1,\"idTagInfo\":{\"status\":\"ConcurrentTx\"}}");
    world_plug(w, 1);
    world_card(w, 1, "A");
    assert_false(charges(w, 1));
    assert_string_equal(w->book[0].reason, "DeAuthorized");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
    done(w);
}

/* covers: TX-36 AUTH-16 */
static void start_on_a_connector_in_use_is_refused(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    world_tag(w, "B", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_forget(w);
    assert_false(presented(w, 1, "B")->accepted);
    assert_int_equal(world_decision(w)->reason, EVCP_BY_OTHER_TOKEN);
    world_call(w, "RemoteStartTransaction", "{\"idTag\":\"B\",\"connectorId\":1}");
    assert_string_equal(w->reply, "{\"status\":\"Rejected\"}");
    assert_true(charges(w, 1));
    assert_int_equal(w->call_count, 0);
    world_card(w, 1, "A");
    done(w);
}

/* ---- nobody answers in time -------------------------------------------------------------- */

static void answer_that_is_late_teaches_but_decides_nothing(void **state)
{
    (void)state;
    struct world *w = with_cached(NULL, "A", NULL);
    world_plug(w, 1);
    world_tag(w, "A", "Blocked", NULL);
    w->latency = 8 * SECOND;
    world_card(w, 1, "A");
    world_run(w, 6 * SECOND);
    assert_true(charges(w, 1)); /* the cache decided */
    world_script(w, EVCP__FACT_STARTED, "SILENCE");
    world_run(w, 10 * SECOND); /* Blocked, too late */
    assert_true(charges(w, 1));
    assert_int_equal(events(w, EVCP_EVENT_DECISION), 1);
    w->latency = 0;
    world_run(w, 3 * MINUTE); /* StartTransaction is repeated, and judged */
    assert_false(charges(w, 1));
    assert_string_equal(w->book[1].reason, "DeAuthorized");
    done(w);
}

/* covers: AUTH-03 */
static void answer_that_is_late_serves_who_is_still_there(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    change(w, "AuthorizationCacheEnabled", "false");
    world_plug(w, 1);
    w->latency = 8 * SECOND;
    world_card(w, 1, "A");
    world_run(w, 6 * SECOND);
    assert_false(world_decision(w)->accepted);
    assert_int_equal(world_decision(w)->reason, EVCP_BY_TIMEOUT);
    world_card(w, 1, "A"); /* once more */
    world_run(w, 3 * SECOND);
    assert_true(charges(w, 1));
    assert_int_equal(world_count(w, "Authorize"), 1);
    w->latency = 0;
    world_unplug(w, 1);
    world_run(w, MINUTE);
    done(w);
}

static void answer_for_a_cancelled_card_starts_nothing(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    w->latency = 2 * SECOND;
    world_card(w, 1, "A");
    world_run(w, SECOND);
    world_card(w, 1, "a"); /* changed his mind */
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    world_run(w, 10 * SECOND);
    world_plug(w, 1);
    world_run(w, MINUTE);
    assert_false(charges(w, 1));
    assert_int_equal(w->book_count, 0);
    done(w);
}

static void answer_serves_the_same_card_after_replugging(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    world_tag(w, "B", "Blocked", NULL);
    world_plug(w, 1);
    w->latency = 3 * SECOND;
    world_card(w, 1, "A");
    world_unplug(w, 1);
    world_plug(w, 1);
    world_run(w, SECOND);
    assert_false(charges(w, 1)); /* identified for the cable that is gone */
    world_card(w, 1, "A");
    world_run(w, 3 * SECOND);
    assert_true(charges(w, 1));
    assert_int_equal(world_count(w, "Authorize"), 1);
    world_run(w, 20 * SECOND);
    assert_int_equal(world_count(w, "Authorize"), 1);
    /* Not another's. */
    world_unplug(w, 1);
    world_run(w, 20 * SECOND);
    world_plug(w, 1);
    world_run(w, 20 * SECOND);
    world_card(w, 1, "A");
    world_unplug(w, 1);
    world_plug(w, 1);
    world_card(w, 1, "B");
    world_run(w, MINUTE);
    assert_false(charges(w, 1));
    assert_int_equal(w->book_count, 1);
    done(w);
}

static void answer_is_not_waited_for_when_the_link_is_lost(void **state)
{
    (void)state;
    struct world *w = with_cached(NULL, "A", NULL);
    w->latency = 3 * SECOND;
    world_plug(w, 1);
    world_run(w, 4 * SECOND);
    world_card(w, 1, "A");
    world_network(w, false);
    assert_true(charges(w, 1)); /* at once, by the cache */
    assert_int_equal(world_decision(w)->reason, EVCP_BY_CACHE);
    world_unplug(w, 1);
    world_plug(w, 1);
    assert_false(presented(w, 1, "NOBODY")->accepted);
    w->latency = 0;
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    done(w);
}

/* covers: RPC-01 */
static void answer_to_another_call_is_not_waited_for_either(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.connectors = 2});
    world_tag(w, "A", "Accepted", NULL);
    world_tag(w, "B", "Accepted", NULL);
    world_list(w, 1, "A,B");
    world_script(w, EVCP__FACT_STARTED, "SILENCE");
    world_plug(w, 1);
    world_plug(w, 2);
    world_card(w, 1, "A"); /* its StartTransaction gets no answer for 30 s */
    world_forget(w);
    world_card(w, 2, "B");
    world_run(w, 4 * SECOND);
    assert_false(charges(w, 2));
    world_run(w, 2 * SECOND);
    assert_true(charges(w, 2));
    assert_int_equal(world_decision(w)->reason, EVCP_BY_LIST);
    assert_int_equal(world_count(w, "Authorize"), 0);
    world_run(w, 5 * MINUTE);
    assert_int_equal(world_count(w, "Authorize"), 0); /* nobody asks any more */
    world_unplug(w, 1);
    world_unplug(w, 2);
    world_run(w, MINUTE);
    assert_int_equal(w->book_count, 2);
    done(w);
}

static void same_card_at_two_connectors_is_two_questions(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.connectors = 2});
    world_tag(w, "A", "Accepted", NULL);
    w->latency = 1 * SECOND;
    world_plug(w, 1);
    world_plug(w, 2);
    world_run(w, 3 * SECOND);
    world_forget(w);
    world_card(w, 1, "A");
    world_card(w, 2, "A");
    world_run(w, 4 * SECOND);
    assert_true(charges(w, 1));
    assert_true(charges(w, 2));
    assert_int_equal(world_count(w, "Authorize"), 2);
    world_card(w, 2, "A");
    assert_false(charges(w, 2));
    assert_true(charges(w, 1));
    world_unplug(w, 1);
    w->latency = 0;
    world_run(w, MINUTE);
    done(w);
}

/* ---- stop -------------------------------------------------------------------------------- */

/* covers: AUTH-02 TX-11 TX-14 */
static void stop_by_the_same_card_asks_nobody(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, MINUTE);
    world_tag(w, "A", "Blocked", NULL);
    world_forget(w);
    assert_int_equal(presented(w, 1, "a")->reason, EVCP_BY_SAME_TOKEN);
    assert_true(world_decision(w)->stop);
    assert_int_equal(world_count(w, "Authorize"), 0);
    assert_string_equal(last_text(w, "StopTransaction", "idTag"), "a");
    assert_string_equal(w->book[0].reason, "Local");
    done(w);
}

/* covers: OFFLINE-22 */
static void stop_by_the_same_card_works_offline_whatever_the_keys_say(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    world_plug(w, 1);
    world_card(w, 1, "A");
    change(w, "LocalAuthorizeOffline", "false");
    change(w, "LocalAuthListEnabled", "false");
    change(w, "AuthorizationCacheEnabled", "false");
    world_network(w, false);
    world_run(w, MINUTE);
    world_card(w, 1, "A");
    assert_false(charges(w, 1));
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    done(w);
}

/* covers: AUTH-03 AUTH-14 */
static void stop_by_a_card_of_the_group_is_asked_for(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", "GROUP");
    world_tag(w, "B", "Accepted", "group");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, MINUTE);
    world_forget(w);
    world_card(w, 1, "B");
    assert_int_equal(world_count(w, "Authorize"), 1);
    assert_string_equal(last_text(w, "StopTransaction", "idTag"), "B");
    assert_int_equal(world_decision(w)->reason, EVCP_BY_GROUP);
    done(w);
}

/* covers: AUTH-03 AUTH-15 AUTH-16 */
static void stop_by_another_card_does_not_happen(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", "GROUP");
    world_tag(w, "B", "Accepted", "OTHER");
    world_tag(w, "C", "Blocked", "GROUP");
    world_tag(w, "GROUP", "Accepted", NULL); /* the parent's name is no member */
    world_plug(w, 1);
    world_card(w, 1, "A");
    static const char *const others[] = {"B", "C", "GROUP", "NOBODY"};
    for (size_t i = 0; i < 4; i++) {
        world_forget(w);
        assert_false(presented(w, 1, others[i])->accepted);
        assert_int_equal(world_count(w, "Authorize"), 1);
        assert_true(charges(w, 1));
    }
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "StopTransaction"), 0);
    world_card(w, 1, "A");
    done(w);
}

/* covers: AUTH-14 OFFLINE-23 LIST-28 */
static void stop_by_group_offline_needs_a_known_parent(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", "GROUP");
    list_of(w, 1, "Full",
            "{\"idTag\":\"B\",\"idTagInfo\":{\"status\":\"Accepted\",\"parentIdTag\":\"GROUP\"}},"
            "{\"idTag\":\"C\",\"idTagInfo\":{\"status\":\"Accepted\"}}");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_network(w, false);
    assert_false(presented(w, 1, "C")->accepted);
    assert_false(presented(w, 1, "NOBODY")->accepted);
    assert_true(charges(w, 1));
    assert_int_equal(presented(w, 1, "B")->reason, EVCP_BY_GROUP);
    assert_false(charges(w, 1));
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    assert_string_equal(last_text(w, "StopTransaction", "idTag"), "B");
    done(w);
}

/* covers: AUTH-14 */
static void stop_by_group_uses_the_parent_that_came_with_the_start(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_list(w, 1, "A"); /* without a parent */
    change(w, "LocalPreAuthorize", "true");
    world_tag(w, "A", "Accepted", "GROUP");
    world_tag(w, "B", "Accepted", "GROUP");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, SECOND);
    world_cut(w); /* it is remembered */
    world_run(w, MINUTE);
    assert_true(charges(w, 1));
    world_card(w, 1, "B");
    assert_false(charges(w, 1));
    world_run(w, MINUTE);
    done(w);
}

static void stop_that_is_asked_for_is_decided_without_an_answer(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", "GROUP");
    world_tag(w, "B", "Accepted", "GROUP");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_forget(w);
    w->latency = 20 * SECOND;
    world_card(w, 1, "B");
    world_run(w, 6 * SECOND);
    assert_int_equal(world_decision(w)->reason, EVCP_BY_TIMEOUT);
    assert_true(charges(w, 1));
    world_run(w, 15 * SECOND); /* the answer: too late, but now it is in the cache */
    assert_true(charges(w, 1));
    world_network(w, false);
    world_card(w, 1, "B");
    assert_false(charges(w, 1));
    w->latency = 0;
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    done(w);
}

static void stop_in_flight_is_dropped_with_its_transaction(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", "GROUP");
    world_tag(w, "B", "Accepted", "GROUP");
    world_plug(w, 1);
    world_card(w, 1, "A");
    w->latency = 2 * SECOND;
    world_card(w, 1, "B");
    world_unplug(w, 1);
    world_plug(w, 1);
    world_card(w, 1, "A"); /* a new one: B's wish was for the old one */
    world_run(w, MINUTE);
    assert_true(charges(w, 1));
    world_unplug(w, 1);
    world_run(w, MINUTE);
    assert_int_equal(w->book_count, 2);
    assert_string_equal(w->book[0].reason, "EVDisconnected");
    done(w);
}

/* ---- offline ----------------------------------------------------------------------------- */

/* covers: OFFLINE-01 OFFLINE-02 OFFLINE-03 CACHE-03 CACHE-08 */
static void offline_cached_and_listed_cards_start_if_the_key_allows(void **state)
{
    (void)state;
    struct world *w = with_cached(NULL, "A", NULL);
    world_list(w, 1, "B");
    world_network(w, false);
    world_cut(w);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_CACHE);
    assert_true(charges(w, 1));
    world_unplug(w, 1);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "B")->reason, EVCP_BY_LIST);
    world_unplug(w, 1);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    change(w, "LocalAuthorizeOffline", "false");
    world_network(w, false);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_OFFLINE_DISABLED);
    assert_int_equal(presented(w, 1, "B")->reason, EVCP_BY_OFFLINE_DISABLED);
    assert_false(charges(w, 1));
    done(w);
}

/* covers: OFFLINE-04 OFFLINE-05 */
static void offline_unknown_cards_start_if_the_key_allows(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    world_network(w, false);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_UNKNOWN);
    assert_false(charges(w, 1));
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    change(w, "AllowOfflineTxForUnknownId", "true");
    world_network(w, false);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_UNKNOWN_POLICY);
    assert_true(charges(w, 1));
    world_unplug(w, 1);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    done(w);
}

/* covers: OFFLINE-06 LIST-09 LIST-27 CACHE-02 */
static void offline_bad_cards_are_refused_even_if_unknown_ones_are_not(void **state)
{
    (void)state;
    struct world *w = with_cached(NULL, "A", NULL);
    world_tag(w, "B", "Blocked", NULL);
    world_plug(w, 1);
    world_card(w, 1, "B"); /* now the cache knows that */
    list_of(w, 1, "Full",
            "{\"idTag\":\"A\",\"idTagInfo\":{\"status\":\"Blocked\"}},"
            "{\"idTag\":\"E\",\"idTagInfo\":{\"status\":\"Expired\"}},"
            "{\"idTag\":\"I\",\"idTagInfo\":{\"status\":\"Invalid\"}},"
            "{\"idTag\":\"C\",\"idTagInfo\":{\"status\":\"ConcurrentTx\"}}");
    change(w, "AllowOfflineTxForUnknownId", "true");
    world_network(w, false);
    static const char *const bad[] = {"A", "B", "E", "I"};
    for (size_t i = 0; i < 4; i++) {
        assert_false(presented(w, 1, bad[i])->accepted);
        assert_false(charges(w, 1));
    }
    assert_true(presented(w, 1, "C")->accepted); /* marked as valid, 3.5.2 */
    world_tag(w, "C", "Accepted", NULL);
    world_unplug(w, 1);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    done(w);
}

/* covers: OFFLINE-07 AUTH-17 CACHE-06 CACHE-14 LIST-28 */
static void offline_what_ran_out_is_refused_even_if_unknown_ones_are_not(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    w->tags[0].expiry_ms = world_utc(w) + (int64_t)(2 * HOUR);
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_unplug(w, 1);
    list_of(w, 1, "Full",
            "{\"idTag\":\"L\",\"idTagInfo\":{\"status\":\"Accepted\",\"expiryDate\":"
            "\"2026-01-01T04:00:00.000+02:00\"}}"); /* two hours from the begin */
    change(w, "AllowOfflineTxForUnknownId", "true");
    world_run(w, HOUR);
    world_network(w, false);
    world_plug(w, 1);
    assert_true(presented(w, 1, "A")->accepted);
    world_unplug(w, 1);
    world_plug(w, 1);
    assert_true(presented(w, 1, "L")->accepted);
    world_unplug(w, 1);
    world_run(w, HOUR);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_CACHE_EXPIRED);
    assert_int_equal(presented(w, 1, "L")->reason, EVCP_BY_LIST_EXPIRED);
    assert_false(charges(w, 1));
    world_unplug(w, 1);
    world_tag(w, "L", "Accepted", NULL);
    w->tags[0].expiry_ms = 0;
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    done(w);
}

/* ---- cache ------------------------------------------------------------------------------- */

/* covers: CACHE-04 */
static void cache_learns_from_the_start(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    world_script(w, EVCP__FACT_STARTED,
                 "{\"transactionId\":1,\"idTagInfo\":{\"status\":\"Blocked\"}}");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_unplug(w, 1);
    world_network(w, false);
    world_plug(w, 1);
    assert_false(presented(w, 1, "A")->accepted);
    assert_int_equal(world_decision(w)->auth_status, EVCP_AUTH_BLOCKED);
    done(w);
}

/* covers: CACHE-05 */
static void cache_learns_from_the_end_about_who_ended_it(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", "GROUP");
    world_tag(w, "B", "Accepted", "GROUP");
    world_script(w, EVCP__FACT_ENDED, "{\"idTagInfo\":{\"status\":\"Expired\"}}");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_card(w, 1, "B");
    world_unplug(w, 1);
    world_network(w, false);
    world_plug(w, 1);
    assert_false(presented(w, 1, "B")->accepted);
    assert_int_equal(world_decision(w)->auth_status, EVCP_AUTH_EXPIRED);
    assert_true(presented(w, 1, "A")->accepted);
    world_unplug(w, 1);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    done(w);
}

/* covers: CACHE-09 */
static void cache_does_not_refuse_online(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Blocked");
    change(w, "LocalPreAuthorize", "true");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_tag(w, "A", "Accepted", NULL);
    assert_true(presented(w, 1, "A")->accepted);
    assert_int_equal(world_count(w, "Authorize"), 2);
    world_unplug(w, 1);
    done(w);
}

/* covers: CACHE-10 */
static void cache_that_is_disabled_neither_accepts_nor_learns(void **state)
{
    (void)state;
    struct world *w = with_cached(NULL, "A", NULL);
    world_tag(w, "B", "Accepted", NULL);
    change(w, "AuthorizationCacheEnabled", "false");
    world_plug(w, 1);
    world_card(w, 1, "B");
    world_unplug(w, 1);
    world_network(w, false);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_UNKNOWN);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    change(w, "AuthorizationCacheEnabled", "true");
    world_network(w, false);
    assert_int_equal(presented(w, 1, "B")->reason, EVCP_BY_UNKNOWN);
    done(w);
}

/* covers: CACHE-11 LIST-07 */
static void cache_holds_nobody_who_is_in_the_list(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "A", "Accepted");
    world_list(w, 1, "A");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_unplug(w, 1);
    world_network(w, false);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_LIST);
    world_unplug(w, 1);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    list_of(w, 2, "Differential", "{\"idTag\":\"A\"}");
    world_network(w, false);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_UNKNOWN);
    done(w);
}

/* covers: CACHE-12 */
static void cache_can_be_cleared(void **state)
{
    (void)state;
    struct world *w = with_cached(NULL, "A", NULL);
    assert_string_equal(world_call(w, "ClearCache", "{}"), "{\"status\":\"Accepted\"}");
    world_cut(w);
    world_network(w, false);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_UNKNOWN);
    done(w);
}

/* covers: CACHE-13 CACHE-10 CONF-01 */
static void cache_that_does_not_exist_cannot_be_cleared(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.cache_max = UINT32_MAX});
    assert_string_equal(world_call(w, "ClearCache", "{}"), "{\"status\":\"Rejected\"}");
    world_call(w, "GetConfiguration", "{\"key\":[\"AuthorizationCacheEnabled\"]}");
    assert_non_null(strstr(w->reply, "unknownKey"));
    done(w);
}

/* ---- list -------------------------------------------------------------------------------- */

/* covers: LIST-01 LIST-02 LIST-04 */
static void list_is_advertised_with_its_size(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.local_list_max = 1234});
    world_call(w, "GetConfiguration",
               "{\"key\":[\"SupportedFeatureProfiles\",\"LocalAuthListMaxLength\"]}");
    assert_non_null(strstr(w->reply, "LocalAuthListManagement"));
    assert_non_null(strstr(w->reply, "\"readonly\":true,\"value\":\"1234\""));
    done(w);
}

/* covers: LIST-03 LIST-11 LIST-24 */
static void list_that_is_disabled_neither_authorizes_nor_exists(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_list(w, 5, "A");
    change(w, "LocalAuthListEnabled", "false");
    assert_string_equal(world_call(w, "GetLocalListVersion", "{}"), "{\"listVersion\":-1}");
    assert_string_equal(world_list(w, 6, "B"), "{\"status\":\"NotSupported\"}");
    world_network(w, false);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_UNKNOWN);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    change(w, "LocalAuthListEnabled", "true");
    assert_string_equal(world_call(w, "GetLocalListVersion", "{}"), "{\"listVersion\":5}");
    done(w);
}

/* covers: LIST-06 LIST-10 LIST-13 */
static void list_survives_a_power_cut_with_its_version(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    assert_string_equal(world_call(w, "GetLocalListVersion", "{}"), "{\"listVersion\":0}");
    world_list(w, 5, "A");
    world_cut(w);
    world_run(w, MINUTE);
    assert_string_equal(world_call(w, "GetLocalListVersion", "{}"), "{\"listVersion\":5}");
    done(w);
}

/* covers: LIST-26 */
static void list_is_changed_as_a_whole_or_not_at_all(void **state)
{
    (void)state;
    static const enum world_cut modes[] = {CUT_BEFORE_COMMIT, CUT_AFTER_COMMIT};
    for (size_t i = 0; i < 2; i++) {
        struct world *w = world_new(NULL);
        world_list(w, 1, "A,B,C");
        w->cut_at = w->commits + 1;
        w->cut_mode = modes[i];
        assert_string_equal(world_list(w, 2, "D,E"), ""); /* nobody heard Accepted */
        world_network(w, false);
        bool applied = modes[i] == CUT_AFTER_COMMIT;
        world_plug(w, 1);
        assert_int_equal(presented(w, 1, "A")->accepted, !applied);
        world_unplug(w, 1);
        world_plug(w, 1);
        assert_int_equal(presented(w, 1, "E")->accepted, applied);
        world_unplug(w, 1);
        world_tag(w, "A", "Accepted", NULL);
        world_tag(w, "E", "Accepted", NULL);
        world_network(w, true);
        world_run(w, 6 * MINUTE);
        assert_string_equal(world_call(w, "GetLocalListVersion", "{}"),
                            applied ? "{\"listVersion\":2}" : "{\"listVersion\":1}");
        done(w);
    }
}

static size_t conflicts(const struct world *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->call_count; i++) {
        bool is = strcmp(w->calls[i].action, "StatusNotification") == 0 &&
                  strcmp(world_text(&w->calls[i], "errorCode"), "LocalListConflict") == 0;
        n += is;
        if (is) {
            assert_string_equal(world_text(&w->calls[i], "connectorId"), "0");
            assert_string_equal(world_text(&w->calls[i], "status"), "Available");
        }
    }
    return n;
}

/* covers: LIST-07 LIST-08 */
static void list_that_is_contradicted_says_so_and_stays(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Blocked", NULL);
    world_list(w, 1, "A");
    world_plug(w, 1);
    assert_false(presented(w, 1, "A")->accepted);
    assert_int_equal(conflicts(w), 1);
    change(w, "LocalPreAuthorize", "true");
    world_forget(w);
    assert_true(presented(w, 1, "A")->accepted); /* the list still says so */
    assert_int_equal(conflicts(w), 1);
    assert_string_equal(w->book[0].reason, "DeAuthorized");
    done(w);
}

/* covers: LIST-08 */
static void list_conflict_outlives_the_connection(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Blocked", NULL);
    world_list(w, 1, "A");
    world_plug(w, 1);
    w->latency = SECOND;
    world_card(w, 1, "A");
    world_run(w, 1500); /* the answer came, the conflict is on its way */
    assert_int_equal(conflicts(w), 1);
    world_drop(w);
    world_forget(w);
    w->latency = 0;
    world_run(w, MINUTE);
    assert_int_equal(conflicts(w), 1);
    world_drop(w);
    world_run(w, MINUTE);
    assert_int_equal(conflicts(w), 1); /* told is told */
    done(w);
}

static void list_and_answer_that_agree_are_no_conflict(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", NULL);
    w->tags[0].expiry_ms = world_utc(w) - 1000; /* Accepted, but over: as the list says */
    list_of(w, 1, "Full", "{\"idTag\":\"A\",\"idTagInfo\":{\"status\":\"Expired\"}}");
    world_plug(w, 1);
    world_forget(w);
    assert_false(presented(w, 1, "A")->accepted);
    assert_int_equal(conflicts(w), 0);
    done(w);
}

/* ---- vehicles ---------------------------------------------------------------------------- */

static void vehicle(struct world *w, uint16_t connector)
{
    world_token(w, connector, EVCP_TOKEN_EVCCID, "VID:001122334455");
}

static void vehicle_that_repeats_itself_neither_cancels_nor_stops(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "VID:001122334455", "Accepted");
    w->latency = SECOND;
    world_plug(w, 1);
    vehicle(w, 1);
    vehicle(w, 1);
    world_run(w, 3 * SECOND);
    assert_true(charges(w, 1));
    w->latency = 0;
    vehicle(w, 1);
    world_run(w, MINUTE);
    vehicle(w, 1);
    assert_true(charges(w, 1));
    /* Nor does it start again what somebody ended while it stays plugged. */
    world_call(w, "RemoteStopTransaction", "{\"transactionId\":1}");
    assert_false(charges(w, 1));
    vehicle(w, 1);
    world_run(w, MINUTE);
    assert_false(charges(w, 1));
    assert_int_equal(w->book_count, 1);
    world_unplug(w, 1);
    world_plug(w, 1);
    vehicle(w, 1);
    assert_true(charges(w, 1));
    world_unplug(w, 1);
    done(w);
}

static void vehicle_does_not_stop_what_a_card_started(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "A", "Accepted", "GROUP");
    world_tag(w, "VID:001122334455", "Accepted", "GROUP");
    world_plug(w, 1);
    world_card(w, 1, "A");
    vehicle(w, 1);
    world_run(w, MINUTE);
    assert_true(charges(w, 1));
    world_card(w, 1, "A");
    done(w);
}

static void vehicle_offline_needs_the_list(void **state)
{
    (void)state;
    struct world *w = with_card(NULL, "VID:001122334455", "Accepted");
    change(w, "AllowOfflineTxForUnknownId", "true");
    world_plug(w, 1);
    vehicle(w, 1);
    world_run(w, SECOND);
    world_unplug(w, 1);
    world_network(w, false);
    world_plug(w, 1);
    vehicle(w, 1); /* a code that anybody can send: neither cached nor unknown is enough */
    assert_int_equal(world_decision(w)->reason, EVCP_BY_TOKEN_RULE);
    assert_false(charges(w, 1));
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    world_list(w, 1, "VID:001122334455");
    world_network(w, false);
    vehicle(w, 1);
    assert_true(charges(w, 1));
    world_unplug(w, 1);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    done(w);
}

static void token_rules_of_the_configuration_replace_the_default(void **state)
{
    (void)state;
    uint8_t rules[EVCP_TOKEN_TYPES];
    memset(rules, EVCP_RULE_DEFAULT, sizeof rules);
    rules[EVCP_TOKEN_EVCCID] = EVCP_RULE_LIST | EVCP_RULE_UNKNOWN;
    rules[EVCP_TOKEN_ISO14443] = EVCP_RULE_NONE;
    struct world *w = world_new(&(struct world_options){.token_rules = rules});
    world_list(w, 1, "A");
    change(w, "AllowOfflineTxForUnknownId", "true");
    world_tag(w, "VID:001122334455", "Accepted", NULL);
    world_network(w, false);
    world_plug(w, 1);
    assert_int_equal(presented(w, 1, "A")->reason, EVCP_BY_TOKEN_RULE);
    vehicle(w, 1);
    assert_true(charges(w, 1));
    world_unplug(w, 1);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    done(w);
}

/* ---- one reader for several connectors --------------------------------------------------- */

static struct world *shared(const char *tags)
{
    struct world *w = world_new(&(struct world_options){.connectors = 2});
    world_list(w, 1, tags);
    char copy[64];
    snprintf(copy, sizeof copy, "%s", tags);
    for (char *save = NULL, *t = strtok_r(copy, ",", &save); t; t = strtok_r(NULL, ",", &save)) {
        world_tag(w, t, "Accepted", NULL);
    }
    world_forget(w);
    return w;
}

static void shared_reader_means_the_connector_that_is_plugged(void **state)
{
    (void)state;
    struct world *w = shared("A,B");
    world_plug(w, 2);
    world_card(w, 0, "A");
    assert_true(charges(w, 2));
    world_plug(w, 1);
    world_card(w, 0, "B");
    assert_true(charges(w, 1));
    world_card(w, 0, "A"); /* each card ends its own */
    assert_false(charges(w, 2));
    assert_true(charges(w, 1));
    world_card(w, 0, "B");
    assert_false(charges(w, 1));
    done(w);
}

static void shared_reader_follows_the_cable(void **state)
{
    (void)state;
    struct world *w = shared("A");
    world_card(w, 0, "A");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING); /* a guess */
    world_plug(w, 2);
    assert_true(charges(w, 2));
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    world_run(w, 5 * MINUTE);
    assert_int_equal(w->book_count, 1);
    assert_int_equal(w->book[0].connector, 2);
    world_unplug(w, 2);
    done(w);
}

static void shared_reader_follows_the_cable_while_the_answer_is_on_its_way(void **state)
{
    (void)state;
    struct world *w = shared("A");
    w->latency = 2 * SECOND;
    world_card(w, 0, "A");
    world_run(w, SECOND);
    world_plug(w, 2);
    world_run(w, 2 * SECOND);
    assert_true(charges(w, 2));
    assert_int_equal(world_count(w, "Authorize"), 1);
    w->latency = 0;
    world_run(w, MINUTE);
    world_unplug(w, 2);
    world_run(w, MINUTE);
    done(w);
}

static void shared_reader_cancels_and_forgets(void **state)
{
    (void)state;
    struct world *w = shared("A,B");
    world_card(w, 0, "A");
    world_card(w, 0, "A");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    world_plug(w, 2);
    assert_false(charges(w, 2));
    world_unplug(w, 2);
    world_card(w, 0, "A");
    world_run(w, 61 * SECOND); /* ConnectionTimeOut */
    world_plug(w, 2);
    assert_false(charges(w, 2));
    done(w);
}

static void shared_reader_serves_two_who_wait(void **state)
{
    (void)state;
    struct world *w = shared("A,B");
    world_card(w, 0, "A");
    world_card(w, 0, "B");
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    assert_int_equal(world_status(w, 2), EVCP_STATUS_PREPARING);
    world_plug(w, 1);
    world_plug(w, 2);
    assert_true(charges(w, 1));
    assert_true(charges(w, 2));
    world_card(w, 0, "A");
    world_card(w, 0, "B");
    done(w);
}

static void shared_reader_refuses_when_all_are_in_use(void **state)
{
    (void)state;
    struct world *w = shared("A,B");
    world_plug(w, 1);
    world_card(w, 0, "A");
    world_plug(w, 2);
    world_card(w, 0, "B");
    world_forget(w);
    assert_false(presented(w, 0, "NOBODY")->accepted);
    assert_true(charges(w, 1) && charges(w, 2));
    world_unplug(w, 1);
    world_unplug(w, 2);
    done(w);
}

/* ---- the cable stays --------------------------------------------------------------------- */

static struct world *deauthorized(uint16_t connectors)
{
    struct world *w = world_new(&(struct world_options){.connectors = connectors, .lock = true});
    world_tag(w, "A", "Accepted", "GROUP");
    world_tag(w, "B", "Accepted", "GROUP");
    world_tag(w, "X", "Accepted", NULL);
    world_script(w, EVCP__FACT_STARTED,
                 "{\"transactionId\":1,\"idTagInfo\":"
                 "{\"status\":\"Invalid\",\"parentIdTag\":\"GROUP\"}}");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, SECOND);
    assert_false(charges(w, 1));
    assert_string_equal(w->book[0].reason, "DeAuthorized");
    assert_true(w->connector[1].locked);
    world_forget(w);
    return w;
}

/* covers: TX-05 TX-06 */
static void kept_cable_is_released_to_its_driver(void **state)
{
    (void)state;
    struct world *w = deauthorized(1);
    world_tag(w, "A", "Invalid", NULL);
    assert_false(presented(w, 1, "NOBODY")->accepted); /* a stranger, asked about and refused */
    assert_true(w->connector[1].locked);
    assert_true(presented(w, 1, "A")->accepted);
    assert_true(world_decision(w)->stop);
    assert_false(w->connector[1].locked);
    assert_false(charges(w, 1));
    world_unplug(w, 1);
    done(w);
}

/* covers: TX-06 */
static void kept_cable_is_released_to_a_card_of_the_group(void **state)
{
    (void)state;
    struct world *w = deauthorized(1);
    world_card(w, 1, "B"); /* the central system is asked who that is */
    assert_int_equal(world_count(w, "Authorize"), 1);
    assert_false(w->connector[1].locked);
    assert_false(charges(w, 1));
    assert_int_equal(world_decision(w)->reason, EVCP_BY_GROUP);
    world_unplug(w, 1);
    done(w);
}

/* covers: TX-06 */
static void kept_cable_is_released_at_a_shared_reader(void **state)
{
    (void)state;
    struct world *w = deauthorized(2);
    world_card(w, 0, "A");
    assert_false(w->connector[1].locked);
    assert_int_equal(world_status(w, 2), EVCP_STATUS_AVAILABLE);
    world_unplug(w, 1);
    done(w);
}

static void kept_cable_of_a_vehicle_is_not_released_by_its_chatter(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.lock = true});
    world_tag(w, "VID:001122334455", "Accepted", NULL);
    change(w, "UnlockConnectorOnEVSideDisconnect", "false");
    world_plug(w, 1);
    vehicle(w, 1);
    assert_true(charges(w, 1));
    world_ev(w, 1, EVCP_EV_ABSENT);
    assert_true(w->connector[1].locked);
    vehicle(w, 1);
    assert_true(w->connector[1].locked);
    world_call(w, "UnlockConnector", "{\"connectorId\":1}");
    assert_false(w->connector[1].locked);
    world_unplug(w, 1);
    done(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_needs_an_identification),
        cmocka_unit_test(start_of_an_unknown_card_online_is_asked_for),
        cmocka_unit_test(start_without_pre_authorization_waits_for_the_answer),
        cmocka_unit_test(start_with_pre_authorization_asks_nobody),
        cmocka_unit_test(start_needs_accepted_and_nothing_less),
        cmocka_unit_test(start_takes_an_id_tag_as_it_is),
        cmocka_unit_test(start_with_an_answer_that_expired_is_refused),
        cmocka_unit_test(start_answered_concurrent_tx_is_ended),
        cmocka_unit_test(start_on_a_connector_in_use_is_refused),
        cmocka_unit_test(answer_that_is_late_teaches_but_decides_nothing),
        cmocka_unit_test(answer_that_is_late_serves_who_is_still_there),
        cmocka_unit_test(answer_for_a_cancelled_card_starts_nothing),
        cmocka_unit_test(answer_serves_the_same_card_after_replugging),
        cmocka_unit_test(answer_is_not_waited_for_when_the_link_is_lost),
        cmocka_unit_test(answer_to_another_call_is_not_waited_for_either),
        cmocka_unit_test(same_card_at_two_connectors_is_two_questions),
        cmocka_unit_test(stop_by_the_same_card_asks_nobody),
        cmocka_unit_test(stop_by_the_same_card_works_offline_whatever_the_keys_say),
        cmocka_unit_test(stop_by_a_card_of_the_group_is_asked_for),
        cmocka_unit_test(stop_by_another_card_does_not_happen),
        cmocka_unit_test(stop_by_group_offline_needs_a_known_parent),
        cmocka_unit_test(stop_by_group_uses_the_parent_that_came_with_the_start),
        cmocka_unit_test(stop_that_is_asked_for_is_decided_without_an_answer),
        cmocka_unit_test(stop_in_flight_is_dropped_with_its_transaction),
        cmocka_unit_test(offline_cached_and_listed_cards_start_if_the_key_allows),
        cmocka_unit_test(offline_unknown_cards_start_if_the_key_allows),
        cmocka_unit_test(offline_bad_cards_are_refused_even_if_unknown_ones_are_not),
        cmocka_unit_test(offline_what_ran_out_is_refused_even_if_unknown_ones_are_not),
        cmocka_unit_test(cache_learns_from_the_start),
        cmocka_unit_test(cache_learns_from_the_end_about_who_ended_it),
        cmocka_unit_test(cache_does_not_refuse_online),
        cmocka_unit_test(cache_that_is_disabled_neither_accepts_nor_learns),
        cmocka_unit_test(cache_holds_nobody_who_is_in_the_list),
        cmocka_unit_test(cache_can_be_cleared),
        cmocka_unit_test(cache_that_does_not_exist_cannot_be_cleared),
        cmocka_unit_test(list_is_advertised_with_its_size),
        cmocka_unit_test(list_that_is_disabled_neither_authorizes_nor_exists),
        cmocka_unit_test(list_survives_a_power_cut_with_its_version),
        cmocka_unit_test(list_is_changed_as_a_whole_or_not_at_all),
        cmocka_unit_test(list_that_is_contradicted_says_so_and_stays),
        cmocka_unit_test(list_conflict_outlives_the_connection),
        cmocka_unit_test(list_and_answer_that_agree_are_no_conflict),
        cmocka_unit_test(vehicle_that_repeats_itself_neither_cancels_nor_stops),
        cmocka_unit_test(vehicle_does_not_stop_what_a_card_started),
        cmocka_unit_test(vehicle_offline_needs_the_list),
        cmocka_unit_test(token_rules_of_the_configuration_replace_the_default),
        cmocka_unit_test(shared_reader_means_the_connector_that_is_plugged),
        cmocka_unit_test(shared_reader_follows_the_cable),
        cmocka_unit_test(shared_reader_follows_the_cable_while_the_answer_is_on_its_way),
        cmocka_unit_test(shared_reader_cancels_and_forgets),
        cmocka_unit_test(shared_reader_serves_two_who_wait),
        cmocka_unit_test(shared_reader_refuses_when_all_are_in_use),
        cmocka_unit_test(kept_cable_is_released_to_its_driver),
        cmocka_unit_test(kept_cable_is_released_to_a_card_of_the_group),
        cmocka_unit_test(kept_cable_is_released_at_a_shared_reader),
        cmocka_unit_test(kept_cable_of_a_vehicle_is_not_released_by_its_chatter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
