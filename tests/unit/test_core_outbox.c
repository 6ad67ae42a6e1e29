/* SPDX-License-Identifier: Apache-2.0 */
/* The durable queue of transaction messages (OCPP 1.6 3.7; errata 3.18, 3.54; OCPP-J errata 3). */
#include "core_test.h"

#define LISTED "A"

static struct world *charging_world(const struct world_options *o)
{
    struct world *w = world_new(o);
    world_tag(w, LISTED, "Accepted", NULL);
    world_list(w, 1, LISTED);
    world_forget(w);
    return w;
}

/* One transaction of n minutes: start, n - 1 samples, end. */
static void charge(struct world *w, uint16_t connector, uint64_t minutes)
{
    world_plug(w, connector);
    world_card(w, connector, LISTED);
    assert_true(w->connector[connector].contactor);
    world_run(w, minutes * MINUTE - SECOND);
    world_card(w, connector, LISTED);
    world_unplug(w, connector);
    world_run(w, SECOND);
}

/* ---- the store behind it ----------------------------------------------------------------- */

struct record {
    size_t skip;
    bool found;
    uint8_t key[64];
    size_t key_size;
    uint8_t value[EVCP__RECORD_MAX];
    size_t value_size;
    size_t count;
};

static int see_record(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct record *r = context;
    if (r->count++ == r->skip) {
        r->found = true;
        r->key_size = key.size;
        memcpy(r->key, key.data, key.size);
        r->value_size = value.size;
        memcpy(r->value, value.data, value.size);
    }
    return 0;
}

static void look(struct world *w, enum evcp__space space, size_t skip, struct record *r)
{
    memset(r, 0, sizeof *r);
    r->skip = skip;
    assert_int_equal(
        w->store->ops->scan(w->store, space, (struct evcp__slice){"", 0}, see_record, r), EVCP_OK);
}

static size_t records(struct world *w, enum evcp__space space)
{
    struct record r;
    look(w, space, SIZE_MAX, &r);
    return r.count;
}

/* One bit of the n-th record falls over. */
static void damage(struct world *w, enum evcp__space space, size_t n)
{
    struct record r;
    look(w, space, n, &r);
    assert_true(r.found);
    r.value[r.value_size / 2] ^= 0x10;
    assert_int_equal(w->store->ops->put(w->store, space, (struct evcp__slice){r.key, r.key_size},
                                        (struct evcp__slice){r.value, r.value_size}),
                     EVCP_OK);
    assert_int_equal(w->db->ops->commit(w->db), EVCP_OK);
}

static const struct evcp_event *event(const struct world *w, enum evcp_event_kind kind)
{
    for (size_t i = 0; i < w->event_count; i++) {
        if (w->events[i].kind == kind) {
            return &w->events[i];
        }
    }
    return NULL;
}

/* ---- order and time ---------------------------------------------------------------------- */

/* covers: OFFLINE-08 OFFLINE-09 OFFLINE-10 OFFLINE-20 TX-03 TX-10 */
static void outbox_delivers_everything_in_order_with_its_own_times(void **state)
{
    (void)state;
    struct world *w = charging_world(&(struct world_options){.connectors = 2});
    world_network(w, false);
    int64_t begin = world_utc(w);
    int64_t meter = w->connector[1].milliwatthours / 1000;
    charge(w, 1, 10);
    charge(w, 2, 5);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    static const char *const expected[] = {"StartTransaction", "MeterValues", "StopTransaction"};
    size_t at = 0;
    size_t n = 0;
    for (size_t i = 0; i < w->call_count; i++) {
        const struct world_call *c = &w->calls[i];
        bool queued = strcmp(c->action, expected[0]) == 0 || strcmp(c->action, expected[1]) == 0 ||
                      strcmp(c->action, expected[2]) == 0;
        if (!queued) {
            continue;
        }
        at += strcmp(c->action, expected[at % 3]) != 0;
        assert_string_equal(c->action, expected[at % 3]);
        n++;
    }
    assert_int_equal(n, 1 + 9 + 1 + 1 + 4 + 1);
    assert_int_equal(w->book_count, 2);
    assert_int_equal(w->book[0].start_ms, begin);
    assert_int_equal(w->book[0].stop_ms, begin + 10 * 60000 - 1000);
    assert_int_equal(w->book[0].start_wh, meter);
    assert_int_equal(w->book[0].stop_wh, w->connector[1].milliwatthours / 1000);
    assert_int_equal(w->book[1].start_ms, begin + 10 * 60000);
    assert_int_equal(w->book[0].meter_values, 9);
    done(w);
}

