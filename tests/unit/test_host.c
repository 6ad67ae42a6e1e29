/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host: a turn steps, commits and acts in that order; a write that fails is a power cut; a
 * store that stays broken accepts nobody, keeps what is safe safe, and does not spin.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fake_port.h"

/* ---- step, commit, act ------------------------------------------------------------------- */

static void host_closes_the_contactor_only_after_the_commit(void **state)
{
    struct box *box = *state;

    go_offline_with_list(box);
    plug_in(box, 1);
    present_card(box, 1, "GOOD");

    assert_true(box->closed[1]);
    assert_false(box->dirty_at_contactor);
}

static void host_commits_the_steps_of_all_stations_once(void **state)
{
    struct box *box = *state;
    struct evcp_config second = box->config;
    evcp_t *other = NULL;
    unsigned before = 0;

    second.id = "CP2";
    assert_int_equal(evcp_new(box->host, &second, &other), EVCP_OK);
    run(box);
    before = (unsigned)evcp__mem_commits(box->db->inner);
    assert_int_equal(evcp_setting_set(box->station, "ConnectionTimeOut", "31"), EVCP_OK);
    assert_int_equal(evcp__mem_commits(box->db->inner), before + 1);

    /* both stations hear of a change that is durable at once, in one turn */
    assert_int_equal(evcp_report_plugged(box->station, 1, true), EVCP_OK);
    assert_int_equal(evcp_report_plugged(other, 1, true), EVCP_OK);
    run(box);
    assert_true(evcp__mem_commits(box->db->inner) <= before + 2);
    evcp_free(other);
}

static void host_keeps_writes_that_may_wait_no_longer_than_soon(void **state)
{
    struct box *box = *state;

    go_online(box);
    serve(box);
    pass(box, EVCP__SOON_MS_DEFAULT + 10);

    assert_false(box->db->base.ops->dirty(&box->db->base));
}

static void host_frees_with_open_writes_committed(void **state)
{
    struct box *box = *state;
    const struct evcp__slice text = {"x", 1};
    bool dirty = true;

    run(box);
    assert_int_equal(evcp__put(box->station->store, EVCP__SPACE_QUARANTINE, text, text), EVCP_OK);
    assert_true(box->db->base.ops->dirty(&box->db->base));
    box->db->dirty_at_close = &dirty;
    evcp_free(box->station);
    evcp_host_free(box->host);
    box->station = NULL;
    box->host = NULL;

    assert_false(dirty);
}

/* ---- a write fails once ------------------------------------------------------------------ */

static void host_treats_a_failed_commit_as_a_power_cut(void **state)
{
    struct box *box = *state;

    go_offline_with_list(box);
    plug_in(box, 1);
    run(box);
    evcp__mem_fail_commit(box->db->inner, 1, EVCP_ESTORE);
    present_card(box, 1, "GOOD");

    /* nothing of the failed turn became true ... */
    assert_false(box->closed[1]);
    assert_null(last_event(box, EVCP_EVENT_CONTACTOR));
    assert_int_equal(count_events(box, EVCP_EVENT_STORE), 2); /* it failed; it works again */
    /* ... and the plug is known without another report */
    pass(box, EVCP__RELOAD_MS);
    present_card(box, 1, "GOOD");
    assert_true(box->closed[1]);
}

/* covers: RPC-24 */
static void host_answers_a_call_whose_write_failed_with_internal_error(void **state)
{
    struct box *box = *state;

    go_online(box);
    evcp__mem_fail_commit(box->db->inner, 1, EVCP_EFULL);
    receive(box, "[2,\"c1\",\"ChangeConfiguration\",{\"key\":\"ConnectionTimeOut\","
                 "\"value\":\"77\"}]");

    assert_true(was_sent(box, "[4,\"c1\",\"InternalError\"", ""));
    assert_false(was_sent(box, "[3,\"c1\"", ""));
}

static void host_connects_again_after_a_failed_commit(void **state)
{
    struct box *box = *state;
    unsigned attempts = 0;

    go_online(box);
    attempts = box_net(box)->attempts;
    evcp__mem_fail_commit(box->db->inner, 1, EVCP_ESTORE);
    receive(box, "[2,\"c1\",\"ChangeConfiguration\",{\"key\":\"ConnectionTimeOut\","
                 "\"value\":\"77\"}]");
    pass(box, 1000);

    assert_int_equal(box_net(box)->attempts, attempts + 1);
    connect_now(box);
    serve(box);
    assert_int_equal(evcp_link(box->station), EVCP_LINK_ONLINE);
}

