/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went through a TCP socket, as the kernel counts it: payload, no headers.
 */
#ifndef EVCP_BENCH_TCP_BYTES_H
#define EVCP_BENCH_TCP_BYTES_H

#include <stdbool.h>
#include <stdint.h>

struct tcp_bytes {
    uint64_t received;
    uint64_t sent;
};

bool tcp_bytes_read(int fd, struct tcp_bytes *out);

#endif
