/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the loop and of the connection share. All of it belongs to one thread, except
 * evcp__loop_wake().
 */
#ifndef EVCP_PORT_NET_PRIVATE_H
#define EVCP_PORT_NET_PRIVATE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* epoll, eventfd, timerfd, CLOCK_BOOTTIME */
#endif

#include <libwebsockets.h>

#include "net.h"
#include "url.h"

#define EVCP__LOOP_NEVER       UINT64_MAX
#define EVCP__LOOP_WAIT_MAX_MS 3600000 /* evcp_host_deadline_ms(): never longer than an hour */
#define EVCP__LOOP_UNSURE_MS   250     /* while a connection is made or closed: look at it again */
#define EVCP__LOOP_PASSES_MAX  64      /* then other users of the thread get their turn */

#define EVCP__NET_ADDRESS_MAX 64    /* text of one, with the scope of IPv6 */
#define EVCP__NET_CLOSE_MS    3000  /* to send what is queued and to say goodbye */
#define EVCP__NET_UNACKED_MS  30000 /* TCP: sent and not acknowledged for so long: dead */
#define EVCP__NET_RX_KEEP     16384 /* larger buffers are freed after their message */
#define EVCP__NET_CONNECT_MS  30000 /* default of connect_timeout_ms */

/* ---- timers: CLOCK_BOOTTIME, so that they are due when a sleeping device wakes up -------- */

struct evcp__timer {
    struct evcp__timer *next;
    struct evcp__timer **link; /* what points to this one; NULL: not armed */
    uint64_t due_ms;
    void (*fire)(void *user);
    void *user;
};

void evcp__timer_init(struct evcp__timer *timer, void (*fire)(void *user), void *user);
void evcp__timer_set(struct evcp__loop *loop, struct evcp__timer *timer, uint64_t due_ms);
/* So many ms from now. */
void evcp__timer_in(struct evcp__loop *loop, struct evcp__timer *timer, uint64_t delay_ms);
void evcp__timer_cancel(struct evcp__timer *timer);
bool evcp__timer_armed(const struct evcp__timer *timer);
void evcp__timers_fire(struct evcp__loop *loop);
uint64_t evcp__timers_next(const struct evcp__loop *loop);

/* ---- sources: descriptors of ours in one epoll set, which is all that libwebsockets sees - */

struct evcp__source {
    int fd;
    void (*ready)(void *user, uint32_t events);
    void *user;
};

EVCP__MUST_CHECK int evcp__source_add(struct evcp__loop *loop, struct evcp__source *source);
void evcp__source_remove(struct evcp__loop *loop, struct evcp__source *source);
EVCP__MUST_CHECK int evcp__sources_open(struct evcp__loop *loop);
void evcp__sources_close(struct evcp__loop *loop);
void evcp__sources_dispatch(struct evcp__loop *loop);

/* ---- loop -------------------------------------------------------------------------------- */

/* What libwebsockets gives back with a callback: says what it belongs to. */
enum evcp__owner { EVCP__OWNER_LOOP, EVCP__OWNER_NET };

struct evcp__loop {
    enum evcp__owner owner; /* first member */
    struct evcp__loop_config config;
    struct lws_context *context;
    struct lws_vhost *vhost; /* of the loop's own descriptors and of connections without TLS */
    struct lws *sources_wsi;
    int sources_fd; /* epoll: wake, timer, watches, name resolution */
    int outer_fd;   /* epoll: sources_fd and sockets; what evcp__loop_fd() gives out */
    struct evcp__source wake;
    struct evcp__source clock; /* timerfd */
    uint64_t clock_ms;         /* what it is set to */
    struct evcp__timer *timers;
    struct evcp__timer deadline;
    struct evcp__net *nets;
    lws_sorted_usec_list_t run_timeout;
    bool active;        /* something happened: a turn is due */
    bool dirty;         /* libwebsockets has to be called, though no descriptor will say so */
    bool inside;        /* evcp__loop_run */
    bool stepping;      /* sources are being handled: a turn follows */
    unsigned callbacks; /* of libwebsockets; tells whether a pass was quiet */
};

