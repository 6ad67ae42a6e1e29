/* SPDX-License-Identifier: Apache-2.0 */
/* Decides from the HTTP request whether a charge point may connect. */
#ifndef CENTRAL_ADMISSION_H
#define CENTRAL_ADMISSION_H

#include "central.h"
#include "link.h"

#define ADMISSION_SUBPROTOCOL "ocpp1.6"

/* status 0: may connect. Else the HTTP status to refuse with, and why. */
struct admission {
    char id[LINK_ID_SIZE]; /* empty if the path has no usable one */
    unsigned status;
    const char *reason;
};

struct admission admission_judge(const struct central *central, struct lws *wsi);

#endif
