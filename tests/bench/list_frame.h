/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SendLocalList frames: entries with status and expiryDate, in no order.
 */
#ifndef EVCP_BENCH_LIST_FRAME_H
#define EVCP_BENCH_LIST_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct list_frame {
    char *text;
    size_t length;
};

/* All ids below `count`. */
void list_frame_full(struct list_frame *frame, uint64_t count, int version);

/* `count` ids of a list of `total`: every second one is deleted, or with `back` put there again;
 * the others are changed. */
void list_frame_differential(struct list_frame *frame, uint64_t count, uint64_t total, bool back,
                             int version);
void list_frame_free(struct list_frame *frame);

/* The i-th of the ids that list_frame_differential() names. */
uint64_t list_frame_changed(uint64_t i, uint64_t count, uint64_t total);

#endif
