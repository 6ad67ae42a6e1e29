/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The central system's URL and the identity in it (OCPP-J 3.1.1). Pure text, no network.
 */
#ifndef EVCP_PORT_URL_H
#define EVCP_PORT_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/types.h"

struct evcp__url {
    bool tls;                               /* wss */
    bool numeric;                           /* host is an IPv4 or IPv6 address */
    char host[EVCP__URL_HOST_MAX + 1];      /* without the brackets of IPv6 */
    char authority[EVCP__URL_HOST_MAX + 9]; /* for the Host header: port only if not the default */
    uint16_t port;
    char path[EVCP__URL_PATH_MAX + 1]; /* ends with the encoded identity */
};

/*
 * `why` says what is wrong, for people: constant text. EVCP_EINVAL: not a ws:// or wss:// URL of
 * this form, or the identity is empty; EVCP_ETOOLONG: a part does not fit.
 */
EVCP__MUST_CHECK int evcp__url_parse(const char *url, const char *id, struct evcp__url *out,
                                     const char **why);

/* RFC 3986: all but unreserved characters become %XX. */
EVCP__MUST_CHECK int evcp__url_encode(const char *text, char *out, size_t out_size);

#endif
