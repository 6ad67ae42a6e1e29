/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One libwebsockets context per loop. Either the caller runs it, or waits for its descriptor, or
 * an own loop of the integrator drives it through a plug-in of libwebsockets.
 */
#include "net_private.h"

#include <assert.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define LOG_MAX        512
#define ROUNDED_OFF_US 999   /* by libwebsockets, to whole ms: it would spin through the last */
#define SEND_PIECE     32768 /* bytes per write to a socket */

void evcp__loop_log(const struct evcp__loop *loop, int level, const char *format, ...)
{
    char text[LOG_MAX];
    va_list arguments;

    if (loop->config.log == NULL) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    loop->config.log(loop->config.user, level, text);
}

bool evcp__loop_is_own(const struct evcp__loop *loop)
{
    return loop->config.kind == EVCP_LOOP_OWN;
}

/* ---- turns ------------------------------------------------------------------------------- */

void evcp__loop_note(struct evcp__loop *loop)
{
    loop->active = true;
    if (!evcp__loop_is_own(loop) && !loop->stepping) {
        evcp__loop_wake(loop); /* the turn must not run inside a connection's callback */
    }
}

void evcp__loop_turn(struct evcp__loop *loop)
{
    loop->active = false;
    loop->config.turn(loop->config.user);
}

static void on_deadline(void *user)
{
    evcp__loop_note(user);
}

void evcp__loop_set_deadline(struct evcp__loop *loop, uint64_t mono_ms)
{
    evcp__timer_set(loop, &loop->deadline, mono_ms);
}

/* The loop's own descriptors are ready. With a foreign loop this is where turns happen. */
static void on_sources(struct evcp__loop *loop)
{
    loop->stepping = true;
    evcp__sources_dispatch(loop);
    loop->stepping = false;
    if (loop->active && !evcp__loop_is_own(loop)) {
        evcp__loop_turn(loop);
    }
}

static int loop_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t length)
{
    struct evcp__loop *loop;

    (void)user;
    (void)in;
    (void)length;
    if (reason != LWS_CALLBACK_RAW_RX_FILE) {
        return 0;
    }
    loop = lws_get_opaque_user_data(wsi);
    if (loop == NULL) {
        return 0;
    }
    loop->callbacks++;
    on_sources(loop);
    return 0;
}

/* ---- libwebsockets ----------------------------------------------------------------------- */

