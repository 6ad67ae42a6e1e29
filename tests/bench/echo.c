/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare libwebsockets client that sends back every message.
 */
#include "echo.h"

#include <libwebsockets.h>
#include <string.h>

#define FRAME_MAX 512
#define WAIT_S    60

struct echo {
    bool connected;
    bool failed;
    const struct raw_store *store;
    size_t length;
    unsigned char frame[LWS_PRE + FRAME_MAX];
};

static int take(struct echo *echo, struct lws *wsi, const void *in, size_t length)
{
    if (length > FRAME_MAX)
        return -1;
    memcpy(echo->frame + LWS_PRE, in, length);
    echo->length = length;
    if (echo->store)
        (void)raw_commit_us(echo->store);
    lws_callback_on_writable(wsi);
    return 0;
}

static int give(struct echo *echo, struct lws *wsi)
{
    const size_t length = echo->length;

    echo->length = 0;
    if (length == 0)
        return 0;
    return lws_write(wsi, echo->frame + LWS_PRE, length, LWS_WRITE_TEXT) < 0 ? -1 : 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t length)
{
    struct echo *echo = lws_context_user(lws_get_context(wsi));

    (void)user;
    switch ((int)reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED: echo->connected = true; return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE: return take(echo, wsi, in, length);
    case LWS_CALLBACK_CLIENT_WRITEABLE: return give(echo, wsi);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED: echo->failed = true; return 0;
    default: return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {"ocpp1.6", on_event, 0, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static struct lws_context *connect_to(const struct peer *peer, struct echo *echo)
{
    struct lws_context_creation_info info = {0};
    struct lws_client_connect_info client = {0};

    lws_set_log_level(0, NULL);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.gid = -1;
    info.uid = -1;
    info.user = echo;
    client.context = lws_create_context(&info);
    bench_must(client.context, "make a context");
    client.address = "127.0.0.1";
    client.host = client.address;
    client.origin = client.address;
    client.port = peer->port;
    client.path = "/echo";
    client.protocol = "ocpp1.6";
    bench_must(lws_client_connect_via_info(&client), "connect the echo");
    return client.context;
}

static void serve(struct lws_context *context, const struct echo *echo, const char *what)
{
    bench_must(lws_service(context, 0) >= 0 && !echo->failed, what);
}

/* The end is seen when the next message, or this timer, wakes libwebsockets. */
static void on_tick(lws_sorted_usec_list_t *tick)
{
    (void)tick;
}

double echo_round_trip_us(struct peer *peer, uint32_t count, const struct raw_store *store)
{
    struct echo echo = {.store = store};
    struct lws_context *context = connect_to(peer, &echo);
    const uint64_t start = bench_ns();

    while (!echo.connected)
        serve(context, &echo, "connect the echo");
    peer_drive(peer, count);
    while (peer_drives(peer)) {
        lws_sorted_usec_list_t tick = {0};

        lws_sul_schedule(context, 0, &tick, on_tick, PEER_TICK_MS * LWS_US_PER_MS);
        serve(context, &echo, "echo");
        lws_sul_cancel(&tick);
        bench_must(bench_us_since(start) < WAIT_S * 1e6, "finish the echo");
    }
    lws_context_destroy(context);
    return peer_driven_us(peer, count);
}
