/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot_accepted: evcp-charger, from the start of its process to the line that says that the link
 * is online, over loopback without TLS, with a store of an earlier run.
 */
#include <stdio.h>

#include "bench.h"
#include "peer.h"
#include "process.h"

#define TIMES 15u

static double boot_ms(char *const *arguments)
{
    struct process charger;
    double ms = 0;

    process_start(&charger, arguments);
    process_wait_for(&charger, "\"online\"");
    ms = bench_us_since(charger.started_ns) / 1e3;
    process_kill(&charger);
    return ms;
}

static void run(const struct bench *bench)
{
    struct bench_samples samples = {.count = 0};
    char url[64];
    char store[BENCH_PATH_MAX];
    char *arguments[] = {BENCH_CHARGER, "--url", url,      "--id", "boot",
                         "--store",     store,   "--json", NULL};

    (void)snprintf(url, sizeof(url), "ws://127.0.0.1:%d/ocpp", peer_get(bench)->port);
    bench_subdir(bench, "boot", store);
    (void)boot_ms(arguments); /* makes the store */
    for (unsigned i = 0; i < bench_times(bench, TIMES, 2); i++)
        bench_sample(&samples, boot_ms(arguments));
    bench_print(bench, "boot_accepted", bench_median(&samples), "ms", BENCH_NO_LIMIT);
}

const struct bench_group bench_boot_group = {{"boot_accepted", NULL}, run};
