/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that take the place of clock_gettime() and timerfd_settime() at link time
 * (--wrap). Timers that are set already do not hear of a jump: whoever jumps wakes the loop.
 */
#include "warp.h"

#include <sys/timerfd.h>
#include <time.h>

int __real_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __real_timerfd_settime(int fd, int flags, const struct itimerspec *value,
                           struct itimerspec *old);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *value,
                           struct itimerspec *old);

static uint64_t offset_ms;

void warp_by_ms(uint64_t ms)
{
    offset_ms += ms;
}

uint64_t warp_total_ms(void)
{
    return offset_ms;
}

void warp_end(void)
{
    offset_ms = 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    int rc = __real_clock_gettime(clock, out);

    if (rc != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME))
        return rc;
    out->tv_sec += (time_t)(offset_ms / 1000);
    out->tv_nsec += (long)(offset_ms % 1000) * 1000000L;
    if (out->tv_nsec >= 1000000000L) {
        out->tv_nsec -= 1000000000L;
        out->tv_sec++;
    }
    return 0;
}

/* Absolute times only, as the library's loop sets them. */
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *value,
                           struct itimerspec *old)
{
    struct itimerspec real = *value;
    const int64_t ms = (int64_t)value->it_value.tv_sec * 1000 + value->it_value.tv_nsec / 1000000L -
                       (int64_t)offset_ms;

    if (value->it_value.tv_sec != 0 && (flags & TFD_TIMER_ABSTIME) != 0) {
        real.it_value.tv_sec = ms > 0 ? (time_t)(ms / 1000) : 0;
        real.it_value.tv_nsec = ms > 0 ? (long)(ms % 1000) * 1000000L + 1 : 1;
    }
    return __real_timerfd_settime(fd, flags, &real, old);
}
