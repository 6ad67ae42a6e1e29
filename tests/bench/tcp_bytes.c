/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP_INFO, by the kernel's own header: that of the C library ends before the counters.
 */
#include "tcp_bytes.h"

#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#define LEVEL_TCP 6 /* IPPROTO_TCP */

bool tcp_bytes_read(int fd, struct tcp_bytes *out)
{
    struct tcp_info info;
    socklen_t size = sizeof(info);

    memset(&info, 0, sizeof(info));
    if (getsockopt(fd, LEVEL_TCP, TCP_INFO, &info, &size))
        return false;
    out->received = info.tcpi_bytes_received;
    out->sent = info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
    return size > offsetof(struct tcp_info, tcpi_bytes_retrans);
}
