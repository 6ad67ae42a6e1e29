/* SPDX-License-Identifier: Apache-2.0 */
/* The WebSocket server, on libwebsockets. */
#include "server.h"

#include "admission.h"
#include "input.h"
#include "options.h"
#include "print.h"
#include "station.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

#define MAX_RESPONSE       1024
#define PING_SECONDS       30
#define GONE_AFTER_SECONDS 45
#define ADDRESS_SIZE       64
#define COMMON_NAME_SIZE   256

/* Compressed messages go out in fragments of this size; libwebsockets' own 1 kB are many. */
#define DEFLATED_BUFFER_LOG2 "16"
#define READ_BUFFER          65536

static struct central *central_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* The whole answer to a request that is no WebSocket connection. Written by hand: at this
 * point libwebsockets would say HTTP/1.0, which clients do not take for an answer. */
static bool respond(struct lws *wsi, unsigned status, const char *reason)
{
    unsigned char buffer[LWS_PRE + MAX_RESPONSE];
    char *text = (char *)buffer + LWS_PRE;
    bool unauthorized = status == HTTP_STATUS_UNAUTHORIZED;
    int size =
        snprintf(text, MAX_RESPONSE,
                 "HTTP/1.1 %u Refused\r\n%sContent-Type: text/plain\r\n"
                 "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                 status, unauthorized ? "WWW-Authenticate: Basic realm=\"evcp-central\"\r\n" : "",
                 strlen(reason), reason);
    return lws_write(wsi, buffer + LWS_PRE, (size_t)size, LWS_WRITE_HTTP_FINAL) >= 0;
}

static int refuse(struct lws *wsi, const struct admission *admission)
{
    print_event(json_pack("{s:s,s:s*,s:i,s:s}", "event", "refused", "id",
                          admission->id[0] ? admission->id : NULL, "status", (int)admission->status,
                          "reason", admission->reason));
    return respond(wsi, admission->status, admission->reason) ? 1 : -1;
}

static int confirm_upgrade(struct lws *wsi, const char *protocol)
{
    if (strcasecmp(protocol, "websocket") != 0) {
        return -1;
    }
    struct admission admission = admission_judge(central_of(wsi), wsi);
    return admission.status == 0 ? 0 : refuse(wsi, &admission);
}

static int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                         size_t length)
{
    if (reason == LWS_CALLBACK_OPENSSL_PERFORM_CLIENT_CERT_VERIFICATION) {
        return length == 0; /* length: whether OpenSSL trusts the certificate */
    }
    if (reason == LWS_CALLBACK_HTTP_CONFIRM_UPGRADE) {
        return confirm_upgrade(wsi, in);
    }
    if (reason == LWS_CALLBACK_HTTP) {
        respond(wsi, 426, "this is a WebSocket server\n");
        return -1;
    }
    return lws_callback_http_dummy(wsi, reason, user, in, length);
}

static const char *common_name(struct lws *wsi, union lws_tls_cert_info_results *info, size_t size)
{
    if (!lws_is_ssl(wsi) ||
        lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_COMMON_NAME, info, size)) {
        return NULL;
    }
    return info->ns.name;
}

static void print_connected(struct link *link, bool compressed)
{
    char peer[ADDRESS_SIZE] = "";
    char storage[sizeof(union lws_tls_cert_info_results) + COMMON_NAME_SIZE];
    union lws_tls_cert_info_results *info = (void *)storage;
    lws_get_peer_simple(link->wsi, peer, sizeof peer);
    print_event(json_pack("{s:s,s:s,s:s,s:b,s:b,s:s*}", "event", "connected", "id", link->id,
                          "peer", peer, "tls", lws_is_ssl(link->wsi), "compressed", compressed,
                          "certificate", common_name(link->wsi, info, COMMON_NAME_SIZE)));
}

static int established(struct lws *wsi, struct link *link)
{
    static const char extension[] = "permessage-deflate";
    link->wsi = wsi;
    bool compressed =
        lws_set_extension_option(wsi, extension, "tx_buf_size", DEFLATED_BUFFER_LOG2) >= 0;
    struct station *station = station_obtain(central_of(wsi), link->id);
    if (station == NULL) {
        link_close(link, LWS_CLOSE_STATUS_POLICY_VIOLATION, "too many charge points");
        return 0;
    }
    station_attach(station, link);
    print_connected(link, compressed);
    return 0;
}