/* A turn is due after what is being done now. */
void evcp__loop_note(struct evcp__loop *loop);
void evcp__loop_turn(struct evcp__loop *loop);
EVCP__MUST_CHECK bool evcp__loop_is_own(const struct evcp__loop *loop);
/* The outer descriptor has to know the sockets. */
void evcp__loop_track(const struct evcp__loop *loop, int fd);
void evcp__loop_log(const struct evcp__loop *loop, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
EVCP__MUST_CHECK struct lws_vhost *evcp__loop_vhost(struct evcp__loop *loop, SSL_CTX *tls);

/* ---- connection -------------------------------------------------------------------------- */

enum evcp__phase {
    EVCP__PHASE_IDLE,
    EVCP__PHASE_RESOLVING,
    EVCP__PHASE_CONNECTING, /* TCP, TLS, upgrade; also between two addresses */
    EVCP__PHASE_UP,
    EVCP__PHASE_CLOSING /* what is queued goes out, then a close frame; what arrives is dropped */
};

struct evcp__outgoing {
    struct evcp__outgoing *next;
    size_t length;
    unsigned char bytes[]; /* LWS_PRE bytes of room, then the text */
};

struct evcp__incoming {
    char *text;
    size_t length;
    size_t capacity;
    bool begun; /* fragments of it have arrived */
    bool compressed;
};

struct evcp__resolver;
struct evcp__tls;
struct evcp__deflate;

struct evcp__net {
    enum evcp__owner owner; /* first member */
    struct evcp__loop *loop;
    struct evcp__net *next;
    struct evcp__net **link;
    struct evcp__net_callbacks callbacks;

    struct evcp__url url;
    char *id;
    char *subprotocol;
    size_t message_max;
    uint32_t connect_timeout_ms;
    uint8_t key[EVCP__NET_KEY_MAX];
    size_t key_size;
    bool has_key;
    uint32_t ping_s;
    uint32_t pong_timeout_s;

    struct evcp__tls *tls;   /* NULL: ws */
    struct lws_vhost *vhost; /* the loop's, or with TLS an own one */

    enum evcp__phase phase;
    struct lws *wsi;
    bool dialing; /* inside lws_client_connect_via_info() */
    bool tcp_up;  /* then no further address is tried */
    bool give_up; /* the attempt is over after this address */
    bool ping_due;
    bool goodbye;          /* the close frame is libwebsockets' business now */
    uint16_t close_status; /* RFC 6455 7.4, of CLOSING */
    char addresses[EVCP__NET_ADDRESSES_MAX][EVCP__NET_ADDRESS_MAX];
    size_t address_count;
    size_t address_next;
    uint64_t limit_ms; /* end of the attempt */
    char why[EVCP__NET_WHY_MAX];
    struct evcp__resolver *resolver;
    struct evcp__deflate *deflate; /* NULL: not negotiated */

    struct evcp__timer step;  /* the next thing of an attempt, outside of the caller's call */
    struct evcp__timer limit; /* of the attempt, or of closing */
    struct evcp__timer share; /* of this address */
    struct evcp__timer ping;
    struct evcp__timer pong;

    struct evcp__incoming incoming;
    struct evcp__outgoing *queue;
    struct evcp__outgoing **queue_tail;
    size_t queue_count;
    size_t queue_bytes;
};

int evcp__net_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t length);

/* The first reason given is the one that is told. */
void evcp__net_why(struct evcp__net *net, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* attempt */
void evcp__attempt_init(struct evcp__net *net);
void evcp__attempt_begin(struct evcp__net *net);
void evcp__attempt_abort(struct evcp__net *net);
/* Send what is queued, then say goodbye; bounded in time. */
void evcp__attempt_close(struct evcp__net *net, enum lws_close_status status);
void evcp__attempt_tcp_up(struct evcp__net *net);
void evcp__attempt_up(struct evcp__net *net);
void evcp__attempt_socket_gone(struct evcp__net *net);
void evcp__attempt_cancel_timers(struct evcp__net *net);

/* name resolution */
EVCP__MUST_CHECK int evcp__resolver_start(struct evcp__net *net);
void evcp__resolver_stop(struct evcp__net *net);

/* TLS */
EVCP__MUST_CHECK int evcp__tls_new(const struct evcp__net_config *config, struct evcp__net *net);
void evcp__tls_free(struct evcp__tls *tls);
SSL_CTX *evcp__tls_context(const struct evcp__tls *tls);
void evcp__tls_begin(struct evcp__tls *tls);
/* The connection outlives us, until the event-loop plug-in closes it: it must not call us. */
void evcp__tls_detach(struct lws *wsi);
/* The certificate check of libwebsockets: 0 goes on. */
int evcp__tls_verify(struct evcp__net *net, X509_STORE_CTX *store, bool verified);

/* messages */
EVCP__MUST_CHECK int evcp__incoming_add(struct evcp__net *net, struct lws *wsi, const char *bytes,
                                        size_t length);
void evcp__incoming_reset(struct evcp__net *net);
EVCP__MUST_CHECK int evcp__queue_add(struct evcp__net *net, const char *text, size_t length);
/* One frame; what LWS_CALLBACK_CLIENT_WRITEABLE returns. */
int evcp__queue_write(struct evcp__net *net, struct lws *wsi);
void evcp__queue_clear(struct evcp__net *net);

/* Room for so many bytes more; false: no memory. One byte more than allowed is given, so that
 * what is too long can be seen. */
EVCP__MUST_CHECK bool evcp__incoming_reserve(struct evcp__net *net, size_t more);

/* compression */
extern const struct lws_extension evcp__deflate_extensions[];
void evcp__deflate_free(struct evcp__net *net);
/* The message that begins is compressed. */
EVCP__MUST_CHECK bool evcp__deflate_marked(const struct evcp__net *net, struct lws *wsi);
/* Appends to the incoming message. EVCP_EFULL: beyond message_max; EVCP_EPROTO; EVCP_ENOMEM. */
EVCP__MUST_CHECK int evcp__deflate_unpack(struct evcp__net *net, const char *bytes, size_t length,
                                          bool final);
/* The message compressed, to be written next and freed; NULL: write it as it is. */
struct evcp__outgoing *evcp__deflate_pack(struct evcp__net *net, struct evcp__outgoing *plain);

/* ping */
void evcp__ping_init(struct evcp__net *net);
void evcp__ping_start(struct evcp__net *net);
void evcp__ping_stop(struct evcp__net *net);

#endif
