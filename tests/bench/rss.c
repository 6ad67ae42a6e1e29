/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rss_tls: resident memory of evcp-charger, connected over TLS, booted, idle. Limit: a client of
 * libwebsockets alone, connected to the same central system over TLS, after one message each way.
 */
#include <stdio.h>

#include "bench.h"
#include "peer.h"
#include "process.h"

#define TIMES     5u
#define SETTLE_MS 300

static double rss_kb(char *const *arguments, const char *ready)
{
    struct process process;
    double kb = 0;

    process_start(&process, arguments);
    process_wait_for(&process, ready);
    process_drain(&process, SETTLE_MS);
    kb = process_rss_kb(&process);
    process_kill(&process);
    return kb;
}

static void run(const struct bench *bench)
{
    struct bench_samples ours = {.count = 0};
    struct bench_samples bare = {.count = 0};
    char url[64];
    char port[16];
    char ca[BENCH_PATH_MAX];
    char store[BENCH_PATH_MAX];
    char *charger[] = {BENCH_CHARGER, "--url", url, "--id",   "rss", "--store",
                       store,         "--ca",  ca,  "--json", NULL};
    char *client[] = {BENCH_TLS_CLIENT, port, ca, NULL};

    (void)snprintf(url, sizeof(url), "wss://127.0.0.1:%d/ocpp", peer_get(bench)->tls_port);
    (void)snprintf(port, sizeof(port), "%d", peer_get(bench)->tls_port);
    (void)snprintf(ca, sizeof(ca), "%s", peer_ca());
    bench_subdir(bench, "rss", store);
    for (unsigned i = 0; i < bench_times(bench, TIMES, 1); i++) {
        bench_sample(&ours, rss_kb(charger, "\"online\""));
        bench_sample(&bare, rss_kb(client, "answered"));
    }
    bench_print(bench, "rss_tls", bench_median(&ours), "kB", bench_median(&bare));
}

const struct bench_group bench_rss_group = {{"rss_tls", NULL}, run};