/* covers: OFFLINE-11 OFFLINE-12 */
static void outbox_is_overtaken_by_drivers_but_not_by_new_samples(void **state)
{
    (void)state;
    struct world *w = charging_world(&(struct world_options){.connectors = 2});
    world_tag(w, "B", "Accepted", NULL);
    world_network(w, false);
    charge(w, 1, 60);
    world_forget(w);
    w->latency = 1500;
    w->network = true;
    world_run(w, 10 * SECOND);
    world_plug(w, 1);
    world_run(w, 6 * SECOND);
    while (evcp__core_link(w->core) != EVCP_LINK_ONLINE || world_count(w, "MeterValues") == 0) {
        world_run(w, SECOND);
    }
    world_forget(w);
    world_card(w, 1, "B");
    world_run(w, 10 * SECOND);
    assert_string_equal(w->calls[0].action, "Authorize"); /* next after the one in flight */
    assert_true(w->connector[1].contactor);
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    world_run(w, 10 * MINUTE);
    assert_int_equal(w->book_count, 2);
    for (size_t i = 0, last = 0; i < w->call_count; i++) {
        if (strcmp(w->calls[i].action, "MeterValues") == 0) {
            size_t id = (size_t)atoi(world_text(&w->calls[i], "transactionId"));
            assert_true(id >= last);
            last = id;
        }
    }
    w->latency = 0;
    world_card(w, 1, "B");
    world_run(w, MINUTE);
    done(w);
}

/* covers: OFFLINE-21 */
static void outbox_guesses_no_transaction_id(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    w->latency = 25 * SECOND;
    w->next_id = 77;
    world_plug(w, 1);
    world_card(w, 1, LISTED);
    world_run(w, 8 * SECOND); /* nobody answered: the list decides */
    assert_true(w->connector[1].contactor);
    world_run(w, SECOND);
    world_card(w, 1, LISTED);
    world_run(w, 10 * MINUTE);
    assert_string_equal(last_text(w, "StopTransaction", "transactionId"), "77");
    assert_int_equal(w->book_count, 1);
    done(w);
}

/* covers: OFFLINE-19 */
static void outbox_survives_power_cuts(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    world_network(w, false);
    charge(w, 1, 10);
    world_cut(w);
    world_run(w, HOUR);
    charge(w, 1, 3);
    world_cut(w);
    world_cut(w);
    world_network(w, true);
    world_run(w, 10 * MINUTE);
    assert_int_equal(w->book_count, 2);
    assert_int_equal(w->book[0].meter_values, 9);
    done(w);
}

/* ---- failing ----------------------------------------------------------------------------- */

static void script(struct world *w, enum evcp__fact_kind kind, const char *answer, int times)
{
    while (times-- > 0) {
        world_script(w, kind, answer);
    }
}

