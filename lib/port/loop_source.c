/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop's own descriptors: wake-up, timer, watches, name resolution. They are gathered in one
 * epoll set, and libwebsockets watches that. So its poll() and the plug-ins for other loops need
 * to know one descriptor only, and none of the caller's is changed or closed.
 */
#include "net_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_PER_DISPATCH 32

struct evcp__watch {
    struct evcp__loop *loop;
    struct evcp__source source;
    void (*on_readable)(void *user);
    void *user;
};

int evcp__source_add(struct evcp__loop *loop, struct evcp__source *source)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = source}};

    return epoll_ctl(loop->sources_fd, EPOLL_CTL_ADD, source->fd, &event) == 0 ? EVCP_OK
                                                                               : EVCP_ENET;
}

void evcp__source_remove(struct evcp__loop *loop, struct evcp__source *source)
{
    (void)epoll_ctl(loop->sources_fd, EPOLL_CTL_DEL, source->fd, NULL);
}

/* One at a time, because a handler may remove any other source. */
void evcp__sources_dispatch(struct evcp__loop *loop)
{
    struct epoll_event event;

    for (int i = 0; i < EVENTS_PER_DISPATCH; i++) {
        struct evcp__source *source;

        if (epoll_wait(loop->sources_fd, &event, 1, 0) != 1) {
            return;
        }
        source = event.data.ptr;
        source->ready(source->user, event.events);
    }
}

static void on_wake(void *user, uint32_t events)
{
    struct evcp__loop *const loop = user;
    uint64_t count;

    (void)events;
    if (read(loop->wake.fd, &count, sizeof count) == (ssize_t)sizeof count) {
        evcp__loop_note(loop);
    }
}

static void on_clock(void *user, uint32_t events)
{
    struct evcp__loop *const loop = user;
    uint64_t count;

    (void)events;
    if (read(loop->clock.fd, &count, sizeof count) == (ssize_t)sizeof count) {
        evcp__timers_fire(loop);
    }
}

int evcp__sources_open(struct evcp__loop *loop)
{
    loop->sources_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = (struct evcp__source){
        .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .ready = on_wake, .user = loop};
    loop->clock =
        (struct evcp__source){.fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK),
                              .ready = on_clock,
                              .user = loop};
    loop->clock_ms = EVCP__LOOP_NEVER;
    if (loop->sources_fd < 0 || loop->wake.fd < 0 || loop->clock.fd < 0) {
        return EVCP_ENET;
    }
    if (evcp__source_add(loop, &loop->wake) != EVCP_OK) {
        return EVCP_ENET;
    }
    return evcp__source_add(loop, &loop->clock);
}

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

/* sources_fd itself belongs to libwebsockets once it was adopted. */
void evcp__sources_close(struct evcp__loop *loop)
{
    close_fd(&loop->wake.fd);
    close_fd(&loop->clock.fd);
    close_fd(&loop->sources_fd);
}

/* write() to an eventfd is safe from every thread and in signal handlers. */
void evcp__loop_wake(struct evcp__loop *loop)
{
    const uint64_t one = 1;
    const ssize_t written = write(loop->wake.fd, &one, sizeof one);

    (void)written; /* EAGAIN: it is readable already */
}

static bool has_bytes(int fd)
{
    int count = 0;

    return ioctl(fd, FIONREAD, &count) == 0 && count > 0;
}

/* A descriptor whose other end is gone is always ready: it gets a last call, to see that itself. */
static void on_watch(void *user, uint32_t events)
{
    struct evcp__watch *const watch = user;

    evcp__loop_note(watch->loop);
    if ((events & (EPOLLHUP | EPOLLERR)) != 0 && !has_bytes(watch->source.fd)) {
        evcp__source_remove(watch->loop, &watch->source);
    }
    watch->on_readable(watch->user);
}

int evcp__loop_watch(struct evcp__loop *loop, int fd, void (*on_readable)(void *user), void *user,
                     struct evcp__watch **watch)
{
    struct evcp__watch *made = calloc(1, sizeof *made);

    if (made == NULL) {
        return EVCP_ENOMEM;
    }
    made->loop = loop;
    made->source = (struct evcp__source){.fd = fd, .ready = on_watch, .user = made};
    made->on_readable = on_readable;
    made->user = user;
    if (evcp__source_add(loop, &made->source) != EVCP_OK) {
        evcp__loop_log(loop, 0,
                       "descriptor %d cannot be watched (errno %d): readers need a pipe, socket or "
                       "device, each watched once",
                       fd, errno);
        free(made);
        return EVCP_EINVAL;
    }
    *watch = made;
    return EVCP_OK;
}

void evcp__loop_unwatch(struct evcp__watch *watch)
{
    if (watch == NULL) {
        return;
    }
    evcp__source_remove(watch->loop, &watch->source);
    free(watch);
}
