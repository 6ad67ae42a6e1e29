/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process of the central system does.
 */
#ifndef EVCP_BENCH_PEER_SERVER_H
#define EVCP_BENCH_PEER_SERVER_H

#include "peer.h"

/* Returns if it cannot serve. */
void peer_serve(struct peer *peer, const char *certificate, const char *key);

#endif