static const struct lws_protocols protocols[] = {
    {"evcp", evcp__net_event, 0, 0, 0, NULL, SEND_PIECE},
    {"evcp-loop", loop_event, 0, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

/*
 * libwebsockets 4.1 has one log for the whole process and no callback with a user pointer; by
 * default it writes warnings and notices to standard error. A library must not do that, so the
 * default is silenced. A level that the application has set itself is left alone. What matters of
 * the texts comes through the reasons of evcp__net_callbacks.disconnected().
 */
static void quiet_log(void)
{
    const int untouched = LLL_ERR | LLL_WARN | LLL_NOTICE;

    if (lwsl_visible(INT_MAX) == untouched) {
        lws_set_log_level(0, NULL);
    }
}

static uint64_t kind_option(enum evcp_loop_kind kind)
{
    switch (kind) {
    case EVCP_LOOP_OWN: return 0;
    case EVCP_LOOP_UV: return LWS_SERVER_OPTION_LIBUV;
    case EVCP_LOOP_EV: return LWS_SERVER_OPTION_LIBEV;
    case EVCP_LOOP_GLIB: return LWS_SERVER_OPTION_GLIB;
    }
    return 0;
}

static const char *kind_package(enum evcp_loop_kind kind)
{
    switch (kind) {
    case EVCP_LOOP_OWN: break;
    case EVCP_LOOP_UV: return "libwebsockets-evlib-uv";
    case EVCP_LOOP_EV: return "libwebsockets-evlib-ev";
    case EVCP_LOOP_GLIB: return "libwebsockets-evlib-glib";
    }
    return NULL;
}

/* lws_create_context() ignores SIGPIPE for the whole process: not ours to decide. None arises,
 * because plain sockets are written with MSG_NOSIGNAL, and TLS through a BIO that does it too. */
static struct lws_context *create_context(const struct lws_context_creation_info *info)
{
    struct sigaction before;
    const int saved = sigaction(SIGPIPE, NULL, &before);
    struct lws_context *const context = lws_create_context(info);

    if (saved == 0) {
        (void)sigaction(SIGPIPE, &before, NULL);
    }
    return context;
}

static int open_context(struct evcp__loop *loop)
{
    struct lws_context_creation_info info = {0};
    void *foreign[1] = {loop->config.foreign_loop};

    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   kind_option(loop->config.kind);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.gid = -1;
    info.uid = -1;
    info.fd_limit_per_thread = EVCP__LOOP_FDS;
    info.timeout_secs = EVCP__LOOP_WAIT_MAX_MS / 1000; /* our own timers decide */
    if (!evcp__loop_is_own(loop)) {
        info.foreign_loops = foreign;
    }
    quiet_log();
    loop->context = create_context(&info);
    if (loop->context != NULL) {
        return EVCP_OK;
    }
    if (evcp__loop_is_own(loop)) {
        evcp__loop_log(loop, 0, "libwebsockets cannot make a context: memory or descriptors?");
    } else {
        evcp__loop_log(loop, 0, "libwebsockets cannot use this event loop: install %s",
                       kind_package(loop->config.kind));
    }
    return EVCP_ENET;
}

struct lws_vhost *evcp__loop_vhost(struct evcp__loop *loop, SSL_CTX *tls)
{
    struct lws_context_creation_info info = {0};

    if (tls != NULL) {
        info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT; /* else it loads the system's roots */
    }
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.vhost_name = "evcp";
    info.protocols = protocols;
    info.extensions = evcp__deflate_extensions;
    info.http_proxy_address = ""; /* else the environment's http_proxy would be used */
    info.connect_timeout_secs = EVCP__LOOP_WAIT_MAX_MS / 1000;
    info.provided_client_ssl_ctx = tls;
    info.ka_time = 60;
    info.ka_probes = 4;
    info.ka_interval = 10;
    return lws_create_vhost(loop->context, &info);
}

static int adopt_sources(struct evcp__loop *loop)
{
    lws_adopt_desc_t adopt = {0};

    adopt.vh = loop->vhost;
    adopt.type = LWS_ADOPT_RAW_FILE_DESC;
    adopt.fd.filefd = loop->sources_fd;
    adopt.vh_prot_name = "evcp-loop";
    adopt.opaque = loop;
    loop->sources_wsi = lws_adopt_descriptor_vhost_via_info(&adopt);
    if (loop->sources_wsi == NULL) {
        loop->sources_fd = -1; /* closed by it */
        return EVCP_ENET;
    }
    return EVCP_OK;
}

static int open_outer(struct evcp__loop *loop)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}};

    if (!evcp__loop_is_own(loop)) {
        return EVCP_OK;
    }
    loop->outer_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->outer_fd < 0 ||
        epoll_ctl(loop->outer_fd, EPOLL_CTL_ADD, loop->sources_fd, &event) != 0) {
        return EVCP_ENET;
    }
    return EVCP_OK;
}

static int open_loop(struct evcp__loop *loop)
{
    int rc = evcp__sources_open(loop);

    if (rc != EVCP_OK) {
        return rc;
    }
    rc = open_context(loop);
    if (rc != EVCP_OK) {
        return rc;
    }
    loop->vhost = evcp__loop_vhost(loop, NULL);
    if (loop->vhost == NULL) {
        return EVCP_ENET;
    }
    rc = open_outer(loop);
    if (rc != EVCP_OK) {
        return rc;
    }
    return adopt_sources(loop);
}

int evcp__loop_new(const struct evcp__loop_config *config, struct evcp__loop **loop)
{
    struct evcp__loop *made;
    int rc;

    if (config->turn == NULL || (config->kind != EVCP_LOOP_OWN) != (config->foreign_loop != NULL)) {
        return EVCP_EINVAL;
    }
    made = calloc(1, sizeof *made);
    if (made == NULL) {
        return EVCP_ENOMEM;
    }
    made->owner = EVCP__OWNER_LOOP;
    made->config = *config;
    made->outer_fd = -1;
    evcp__timer_init(&made->deadline, on_deadline, made);
    rc = open_loop(made);
    if (rc != EVCP_OK) {
        evcp__loop_free(made);
        return rc;
    }
    *loop = made;
    return EVCP_OK;
}

void evcp__loop_free(struct evcp__loop *loop)
{
    if (loop == NULL) {
        return;
    }
    assert(loop->nets == NULL && !loop->inside);
    lws_sul_cancel(&loop->run_timeout);
    if (loop->sources_wsi != NULL) {
        loop->sources_fd = -1; /* closed with the context; by a plug-in even later */
        lws_set_opaque_user_data(loop->sources_wsi, NULL);
    }
    if (loop->context != NULL) {
        lws_context_destroy(loop->context);
    }
    evcp__sources_close(loop);
    if (loop->outer_fd >= 0) {
        (void)close(loop->outer_fd);
    }
    free(loop);
}

/* ---- waiting in evcp__loop_run() --------------------------------------------------------- */

static void on_run_timeout(lws_sorted_usec_list_t *sul)
{
    (void)sul; /* to end the wait is all it is for */
}

