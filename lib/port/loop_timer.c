/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers of the loop. An unsorted list: setting one is cheap and frequent, and there are five per
 * station. One timerfd wakes the loop for the earliest, whoever's loop it is.
 */
#include "net_private.h"

#include <sys/timerfd.h>
#include <time.h>

uint64_t evcp__mono_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        return 0;
    }
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Never 0, which would disarm it. */
static void set_clock(struct evcp__loop *loop, uint64_t due_ms)
{
    struct itimerspec when = {{0, 0}, {0, 0}};

    loop->clock_ms = due_ms;
    if (due_ms != EVCP__LOOP_NEVER) {
        when.it_value.tv_sec = (time_t)(due_ms / 1000u);
        when.it_value.tv_nsec = (long)(due_ms % 1000u) * 1000000L + 1;
    }
    (void)timerfd_settime(loop->clock.fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void evcp__timer_init(struct evcp__timer *timer, void (*fire)(void *user), void *user)
{
    timer->next = NULL;
    timer->link = NULL;
    timer->due_ms = EVCP__LOOP_NEVER;
    timer->fire = fire;
    timer->user = user;
}

void evcp__timer_cancel(struct evcp__timer *timer)
{
    if (timer->link == NULL) {
        return;
    }
    *timer->link = timer->next;
    if (timer->next != NULL) {
        timer->next->link = timer->link;
    }
    timer->link = NULL;
}

void evcp__timer_set(struct evcp__loop *loop, struct evcp__timer *timer, uint64_t due_ms)
{
    evcp__timer_cancel(timer);
    if (due_ms == EVCP__LOOP_NEVER) {
        return;
    }
    timer->due_ms = due_ms;
    timer->next = loop->timers;
    if (timer->next != NULL) {
        timer->next->link = &timer->next;
    }
    timer->link = &loop->timers;
    loop->timers = timer;
    if (due_ms < loop->clock_ms) {
        set_clock(loop, due_ms);
    }
}

void evcp__timer_in(struct evcp__loop *loop, struct evcp__timer *timer, uint64_t delay_ms)
{
    evcp__timer_set(loop, timer, evcp__mono_ms() + delay_ms);
}

bool evcp__timer_armed(const struct evcp__timer *timer)
{
    return timer->link != NULL;
}

uint64_t evcp__timers_next(const struct evcp__loop *loop)
{
    uint64_t next = EVCP__LOOP_NEVER;

    for (const struct evcp__timer *timer = loop->timers; timer != NULL; timer = timer->next) {
        if (timer->due_ms < next) {
            next = timer->due_ms;
        }
    }
    return next;
}

static struct evcp__timer *due_timer(const struct evcp__loop *loop, uint64_t now_ms)
{
    struct evcp__timer *timer = loop->timers;

    while (timer != NULL && timer->due_ms > now_ms) {
        timer = timer->next;
    }
    return timer;
}

/* Those that become due meanwhile wait for the next call: nobody can hold the loop for ever. */
void evcp__timers_fire(struct evcp__loop *loop)
{
    const uint64_t now_ms = evcp__mono_ms();
    struct evcp__timer *timer;

    loop->clock_ms = 0; /* no need to set it in between */
    while ((timer = due_timer(loop, now_ms)) != NULL) {
        evcp__timer_cancel(timer);
        timer->fire(timer->user);
    }
    set_clock(loop, evcp__timers_next(loop));
}
