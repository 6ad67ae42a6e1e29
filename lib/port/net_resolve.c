/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Name resolution with c-ares, because libwebsockets 4.1 would block in getaddrinfo(). A resolver
 * lives for one attempt, so that a changed resolv.conf counts for the next.
 */
#include "net_private.h"

#include <ares.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

#define QUERY_TIMEOUT_MS 2000
#define QUERY_TRIES      3
#define SOCKETS_AT_ONCE  8

struct evcp__resolver {
    struct evcp__net *net;
    ares_channel channel;
    bool open;
    bool stopping;
    struct evcp__source sockets; /* epoll set of c-ares' sockets */
    struct evcp__timer timer;
};

static void arm_timer(struct evcp__resolver *resolver)
{
    struct timeval left;

    if (ares_timeout(resolver->channel, NULL, &left) != NULL) {
        evcp__timer_in(resolver->net->loop, &resolver->timer,
                       (uint64_t)left.tv_sec * 1000u + (uint64_t)left.tv_usec / 1000u + 1u);
    }
}

static void on_timer(void *user)
{
    struct evcp__resolver *const resolver = user;

    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    arm_timer(resolver);
}

static void on_sockets(void *user, uint32_t ready)
{
    struct evcp__resolver *const resolver = user;
    struct epoll_event events[SOCKETS_AT_ONCE];
    const int count = epoll_wait(resolver->sockets.fd, events, SOCKETS_AT_ONCE, 0);

    (void)ready;
    for (int i = 0; i < count; i++) {
        const int fd = events[i].data.fd;
        const uint32_t seen = events[i].events;

        ares_process_fd(resolver->channel, (seen & ~(uint32_t)EPOLLOUT) != 0 ? fd : ARES_SOCKET_BAD,
                        (seen & EPOLLOUT) != 0 ? fd : ARES_SOCKET_BAD);
    }
    arm_timer(resolver);
}

/* c-ares tells which of its sockets to watch. */
static void on_socket_state(void *user, ares_socket_t fd, int readable, int writable)
{
    const struct evcp__resolver *const resolver = user;
    struct epoll_event event = {.events = (readable ? (uint32_t)EPOLLIN : 0u) |
                                          (writable ? (uint32_t)EPOLLOUT : 0u),
                                .data = {.fd = fd}};

    if (event.events == 0) {
        (void)epoll_ctl(resolver->sockets.fd, EPOLL_CTL_DEL, fd, NULL);
    } else if (epoll_ctl(resolver->sockets.fd, EPOLL_CTL_MOD, fd, &event) != 0) {
        (void)epoll_ctl(resolver->sockets.fd, EPOLL_CTL_ADD, fd, &event);
    }
}

static void keep_addresses(struct evcp__net *net, const struct ares_addrinfo *found)
{
    for (const struct ares_addrinfo_node *node = found->nodes;
         node != NULL && net->address_count < EVCP__NET_ADDRESSES_MAX; node = node->ai_next) {
        char *const text = net->addresses[net->address_count];

        if (getnameinfo(node->ai_addr, node->ai_addrlen, text, EVCP__NET_ADDRESS_MAX, NULL, 0,
                        NI_NUMERICHOST) == 0) {
            net->address_count++;
        }
    }
}

/* Inside of c-ares: what follows happens in the step timer. */
static void on_found(void *user, int status, int timeouts, struct ares_addrinfo *found)
{
    const struct evcp__resolver *const resolver = user;
    struct evcp__net *const net = resolver->net;

    (void)timeouts;
    if (status == ARES_SUCCESS && !resolver->stopping) {
        keep_addresses(net, found);
    }
    if (found != NULL) {
        ares_freeaddrinfo(found);
    }
    if (resolver->stopping) {
        return;
    }
    if (net->address_count == 0) {
        evcp__net_why(net, "cannot resolve %s: %s: check the name and the DNS server",
                      net->url.host, ares_strerror(status));
    }
    evcp__timer_in(net->loop, &net->step, 0);
}

static bool open_channel(struct evcp__resolver *resolver)
{
    struct ares_options options = {0};

    options.timeout = QUERY_TIMEOUT_MS;
    options.tries = QUERY_TRIES;
    options.sock_state_cb = on_socket_state;
    options.sock_state_cb_data = resolver;
    resolver->open = ares_init_options(&resolver->channel, &options,
                                       ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                           ARES_OPT_SOCK_STATE_CB) == ARES_SUCCESS;
    return resolver->open;
}

int evcp__resolver_start(struct evcp__net *net)
{
    struct evcp__resolver *const made = calloc(1, sizeof *made);
    struct ares_addrinfo_hints hints = {0};

    if (made == NULL) {
        return EVCP_ENOMEM;
    }
    made->net = net;
    net->resolver = made;
    evcp__timer_init(&made->timer, on_timer, made);
    made->sockets = (struct evcp__source){
        .fd = epoll_create1(EPOLL_CLOEXEC), .ready = on_sockets, .user = made};
    if (made->sockets.fd < 0 || evcp__source_add(net->loop, &made->sockets) != EVCP_OK ||
        !open_channel(made)) {
        evcp__resolver_stop(net);
        return EVCP_ENOMEM;
    }
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(made->channel, net->url.host, NULL, &hints, on_found, made);
    arm_timer(made);
    return EVCP_OK;
}

void evcp__resolver_stop(struct evcp__net *net)
{
    struct evcp__resolver *const resolver = net->resolver;

    if (resolver == NULL) {
        return;
    }
    resolver->stopping = true;
    if (resolver->open) {
        ares_destroy(resolver->channel);
    }
    evcp__timer_cancel(&resolver->timer);
    if (resolver->sockets.fd >= 0) {
        evcp__source_remove(net->loop, &resolver->sockets);
        (void)close(resolver->sockets.fd);
    }
    net->resolver = NULL;
    free(resolver);
}
