/* SPDX-License-Identifier: Apache-2.0 */
/* The WebSocket server, on libwebsockets. */
#ifndef CENTRAL_SERVER_H
#define CENTRAL_SERVER_H

#include "central.h"

/* False: said why on standard error. */
bool server_start(struct central *central);
int server_port(const struct central *central);
void server_stop(struct central *central);

#endif