/* covers: OFFLINE-13 OFFLINE-14 OFFLINE-15 OFFLINE-16 OFFLINE-17 RPC-09 */
static void outbox_tries_three_times_with_growing_waits_then_goes_on(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    world_plug(w, 1);
    world_card(w, 1, LISTED);
    world_forget(w);
    script(w, EVCP__FACT_UPDATED, "ERROR:InternalError", 3);
    world_run(w, 5 * MINUTE - SECOND);
    const struct world_call *c[4];
    for (size_t i = 0; i < 4; i++) {
        c[i] = nth(w, "MeterValues", i);
        assert_non_null(c[i]);
    }
    assert_int_equal(c[1]->at - c[0]->at, 60 * SECOND);
    assert_int_equal(c[2]->at - c[1]->at, 120 * SECOND);
    assert_string_equal(c[1]->id, c[0]->id);
    assert_string_equal(c[2]->id, c[0]->id);
    assert_true(json_equal(c[2]->payload, c[0]->payload));
    assert_int_equal(c[3]->at, c[2]->at);
    assert_string_not_equal(c[3]->id, c[0]->id);
    assert_int_equal(events(w, EVCP_EVENT_QUARANTINE), 1);
    assert_int_equal(event(w, EVCP_EVENT_QUARANTINE)->connector, 1);
    assert_int_equal(event(w, EVCP_EVENT_QUARANTINE)->transaction, 1);
    assert_int_equal(records(w, EVCP__SPACE_QUARANTINE), 1);
    world_card(w, 1, LISTED);
    world_run(w, MINUTE);
    done(w);
}

/* covers: OFFLINE-14 RPC-03 */
static void outbox_takes_silence_for_a_failure(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    script(w, EVCP__FACT_STARTED, "SILENCE", 1);
    world_plug(w, 1);
    world_card(w, 1, LISTED);
    world_run(w, 2 * MINUTE);
    assert_int_equal(world_count(w, "StartTransaction"), 2);
    assert_int_equal(nth(w, "StartTransaction", 1)->at - nth(w, "StartTransaction", 0)->at,
                     (30 + 60) * SECOND);
    world_card(w, 1, LISTED);
    world_run(w, MINUTE);
    done(w);
}

/* covers: OFFLINE-13 */
static void outbox_counts_no_attempt_when_the_link_is_lost(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    w->latency = 5 * SECOND;
    world_plug(w, 1);
    world_card(w, 1, LISTED);
    world_run(w, 6 * SECOND);
    for (int i = 0; i < 20; i++) {
        while (w->pending[0].active == false || w->pending[0].kind != EVCP__FACT_STARTED) {
            world_run(w, SECOND);
        }
        world_drop(w); /* while StartTransaction is on its way */
        world_run(w, 400);
    }
    w->latency = 0;
    world_run(w, 10 * MINUTE);
    assert_true(world_count(w, "StartTransaction") >= 20);
    assert_int_equal(events(w, EVCP_EVENT_QUARANTINE), 0);
    assert_int_equal(w->book_count, 1); /* one id, one transaction */
    world_card(w, 1, LISTED);
    world_run(w, MINUTE);
    done(w);
}

static void outbox_wait_for_a_retry_goes_on_over_a_lost_link(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    script(w, EVCP__FACT_STARTED, "ERROR:InternalError", 2);
    world_plug(w, 1);
    world_card(w, 1, LISTED);
    world_run(w, 70 * SECOND); /* failed twice: the next attempt is in 120 s */
    world_drop(w);
    world_run(w, 30 * SECOND);
    assert_int_equal(world_count(w, "StartTransaction"), 2);
    world_run(w, 2 * MINUTE);
    assert_int_equal(world_count(w, "StartTransaction"), 3);
    assert_int_equal(events(w, EVCP_EVENT_QUARANTINE), 0);
    world_card(w, 1, LISTED);
    world_run(w, MINUTE);
    done(w);
}

static void outbox_attempts_0_is_one_transmission(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    change(w, "TransactionMessageAttempts", "0");
    world_plug(w, 1);
    world_card(w, 1, LISTED);
    script(w, EVCP__FACT_UPDATED, "ERROR:InternalError", 1);
    world_run(w, 90 * SECOND);
    assert_int_equal(world_count(w, "MeterValues"), 1);
    assert_int_equal(records(w, EVCP__SPACE_QUARANTINE), 1);
    world_card(w, 1, LISTED);
    world_run(w, MINUTE);
    done(w);
}