/* covers: RPC-08 */
static void host_never_repeats_a_message_id_after_a_failed_commit(void **state)
{
    struct box *box = *state;
    struct evcp__net *net = box_net(box);

    go_online(box);
    evcp__mem_fail_commit(box->db->inner, 1, EVCP_ESTORE);
    receive(box, "[2,\"c1\",\"ChangeConfiguration\",{\"key\":\"ConnectionTimeOut\","
                 "\"value\":\"77\"}]");
    pass(box, 1000);
    connect_now(box);
    serve(box);

    for (size_t i = 0; i < net->sent_count; i++) {
        for (size_t k = 0; k < i; k++) {
            size_t id_end = strcspn(net->sent[i], ",") + 1;

            id_end += strcspn(net->sent[i] + id_end, ",");
            assert_false(net->sent[i][1] == '2' &&
                         strncmp(net->sent[i], net->sent[k], id_end) == 0);
        }
    }
}

static void host_ends_a_session_whose_stop_could_not_be_written(void **state)
{
    struct box *box = *state;

    go_offline_with_list(box);
    plug_in(box, 1);
    present_card(box, 1, "GOOD");
    assert_true(box->closed[1]);
    evcp__mem_fail_commit(box->db->inner, 1, EVCP_ESTORE);
    assert_int_equal(evcp_report_stop(box->station, 1, EVCP_STOP_EMERGENCY_STOP), EVCP_OK);
    run(box);

    assert_false(box->closed[1]);
    assert_int_equal(last_event(box, EVCP_EVENT_TRANSACTION)->stop_reason,
                     EVCP_STOP_EMERGENCY_STOP);
}

/* ---- the store stays broken -------------------------------------------------------------- */

static void break_store(struct box *box)
{
    box->db->broken = true;
    assert_int_equal(evcp_setting_set(box->station, "ConnectionTimeOut", "31"), EVCP_ESTORE);
    run(box);
}

static void host_refuses_every_token_while_the_store_is_broken(void **state)
{
    struct box *box = *state;

    go_offline_with_list(box);
    plug_in(box, 1);
    run(box);
    break_store(box);
    present_card(box, 1, "GOOD");

    assert_false(last_event(box, EVCP_EVENT_DECISION)->accepted);
    assert_int_equal(last_event(box, EVCP_EVENT_DECISION)->reason, EVCP_BY_STORE);
    assert_string_equal(last_event(box, EVCP_EVENT_DECISION)->token.value, "GOOD");
    assert_int_equal(box->contactor_calls, 0);
}

static void host_tells_of_a_broken_store_once_per_change(void **state)
{
    struct box *box = *state;

    run(box);
    break_store(box);
    pass(box, 60000);
    assert_int_equal(count_events(box, EVCP_EVENT_STORE), 1);

    box->db->broken = false;
    pass(box, 60000);
    assert_non_null(strstr(last_event(box, EVCP_EVENT_STORE)->text, "works again"));
}

static void host_does_not_spin_on_a_broken_store(void **state)
{
    struct box *box = *state;
    unsigned turns = 0;

    go_offline_with_list(box);
    break_store(box);
    box->db->commits = 0;
    turns = box->host->loop->turns;
    pass(box, 30000);

    /* one attempt every three seconds, each with its commit before and its own */
    assert_in_range(box->db->commits, 1, 25);
    assert_in_range(box->host->loop->turns - turns, 1, 25);
}

static void host_charges_again_when_the_store_works_again(void **state)
{
    struct box *box = *state;

    go_offline_with_list(box);
    break_store(box);
    plug_in(box, 1);
    run(box);
    box->db->broken = false;
    pass(box, EVCP__RELOAD_MS + 10);
    present_card(box, 1, "GOOD");

    assert_true(box->closed[1]);
}

