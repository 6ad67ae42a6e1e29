/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another program, started by the benchmark, with its standard output in a pipe.
 */
#ifndef EVCP_BENCH_PROCESS_H
#define EVCP_BENCH_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid;
    int in;  /* its standard input, kept open */
    int out; /* its standard output */
    uint64_t started_ns;
};

/* arguments[0] is the path of the program; ended by NULL. */
void process_start(struct process *process, char *const *arguments);
/* Reads its output until `text` occurs. */
void process_wait_for(struct process *process, const char *text);
/* Goes on reading for so long. */
void process_drain(struct process *process, int ms);
/* VmRSS in kB. */
double process_rss_kb(const struct process *process);
void process_kill(struct process *process);

#endif