/* covers: OFFLINE-18 OFFLINE-13 */
static void outbox_start_given_up_leaves_id_minus_1(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    change(w, "TransactionMessageRetryInterval", "1");
    script(w, EVCP__FACT_STARTED, "ERROR:InternalError", 3);
    charge(w, 1, 5);
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "StartTransaction"), 3);
    assert_int_equal(world_count(w, "MeterValues"), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(world_text(nth(w, "MeterValues", i), "transactionId"), "-1");
    }
    assert_string_equal(last_text(w, "StopTransaction", "transactionId"), "-1");
    assert_int_equal(evcp__core_outbox_count(w->core), 0);
    /* What the start said is kept: message and transaction. */
    assert_int_equal(records(w, EVCP__SPACE_QUARANTINE), 1);
    assert_int_equal(records(w, EVCP__SPACE_TX), 1);
    /* The next one is a transaction like any other. */
    charge(w, 1, 5);
    world_run(w, MINUTE);
    assert_int_equal(w->book_count, 1);
    assert_true(w->book[0].stopped);
    assert_int_equal(records(w, EVCP__SPACE_TX), 1);
    end(w);
}

/* covers: OFFLINE-18 */
static void outbox_start_given_up_is_remembered_over_a_power_cut(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    change(w, "TransactionMessageRetryInterval", "1");
    script(w, EVCP__FACT_STARTED, "ERROR:InternalError", 3);
    world_plug(w, 1);
    world_card(w, 1, LISTED);
    world_run(w, 30 * SECOND);
    assert_int_equal(records(w, EVCP__SPACE_QUARANTINE), 1);
    world_cut(w);
    world_run(w, MINUTE);
    world_card(w, 1, LISTED);
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "StartTransaction"), 3);
    assert_string_equal(last_text(w, "StopTransaction", "transactionId"), "-1");
    end(w);
}

static void outbox_quarantine_is_never_overwritten(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    change(w, "TransactionMessageRetryInterval", "1");
    for (int i = 0; i < 4; i++) {
        script(w, EVCP__FACT_ENDED, "ERROR:FormationViolation", 3);
        charge(w, 1, 1);
        world_run(w, MINUTE);
        world_cut(w); /* the queue is empty: its numbers begin anew, but behind these */
        world_run(w, MINUTE);
    }
    assert_int_equal(records(w, EVCP__SPACE_QUARANTINE), 4);
    assert_int_equal(records(w, EVCP__SPACE_TX), 4);
    assert_int_equal(events(w, EVCP_EVENT_QUARANTINE), 4);
    end(w);
}

/* What was set aside first goes first, and that is told; nothing is left of it. */
static void outbox_quarantine_has_an_end(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    change(w, "TransactionMessageAttempts", "1");
    script(w, EVCP__FACT_STARTED, "ERROR:InternalError", 1);
    world_plug(w, 1);
    world_card(w, 1, LISTED);
    for (unsigned i = 0; i < EVCP__QUARANTINE_MAX + 4; i++) {
        script(w, EVCP__FACT_UPDATED, "ERROR:InternalError", 1);
        world_run(w, MINUTE);
    }
    assert_int_equal(records(w, EVCP__SPACE_QUARANTINE), EVCP__QUARANTINE_MAX);
    assert_int_equal(events(w, EVCP_EVENT_QUARANTINE), EVCP__QUARANTINE_MAX + 5 + 5);
    world_cut(w);
    world_run(w, MINUTE);
    assert_int_equal(records(w, EVCP__SPACE_QUARANTINE), EVCP__QUARANTINE_MAX);
    world_card(w, 1, LISTED);
    world_run(w, MINUTE);
    assert_string_equal(last_text(w, "StopTransaction", "transactionId"), "-1");
    assert_int_equal(records(w, EVCP__SPACE_TX), 0);
    end(w);
}

/* covers: TX-33 */
static void outbox_takes_any_transaction_id(void **state)
{
    (void)state;
    static const int32_t ids[] = {0, -1, -5, INT32_MAX, INT32_MIN};
    struct world *w = charging_world(NULL);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char payload[64];
        w->next_id = ids[i];
        world_plug(w, 1);
        world_card(w, 1, LISTED);
        world_run(w, 90 * SECOND);
        w->next_id = 1000;
        snprintf(payload, sizeof payload, "{\"transactionId\":%d}", ids[i]);
        world_call(w, "RemoteStopTransaction", payload);
        assert_string_equal(w->reply, "{\"status\":\"Accepted\"}");
        world_unplug(w, 1);
        world_run(w, SECOND);
        assert_string_equal(w->book[i].reason, "Remote");
    }
    done(w);
}

