/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An attempt to connect: resolve the name, then try its addresses one after the other until one
 * accepts the TCP connection. All of it happens in timers of the loop, never in the caller's call.
 */
#include "net_private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* libwebsockets' own keep-alive is off: WebSocketPingInterval decides. */
static const lws_retry_bo_t no_keepalive = {
    .secs_since_valid_ping = 0,
    .secs_since_valid_hangup = 0,
};

void evcp__attempt_cancel_timers(struct evcp__net *net)
{
    evcp__timer_cancel(&net->step);
    evcp__timer_cancel(&net->limit);
    evcp__timer_cancel(&net->share);
}

/* The attempt, or the connection, is over. */
static void finish(struct evcp__net *net)
{
    if (net->phase == EVCP__PHASE_IDLE) {
        return;
    }
    net->phase = EVCP__PHASE_IDLE;
    evcp__attempt_cancel_timers(net);
    evcp__ping_stop(net);
    evcp__resolver_stop(net);
    evcp__queue_clear(net);
    evcp__incoming_reset(net);
    evcp__deflate_free(net);
    evcp__net_why(net, "the connection to %s was lost", net->url.authority);
    evcp__loop_note(net->loop);
    evcp__loop_wake(net->loop); /* a timer of libwebsockets may be why; it would sleep on then */
    net->callbacks.disconnected(net->callbacks.user, net->why);
}

/* ---- one address ------------------------------------------------------------------------- */

static struct lws *dial(struct evcp__net *net, const char *address)
{
    struct lws_client_connect_info info = {0};

    info.context = net->loop->context;
    info.vhost = net->vhost;
    info.address = address;
    info.port = net->url.port;
    info.path = net->url.path;
    info.host = net->url.authority;
    info.protocol = net->subprotocol;
    info.local_protocol_name = "evcp";
    info.alpn = "http/1.1";
    info.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT;
    if (net->tls != NULL) {
        info.ssl_connection |= LCCSCF_USE_SSL | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
        evcp__tls_begin(net->tls); /* checks the host name itself */
    }
    info.retry_and_idle_policy = &no_keepalive;
    info.opaque_user_data = net;
    info.pwsi = &net->wsi;
    return lws_client_connect_via_info(&info);
}

/* Every address left gets the same part of what is left of the time. */
static void share_time(struct evcp__net *net)
{
    const uint64_t now_ms = evcp__mono_ms();
    const uint64_t left_ms = net->limit_ms > now_ms ? net->limit_ms - now_ms : 0;

    evcp__timer_in(net->loop, &net->share, left_ms / (net->address_count - net->address_next));
}

static void try_next(struct evcp__net *net)
{
    const char *address;
    struct lws *wsi;

    if (net->give_up || net->address_next == net->address_count) {
        evcp__net_why(net, "%s refuses the connection: check address, port and firewall",
                      net->url.authority);
        finish(net);
        return;
    }
    share_time(net);
    address = net->addresses[net->address_next];
    net->address_next++;
    net->dialing = true;
    wsi = dial(net, address);
    net->dialing = false;
    if (wsi == NULL || net->wsi == NULL) {
        net->wsi = NULL;
        evcp__attempt_socket_gone(net);
        return;
    }
    evcp__loop_track(net->loop, lws_get_socket_fd(wsi));
}

void evcp__attempt_socket_gone(struct evcp__net *net)
{
    net->wsi = NULL;
    if (net->dialing) {
        return; /* try_next() sees it */
    }
    if (net->phase == EVCP__PHASE_CONNECTING && !net->tcp_up) {
        evcp__timer_cancel(&net->share);
        evcp__timer_in(net->loop, &net->step, 0);
        return;
    }
    finish(net);
}

/* Unsent data that nobody acknowledges means a dead link long before TCP's own quarter of an
 * hour. */
void evcp__attempt_tcp_up(struct evcp__net *net)
{
    const unsigned unacked_ms = EVCP__NET_UNACKED_MS;
    const int fd = lws_get_socket_fd(net->wsi);

    net->tcp_up = true;
    evcp__timer_cancel(&net->share);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof unacked_ms);
}

void evcp__attempt_up(struct evcp__net *net)
{
    evcp__attempt_cancel_timers(net);
    net->phase = EVCP__PHASE_UP;
    evcp__ping_start(net);
    evcp__loop_note(net->loop);
    net->callbacks.connected(net->callbacks.user);
}

