/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another program, started by the benchmark.
 */
#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define WAIT_MS   20000
#define OUT_BYTES 65536u

static _Noreturn void become(int in, int out, char *const *arguments)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        (void)execv(arguments[0], arguments);
    (void)fprintf(stderr, "evcp-bench: cannot start %s\n", arguments[0]);
    _exit(127);
}

void process_start(struct process *process, char *const *arguments)
{
    int in[2];
    int out[2];

    bench_must(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0, "make a pipe");
    (void)fflush(NULL);
    process->started_ns = bench_ns();
    process->pid = fork();
    bench_must(process->pid >= 0, "fork");
    if (process->pid == 0)
        become(in[0], out[1], arguments);
    (void)close(in[0]);
    (void)close(out[1]);
    process->in = in[1];
    process->out = out[0];
}

/* False: nothing came in time. */
static bool read_some(struct process *process, char *to, size_t size, size_t *used, int timeout_ms)
{
    struct pollfd fd = {.fd = process->out, .events = POLLIN, .revents = 0};
    ssize_t got = 0;

    if (poll(&fd, 1, timeout_ms) != 1)
        return false;
    got = read(process->out, to + *used, size - 1 - *used);
    bench_must(got > 0, "read from a program: it ended");
    *used += (size_t)got;
    to[*used] = '\0';
    return true;
}

/* Half of a full buffer goes; the text that is waited for is short. */
static void make_room(char *text, size_t size, size_t *used)
{
    if (*used < size - 1)
        return;
    memmove(text, text + size / 2, *used - size / 2 + 1);
    *used -= size / 2;
}

void process_wait_for(struct process *process, const char *text)
{
    static char seen[OUT_BYTES];
    size_t used = 0;

    seen[0] = '\0';
    while (!strstr(seen, text)) {
        make_room(seen, sizeof(seen), &used);
        if (!read_some(process, seen, sizeof(seen), &used, WAIT_MS))
            bench_fail("a program did not print '%s'", text);
    }
}

void process_drain(struct process *process, int ms)
{
    static char seen[OUT_BYTES];
    const uint64_t start = bench_ns();

    while (bench_us_since(start) < ms * 1e3) {
        size_t used = 0;

        (void)read_some(process, seen, sizeof(seen), &used, 20);
    }
}

double process_rss_kb(const struct process *process)
{
    char path[64];
    char line[256];
    double kb = 0;
    FILE *file = NULL;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)process->pid);
    file = fopen(path, "r");
    bench_must(file, "read the memory of a program");
    while (fgets(line, sizeof(line), file))
        (void)sscanf(line, "VmRSS: %lf", &kb);
    (void)fclose(file);
    return kb;
}

void process_kill(struct process *process)
{
    (void)kill(process->pid, SIGKILL);
    (void)waitpid(process->pid, NULL, 0);
    (void)close(process->in);
    (void)close(process->out);
}
