/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identifications for the figures: card numbers of seven bytes, in no order, each of them once.
 */
#ifndef EVCP_BENCH_IDS_H
#define EVCP_BENCH_IDS_H

#include <stdint.h>

#define ID_LENGTH 14u
#define ID_SIZE   (ID_LENGTH + 1u)
#define ID_ABSENT (UINT64_C(1) << 40) /* added to a number: an id that no list has */

/* 14 hex digits, another text for every number. */
void id_text(uint64_t number, char out[ID_SIZE]);

/* A number below `bound`, in a sequence that is the same in every run. */
uint64_t id_draw(uint64_t *state, uint64_t bound);

#endif
