/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One WebSocket client connection: its configuration, its life, and what the host asks of it.
 */
#include "net_private.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void evcp__net_why(struct evcp__net *net, const char *format, ...)
{
    va_list arguments;

    if (net->why[0] != '\0') {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(net->why, sizeof net->why, format, arguments);
    va_end(arguments);
}

/* ---- life -------------------------------------------------------------------------------- */

static void link_net(struct evcp__loop *loop, struct evcp__net *net)
{
    net->loop = loop;
    net->next = loop->nets;
    if (net->next != NULL) {
        net->next->link = &net->next;
    }
    net->link = &loop->nets;
    loop->nets = net;
}

static void unlink_net(struct evcp__net *net)
{
    *net->link = net->next;
    if (net->next != NULL) {
        net->next->link = net->link;
    }
}

static int parse_config(struct evcp__net *net, const struct evcp__net_config *config)
{
    const char *why = NULL;
    int rc = evcp__url_parse(config->url, config->id, &net->url, &why);

    if (rc != EVCP_OK) {
        evcp__loop_log(net->loop, 0, "central system URL: %s", why);
        return EVCP_EINVAL;
    }
    net->id = strdup(config->id);
    net->subprotocol = strdup(config->subprotocol);
    net->message_max = config->message_max;
    net->connect_timeout_ms =
        config->connect_timeout_ms != 0 ? config->connect_timeout_ms : EVCP__NET_CONNECT_MS;
    return net->id != NULL && net->subprotocol != NULL ? EVCP_OK : EVCP_ENOMEM;
}

static int prepare_tls(struct evcp__net *net, const struct evcp__net_config *config)
{
    int rc;

    net->vhost = net->loop->vhost;
    if (!net->url.tls) {
        return EVCP_OK;
    }
    rc = evcp__tls_new(config, net);
    if (rc != EVCP_OK) {
        return rc;
    }
    net->vhost = evcp__loop_vhost(net->loop, evcp__tls_context(net->tls));
    return net->vhost != NULL ? EVCP_OK : EVCP_ENOMEM;
}

int evcp__net_new(struct evcp__loop *loop, const struct evcp__net_config *config,
                  const struct evcp__net_callbacks *callbacks, struct evcp__net **net)
{
    struct evcp__net *made = calloc(1, sizeof *made);
    int rc;

    if (made == NULL) {
        return EVCP_ENOMEM;
    }
    made->owner = EVCP__OWNER_NET;
    made->callbacks = *callbacks;
    made->queue_tail = &made->queue;
    link_net(loop, made);
    evcp__attempt_init(made);
    evcp__ping_init(made);
    rc = parse_config(made, config);
    if (rc == EVCP_OK) {
        rc = prepare_tls(made, config);
    }
    if (rc != EVCP_OK) {
        evcp__net_free(made);
        return rc;
    }
    *net = made;
    return EVCP_OK;
}

/* The first call may only begin a polite close, the second ends it; what an event-loop plug-in
 * still closes later does not know us any more. */
static void drop_socket(struct evcp__net *net)
{
    for (int i = 0; i < 2 && net->wsi != NULL; i++) {
        lws_set_timeout(net->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    }
    if (net->wsi != NULL) {
        lws_set_opaque_user_data(net->wsi, NULL);
        evcp__tls_detach(net->wsi);
    }
}

void evcp__net_free(struct evcp__net *net)
{
    if (net == NULL) {
        return;
    }
    net->phase = EVCP__PHASE_IDLE; /* nobody is told */
    evcp__attempt_cancel_timers(net);
    evcp__ping_stop(net);
    evcp__resolver_stop(net);
    drop_socket(net);
    if (net->vhost != NULL && net->vhost != net->loop->vhost) {
        lws_vhost_destroy(net->vhost);
    }
    evcp__tls_free(net->tls);
    evcp__queue_clear(net);
    evcp__incoming_reset(net);
    evcp__deflate_free(net);
    OPENSSL_cleanse(net->key, sizeof net->key);
    unlink_net(net);
    free(net->id);
    free(net->subprotocol);
    free(net);
}

/* ---- what the host asks ------------------------------------------------------------------ */

int evcp__net_set_key(struct evcp__net *net, const uint8_t *key, size_t size)
{
    OPENSSL_cleanse(net->key, sizeof net->key);
    net->has_key = false;
    net->key_size = 0;
    if (key == NULL) {
        return EVCP_OK;
    }
    if (size > sizeof net->key) {
        return EVCP_ETOOLONG;
    }
    memcpy(net->key, key, size);
    net->key_size = size;
    net->has_key = true;
    return EVCP_OK;
}

void evcp__net_set_ping(struct evcp__net *net, uint32_t interval_s, uint32_t pong_timeout_s)
{
    const bool changed = net->ping_s != interval_s || net->pong_timeout_s != pong_timeout_s;

    net->ping_s = interval_s;
    net->pong_timeout_s = pong_timeout_s;
    if (changed && net->phase == EVCP__PHASE_UP) {
        evcp__ping_stop(net);
        evcp__ping_start(net);
    }
}

int evcp__net_connect(struct evcp__net *net)
{
    if (net->phase != EVCP__PHASE_IDLE) {
        return EVCP_ESTATE;
    }
    evcp__attempt_begin(net);
    return EVCP_OK;
}

void evcp__net_disconnect(struct evcp__net *net)
{
    switch (net->phase) {
    case EVCP__PHASE_IDLE:
    case EVCP__PHASE_CLOSING: return;
    case EVCP__PHASE_RESOLVING:
    case EVCP__PHASE_CONNECTING:
        evcp__net_why(net, "the attempt to connect was cancelled");
        net->give_up = true;
        evcp__timer_in(net->loop, &net->limit, 0);
        return;
    case EVCP__PHASE_UP:
        evcp__net_why(net, "closed by the charge point");
        evcp__attempt_close(net, LWS_CLOSE_STATUS_NORMAL);
        return;
    }
}

int evcp__net_send(struct evcp__net *net, const char *text, size_t length)
{
    int rc;

    if (net->phase != EVCP__PHASE_UP) {
        return EVCP_ESTATE;
    }
    rc = evcp__queue_add(net, text, length);
    if (rc == EVCP_OK) {
        lws_callback_on_writable(net->wsi);
        net->loop->dirty = true;
    }
    return rc;
}
