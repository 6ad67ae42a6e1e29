/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of the machines: every pair of state and input is decided on purpose, and every
 * change of status is one that OCPP 1.6 4.9 allows.
 */
#include "core_test.h"

#include "../../lib/core/core_private.h"

/* ---- session: everything can happen at any time ------------------------------------------------
 */

static void session_decides_every_pair(void **state)
{
    (void)state;
    for (unsigned s = 0; s < EVCP__SESSION_STATES; s++) {
        for (unsigned i = 0; i < EVCP__SESSION_INPUTS; i++) {
            if (!evcp__session_decides(s, i)) {
                fail_msg("session state %u does not decide input %u", s, i);
            }
        }
    }
}

/* ---- link and outbox: these pairs cannot happen, and are ignored
 * --------------------------------- */

struct pair {
    unsigned state;
    unsigned input;
    const char *why;
};

static const struct pair *find_pair(const struct pair *pairs, unsigned state, unsigned input)
{
    for (; pairs->why != NULL; pairs++) {
        if (pairs->state == state && pairs->input == input) {
            return pairs;
        }
    }
    return NULL;
}

static void decides_all_but(bool (*decides)(unsigned, unsigned), unsigned states, unsigned inputs,
                            const struct pair *pairs)
{
    for (unsigned s = 0; s < states; s++) {
        for (unsigned i = 0; i < inputs; i++) {
            const struct pair *p = find_pair(pairs, s, i);
            if (decides(s, i) == (p != NULL)) {
                fail_msg("state %u, input %u: %s", s, i,
                         p != NULL ? "decided, although it cannot happen" : "not decided");
            }
        }
    }
}

#define L(state, input, why)                                                                       \
    {                                                                                              \
        EVCP_LINK_##state, EVCP__LINK_##input, why                                                 \
    }

static const char no_call[] = "without a connection nothing is asked, so nothing is answered";
static const char connected[] = "the net reports a connection once, and only after CONNECT";
static const char not_down[] = "the timer runs only while the link is down";
static const char no_boot[] = "registered: no BootNotification is on its way";

static const struct pair impossible_link[] = {
    L(DOWN, ACCEPTED, no_call),           L(DOWN, IS_PENDING, no_call),
    L(DOWN, IS_REJECTED, no_call),        L(DOWN, BOOT_FAILED, no_call),
    L(DOWN, UNREGISTERED, no_call),       L(CONNECTING, RETRY, not_down),
    L(CONNECTING, ACCEPTED, no_call),     L(CONNECTING, IS_PENDING, no_call),
    L(CONNECTING, IS_REJECTED, no_call),  L(CONNECTING, BOOT_FAILED, no_call),
    L(CONNECTING, UNREGISTERED, no_call), L(BOOTING, RETRY, not_down),
    L(BOOTING, CONNECTED, connected),     L(PENDING, RETRY, not_down),
    L(PENDING, CONNECTED, connected),     L(REJECTED, RETRY, not_down),
    L(REJECTED, CONNECTED, connected),    L(ONLINE, RETRY, not_down),
    L(ONLINE, CONNECTED, connected),      L(ONLINE, ACCEPTED, no_boot),
    L(ONLINE, IS_PENDING, no_boot),       L(ONLINE, IS_REJECTED, no_boot),
    L(ONLINE, BOOT_FAILED, no_boot),      {0, 0, NULL},
};

static void link_decides_every_pair_that_can_happen(void **state)
{
    (void)state;
    decides_all_but(evcp__link_decides, EVCP_LINK_ONLINE + 1, EVCP__LINK_INPUTS, impossible_link);
}

#define O(state, input, why)                                                                       \
    {                                                                                              \
        EVCP__OUTBOX_##state, EVCP__OUT_##input, why                                               \
    }

static const char nothing_sent[] = "none of its messages is in flight";
static const char one_in_flight[] = "there is one call in flight at most";
static const char no_timer[] = "the timer runs only between two attempts";

