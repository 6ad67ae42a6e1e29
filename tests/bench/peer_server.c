/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The central system's server. A frame of the station is not parsed: its message id and its action
 * are found by their quotes. A client below /echo sends back what it gets; its frames only count.
 */
#include "peer_server.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tcp_bytes.h"

#define WORD_MAX  64
#define FRAME_MAX 512
#define RX_SIZE   65536

#define QUESTION "[2,\"drive\",\"GetConfiguration\",{\"key\":[\"HeartbeatInterval\"]}]"

struct session {
    struct lws *wsi;
    bool echo;
    bool inside; /* of a message of several parts */
    bool answer; /* to be sent */
    bool ask;    /* likewise: the next round trip */
    bool call;   /* the message that is coming in is a call of the station */
    char id[WORD_MAX];
    char action[WORD_MAX];
};

struct server {
    struct peer *peer;
    struct lws_context *context;
    struct session *youngest;
    uint32_t left; /* round trips */
    uint64_t begun_ns;
    int next_transaction;
    lws_sorted_usec_list_t tick;
};

/* ---- answers ----------------------------------------------------------------------------- */

/* The word between the next quotes; what follows it, NULL if there is none. */
static const char *quoted(const char *at, const char *end, char out[WORD_MAX])
{
    const char *begin = at ? memchr(at, '"', (size_t)(end - at)) : NULL;
    const char *stop = begin ? memchr(begin + 1, '"', (size_t)(end - begin - 1)) : NULL;

    out[0] = '\0';
    if (!stop || stop - begin - 1 >= WORD_MAX)
        return NULL;
    memcpy(out, begin + 1, (size_t)(stop - begin - 1));
    out[stop - begin - 1] = '\0';
    return stop + 1;
}

static void time_text(const struct server *server, char *out, size_t size)
{
    time_t now = time(NULL) + (time_t)(server->peer->clock_ms / 1000);
    struct tm tm;

    (void)strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
}

static void boot_answer(const struct server *server, char *out, size_t size)
{
    char now[32];

    time_text(server, now, sizeof(now));
    (void)snprintf(out, size, "{\"status\":\"Accepted\",\"currentTime\":\"%s\",\"interval\":3600}",
                   now);
}

static void payload(struct server *server, const char *action, char *out, size_t size)
{
    char now[32];

    if (strcmp(action, "BootNotification") == 0) {
        boot_answer(server, out, size);
    } else if (strcmp(action, "Heartbeat") == 0) {
        time_text(server, now, sizeof(now));
        (void)snprintf(out, size, "{\"currentTime\":\"%s\"}", now);
    } else if (strcmp(action, "StartTransaction") == 0) {
        (void)snprintf(out, size, "{\"transactionId\":%d,\"idTagInfo\":{\"status\":\"Accepted\"}}",
                       ++server->next_transaction);
    } else if (strcmp(action, "Authorize") == 0) {
        (void)snprintf(out, size, "{\"idTagInfo\":{\"status\":\"Accepted\"}}");
    } else {
        (void)snprintf(out, size, "{}");
    }
}

static void count(struct server *server, const char *action)
{
    server->peer->accepted += strcmp(action, "BootNotification") == 0;
    server->peer->ended += strcmp(action, "StopTransaction") == 0;
}

static int send_text(struct lws *wsi, const char *text)
{
    unsigned char frame[LWS_PRE + FRAME_MAX];
    const size_t length = strlen(text);

    memcpy(frame + LWS_PRE, text, length);
    return lws_write(wsi, frame + LWS_PRE, length, LWS_WRITE_TEXT) < 0 ? -1 : 0;
}

static int send_answer(struct server *server, struct session *s)
{
    char body[FRAME_MAX / 2];
    char text[FRAME_MAX];
    int rc = 0;

    s->answer = false;
    payload(server, s->action, body, sizeof(body));
    (void)snprintf(text, sizeof(text), "[3,\"%s\",%s]", s->id, body);
    rc = send_text(s->wsi, text);
    count(server, s->action);
    return rc;
}

static int write_next(struct server *server, struct session *s)
{
    if (s->answer && s->ask)
        lws_callback_on_writable(s->wsi);
    if (s->answer)
        return send_answer(server, s);
    if (!s->ask)
        return 0;
    s->ask = false;
    return send_text(s->wsi, QUESTION);
}

