/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop and the connections: libwebsockets at the edge. One loop per host, one connection per
 * station. Nothing here knows OCPP beyond the subprotocol's name.
 */
#ifndef EVCP_PORT_NET_H
#define EVCP_PORT_NET_H

#include "../core/types.h"

struct evcp__loop;
struct evcp__net;

struct evcp__loop_config {
    enum evcp_loop_kind kind;
    void *foreign_loop;
    /* Called once at the end of every turn in which something happened (message, wake, timer,
     * descriptor), never nested: here the host steps its stations, commits and acts. */
    void (*turn)(void *user);
    void (*log)(void *user, int level, const char *text); /* NULL: none */
    void *user;
};

EVCP__MUST_CHECK int evcp__loop_new(const struct evcp__loop_config *config,
                                    struct evcp__loop **loop);
void evcp__loop_free(struct evcp__loop *loop);
/* One turn; as evcp_host_run(). May return early, also because of a signal. */
EVCP__MUST_CHECK int evcp__loop_run(struct evcp__loop *loop, int timeout_ms);
int evcp__loop_fd(const struct evcp__loop *loop);
int evcp__loop_deadline_ms(const struct evcp__loop *loop);
/* A turn is due at this monotonic time; UINT64_MAX: none. Replaces the earlier one. */
void evcp__loop_set_deadline(struct evcp__loop *loop, uint64_t mono_ms);
/* From any thread: a turn is due now. */
void evcp__loop_wake(struct evcp__loop *loop);
/* CLOCK_BOOTTIME in ms. */
uint64_t evcp__mono_ms(void);

/* A descriptor to watch for reading (card readers). on_readable may read it and queue events; a
 * turn follows. Removed by evcp__loop_unwatch. The descriptor stays the caller's. */
struct evcp__watch;
EVCP__MUST_CHECK int evcp__loop_watch(struct evcp__loop *loop, int fd,
                                      void (*on_readable)(void *user), void *user,
                                      struct evcp__watch **watch);
void evcp__loop_unwatch(struct evcp__watch *watch);

struct evcp__net_config {
    const char *url;         /* ws:// or wss://, prefix path, no identity */
    const char *id;          /* charge point identity: percent-encoded as last path segment */
    const char *subprotocol; /* "ocpp1.6" */
    const char *ca_file;     /* NULL: the system's */
    const char *cert_file;   /* NULL: none */
    const char *key_file;
    bool unverified;
    size_t message_max;          /* larger messages close the connection (1009) */
    uint32_t connect_timeout_ms; /* name resolution to WebSocket upgrade */
};

struct evcp__net_callbacks {
    void (*connected)(void *user);
    /* Also after a failed attempt. `why` is for people, and says what to do. */
    void (*disconnected)(void *user, const char *why);
    /* A whole text message (fragments assembled), not zero-terminated. */
    void (*message)(void *user, const char *text, size_t length);
    /* The time to judge certificates by, ms UTC. */
    int64_t (*judge_time)(void *user);
    void *user;
};

/* EVCP_EINVAL: URL; EVCP_ETLS: files; the log says what is wrong. Does not connect yet. */
EVCP__MUST_CHECK int evcp__net_new(struct evcp__loop *loop, const struct evcp__net_config *config,
                                   const struct evcp__net_callbacks *callbacks,
                                   struct evcp__net **net);
void evcp__net_free(struct evcp__net *net);

/* HTTP Basic password for the next connection: raw bytes; NULL: no credentials. Copied. */
EVCP__MUST_CHECK int evcp__net_set_key(struct evcp__net *net, const uint8_t *key, size_t size);
/* Seconds between pings, 0: none. A pong that stays out for the timeout closes the connection. */
void evcp__net_set_ping(struct evcp__net *net, uint32_t interval_s, uint32_t pong_timeout_s);

/* Begin an attempt; connected() or disconnected() follows, never from within this call. */
EVCP__MUST_CHECK int evcp__net_connect(struct evcp__net *net);
/* Close after what is queued was sent (at most some seconds); disconnected() follows if connected
 * or connecting, never from within this call. */
void evcp__net_disconnect(struct evcp__net *net);
/* Queue one text message; copied. EVCP_ESTATE: not connected; EVCP_EFULL: too much waits for the
 * socket; EVCP_ENOMEM. */
EVCP__MUST_CHECK int evcp__net_send(struct evcp__net *net, const char *text, size_t length);

#endif
