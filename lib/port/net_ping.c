/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSocket pings (WebSocketPingInterval): spaced by the interval whatever else is sent, and the
 * link is given up when a pong stays out.
 */
#include "net_private.h"

#define MS_PER_S 1000u

static void on_ping(void *user)
{
    struct evcp__net *const net = user;

    net->ping_due = true;
    lws_callback_on_writable(net->wsi);
    evcp__timer_in(net->loop, &net->ping, (uint64_t)net->ping_s * MS_PER_S);
    /* From now on, not from when it is written: a socket that takes no more bytes is dead too. */
    if (net->pong_timeout_s != 0 && !evcp__timer_armed(&net->pong)) {
        evcp__timer_in(net->loop, &net->pong, (uint64_t)net->pong_timeout_s * MS_PER_S);
    }
}

static void on_no_pong(void *user)
{
    struct evcp__net *const net = user;

    evcp__net_why(net, "no pong within %u s: the link is half-open or the central system hangs",
                  (unsigned)net->pong_timeout_s);
    evcp__attempt_abort(net);
}

void evcp__ping_init(struct evcp__net *net)
{
    evcp__timer_init(&net->ping, on_ping, net);
    evcp__timer_init(&net->pong, on_no_pong, net);
}

void evcp__ping_start(struct evcp__net *net)
{
    if (net->ping_s != 0) {
        evcp__timer_in(net->loop, &net->ping, (uint64_t)net->ping_s * MS_PER_S);
    }
}

void evcp__ping_stop(struct evcp__net *net)
{
    net->ping_due = false;
    evcp__timer_cancel(&net->ping);
    evcp__timer_cancel(&net->pong);
}