/* Without goodbye: the other side does not answer, or there is nothing to say yet. */
void evcp__attempt_abort(struct evcp__net *net)
{
    if (net->wsi == NULL) {
        finish(net);
        return;
    }
    lws_set_timeout(net->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

/* ---- the attempt ------------------------------------------------------------------------- */

static void begin_connecting(struct evcp__net *net)
{
    evcp__resolver_stop(net);
    net->phase = EVCP__PHASE_CONNECTING;
    try_next(net);
}

static void add_address(struct evcp__net *net, const char *text)
{
    (void)snprintf(net->addresses[net->address_count], EVCP__NET_ADDRESS_MAX, "%.*s",
                   EVCP__NET_ADDRESS_MAX - 1, text);
    net->address_count++;
}

/* RFC 6761 6.3: localhost is this host, whatever is in /etc/hosts. */
static bool is_localhost(const char *host)
{
    return strcasecmp(host, "localhost") == 0;
}

static void begin_resolving(struct evcp__net *net)
{
    if (net->url.numeric) {
        add_address(net, net->url.host);
    } else if (is_localhost(net->url.host)) {
        add_address(net, "127.0.0.1");
        add_address(net, "::1");
    }
    if (net->address_count > 0) {
        begin_connecting(net);
        return;
    }
    if (evcp__resolver_start(net) != EVCP_OK) {
        evcp__net_why(net, "no memory or descriptor to resolve %s", net->url.host);
        finish(net);
    }
}

void evcp__attempt_close(struct evcp__net *net, enum lws_close_status status)
{
    net->phase = EVCP__PHASE_CLOSING;
    net->close_status = (uint16_t)status;
    evcp__ping_stop(net);
    evcp__timer_in(net->loop, &net->limit, EVCP__NET_CLOSE_MS);
    evcp__timer_in(net->loop, &net->step, 0);
}

/* Not by the return value of a callback: libwebsockets' Debian build closes twice then, if libuv
 * drives it, and the second time without a close frame. */
static void say_goodbye(struct evcp__net *net)
{
    if (net->goodbye) {
        return; /* a second time would cut it off */
    }
    net->goodbye = true;
    lws_close_reason(net->wsi, (enum lws_close_status)net->close_status, NULL, 0);
    lws_set_timeout(net->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

static void on_step(void *user)
{
    struct evcp__net *const net = user;

    if (net->phase == EVCP__PHASE_CLOSING) {
        if (net->queue == NULL && !lws_partial_buffered(net->wsi)) {
            say_goodbye(net);
        } else {
            lws_callback_on_writable(net->wsi); /* which comes back when nothing is left */
        }
    } else if (net->phase == EVCP__PHASE_CONNECTING) {
        try_next(net);
    } else if (net->address_count > 0) {
        begin_connecting(net);
    } else if (net->resolver == NULL) {
        begin_resolving(net);
    } else {
        finish(net); /* the resolver has said why */
    }
}

static void on_limit(void *user)
{
    struct evcp__net *const net = user;

    net->give_up = true;
    switch (net->phase) {
    case EVCP__PHASE_IDLE:
    case EVCP__PHASE_UP: return;
    case EVCP__PHASE_RESOLVING:
        evcp__net_why(net, "resolving %s took too long: check the network and its DNS server",
                      net->url.host);
        break;
    case EVCP__PHASE_CONNECTING:
        evcp__net_why(net, "%s did not answer in time: %s", net->url.authority,
                      net->tcp_up ? "it accepted the connection but no WebSocket came up"
                                  : "check address, port, firewall and network");
        break;
    case EVCP__PHASE_CLOSING: break;
    }
    net->tcp_up = true; /* no further address */
    evcp__attempt_abort(net);
}

static void on_share(void *user)
{
    evcp__attempt_abort(user);
}

void evcp__attempt_init(struct evcp__net *net)
{
    evcp__timer_init(&net->step, on_step, net);
    evcp__timer_init(&net->limit, on_limit, net);
    evcp__timer_init(&net->share, on_share, net);
}

void evcp__attempt_begin(struct evcp__net *net)
{
    net->phase = EVCP__PHASE_RESOLVING;
    net->why[0] = '\0';
    net->tcp_up = false;
    net->give_up = false;
    net->goodbye = false;
    net->address_count = 0;
    net->address_next = 0;
    net->limit_ms = evcp__mono_ms() + net->connect_timeout_ms;
    evcp__timer_set(net->loop, &net->limit, net->limit_ms);
    evcp__timer_in(net->loop, &net->step, 0);
}
