/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the whole program. */
#ifndef CENTRAL_H
#define CENTRAL_H

#include <stdbool.h>
#include <stdint.h>

struct books;
struct lws_context;
struct lws_vhost;
struct options;
struct station;
struct tags;

struct central {
    const struct options *options;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct books *books;
    struct tags *tags;
    struct station *stations;
    unsigned station_count;
    const char *boot_status; /* what the next BootNotification gets */
    bool refusing;           /* new connections get HTTP 503 */
    bool ended;
    int exit_code;
    int64_t started; /* makes message ids differ from those of an earlier run */
    unsigned long long messages;
};

void central_end(struct central *central, int exit_code);

#endif