/* ---- round trips ------------------------------------------------------------------------- */

static void ask(struct session *s)
{
    s->ask = true;
    lws_callback_on_writable(s->wsi);
}

static void begin_driving(struct server *server)
{
    if (server->left || !server->peer->drive || !server->youngest)
        return;
    server->left = server->peer->drive;
    server->begun_ns = bench_ns();
    ask(server->youngest);
}

static void driven(struct server *server, struct session *s)
{
    if (!server->left || s != server->youngest)
        return;
    if (--server->left > 0) {
        ask(s);
        return;
    }
    server->peer->driven_ns = bench_ns() - server->begun_ns;
    server->peer->drive = 0;
}

/* ---- libwebsockets ----------------------------------------------------------------------- */

static struct server *server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

static void established(struct server *server, struct lws *wsi, struct session *s)
{
    char path[WORD_MAX] = "";

    (void)lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI);
    memset(s, 0, sizeof(*s));
    s->wsi = wsi;
    s->echo = strncmp(path, "/echo", 5) == 0;
    server->youngest = s;
    server->left = 0;
}

static void received(struct server *server, struct session *s, const char *text, size_t length)
{
    const bool final = lws_is_final_fragment(s->wsi) && !lws_remaining_packet_payload(s->wsi);
    const char *after = NULL;

    if (!s->inside) {
        s->call = !s->echo && length > 2 && text[1] == '2';
        after = s->call ? quoted(text, text + length, s->id) : NULL;
        (void)quoted(after, text + length, s->action);
    }
    s->inside = !final;
    if (!final)
        return;
    if (!s->call) {
        driven(server, s);
        return;
    }
    s->answer = true;
    lws_callback_on_writable(s->wsi);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t length)
{
    struct server *server = server_of(wsi);
    struct session *s = user;

    if (reason == LWS_CALLBACK_ESTABLISHED)
        established(server, wsi, s);
    if (reason == LWS_CALLBACK_RECEIVE)
        received(server, s, in, length);
    if (reason == LWS_CALLBACK_SERVER_WRITEABLE)
        return write_next(server, s);
    if (reason == LWS_CALLBACK_CLOSED && server->youngest == s)
        server->youngest = NULL;
    return 0;
}

static const struct lws_protocols protocols[] = {
    {"ocpp1.6", on_event, sizeof(struct session), RX_SIZE, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static void on_tick(lws_sorted_usec_list_t *tick)
{
    struct server *server = lws_container_of(tick, struct server, tick);
    struct tcp_bytes bytes;

    begin_driving(server);
    if (server->youngest && tcp_bytes_read(lws_get_socket_fd(server->youngest->wsi), &bytes)) {
        server->peer->bytes_received = bytes.received;
        server->peer->bytes_sent = bytes.sent;
    }
    lws_sul_schedule(server->context, 0, tick, on_tick, PEER_TICK_MS * LWS_US_PER_MS);
}

static int listen_on(struct lws_context *context, const char *certificate, const char *key)
{
    struct lws_context_creation_info info = {0};
    struct lws_vhost *vhost = NULL;

    info.port = 0;
    info.iface = "127.0.0.1";
    info.protocols = protocols;
    info.vhost_name = certificate ? "tls" : "plain";
    if (certificate) {
        info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = certificate;
        info.ssl_private_key_filepath = key;
    }
    vhost = lws_create_vhost(context, &info);
    return vhost ? lws_get_vhost_listen_port(vhost) : 0;
}

void peer_serve(struct peer *peer, const char *certificate, const char *key)
{
    struct lws_context_creation_info info = {0};
    struct server server = {.peer = peer};

    lws_set_log_level(LLL_ERR, NULL);
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.gid = -1;
    info.uid = -1;
    info.user = &server;
    server.context = lws_create_context(&info);
    if (!server.context)
        return;
    peer->port = listen_on(server.context, NULL, NULL);
    peer->tls_port = listen_on(server.context, certificate, key);
    if (!peer->port || !peer->tls_port)
        return;
    lws_sul_schedule(server.context, 0, &server.tick, on_tick, 1);
    while (lws_service(server.context, 0) >= 0) {
    }
}