static void host_opens_the_contactor_on_unplug_while_the_store_is_broken(void **state)
{
    struct box *box = *state;

    go_offline_with_list(box);
    plug_in(box, 1);
    present_card(box, 1, "GOOD");
    break_store(box);
    assert_true(box->closed[1]);
    assert_int_equal(evcp_report_ev(box->station, 1, EVCP_EV_ABSENT), EVCP_OK);
    run(box);
    assert_false(box->closed[1]);

    /* and the transaction ends as soon as it can be written */
    box->db->broken = false;
    pass(box, EVCP__RELOAD_MS + 10);
    assert_int_equal(last_event(box, EVCP_EVENT_TRANSACTION)->accepted, false);
}

static void host_opens_the_contactor_on_a_fault_while_the_store_is_broken(void **state)
{
    struct box *box = *state;
    struct evcp_fault fault = {.code = EVCP_ERROR_GROUND_FAILURE};

    go_offline_with_list(box);
    plug_in(box, 1);
    present_card(box, 1, "GOOD");
    break_store(box);
    fault.warning = true;
    assert_int_equal(evcp_report_fault(box->station, 1, &fault), EVCP_OK);
    run(box);
    assert_true(box->closed[1]);
    fault.warning = false;
    assert_int_equal(evcp_report_fault(box->station, 0, &fault), EVCP_OK);
    run(box);
    assert_false(box->closed[1]);
}

static void host_opens_the_contactor_when_unplugging_cannot_be_written(void **state)
{
    struct box *box = *state;

    go_offline_with_list(box);
    plug_in(box, 1);
    present_card(box, 1, "GOOD");
    box->db->broken = true;
    assert_int_equal(evcp_report_ev(box->station, 1, EVCP_EV_ABSENT), EVCP_OK);
    run(box);

    assert_false(box->closed[1]);
}

static void host_reads_as_unavailable_while_the_store_is_broken(void **state)
{
    struct box *box = *state;
    struct evcp_connector_state seen;
    char value[16];

    run(box);
    break_store(box);
    assert_int_equal(evcp_connector(box->station, 1, &seen), EVCP_OK);
    assert_int_equal(seen.status, EVCP_STATUS_UNAVAILABLE);
    assert_int_equal(evcp_link(box->station), EVCP_LINK_DOWN);
    assert_int_equal(evcp_outbox_count(box->station), 0);
    assert_int_equal(evcp_setting_get(box->station, "HeartbeatInterval", value, sizeof(value)),
                     EVCP_ESTORE);
    assert_int_equal(evcp_setting_set(box->station, "HeartbeatInterval", "60"), EVCP_ESTORE);
}

static void host_makes_no_station_on_a_broken_store(void **state)
{
    struct box *box = *state;

    box->db->broken = true;
    assert_int_equal(evcp_new(box->host, &box->config, &box->station), EVCP_ESTORE);
    assert_null(box->station);
    box->db->broken = false;
    assert_int_equal(evcp_new(box->host, &box->config, &box->station), EVCP_OK);
}

/* ---- from outside ------------------------------------------------------------------------ */

static void host_refuses_to_be_run_or_freed_from_a_callback(void **state)
{
    struct box *box = *state;
    evcp_t *other = NULL;

    box->host->busy = true;
    assert_int_equal(evcp_host_run(box->host, 0), EVCP_ESTATE);
    assert_int_equal(evcp_host_service(box->host), EVCP_ESTATE);
    assert_int_equal(evcp_new(box->host, &box->config, &other), EVCP_ESTATE);
    assert_int_equal(evcp_setting_set(box->station, "HeartbeatInterval", "60"), EVCP_ESTATE);
    evcp_free(box->station);
    evcp_host_free(box->host);
    box->host->busy = false;
    assert_int_equal(evcp_setting_set(box->station, "HeartbeatInterval", "60"), EVCP_OK);
}

static void host_refuses_a_second_station_of_the_same_id(void **state)
{
    struct box *box = *state;
    evcp_t *other = NULL;

    assert_int_equal(evcp_new(box->host, &box->config, &other), EVCP_EINVAL);
    assert_non_null(strstr(box->log, "evcp_config.id"));
}

#define POSTS 2000

static void *post_many(void *user)
{
    const struct evcp_report report = {.kind = EVCP_REPORT_SUPPLY, .connector = 1, .on = true};
    size_t *posted = ((void **)user)[1];
    evcp_t *station = ((void **)user)[0];

    while (*posted < POSTS) {
        if (evcp__inbox_report(&station->inbox, &report) == EVCP_OK)
            (*posted)++;
    }
    return NULL;
}

