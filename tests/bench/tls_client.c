/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare libwebsockets client over TLS, for the limit of rss_tls: connects, verifies the central
 * system, sends a BootNotification, prints "answered", stays connected.
 *   tls_client PORT CA
 */
#include <libwebsockets.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOOT                                                                                       \
    "[2,\"1\",\"BootNotification\",{\"chargePointVendor\":\"Bare\",\"chargePointModel\":\"Bare\"}" \
    "]"

static bool failed;

static int send_boot(struct lws *wsi)
{
    unsigned char frame[LWS_PRE + sizeof(BOOT)];

    memcpy(frame + LWS_PRE, BOOT, sizeof(BOOT));
    return lws_write(wsi, frame + LWS_PRE, sizeof(BOOT) - 1, LWS_WRITE_TEXT) < 0 ? -1 : 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t length)
{
    (void)user, (void)in, (void)length;
    switch ((int)reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED: lws_callback_on_writable(wsi); return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE: return send_boot(wsi);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        puts("answered");
        (void)fflush(stdout);
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED: failed = true; return 0;
    default: return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {"ocpp1.6", on_event, 0, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

int main(int argc, char **argv)
{
    struct lws_context_creation_info info = {0};
    struct lws_client_connect_info client = {0};

    if (argc != 3)
        return 2;
    lws_set_log_level(LLL_ERR, NULL);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.gid = -1;
    info.uid = -1;
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
    info.client_ssl_ca_filepath = argv[2];
    info.fd_limit_per_thread = 1024;
    client.context = lws_create_context(&info);
    client.address = "127.0.0.1";
    client.host = client.address;
    client.origin = client.address;
    client.port = atoi(argv[1]);
    client.path = "/ocpp/bare";
    client.protocol = "ocpp1.6";
    client.ssl_connection = LCCSCF_USE_SSL;
    if (!client.context || !lws_client_connect_via_info(&client))
        return 1;
    while (!failed && lws_service(client.context, 0) >= 0) {
    }
    return 1;
}
