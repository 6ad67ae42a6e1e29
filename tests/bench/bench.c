/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evcp-bench: which figures are wanted, where the stores are, in which order it is measured.
 */
#include "bench.h"

#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

static const char usage[] =
    "usage: evcp-bench [--only NAME...] [--quick] [--store DIR] [--soon MS]\n"
    "  --only NAME...  these figures only\n"
    "  --quick         fewer repetitions: to see that it works, not to quote\n"
    "  --store DIR     where the stores are made, and removed afterwards (.)\n"
    "  --soon MS       evcp_host_config.soon_ms: how long writes may wait (the default)\n"
    "Prints one line a figure: name, value, unit, limit, ratio, separated by tabs. The limit is\n"
    "measured in the same run; '-' where there is none.\n";

static const struct bench_group *const groups[] = {
    &bench_size_group,        &bench_lookup_group, &bench_list_group, &bench_token_group,
    &bench_round_trips_group, &bench_replay_group, &bench_hour_group, &bench_heap_group,
    &bench_boot_group,        &bench_rss_group,
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static char run_dir[BENCH_PATH_MAX]; /* to be removed, also when the run fails */

/* ---- time and medians -------------------------------------------------------------------- */

uint64_t bench_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

double bench_us_since(uint64_t start_ns)
{
    return (double)(bench_ns() - start_ns) / 1e3;
}

void bench_sample(struct bench_samples *samples, double value)
{
    bench_must(samples->count < BENCH_SAMPLES_MAX, "count samples");
    samples->values[samples->count++] = value;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

double bench_median(struct bench_samples *samples)
{
    const size_t n = samples->count;

    bench_must(n > 0, "measure anything");
    qsort(samples->values, n, sizeof(double), compare);
    return (samples->values[(n - 1) / 2] + samples->values[n / 2]) / 2;
}

/* ---- figures ----------------------------------------------------------------------------- */

bool bench_wants(const struct bench *bench, const char *name)
{
    for (char *const *at = bench->only; at && *at; at++) {
        if (strcmp(*at, name) == 0)
            return true;
    }
    return !bench->only;
}

unsigned bench_times(const struct bench *bench, unsigned full, unsigned quick)
{
    return bench->quick ? quick : full;
}

/* Four digits that count. */
static void print_number(double value)
{
    int whole = value >= 1 ? (int)floor(log10(value)) + 1 : 1;

    printf("%.*f", whole >= 4 ? 0 : 4 - whole, value);
}

void bench_print(const struct bench *bench, const char *name, double value, const char *unit,
                 double limit)
{
    if (!bench_wants(bench, name))
        return;
    printf("%s\t", name);
    print_number(value);
    printf("\t%s\t", unit);
    if (limit > 0) {
        print_number(limit);
        printf("\t%.3f\n", value / limit);
    } else {
        printf("-\t-\n");
    }
    (void)fflush(stdout);
}

/* ---- directories ------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static void remove_run_dir(void)
{
    if (run_dir[0])
        (void)nftw(run_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    run_dir[0] = '\0';
}

static void make_run_dir(struct bench *bench, const char *parent)
{
    (void)snprintf(run_dir, sizeof(run_dir), "%s/evcp-bench-XXXXXX", parent);
    if (!mkdtemp(run_dir)) {
        run_dir[0] = '\0';
        bench_fail("no directory can be made in %s: give another one with --store", parent);
    }
    memcpy(bench->dir, run_dir, sizeof(run_dir));
}

void bench_subdir(const struct bench *bench, const char *name, char out[BENCH_PATH_MAX])
{
    int length = snprintf(out, BENCH_PATH_MAX, "%s/%s", bench->dir, name);

    bench_must(length < BENCH_PATH_MAX && mkdir(out, 0700) == 0, "make a directory");
}

void bench_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)fprintf(stderr, "evcp-bench: ");
    (void)vfprintf(stderr, format, arguments);
    (void)fprintf(stderr, "\n");
    va_end(arguments);
    exit(1);
}

void bench_must(bool good, const char *what)
{
    if (!good)
        bench_fail("could not %s", what);
}

/* ---- command line ------------------------------------------------------------------------ */

static bool is_known(const char *name)
{
    for (size_t i = 0; i < GROUPS; i++) {
        for (const char *const *at = groups[i]->names; *at; at++) {
            if (strcmp(*at, name) == 0)
                return true;
        }
    }
    return false;
}

static _Noreturn void refuse(const char *what, const char *name)
{
    (void)fprintf(stderr, "evcp-bench: %s '%s'\n%sfigures:", what, name, usage);
    for (size_t i = 0; i < GROUPS; i++) {
        for (const char *const *at = groups[i]->names; *at; at++)
            (void)fprintf(stderr, " %s", *at);
    }
    (void)fprintf(stderr, "\n");
    exit(2);
}

/* Names follow --only up to the next option; they are moved to the front of argv. */
static void read_options(struct bench *bench, int argc, char **argv, const char **store)
{
    bool names = false;
    int kept = 0;

    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const bool option = strncmp(word, "--", 2) == 0;

        if (strcmp(word, "--quick") == 0)
            bench->quick = true;
        else if (strcmp(word, "--store") == 0 && i + 1 < argc)
            *store = argv[++i];
        else if (strcmp(word, "--soon") == 0 && i + 1 < argc)
            bench->soon_ms = (uint32_t)strtoul(argv[++i], NULL, 10);
        else if (option && strcmp(word, "--only") != 0)
            refuse("unknown option", word);
        else if (!option && (!names || !is_known(word)))
            refuse("unknown figure", word);
        else if (!option)
            argv[kept++] = argv[i];
        names = option ? strcmp(word, "--only") == 0 : names;
    }
    argv[kept] = NULL;
    bench->only = kept ? argv : NULL;
}

static bool is_wanted(const struct bench *bench, const struct bench_group *group)
{
    for (const char *const *at = group->names; *at; at++) {
        if (bench_wants(bench, *at))
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    struct bench bench = {.quick = false};
    const char *store = ".";

    read_options(&bench, argc, argv, &store);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)unsetenv("http_proxy"); /* the bare clients would go through it, also to 127.0.0.1 */
    (void)atexit(remove_run_dir);
    make_run_dir(&bench, store);
    for (size_t i = 0; i < GROUPS; i++) {
        if (is_wanted(&bench, groups[i]))
            groups[i]->run(&bench);
    }
    peer_stop();
    return 0;
}
