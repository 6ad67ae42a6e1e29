/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Monotonic time to UTC, also for events from before the clock was known, and the time floor: the
 * latest time ever known, below which the clock is not believed.
 */
#ifndef EVCP_CORE_CLOCK_H
#define EVCP_CORE_CLOCK_H

#include "store.h"

struct evcp__clock {
    uint32_t boot;           /* number of this boot */
    bool known;              /* UTC is known in this boot */
    int64_t offset_ms;       /* UTC = mono_ms + offset_ms, if known */
    int64_t stamp_offset_ms; /* likewise for stamps: follows corrections of a second and more only,
                                so that a message that is sent again keeps its bytes */
    int64_t floor_ms;        /* latest time ever known */
    int64_t stored_floor_ms;
    int64_t least_ms;       /* the floor is never below: the build's time */
    uint64_t begin_mono_ms; /* when this boot's number was drawn */
    int64_t begin_floor_ms; /* the floor at that moment */
};

/* Reads boot number, floor and offsets; adds one to the boot number (a staged, durable write).
 * build_ms is the least floor. The wall clock counts if it is not below the floor. */
EVCP__MUST_CHECK int evcp__clock_load(struct evcp__clock *c, struct evcp__store *s,
                                      struct evcp__now now, int64_t build_ms);

/* The central system's time arrived. *jump_ms: by how much UTC was corrected (0 if it was unknown:
 * then *first is true). Stores the offset of this boot when it becomes known (staged). */
EVCP__MUST_CHECK int evcp__clock_set(struct evcp__clock *c, struct evcp__store *s,
                                     struct evcp__now now, int64_t utc_ms, bool *first,
                                     int64_t *jump_ms);

/* UTC now, 0 while unknown. */
int64_t evcp__clock_utc(const struct evcp__clock *c, struct evcp__now now);

/* The time to judge expiry by: max(UTC, floor); never 0. */
int64_t evcp__clock_judge(const struct evcp__clock *c, struct evcp__now now);

struct evcp__stamp evcp__clock_stamp(const struct evcp__clock *c, struct evcp__now now);

/* UTC of a stamp, also of an earlier boot: its own time, else the offset of its boot, else an
 * estimate that keeps the order: floor stored at that boot + mono_ms, not after this boot's begin.
 * 0 only if the stamp is of this boot and the time is still unknown. */
EVCP__MUST_CHECK int evcp__clock_resolve(const struct evcp__clock *c, struct evcp__store *s,
                                         const struct evcp__stamp *stamp, int64_t *utc_ms);

/* Stores the floor if it grew by an hour or more, or `force` (staged, may wait). */
EVCP__MUST_CHECK int evcp__clock_keep_floor(struct evcp__clock *c, struct evcp__store *s,
                                            struct evcp__now now, bool force);

#endif
