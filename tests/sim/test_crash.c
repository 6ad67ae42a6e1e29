/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every scenario dies at every commit, before it and between it and its effects, with contactors
 * that open and with contactors that stay closed, once and twice; then it recovers, and the books
 * have to agree with what was delivered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "scenario.h"

static uint64_t commits_of(const struct scenario *s)
{
    struct world *w = world_new(&s->options);
    s->run(w);
    scenario_quiet(w);
    world_check_books(w);
    if (w->violation[0] != '\0') {
        fail_msg("%s without any cut: %s", s->name, w->violation);
    }
    uint64_t n = w->commits;
    world_free(w);
    return n;
}

static void cut_once(const struct scenario *s, uint64_t at, enum world_cut mode, bool survive)
{
    struct world *w = world_new(&s->options);
    w->cut_at = w->commits + at;
    w->cut_mode = mode;
    w->contactors_survive = survive;
    s->run(w);
    scenario_quiet(w);
    world_check_books(w);
    if (w->violation[0] != '\0') {
        fail_msg("%s cut at commit %llu (%s it, contactors %s): %s", s->name,
                 (unsigned long long)at, mode == CUT_BEFORE_COMMIT ? "before" : "after",
                 survive ? "stay" : "open", w->violation);
    }
    world_free(w);
}

static void cut_everywhere(void **state)
{
    const struct scenario *s = *state;
    uint64_t commits = commits_of(s);
    assert_true(commits > 2);
    for (uint64_t at = 1; at <= commits; at++) {
        for (int survive = 0; survive < 2; survive++) {
            cut_once(s, at, CUT_BEFORE_COMMIT, survive);
            cut_once(s, at, CUT_AFTER_COMMIT, survive);
        }
    }
    print_message("%s: %llu commits, %llu cuts\n", s->name, (unsigned long long)commits,
                  (unsigned long long)commits * 4);
}

static void fail_commit(const struct scenario *s, unsigned at)
{
    struct world *w = world_new(&s->options);
    evcp__mem_fail_commit(w->db, at, EVCP_EFULL);
    s->run(w);
    scenario_quiet(w);
    world_check_books(w);
    if (w->violation[0] != '\0') {
        fail_msg("%s, commit %u fails: %s", s->name, at, w->violation);
    }
    world_free(w);
}

/* A failed commit is a power cut that the driver makes itself. */
static void fail_every_commit(void **state)
{
    const struct scenario *s = *state;
    unsigned commits = (unsigned)commits_of(s);
    for (unsigned at = 1; at <= commits; at++) {
        fail_commit(s, at);
    }
}

int main(void)
{
    struct CMUnitTest tests[64];
    size_t n = 0;
    static char names[64][96];
    for (size_t i = 0; i < scenario_count; i++) {
        for (int kind = 0; kind < 2; kind++) {
            snprintf(names[n], sizeof names[n], "%s_%s", scenarios[i].name,
                     kind == 0 ? "survives_a_cut_at_every_commit" : "survives_every_failed_commit");
            tests[n] = (struct CMUnitTest){names[n], kind == 0 ? cut_everywhere : fail_every_commit,
                                           NULL, NULL, (void *)(uintptr_t)&scenarios[i]};
            n++;
        }
    }
    return _cmocka_run_group_tests("crash", tests, n, NULL, NULL);
}
