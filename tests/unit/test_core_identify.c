/* SPDX-License-Identifier: Apache-2.0 */
/* Who is it, and may he? Start and stop, online and offline (OCPP 1.6 3.4, 3.10, 4.1). */
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