static const struct pair impossible_outbox[] = {
    O(EMPTY, SENT, "there is nothing to send"),
    O(EMPTY, ACKNOWLEDGED, nothing_sent),
    O(EMPTY, FAILED_ONCE, nothing_sent),
    O(EMPTY, TIMER, no_timer),
    O(READY, FAILED_ONCE, nothing_sent),
    O(READY, TIMER, no_timer),
    O(IN_FLIGHT, SENT, one_in_flight),
    O(IN_FLIGHT, TIMER, no_timer),
    O(WAITING, SENT, "only what is ready is sent"),
    O(WAITING, FAILED_ONCE, nothing_sent),
    {0, 0, NULL},
};

static void outbox_decides_every_pair_that_can_happen(void **state)
{
    (void)state;
    decides_all_but(evcp__outbox_decides, EVCP__OUTBOX_STATES, EVCP__OUTBOX_INPUTS,
                    impossible_outbox);
}

/* ---- status
 * ------------------------------------------------------------------------------------------ */

#define STATUSES (EVCP_STATUS_FAULTED + 1)

/* Rows and columns: Available, Preparing, Charging, SuspendedEV, SuspendedEVSE, Finishing,
 * Reserved, Unavailable, Faulted. Available to a charging state (A3 to A5) is for charge points
 * without authorization, which this is not. */
/* clang-format off */
static const char *const legal[STATUSES] = {
    "=x....xxx",
    "x=xxxx..x",
    "x.=xxx.xx",
    "x.x=xx.xx",
    "x.xx=x.xx",
    "xx...=.xx",
    "xx....=xx",
    "xxxxx..=x",
    "xxxxxxxx=",
};
/* clang-format on */

/* covers: STATUS-04 STATUS-05 STATUS-06 STATUS-07 STATUS-08 STATUS-09 STATUS-11 */
static void status_table_is_that_of_the_standard(void **state)
{
    (void)state;
    for (unsigned from = 0; from < STATUSES; from++) {
        for (unsigned to = 0; to < STATUSES; to++) {
            bool expected = legal[from][to] != '.';
            if (evcp__status_legal((enum evcp_status)from, (enum evcp_status)to) != expected) {
                fail_msg("status %u to %u should be %s", from, to, expected ? "legal" : "illegal");
            }
        }
    }
}

/* From every status to every other one in at most three steps, all of them legal. */
static void status_bridge_leads_everywhere_by_legal_steps(void **state)
{
    (void)state;
    for (unsigned from = 0; from < STATUSES; from++) {
        for (unsigned to = 0; to < EVCP_STATUS_FAULTED; to++) {
            if (to == EVCP_STATUS_RESERVED) {
                continue; /* without reservations nobody goes there */
            }
            enum evcp_status now = (enum evcp_status)from;
            for (int steps = 0; now != (enum evcp_status)to; steps++) {
                enum evcp_status next = evcp__status_bridge(now, (enum evcp_status)to);
                assert_true(steps < 3);
                assert_true(next != now);
                assert_true(evcp__status_legal(now, next));
                now = next;
            }
        }
    }
}

static void status_bridge_is_direct_where_it_may_be(void **state)
{
    (void)state;
    for (unsigned from = 0; from < STATUSES; from++) {
        for (unsigned to = 0; to < STATUSES; to++) {
            if (legal[from][to] != '.') {
                assert_int_equal(evcp__status_bridge((enum evcp_status)from, (enum evcp_status)to),
                                 to);
            }
        }
    }
    assert_int_equal(evcp__status_bridge(EVCP_STATUS_FINISHING, EVCP_STATUS_CHARGING),
                     EVCP_STATUS_PREPARING);
    assert_int_equal(evcp__status_bridge(EVCP_STATUS_PREPARING, EVCP_STATUS_UNAVAILABLE),
                     EVCP_STATUS_AVAILABLE);
    assert_int_equal(evcp__status_bridge(EVCP_STATUS_AVAILABLE, EVCP_STATUS_CHARGING),
                     EVCP_STATUS_PREPARING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(session_decides_every_pair),
        cmocka_unit_test(link_decides_every_pair_that_can_happen),
        cmocka_unit_test(outbox_decides_every_pair_that_can_happen),
        cmocka_unit_test(status_table_is_that_of_the_standard),
        cmocka_unit_test(status_bridge_leads_everywhere_by_legal_steps),
        cmocka_unit_test(status_bridge_is_direct_where_it_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
