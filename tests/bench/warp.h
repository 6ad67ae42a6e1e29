/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An hour in a second: the library's clock_gettime() and timerfd_settime() are linked to functions
 * of this benchmark, which add an offset to the time of day and to the time since power-on. The
 * monotonic clock, with which is measured, and libwebsockets go on as they are.
 */
#ifndef EVCP_BENCH_WARP_H
#define EVCP_BENCH_WARP_H

#include <stdint.h>

void warp_by_ms(uint64_t ms);
uint64_t warp_total_ms(void);
void warp_end(void);

#endif