static void host_takes_reports_from_other_threads(void **state)
{
    struct box *box = *state;
    size_t posted = 0;
    size_t taken = 0;
    void *arguments[] = {box->station, &posted};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, post_many, arguments), 0);
    while (taken < POSTS) {
        struct evcp__input *input = evcp__inbox_take(&box->station->inbox);

        taken += input != NULL;
        free(input);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(evcp__inbox_count(&box->station->inbox), 0);
}

static void host_refuses_reports_when_too_many_wait(void **state)
{
    struct box *box = *state;
    struct evcp_report report = {.kind = EVCP_REPORT_SUPPLY, .connector = 1, .on = true};

    run(box);
    for (int i = 0; i < EVCP__POST_QUEUE_MAX; i++)
        assert_int_equal(evcp_post(box->station, &report), EVCP_OK);
    assert_int_equal(evcp_post(box->station, &report), EVCP_EFULL);
    run(box);
    assert_int_equal(evcp_post(box->station, &report), EVCP_OK);
}

static void host_never_waits_longer_than_an_hour(void **state)
{
    struct box *box = *state;

    assert_int_equal(evcp_host_deadline_ms(box->host), 3600000);
    assert_int_equal(evcp_host_deadline_ms(NULL), 3600000);
    assert_int_equal(evcp_host_fd(box->host), 99);
}

static void host_wants_a_store_and_a_loop(void **state)
{
    evcp_host_t *host = NULL;
    struct evcp_host_config config = {.size = sizeof(config)};

    (void)state;
    assert_int_equal(evcp_host_new(&config, &host), EVCP_EINVAL);
    config.store_dir = "/does/not/exist";
    config.loop = EVCP_LOOP_UV;
    assert_int_equal(evcp_host_new(&config, &host), EVCP_EINVAL);
    config.loop = EVCP_LOOP_OWN;
    assert_int_equal(evcp_host_new(&config, &host), EVCP_ESTORE);
    config.size = sizeof(config.size);
    assert_int_equal(evcp_host_new(&config, &host), EVCP_EINVAL);
    assert_null(host);
}

#define WITH_STATION(test) cmocka_unit_test_setup_teardown(test, box_with_station, box_free)
#define WITH_HOST(test)    cmocka_unit_test_setup_teardown(test, box_new, box_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STATION(host_closes_the_contactor_only_after_the_commit),
        WITH_STATION(host_commits_the_steps_of_all_stations_once),
        WITH_STATION(host_keeps_writes_that_may_wait_no_longer_than_soon),
        WITH_STATION(host_frees_with_open_writes_committed),
        WITH_STATION(host_treats_a_failed_commit_as_a_power_cut),
        WITH_STATION(host_answers_a_call_whose_write_failed_with_internal_error),
        WITH_STATION(host_connects_again_after_a_failed_commit),
        WITH_STATION(host_never_repeats_a_message_id_after_a_failed_commit),
        WITH_STATION(host_ends_a_session_whose_stop_could_not_be_written),
        WITH_STATION(host_refuses_every_token_while_the_store_is_broken),
        WITH_STATION(host_tells_of_a_broken_store_once_per_change),
        WITH_STATION(host_does_not_spin_on_a_broken_store),
        WITH_STATION(host_charges_again_when_the_store_works_again),
        WITH_STATION(host_opens_the_contactor_on_unplug_while_the_store_is_broken),
        WITH_STATION(host_opens_the_contactor_on_a_fault_while_the_store_is_broken),
        WITH_STATION(host_opens_the_contactor_when_unplugging_cannot_be_written),
        WITH_STATION(host_reads_as_unavailable_while_the_store_is_broken),
        WITH_HOST(host_makes_no_station_on_a_broken_store),
        WITH_STATION(host_refuses_to_be_run_or_freed_from_a_callback),
        WITH_STATION(host_refuses_a_second_station_of_the_same_id),
        WITH_STATION(host_takes_reports_from_other_threads),
        WITH_STATION(host_refuses_reports_when_too_many_wait),
        WITH_HOST(host_never_waits_longer_than_an_hour),
        WITH_HOST(host_wants_a_store_and_a_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