/* One wait: a signal ends it too, so that a program can look at what its handler has noted. */
static int run_waiting(struct evcp__loop *loop, int timeout_ms)
{
    int rc;

    if (timeout_ms > 0) {
        lws_sul_schedule(loop->context, 0, &loop->run_timeout, on_run_timeout,
                         (lws_usec_t)timeout_ms * LWS_US_PER_MS + ROUNDED_OFF_US);
    }
    rc = lws_service(loop->context, loop->active ? -1 : 0) < 0 ? EVCP_ENET : EVCP_OK;
    lws_sul_cancel(&loop->run_timeout);
    if (loop->active) {
        evcp__loop_turn(loop);
    }
    return rc;
}

/* ---- servicing without waiting, for those who wait for the descriptor -------------------- */

void evcp__loop_track(const struct evcp__loop *loop, int fd)
{
    /* Edge-triggered: libwebsockets does not tell when it waits for room to write, and always
     * waiting for it level-triggered would never sleep. Every edge is followed by passes until
     * nothing is left to do, so no edge is lost. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data = {.ptr = NULL}};

    if (loop->outer_fd >= 0 && fd >= 0) {
        (void)epoll_ctl(loop->outer_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

/* Large messages go out in pieces, and the socket may take the next one at once. */
static bool socket_ready(const struct evcp__net *net)
{
    struct pollfd fd = {.fd = -1, .events = POLLIN, .revents = 0};

    if (net->wsi == NULL) {
        return false;
    }
    if (lws_partial_buffered(net->wsi)) {
        fd.events |= POLLOUT;
    }
    fd.fd = lws_get_socket_fd(net->wsi);
    return fd.fd >= 0 && poll(&fd, 1, 0) == 1;
}

static bool anything_left(const struct evcp__loop *loop)
{
    if (lws_service_adjust_timeout(loop->context, 1, 0) == 0) {
        return true;
    }
    for (const struct evcp__net *net = loop->nets; net != NULL; net = net->next) {
        if (socket_ready(net)) {
            return true;
        }
    }
    return false;
}

static void take_edges(const struct evcp__loop *loop)
{
    struct epoll_event events[EVCP__LOOP_PASSES_MAX];
    int count;

    do {
        count = epoll_wait(loop->outer_fd, events, EVCP__LOOP_PASSES_MAX, 0);
    } while (count == EVCP__LOOP_PASSES_MAX);
}

/* Two quiet passes, because the first may have asked for the second: a pong, a close frame. */
static int run_passes(struct evcp__loop *loop)
{
    int quiet = 0;

    for (int i = 0; i < EVCP__LOOP_PASSES_MAX && quiet < 2; i++) {
        const unsigned before = loop->callbacks;

        if (lws_service(loop->context, -1) < 0) {
            return EVCP_ENET;
        }
        quiet = loop->callbacks == before && !anything_left(loop) ? quiet + 1 : 0;
    }
    loop->dirty = quiet < 2;
    return EVCP_OK;
}

static int run_now(struct evcp__loop *loop)
{
    int rc;

    take_edges(loop);
    rc = run_passes(loop);
    if (loop->active) {
        evcp__loop_turn(loop);
        if (rc == EVCP_OK) {
            rc = run_passes(loop); /* what the turn has queued */
        }
        loop->dirty = loop->dirty || loop->active;
    }
    return rc;
}

int evcp__loop_run(struct evcp__loop *loop, int timeout_ms)
{
    int rc;

    if (loop->inside || !evcp__loop_is_own(loop)) {
        return EVCP_ESTATE;
    }
    loop->inside = true;
    rc = timeout_ms == 0 ? run_now(loop) : run_waiting(loop, timeout_ms);
    loop->inside = false;
    return rc;
}

int evcp__loop_fd(const struct evcp__loop *loop)
{
    return loop->outer_fd;
}

static bool any_unsure(const struct evcp__loop *loop)
{
    for (const struct evcp__net *net = loop->nets; net != NULL; net = net->next) {
        if (net->phase == EVCP__PHASE_CONNECTING || net->phase == EVCP__PHASE_CLOSING) {
            return true;
        }
    }
    return false;
}

int evcp__loop_deadline_ms(const struct evcp__loop *loop)
{
    const uint64_t now_ms = evcp__mono_ms();
    const uint64_t next_ms = evcp__timers_next(loop);
    const int most = any_unsure(loop) ? EVCP__LOOP_UNSURE_MS : EVCP__LOOP_WAIT_MAX_MS;

    if (loop->dirty || loop->active || next_ms <= now_ms) {
        return 0;
    }
    return next_ms - now_ms < (uint64_t)most ? (int)(next_ms - now_ms) : most;
}
