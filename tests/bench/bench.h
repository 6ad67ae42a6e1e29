/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of the benchmark: groups of figures, medians, one tab-separated line per figure. A
 * limit is measured in the same run, on the same machine and file system, by the plainest program
 * that does the same work without the library.
 */
#ifndef EVCP_BENCH_BENCH_H
#define EVCP_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_PATH_MAX    512
#define BENCH_NAMES_MAX   8
#define BENCH_NO_LIMIT    (-1.0)
#define BENCH_SAMPLES_MAX 1024

struct bench {
    bool quick;
    uint32_t soon_ms;         /* of the host; 0: its default */
    char *const *only;        /* names, ended by NULL; NULL: all */
    char dir[BENCH_PATH_MAX]; /* a directory of this run, removed at its end */
};

/* Figures that come from one setting. Names are ended by NULL. */
struct bench_group {
    const char *names[BENCH_NAMES_MAX + 1];
    void (*run)(const struct bench *bench);
};

extern const struct bench_group bench_lookup_group;
extern const struct bench_group bench_list_group;
extern const struct bench_group bench_token_group;
extern const struct bench_group bench_round_trips_group;
extern const struct bench_group bench_replay_group;
extern const struct bench_group bench_boot_group;
extern const struct bench_group bench_rss_group;
extern const struct bench_group bench_heap_group;
extern const struct bench_group bench_size_group;
extern const struct bench_group bench_hour_group;

bool bench_wants(const struct bench *bench, const char *name);
unsigned bench_times(const struct bench *bench, unsigned full, unsigned quick);

/* Prints nothing if the name is not wanted. */
void bench_print(const struct bench *bench, const char *name, double value, const char *unit,
                 double limit);

uint64_t bench_ns(void);
double bench_us_since(uint64_t start_ns);

struct bench_samples {
    double values[BENCH_SAMPLES_MAX];
    size_t count;
};

void bench_sample(struct bench_samples *samples, double value);
double bench_median(struct bench_samples *samples);

/* Makes a directory below the one of the run. */
void bench_subdir(const struct bench *bench, const char *name, char out[BENCH_PATH_MAX]);

/* Says what went wrong, removes the directory of the run, ends the program with 1. */
_Noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void bench_must(bool good, const char *what);

#endif