/* covers: TX-35 */
static void outbox_answer_cannot_veto_an_end(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    script(w, EVCP__FACT_ENDED, "{\"idTagInfo\":{\"status\":\"Invalid\"}}", 1);
    charge(w, 1, 2);
    world_run(w, HOUR);
    assert_int_equal(world_count(w, "StopTransaction"), 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    done(w);
}

static void outbox_answer_that_breaks_the_schema_is_a_failure(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    script(w, EVCP__FACT_STARTED, "{\"transactionId\":\"7\"}", 1);
    charge(w, 1, 3);
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "StartTransaction"), 2);
    done(w);
}

/* ---- damage and limits ------------------------------------------------------------------- */

static void outbox_sets_aside_what_cannot_be_read(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    world_network(w, false);
    charge(w, 1, 5);
    size_t queued = records(w, EVCP__SPACE_OUTBOX);
    damage(w, EVCP__SPACE_OUTBOX, 2);
    damage(w, EVCP__SPACE_OUTBOX, 3);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    assert_int_equal(events(w, EVCP_EVENT_QUARANTINE), 2);
    assert_int_equal(records(w, EVCP__SPACE_QUARANTINE), 2);
    assert_int_equal(w->book_count, 1);
    assert_int_equal(w->book[0].meter_values, (int)queued - 2 - 2);
    done(w);
}

/* covers: OFFLINE-18 */
static void outbox_without_a_readable_start_says_minus_1(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    world_network(w, false);
    charge(w, 1, 5);
    damage(w, EVCP__SPACE_OUTBOX, 0);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    assert_int_equal(world_count(w, "StartTransaction"), 0);
    assert_string_equal(last_text(w, "StopTransaction", "transactionId"), "-1");
    end(w);
}

static void outbox_of_a_damaged_transaction_goes_to_quarantine_as_a_whole(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    world_network(w, false);
    charge(w, 1, 5);
    charge(w, 1, 5);
    damage(w, EVCP__SPACE_TX, 0);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    assert_int_equal(events(w, EVCP_EVENT_QUARANTINE), 1 + 4 + 1);
    assert_int_equal(w->book_count, 1);
    assert_int_equal(evcp__core_outbox_count(w->core), 0);
    assert_true(w->book[0].stopped);
    end(w);
}

static void outbox_loses_the_record_while_its_answer_is_on_the_way(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    world_network(w, false);
    charge(w, 1, 5);
    w->latency = 2 * SECOND;
    w->network = true;
    while (!w->pending[0].active || w->pending[0].kind != EVCP__FACT_STARTED) {
        world_run(w, SECOND);
    }
    damage(w, EVCP__SPACE_TX, 0);
    uint32_t serial = evcp__core_serial(w->core);
    world_run(w, MINUTE);
    assert_in_range(evcp__core_serial(w->core) - serial, 0,
                    10); /* it does not go round in circles */
    assert_int_equal(evcp__core_outbox_count(w->core), 0);
    assert_int_equal(world_count(w, "StartTransaction"), 1);
    end(w);
}

