/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identifications: a counter, mixed by invertible steps, so that no two numbers meet.
 */
#include "ids.h"

#define BITS 56u
#define MASK ((UINT64_C(1) << BITS) - 1)

static uint64_t mix(uint64_t x)
{
    x &= MASK;
    for (int round = 0; round < 3; round++) {
        x = (x * UINT64_C(0x9E3779B97F4A7C15)) & MASK;
        x ^= x >> (BITS / 2);
    }
    return x;
}

void id_text(uint64_t number, char out[ID_SIZE])
{
    static const char digits[] = "0123456789ABCDEF";
    uint64_t x = mix(number);

    for (unsigned i = ID_LENGTH; i-- > 0; x >>= 4)
        out[i] = digits[x & 15];
    out[ID_LENGTH] = '\0';
}

uint64_t id_draw(uint64_t *state, uint64_t bound)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*state >> 20) % bound;
}
