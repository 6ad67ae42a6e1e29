/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A charge point runs out of memory: in a whole session, from the plug to the delivered end, the
 * n-th allocation fails, for every n. The driver presents the card again, the firmware reports
 * again; nothing else may be needed, and nothing may be lost, doubled or leaked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fake_port.h"

#define ENOUGH 100000

/* ---- allocations that are counted, and one that fails ------------------------------------ */

static bool armed;
static unsigned until_failure;
static bool has_failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool fails(void)
{
    if (!armed || has_failed || --until_failure)
        return false;
    has_failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

/* jansson is a shared library: it gets the counted ones by its own way. */
static int count_jansson(void **state)
{
    (void)state;
    json_set_alloc_funcs(__wrap_malloc, free);
    return 0;
}

/* ---- a central system and a firmware that do not give up --------------------------------- */

/* Answers what was sent; what the test itself allocates is not counted. */
static void answer_all(struct box *box)
{
    struct evcp__net *net = box_net(box);

    while (net->connected && net->served < net->sent_count) {
        char answer[256] = "";
        json_t *frame = NULL;

        armed = false;
        frame = json_loads(net->sent[net->served++], 0, NULL);
        if (json_integer_value(json_array_get(frame, 0)) == 2)
            snprintf(answer, sizeof(answer), "[3,\"%s\",%s]",
                     json_string_value(json_array_get(frame, 1)),
                     answer_to(json_string_value(json_array_get(frame, 2))));
        json_decref(frame);
        armed = true;
        if (*answer)
            receive(box, answer);
    }
}

static void live(struct box *box, unsigned seconds)
{
    struct evcp__net *net = box_net(box);

    for (unsigned i = 0; i < 2 * seconds; i++) {
        pass(box, 500);
        if (net->wanted) {
            net->wanted = false;
            net->connected = true;
            net->callbacks.connected(net->callbacks.user);
            evcp__loop_wake(box->host->loop);
        }
        run(box);
        answer_all(box);
    }
}

/* Once more after a failure, as firmware does. */
#define SURELY(call)                                                                               \
    do {                                                                                           \
        if ((call) != EVCP_OK)                                                                     \
            assert_int_equal(call, EVCP_OK);                                                       \
    } while (0)

static bool is_charging(struct box *box)
{
    struct evcp_connector_state seen;

    return evcp_connector(box->station, 1, &seen) == EVCP_OK && seen.transaction && box->closed[1];
}

static void begin_session(struct box *box)
{
    SURELY(evcp_report_plugged(box->station, 1, true));
    SURELY(evcp_report_ev(box->station, 1, EVCP_EV_READY));
    for (int i = 0; i < 5 && !is_charging(box); i++) {
        SURELY(evcp_report_token(box->station, 1, EVCP_TOKEN_ISO14443, "GOOD"));
        run(box);
        pass(box, 2 * EVCP__RELOAD_MS);
    }
    assert_true(is_charging(box));
}

static void end_session(struct box *box)
{
    SURELY(evcp_report_ev(box->station, 1, EVCP_EV_ABSENT));
    SURELY(evcp_report_plugged(box->station, 1, false));
    run(box);
    pass(box, 2 * EVCP__RELOAD_MS);
}

/* ---- what has to be true at the end ------------------------------------------------------ */

/* The id of the first CALL with this action; other CALLs of it are repetitions with the same id. */
static void assert_one_fact(struct box *box, const char *action)
{
    struct evcp__net *net = box_net(box);
    char first[64] = "";

    for (size_t i = 0; i < net->sent_count; i++) {
        json_t *frame = json_loads(net->sent[i], 0, NULL);
        const char *name = json_string_value(json_array_get(frame, 2));
        const char *id = json_string_value(json_array_get(frame, 1));

        if (name && strcmp(name, action) == 0) {
            if (*first)
                assert_string_equal(id, first);
            snprintf(first, sizeof(first), "%s", id);
        }
        json_decref(frame);
    }
    if (!*first)
        fail_msg("no %s", action);
}

/* False: fewer than n allocations were made. */
static bool day_with_failure(unsigned n)
{
    void *state = NULL;
    struct box *box = NULL;

    fake_mono = 1000;
    has_failed = false;
    until_failure = n;
    assert_int_equal(box_with_station(&state), 0);
    box = state;
    go_offline_with_list(box);
    assert_int_equal(evcp_set_online(box->station, false), EVCP_OK);
    run(box);
    armed = true;
    begin_session(box);
    end_session(box);
    SURELY(evcp_set_online(box->station, true));
    live(box, 200); /* an answer that was lost is waited for, then asked for again */
    armed = false;

    assert_false(box->closed[1]);
    assert_false(box->dirty_at_contactor);
    assert_int_equal(evcp_outbox_count(box->station), 0);
    assert_int_equal(evcp_link(box->station), EVCP_LINK_ONLINE);
    assert_one_fact(box, "StartTransaction");
    assert_one_fact(box, "StopTransaction");
    box_free(&state);
    return has_failed;
}

static void host_survives_every_failed_allocation_of_a_session(void **state)
{
    unsigned n = 1;

    (void)state;
    while (n < ENOUGH && day_with_failure(n))
        n++;
    assert_in_range(n, 50, ENOUGH - 1);
    print_message("%u allocations failed, one a day\n", n - 1);
}

/* While a station is made nothing may be left behind, and the next attempt succeeds. */
static bool make_with_failure(unsigned n)
{
    void *state = NULL;
    struct box *box = NULL;
    int result = EVCP_OK;

    armed = false;
    has_failed = false;
    until_failure = n;
    assert_int_equal(box_new(&state), 0);
    box = state;
    armed = true;
    result = evcp_new(box->host, &box->config, &box->station);
    armed = false;
    if (result) {
        assert_int_equal(result, EVCP_ENOMEM);
        assert_null(box->station);
        assert_int_equal(evcp_new(box->host, &box->config, &box->station), EVCP_OK);
    }
    go_online(box);
    box_free(&state);
    return has_failed;
}

static void host_makes_a_station_or_says_that_memory_is_out(void **state)
{
    unsigned n = 1;

    (void)state;
    while (n < ENOUGH && make_with_failure(n))
        n++;
    assert_in_range(n, 10, ENOUGH - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_survives_every_failed_allocation_of_a_session),
        cmocka_unit_test(host_makes_a_station_or_says_that_memory_is_out),
    };

    return cmocka_run_group_tests(tests, count_jansson, NULL);
}
