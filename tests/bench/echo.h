/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare libwebsockets client that sends back every message: the limit of round trips.
 */
#ifndef EVCP_BENCH_ECHO_H
#define EVCP_BENCH_ECHO_H

#include "peer.h"
#include "raw_store.h"

/* Microseconds of one round trip, driven by the central system. With a store: one small durable
 * commit lies between what comes in and what goes out. */
double echo_round_trip_us(struct peer *peer, uint32_t count, const struct raw_store *store);

#endif
