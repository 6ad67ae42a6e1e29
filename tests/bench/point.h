/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A charge point in this process: the library's real host, store and network, around hardware that
 * obeys at once. Its commits are counted and timed.
 */
#ifndef EVCP_BENCH_POINT_H
#define EVCP_BENCH_POINT_H

#include <evcp/evcp.h>

#include "bench.h"
#include "peer.h"

struct point_db;

struct point {
    evcp_host_t *host;
    evcp_t *station;
    struct point_db *db;
    struct peer *peer;
    bool closed;         /* the contactor */
    uint64_t closed_ns;  /* when it was told to close */
    uint64_t commits_ns; /* spent in commits */
    uint64_t commits;    /* that made something durable */
    uint64_t ended;      /* transactions delivered to their end */
    uint64_t reply_ns;   /* when the last reply to a call was queued at the socket */
    bool accepted;       /* what that reply said */
    uint64_t online_ns;
    struct evcp_hardware hardware;
};

/* A host with a store of its own below the directory of the run, and one station. */
void point_open(struct point *point, const struct bench *bench, const char *name);
void point_close(struct point *point);

/* One more station with its own identity on the same host; the caller frees it. */
evcp_t *point_add(struct point *point, const char *id);

/* Run the loop for at most `ms`, or until the condition holds. */
void point_run(struct point *point, int ms);
void point_wait(struct point *point, bool (*done)(const struct point *point), const char *what);

void point_go_online(struct point *point);
void point_go_offline(struct point *point);
bool point_is_online(const struct point *point);
bool point_is_idle(const struct point *point); /* online, and nothing waits for delivery */

/* A message of the central system arrives here, as the network delivers it. */
void point_receive(struct point *point, const char *text, size_t length);

void point_plug(struct point *point, bool plugged);
void point_present(struct point *point, const char *tag);

#endif
