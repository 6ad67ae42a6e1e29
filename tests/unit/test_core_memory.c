/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation of the core fails, for every n: the step says ENOMEM, the core is thrown
 * away and loaded again, and the promises hold. The linker puts the functions below in place of
 * malloc and of the core's two entries (--wrap); memory fails only inside those.
 */
#include "core_test.h"

static struct {
    bool armed;      /* inside the core */
    uint64_t count;  /* allocations so far */
    uint64_t fail;   /* this one fails */
    uint64_t length; /* and so many from there */
    unsigned failed;
    bool misreported;
} memory;

static bool fails(void)
{
    if (!memory.armed) {
        return false;
    }
    memory.count++;
    bool now = memory.count >= memory.fail && memory.count < memory.fail + memory.length;
    memory.failed += now;
    return now;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
int __real_evcp__core_step(struct evcp__core *core, const struct evcp__event *event,
                           struct evcp__now now, struct evcp__effects *out);
int __real_evcp__core_load(const struct evcp__core_env *env, struct evcp__now now,
                           struct evcp__effects *out, struct evcp__core **core, const char **why);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __wrap_evcp__core_step(struct evcp__core *core, const struct evcp__event *event,
                           struct evcp__now now, struct evcp__effects *out);
int __wrap_evcp__core_load(const struct evcp__core_env *env, struct evcp__now now,
                           struct evcp__effects *out, struct evcp__core **core, const char **why);

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

static int checked(unsigned failed_before, int rc)
{
    memory.armed = false;
    if ((rc == EVCP_ENOMEM) != (memory.failed > failed_before)) {
        memory.misreported = true;
    }
    return rc;
}

int __wrap_evcp__core_step(struct evcp__core *core, const struct evcp__event *event,
                           struct evcp__now now, struct evcp__effects *out)
{
    unsigned before = memory.failed;
    memory.armed = true;
    return checked(before, __real_evcp__core_step(core, event, now, out));
}

int __wrap_evcp__core_load(const struct evcp__core_env *env, struct evcp__now now,
                           struct evcp__effects *out, struct evcp__core **core, const char **why)
{
    unsigned before = memory.failed;
    memory.armed = true;
    return checked(before, __real_evcp__core_load(env, now, out, core, why));
}

/* ---- scenarios: whatever gets lost on the way, the end is the same
 * -------------------------------- */

typedef void scenario(struct world *w);

static void set_up(struct world *w)
{
    world_tag(w, "A", "Accepted", "GROUP");
    world_tag(w, "B", "Accepted", "GROUP");
    world_tag(w, "X", "Blocked", NULL);
}

static void quiet(struct world *w)
{
    for (uint16_t i = 1; i <= w->config.connectors; i++) {
        world_unplug(w, i);
    }
    world_network(w, true);
    world_run(w, 10 * MINUTE);
}

static void day_online(struct world *w)
{
    world_card(w, 1, "X");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, 130 * SECOND);
    world_card(w, 1, "B");
    world_unplug(w, 1);
    world_call(w, "RemoteStartTransaction", "{\"idTag\":\"A\",\"connectorId\":1}");
    world_plug(w, 1);
    world_call(w, "UnlockConnector", "{\"connectorId\":1}");
}

static void day_offline(struct world *w)
{
    world_list(w, 1, "A");
    world_network(w, false);
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, 130 * SECOND);
    world_cut(w);
    world_run(w, 70 * SECOND);
    world_card(w, 1, "A");
    w->network = true;
    world_run(w, 6 * MINUTE);
}

static void requests_of_all_kinds(struct world *w)
{
    world_call(w, "GetConfiguration", "{}");
    world_call(w, "GetConfiguration", "{\"key\":[\"Nonsense\",\"HeartbeatInterval\"]}");
    world_call(w, "ChangeConfiguration",
               "{\"key\":\"StopTxnSampledData\",\"value\":\"Energy.Active.Import.Register\"}");
    world_call(w, "ChangeConfiguration", "{\"key\":\"MeterValueSampleInterval\",\"value\":\"10\"}");
    world_list(w, 3, "A,B,C");
    world_call(w, "GetLocalListVersion", "{}");
    world_call(w, "ClearCache", "{}");
    world_call(w, "ChangeAvailability", "{\"connectorId\":1,\"type\":\"Inoperative\"}");
    world_call(w, "ChangeAvailability", "{\"connectorId\":1,\"type\":\"Operative\"}");
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"MeterValues\",\"connectorId\":1}");
    world_call(w, "TriggerMessage", "{\"requestedMessage\":\"StatusNotification\"}");
    world_call(w, "DataTransfer", "{\"vendorId\":\"V\",\"messageId\":\"M\",\"data\":\"D\"}");
    world_plug(w, 1);
    world_card(w, 1, "A");
    world_run(w, 35 * SECOND);
    world_call(w, "RemoteStopTransaction", "{\"transactionId\":1}");
    world_call(w, "Reset", "{\"type\":\"Soft\"}");
}

static void messages_that_fail(struct world *w)
{
    world_call(w, "ChangeConfiguration",
               "{\"key\":\"TransactionMessageRetryInterval\",\"value\":\"1\"}");
    for (int i = 0; i < 3; i++) {
        world_script(w, EVCP__FACT_UPDATED, "ERROR:InternalError");
    }
    world_script(w, EVCP__FACT_STATUS, "ERROR:SecurityError");
    world_plug(w, 1);
    world_run(w, MINUTE);
    world_card(w, 1, "A");
    world_run(w, 130 * SECOND);
    world_drop(w);
    world_run(w, 10 * SECOND);
    world_card(w, 1, "A");
}

/* True if the failure came to pass. */
static bool run(scenario *play, uint64_t n, uint64_t length)
{
    memset(&memory, 0, sizeof memory);
    memory.fail = UINT64_MAX;
    struct world *w = world_new(&(struct world_options){.lock = true, .measure = true});
    set_up(w);
    memory.count = 0;
    memory.fail = n;
    memory.length = length;
    play(w);
    bool happened = memory.failed > 0;
    memory.fail = UINT64_MAX;
    quiet(w);
    assert_false(memory.misreported);
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_ONLINE);
    done(w);
    return happened;
}

static void run_all(scenario *play, uint64_t length)
{
    uint64_t n = 1;
    while (run(play, n, length)) {
        n++;
    }
    assert_in_range(n, 50, 100000); /* it was about something */
}

static void memory_fails_on_a_day_online(void **state)
{
    (void)state;
    run_all(day_online, 1);
}

static void memory_fails_on_a_day_offline(void **state)
{
    (void)state;
    run_all(day_offline, 1);
}

static void memory_fails_in_requests(void **state)
{
    (void)state;
    run_all(requests_of_all_kinds, 1);
}

static void memory_fails_among_failures(void **state)
{
    (void)state;
    run_all(messages_that_fail, 1);
}

/* Loading again fails, too, and is tried again. */
static void memory_fails_several_times_in_a_row(void **state)
{
    (void)state;
    run_all(day_online, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_fails_on_a_day_online),
        cmocka_unit_test(memory_fails_on_a_day_offline),
        cmocka_unit_test(memory_fails_in_requests),
        cmocka_unit_test(memory_fails_among_failures),
        cmocka_unit_test(memory_fails_several_times_in_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