static void peer_closes(struct link *link, const unsigned char *frame, size_t length)
{
    link->peer_close_code = length >= 2 ? (unsigned)(frame[0] << 8 | frame[1]) : 1005;
}

static void closed(struct link *link)
{
    char reason[LINK_REASON_SIZE] = "lost";
    if (link->closing) {
        lws_strncpy(reason, link->close_reason, sizeof reason);
    } else if (link->peer_close_code != 0) {
        snprintf(reason, sizeof reason, "closed by the charge point, %u", link->peer_close_code);
    }
    if (link->station != NULL) {
        station_detach(link->station, reason);
    }
    link_release(link);
}

static int filter(struct lws *wsi, struct link *link)
{
    struct admission admission = admission_judge(central_of(wsi), wsi);
    memcpy(link->id, admission.id, sizeof link->id);
    return admission.status == 0 ? 0 : -1;
}

static int ocpp_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                         size_t length)
{
    struct link *link = user;
    if (reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION) {
        return filter(wsi, link);
    }
    if (reason == LWS_CALLBACK_ESTABLISHED) {
        return established(wsi, link);
    }
    if (reason == LWS_CALLBACK_RECEIVE) {
        return link_received(link, in, length);
    }
    if (reason == LWS_CALLBACK_SERVER_WRITEABLE) {
        return link_writable(link);
    }
    if (reason == LWS_CALLBACK_WS_PEER_INITIATED_CLOSE) {
        peer_closes(link, in, length);
        return 0;
    }
    if (reason == LWS_CALLBACK_CLOSED) {
        closed(link);
        return 0;
    }
    return lws_callback_http_dummy(wsi, reason, user, in, length);
}

/* Names in parentheses cannot be asked for by a client. */
static const struct lws_protocols protocols[] = {
    {"(http)", http_callback, 0, 0, 0, NULL, 0},
    {ADMISSION_SUBPROTOCOL, ocpp_callback, sizeof(struct link), READ_BUFFER, 0, NULL, 0},
    {INPUT_PROTOCOL, input_callback, 0, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static const struct lws_extension extensions[] = {
    {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate"},
    {NULL, NULL, NULL},
};

static const lws_retry_bo_t idle_policy = {
    .secs_since_valid_ping = PING_SECONDS,
    .secs_since_valid_hangup = GONE_AFTER_SECONDS,
};

static void set_tls(struct lws_context_creation_info *info, const struct options *options)
{
    if (options->certificate == NULL) {
        return;
    }
    info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info->ssl_cert_filepath = options->certificate;
    info->ssl_private_key_filepath = options->private_key;
    info->alpn = "http/1.1";
    if (options->client_ca != NULL) {
        info->options |= LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT;
        info->ssl_ca_filepath = options->client_ca;
    }
}

static void set_address(struct lws_context_creation_info *info, const struct options *options)
{
    info->port = options->port;
    info->iface = strcmp(options->host, "localhost") == 0 ? "127.0.0.1" : options->host;
    if (strchr(options->host, ':') == NULL) {
        info->options |= LWS_SERVER_OPTION_DISABLE_IPV6;
    }
    if (strcmp(options->host, "0.0.0.0") == 0 || strcmp(options->host, "::") == 0) {
        info->iface = NULL;
    }
}

static void log_problem(int level, const char *line)
{
    (void)level;
    fprintf(stderr, "evcp-central: libwebsockets: %s", line);
}

bool server_start(struct central *central)
{
    struct lws_context_creation_info info = {
        .protocols = protocols,
        .extensions = extensions,
        .pt_serv_buf_size = READ_BUFFER,
        .user = central,
        .retry_and_idle_policy = &idle_policy,
        .vhost_name = "central",
    };
    lws_set_log_level(LLL_ERR, log_problem);
    info.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_VALIDATE_UTF8;
    set_address(&info, central->options);
    set_tls(&info, central->options);
    central->context = lws_create_context(&info);
    central->vhost = central->context ? lws_get_vhost_by_name(central->context, "central") : NULL;
    if (central->vhost == NULL) {
        fprintf(stderr,
                "evcp-central: cannot serve on %s port %d: see above, or is the port taken?\n",
                central->options->host, central->options->port);
        return false;
    }
    return true;
}

int server_port(const struct central *central)
{
    return lws_get_vhost_listen_port(central->vhost);
}

void server_stop(struct central *central)
{
    if (central->context != NULL) {
        lws_context_destroy(central->context);
        central->context = NULL;
    }
}
