/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes become a day: each byte pair is something that happens to a station, with cuts of power and
 * network in between. Whatever the order, no promise may break, and the books have to agree.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../sim/scenario.h"

static const char *const tags[] = {"A1", "B2", "BLOCKED", "NOBODY"};
static const struct evcp_setting settings[] = {{"BackOffBase", "1"},
                                               {"TransactionMessageRetryInterval", "1"},
                                               {"TransactionMessageAttempts", "1000"},
                                               {"AllowOfflineTxForUnknownId", "true"}};

static void happen(struct world *w, uint8_t what, uint8_t arg)
{
    uint16_t c = (uint16_t)(1 + (arg & 1));
    const char *tag = tags[arg >> 1 & 3];
    switch (what % 16) {
    case 0: world_plug(w, c); break;
    case 1: world_unplug(w, c); break;
    case 2: world_card(w, c, tag); break;
    case 3: world_card(w, 0, tag); break;
    case 4: world_run(w, (uint64_t)arg * 1000); break;
    case 5: world_network(w, (arg & 2) != 0); break;
    case 6: world_drop(w); break;
    case 7: world_cut(w); break;
    case 8: world_ev(w, c, (enum evcp_ev_state)(arg % 3)); break;
    case 9: world_supply(w, c, (arg & 2) != 0); break;
    case 10: world_list(w, arg, "A1,B2"); break;
    case 11: w->latency = (uint64_t)arg * 200; break;
    case 12:
        w->cut_at = w->commits + 1 + (arg & 3);
        w->cut_mode = (arg & 4) != 0 ? CUT_BEFORE_COMMIT : CUT_AFTER_COMMIT;
        break;
    case 13: world_stop(w, c, EVCP_STOP_LOCAL); break;
    case 14:
        world_call(w, "UnlockConnector", c == 1 ? "{\"connectorId\":1}" : "{\"connectorId\":2}");
        break;
    default: world_run(w, (uint64_t)arg); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world *w =
        world_new(&(struct world_options){.connectors = 2,
                                          .lock = size % 2 == 0,
                                          .settings = settings,
                                          .setting_count = sizeof settings / sizeof settings[0]});
    world_tag(w, "A1", "Accepted", "G");
    world_tag(w, "B2", "Accepted", "G");
    world_tag(w, "BLOCKED", "Blocked", NULL);
    for (size_t i = 0; i + 1 < size && i < 400 && w->violation[0] == '\0'; i += 2) {
        happen(w, data[i], data[i + 1]);
    }
    scenario_quiet(w);
    world_check_books(w);
    if (w->violation[0] != '\0') {
        fprintf(stderr, "%s\n", w->violation);
        abort();
    }
    world_free(w);
    return 0;
}
