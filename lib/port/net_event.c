/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libwebsockets tells about a connection, and the two things it is told in the handshake:
 * the credentials, and that the subprotocol has to be the one we asked for.
 */
#include "net_private.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define SUBPROTOCOL_MAX  64
#define EXTENSIONS_MAX   256
#define CLOSE_REASON_MAX 123 /* RFC 6455 5.5 */

/* ---- handshake --------------------------------------------------------------------------- */

/* "Authorization: Basic base64(id:key)", the key's bytes as they are (OCPP-J 6.2.2). */
static int append_credentials(const struct evcp__net *net, char **at, size_t room)
{
    static const char head[] = "Authorization: Basic ";
    char plain[EVCP__URL_PATH_MAX + 1 + EVCP__NET_KEY_MAX];
    const size_t id_length = strlen(net->id);
    const size_t length = id_length + 1 + net->key_size;
    int encoded;

    if (!net->has_key) {
        return 0;
    }
    if (length > sizeof plain || room < sizeof head + 2) {
        return -1;
    }
    memcpy(plain, net->id, id_length);
    plain[id_length] = ':';
    memcpy(plain + id_length + 1, net->key, net->key_size);
    memcpy(*at, head, sizeof head - 1);
    encoded = lws_b64_encode_string(plain, (int)length, *at + sizeof head - 1,
                                    (int)(room - (sizeof head - 1) - 2));
    OPENSSL_cleanse(plain, sizeof plain);
    if (encoded < 0) {
        return -1;
    }
    *at += sizeof head - 1 + (size_t)encoded;
    memcpy(*at, "\r\n", 2);
    *at += 2;
    return 0;
}

static int check_subprotocol(struct evcp__net *net, struct lws *wsi)
{
    char chosen[SUBPROTOCOL_MAX] = "";
    const int length = lws_hdr_copy(wsi, chosen, sizeof chosen, WSI_TOKEN_PROTOCOL);

    if (length > 0 && strcmp(chosen, net->subprotocol) == 0) {
        return 0;
    }
    evcp__net_why(net, "the central system does not speak %s (it chose %s): check its version",
                  net->subprotocol, length > 0 ? chosen : "no subprotocol");
    return -1;
}

static void explain_status(struct evcp__net *net, unsigned status)
{
    switch (status) {
    case 401:
    case 403:
        evcp__net_why(net,
                      "HTTP %u: the central system refuses the credentials: check the "
                      "identity, the AuthorizationKey and the client certificate",
                      status);
        return;
    case 404:
        evcp__net_why(net,
                      "HTTP 404: the central system does not know %s: check the URL, and "
                      "that the identity is registered",
                      net->url.path);
        return;
    default: break;
    }
    if (status >= 300 && status < 400) {
        evcp__net_why(net, "HTTP %u: redirected, which is not followed: set the final URL", status);
    } else if (status >= 500) {
        evcp__net_why(net, "HTTP %u: the central system is not available now", status);
    } else {
        evcp__net_why(net, "HTTP %u instead of a WebSocket: check the URL", status);
    }
}

/* libwebsockets 4.1.6 has room for one extension and does not count what it is answered. */
static int check_extensions(struct evcp__net *net, struct lws *wsi)
{
    char answered[EXTENSIONS_MAX] = "";
    const int length = lws_hdr_total_length(wsi, WSI_TOKEN_EXTENSIONS);

    if (length == 0 || (lws_hdr_copy(wsi, answered, sizeof answered, WSI_TOKEN_EXTENSIONS) > 0 &&
                        strchr(answered, ',') == NULL)) {
        return 0;
    }
    evcp__net_why(net, "the central system answers with more WebSocket extensions than asked for");
    return -1;
}

static int on_response(struct evcp__net *net, struct lws *wsi)
{
    const unsigned status = lws_http_client_http_response(wsi);

    if (status == 101) {
        return check_extensions(net, wsi);
    }
    explain_status(net, status);
    return -1;
}

static void on_failed(struct evcp__net *net, const char *text, size_t length)
{
    if (!net->tcp_up) {
        return; /* the next address, or "refuses the connection" */
    }
    evcp__net_why(net, "no WebSocket to %s: %.*s%s", net->url.authority,
                  text != NULL ? (int)length : 0, text != NULL ? text : "",
                  net->tls != NULL ? "; does it ask for a client certificate?" : "");
}

/* ---- established ------------------------------------------------------------------------- */

static void on_peer_close(struct evcp__net *net, const unsigned char *payload, size_t length)
{
    const int reason = length > 2 && length <= CLOSE_REASON_MAX + 2 ? (int)length - 2 : 0;
    char text[CLOSE_REASON_MAX + 1] = "";

    for (int i = 0; i < reason; i++) {
        const unsigned char byte = payload[2 + i];

        text[i] = byte >= ' ' && byte < 127 ? (char)byte : '?';
    }
    evcp__net_why(net, "the central system closed the connection: %u %s",
                  length >= 2 ? (unsigned)payload[0] << 8 | payload[1] : 1005u, text);
}

static void on_pong(struct evcp__net *net)
{
    evcp__timer_cancel(&net->pong);
}

static int on_destroyed(struct evcp__net *net, const struct lws *wsi)
{
    if (net->wsi == wsi) {
        evcp__attempt_socket_gone(net);
    }
    return 0;
}

static int net_event(struct evcp__net *net, struct lws *wsi, enum lws_callback_reasons reason,
                     void *in, size_t length)
{
    net->loop->callbacks++;
    switch ((int)reason) {
    case LWS_CALLBACK_WSI_CREATE: evcp__attempt_tcp_up(net); return 0;
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: return append_credentials(net, in, length);
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP: return on_response(net, wsi);
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH: return check_subprotocol(net, wsi);
    case LWS_CALLBACK_CLIENT_ESTABLISHED: evcp__attempt_up(net); return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE: return evcp__incoming_add(net, wsi, in, length);
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG: on_pong(net); return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE: return evcp__queue_write(net, wsi);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: on_peer_close(net, in, length); return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: on_failed(net, in, length); return 0;
    case LWS_CALLBACK_WSI_DESTROY: return on_destroyed(net, wsi);
    default: return 0;
    }
}

/* Some reasons come with a makeshift wsi, therefore the owner is asked for only where it counts. */
static struct evcp__net *net_of(struct lws *wsi, enum lws_callback_reasons reason)
{
    const enum evcp__owner *owner = NULL;

    switch ((int)reason) {
    case LWS_CALLBACK_WSI_CREATE:
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
    case LWS_CALLBACK_CLIENT_RECEIVE:
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
    case LWS_CALLBACK_CLIENT_WRITEABLE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
    case LWS_CALLBACK_WSI_DESTROY: owner = lws_get_opaque_user_data(wsi); break;
    default: break;
    }
    if (owner == NULL || *owner != EVCP__OWNER_NET) {
        return NULL;
    }
    return lws_get_opaque_user_data(wsi);
}

int evcp__net_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t length)
{
    struct evcp__net *const net = net_of(wsi, reason);

    if (reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION) {
        return net != NULL ? evcp__tls_verify(net, user, length != 0) : -1;
    }
    return net != NULL ? net_event(net, wsi, reason, in, length) : 0;
}
