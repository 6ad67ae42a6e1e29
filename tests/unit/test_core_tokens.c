/* SPDX-License-Identifier: Apache-2.0 */
/* Who is it, and may he? Cache, list, vehicles, shared readers, kept cables (OCPP 1.6 3.5). */
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
