/* SPDX-License-Identifier: Apache-2.0 */
/* OCPP-J frames: CALL, CALLRESULT, CALLERROR. */
#ifndef CENTRAL_RPC_H
#define CENTRAL_RPC_H

#include "station.h"

#include <stddef.h>

/* A whole message came. Whatever it is, it is reported, and answered if it is a CALL. */
void rpc_receive(struct station *station, const char *text, size_t length);

#endif
