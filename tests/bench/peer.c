/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of the central system: started, told what to do through shared memory, ended.
 */
#include "peer.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "certificate.h"
#include "peer_server.h"

#define START_MS 10000

static struct peer *shared;
static pid_t child;
static char certificate_path[BENCH_PATH_MAX];
static char key_path[BENCH_PATH_MAX];

static void start(const struct bench *bench)
{
    (void)snprintf(certificate_path, sizeof(certificate_path), "%.480s/central.pem", bench->dir);
    (void)snprintf(key_path, sizeof(key_path), "%.480s/central.key", bench->dir);
    bench_must(certificate_make(certificate_path, key_path), "make a certificate");
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bench_must(shared != MAP_FAILED, "share memory");
    (void)fflush(NULL);
    child = fork();
    bench_must(child >= 0, "fork");
    if (child > 0)
        return;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    peer_serve(shared, certificate_path, key_path);
    _exit(1);
}

struct peer *peer_get(const struct bench *bench)
{
    const struct timespec moment = {0, 1000000};

    if (!child)
        start(bench);
    for (int i = 0; i < START_MS && !(shared->port && shared->tls_port); i++)
        nanosleep(&moment, NULL);
    bench_must(shared->port && shared->tls_port, "start the central system");
    return shared;
}

void peer_stop(void)
{
    if (child <= 0)
        return;
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    child = 0;
}

void peer_share_processor(bool share)
{
    static cpu_set_t all;
    cpu_set_t one;

    if (share)
        bench_must(sched_getaffinity(0, sizeof(all), &all) == 0, "read the affinity");
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++) {
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    }
    bench_must(sched_setaffinity(0, sizeof(one), share ? &one : &all) == 0 &&
                   sched_setaffinity(child, sizeof(one), share ? &one : &all) == 0,
               "set the affinity");
}

const char *peer_ca(void)
{
    return certificate_path;
}

void peer_drive(struct peer *peer, uint32_t count)
{
    peer->driven_ns = 0;
    peer->drive = count;
}

bool peer_drives(const struct peer *peer)
{
    return peer->drive > 0;
}

double peer_driven_us(const struct peer *peer, uint32_t count)
{
    return (double)peer->driven_ns / 1e3 / count;
}
