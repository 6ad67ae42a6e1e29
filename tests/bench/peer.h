/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A central system in a process of its own: accepts everything, answers at once, counts, and
 * drives round trips. As little as libwebsockets allows, so that what is measured is the client.
 */
#ifndef EVCP_BENCH_PEER_H
#define EVCP_BENCH_PEER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench.h"

/* Written by one side, read by the other. */
struct peer {
    _Atomic int port;          /* ws; 0: not there yet */
    _Atomic int tls_port;      /* wss, with the certificate of peer_ca() */
    _Atomic uint64_t accepted; /* BootNotifications answered */
    _Atomic uint64_t ended;    /* StopTransactions answered */
    _Atomic int64_t clock_ms;  /* added to the time of day in answers */
    /* TCP payload of the youngest connection, read every PEER_TICK_MS */
    _Atomic uint64_t bytes_received;
    _Atomic uint64_t bytes_sent;
    _Atomic uint32_t drive;     /* round trips to make; becomes 0 after the last */
    _Atomic uint64_t driven_ns; /* what they took */
};

#define PEER_TICK_MS 20

/* Starts it on first use. */
struct peer *peer_get(const struct bench *bench);
void peer_stop(void);

/* Both processes on one processor, or free again. They take turns anyway; left to the scheduler,
 * waking a processor that sleeps costs more than what is measured, and not in every run. */
void peer_share_processor(bool share);

/* PEM file with the certificate of the TLS port. */
const char *peer_ca(void);

/* Begin round trips with the youngest connection; whoever is there keeps answering meanwhile. */
void peer_drive(struct peer *peer, uint32_t count);
bool peer_drives(const struct peer *peer);
double peer_driven_us(const struct peer *peer, uint32_t count);

#endif
