/* SPDX-License-Identifier: Apache-2.0 */
/* What is done and answered for each OCPP 1.6 request of a charge point. */
#ifndef CENTRAL_HANDLERS_H
#define CENTRAL_HANDLERS_H

#include "payload.h"
#include "station.h"

/* The payload of the CALLRESULT, owned by the caller; NULL: the verdict is the CALLERROR. */
json_t *handlers_serve(struct station *station, const char *message_id, const char *action,
                       json_t *payload, struct verdict *verdict);

#endif
