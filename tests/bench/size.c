/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_size: code and constants of the library's own objects, compiled with -Os, as size(1) sums
 * them up.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"

static void run(const struct bench *bench)
{
    FILE *pipe = popen(BENCH_SIZE_PROGRAM " -t " BENCH_SIZE_ARCHIVE, "r");
    char line[512];
    unsigned long text = 0;

    bench_must(pipe, "run size");
    while (fgets(line, sizeof(line), pipe)) {
        if (strstr(line, "(TOTALS)"))
            (void)sscanf(line, "%lu", &text);
    }
    bench_must(pclose(pipe) == 0 && text > 0, "read the size of " BENCH_SIZE_ARCHIVE);
    bench_print(bench, "text_size", (double)text, "bytes", BENCH_NO_LIMIT);
}

const struct bench_group bench_size_group = {{"text_size", NULL}, run};
