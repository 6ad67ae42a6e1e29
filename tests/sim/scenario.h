/* SPDX-License-Identifier: Apache-2.0 */
/* Scripted days of a station, for the tests that interrupt them. */
#ifndef EVCP_TESTS_SCENARIO_H
#define EVCP_TESTS_SCENARIO_H

#include "../support/world.h"

struct scenario {
    const char *name;
    struct world_options options;
    void (*run)(struct world *w);
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* Everybody unplugs, the network is there, the central system answers: everything has to arrive. */
void scenario_quiet(struct world *w);

#endif
