/* SPDX-License-Identifier: Apache-2.0 */
/* The main job, from the first millisecond to the books, on the station in a box. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../support/world.h"

static void done(struct world *w)
{
    world_check_books(w);
    if (w->violation[0] != '\0') {
        fail_msg("%s", w->violation);
    }
    world_free(w);
}

static void boot_registers_and_reports_every_connector(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_options){.connectors = 2});
    assert_int_equal(evcp__core_link(w->core), EVCP_LINK_ONLINE);
    assert_string_equal(w->calls[0].action, "BootNotification");
    assert_int_equal(world_count(w, "StatusNotification"), 3);
    done(w);
}

static void slice_listed_vehicle_charges_offline_and_is_delivered_later(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "VID:001122334455", "Accepted", NULL);
    assert_string_equal(world_list(w, 1, "VID:001122334455"), "{\"status\":\"Accepted\"}");
    world_network(w, false);
    world_plug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_PREPARING);
    world_token(w, 1, EVCP_TOKEN_EVCCID, "VID:001122334455");
    assert_true(w->connector[1].contactor);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_CHARGING);
    world_run(w, 600000);
    world_unplug(w, 1);
    assert_false(w->connector[1].contactor);
    world_network(w, true);
    world_run(w, 700000);
    assert_int_equal(w->book_count, 1);
    assert_string_equal(w->book[0].reason, "EVDisconnected");
    assert_true(w->book[0].meter_values >= 9);
    done(w);
}

static void unknown_card_is_refused_offline(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_network(w, false);
    world_plug(w, 1);
    world_card(w, 1, "NOBODY");
    assert_false(world_decision(w)->accepted);
    assert_false(w->connector[1].contactor);
    done(w);
}

static void card_online_is_asked_for_and_stops_its_transaction(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "CARD1", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_int_equal(world_count(w, "Authorize"), 1);
    assert_true(w->connector[1].contactor);
    world_run(w, 120000);
    world_card(w, 1, "card1");
    assert_int_equal(world_count(w, "Authorize"), 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_FINISHING);
    world_unplug(w, 1);
    assert_int_equal(world_status(w, 1), EVCP_STATUS_AVAILABLE);
    world_run(w, 1000);
    done(w);
}

static void vehicle_that_leaves_after_the_end_is_no_news(void **state)
{
    (void)state;
    struct world *w = world_new(NULL);
    world_tag(w, "CARD1", "Accepted", NULL);
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    world_run(w, 1000);
    world_card(w, 1, "CARD1");
    world_run(w, 1000);
    world_forget(w);
    world_ev(w, 1, EVCP_EV_ABSENT);
    world_unplug(w, 1);
    world_run(w, 1000);
    assert_int_equal(world_count(w, "StatusNotification"), 1); /* Available */
    done(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boot_registers_and_reports_every_connector),
        cmocka_unit_test(slice_listed_vehicle_charges_offline_and_is_delivered_later),
        cmocka_unit_test(unknown_card_is_refused_offline),
        cmocka_unit_test(card_online_is_asked_for_and_stops_its_transaction),
        cmocka_unit_test(vehicle_that_leaves_after_the_end_is_no_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