/* covers: OFFLINE-09 */
static void outbox_that_is_full_still_takes_ends_and_refuses_starts(void **state)
{
    (void)state;
    struct world *w = charging_world(&(struct world_options){.outbox_max = 20});
    world_network(w, false);
    world_plug(w, 1);
    world_card(w, 1, LISTED);
    world_run(w, HOUR);
    assert_int_equal(evcp__core_outbox_count(w->core), 16); /* four are kept for ends and starts */
    assert_int_equal(events(w, EVCP_EVENT_STORE), 1);       /* told once */
    world_card(w, 1, LISTED);
    world_unplug(w, 1);
    assert_int_equal(evcp__core_outbox_count(w->core), 17);
    world_plug(w, 1);
    world_card(w, 1, LISTED); /* its end still fits */
    assert_true(w->connector[1].contactor);
    world_unplug(w, 1);
    assert_int_equal(evcp__core_outbox_count(w->core), 19);
    world_forget(w);
    world_plug(w, 1);
    world_card(w, 1, LISTED);
    assert_false(w->connector[1].contactor);
    assert_int_equal(world_decision(w)->reason, EVCP_BY_STORE);
    assert_false(world_decision(w)->accepted);
    world_network(w, true);
    world_run(w, 6 * MINUTE);
    assert_int_equal(w->book_count, 2);
    world_card(w, 1, LISTED); /* there is room again */
    assert_true(w->connector[1].contactor);
    world_unplug(w, 1);
    world_run(w, MINUTE);
    done(w);
}

static void outbox_tells_what_arrived(void **state)
{
    (void)state;
    struct world *w = charging_world(NULL);
    w->next_id = 42;
    charge(w, 1, 1);
    world_run(w, SECOND);
    assert_int_equal(events(w, EVCP_EVENT_DELIVERED), 2);
    const struct evcp_event *e = event(w, EVCP_EVENT_DELIVERED);
    assert_true(e->accepted);
    assert_int_equal(e->transaction, 1);
    assert_int_equal(e->transaction_id, 42);
    assert_int_equal(records(w, EVCP__SPACE_TX), 0);
    assert_int_equal(records(w, EVCP__SPACE_TX_DATA), 0);
    done(w);
}

/* A central system that answers after MessageTimeout has the message: it is not sent again. */
/* covers: OFFLINE-14 */
static void outbox_takes_an_answer_that_comes_before_the_retry(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "CARD1", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_run(w, 1000);
    w->latency = 40000; /* MessageTimeout is 30 s, the first retry comes 60 s later */
    world_forget(w);
    world_card(w, 1, "CARD1");
    world_run(w, 80000);
    assert_int_equal(world_count(w, "StopTransaction"), 1);
    assert_int_equal(evcp__core_outbox_count(w->core), 0);
    w->latency = 0;
    world_unplug(w, 1);
    world_run(w, 1000);
    done(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outbox_takes_an_answer_that_comes_before_the_retry),
        cmocka_unit_test(outbox_delivers_everything_in_order_with_its_own_times),
        cmocka_unit_test(outbox_is_overtaken_by_drivers_but_not_by_new_samples),
        cmocka_unit_test(outbox_guesses_no_transaction_id),
        cmocka_unit_test(outbox_survives_power_cuts),
        cmocka_unit_test(outbox_tries_three_times_with_growing_waits_then_goes_on),
        cmocka_unit_test(outbox_takes_silence_for_a_failure),
        cmocka_unit_test(outbox_counts_no_attempt_when_the_link_is_lost),
        cmocka_unit_test(outbox_wait_for_a_retry_goes_on_over_a_lost_link),
        cmocka_unit_test(outbox_attempts_0_is_one_transmission),
        cmocka_unit_test(outbox_start_given_up_leaves_id_minus_1),
        cmocka_unit_test(outbox_start_given_up_is_remembered_over_a_power_cut),
        cmocka_unit_test(outbox_quarantine_is_never_overwritten),
        cmocka_unit_test(outbox_quarantine_has_an_end),
        cmocka_unit_test(outbox_takes_any_transaction_id),
        cmocka_unit_test(outbox_answer_cannot_veto_an_end),
        cmocka_unit_test(outbox_answer_that_breaks_the_schema_is_a_failure),
        cmocka_unit_test(outbox_sets_aside_what_cannot_be_read),
        cmocka_unit_test(outbox_without_a_readable_start_says_minus_1),
        cmocka_unit_test(outbox_of_a_damaged_transaction_goes_to_quarantine_as_a_whole),
        cmocka_unit_test(outbox_loses_the_record_while_its_answer_is_on_the_way),
        cmocka_unit_test(outbox_that_is_full_still_takes_ends_and_refuses_starts),
        cmocka_unit_test(outbox_tells_what_arrived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
