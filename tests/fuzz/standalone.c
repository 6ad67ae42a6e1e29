/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without libFuzzer: every file of the corpus as it is, then mutations of them
 * from a seed. A fault stops the program; the input is then in the file "crash-standalone".
 *
 *   fuzz_TARGET [-runs=N] [-seed=N] FILE-OR-DIRECTORY...
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX  65536
#define INPUTS_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    uint8_t *bytes;
    size_t size;
};

static struct input inputs[INPUTS_MAX];
static size_t input_count;
static uint64_t state = 1;

/* ---- corpus ------------------------------------------------------------------------------ */

static void add_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || input_count == INPUTS_MAX) {
        fprintf(stderr, "cannot take %s\n", path);
        exit(2);
    }
    struct input *input = &inputs[input_count++];
    input->bytes = malloc(INPUT_MAX);
    if (input->bytes == NULL)
        exit(2);
    input->size = fread(input->bytes, 1, INPUT_MAX, file);
    fclose(file);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_path(const char *path)
{
    struct dirent **names;
    int count = scandir(path, &names, NULL, by_name);
    if (count < 0) {
        add_file(path);
        return;
    }
    for (int i = 0; i < count; i++) {
        char inner[4096];
        snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            add_file(inner);
        free(names[i]);
    }
    free(names);
}

/* ---- running ----------------------------------------------------------------------------- */

static const uint8_t *current;
static size_t current_size;

static void keep_input(int signal_number)
{
    FILE *file = fopen("crash-standalone", "wb");
    if (file != NULL) {
        fwrite(current, 1, current_size, file);
        fclose(file);
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* The target gets a block of exactly this size, so that reading past its end is seen. */
static void run(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        exit(2);
    if (size > 0)
        memcpy(exact, bytes, size);
    current = bytes;
    current_size = size;
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

/* ---- mutation ---------------------------------------------------------------------------- */

static size_t draw(size_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return below > 0 ? (size_t)(state % below) : 0;
}

static size_t insert(uint8_t *bytes, size_t size, const void *what, size_t length)
{
    if (size + length > INPUT_MAX)
        return size;
    size_t at = draw(size + 1);
    memmove(bytes + at + length, bytes + at, size - at);
    memcpy(bytes + at, what, length);
    return size + length;
}

static size_t cut(uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    size_t at = draw(size);
    size_t length = 1 + draw(size - at < 16 ? size - at : 16);
    if (length > size - at)
        length = size - at;
    memmove(bytes + at, bytes + at + length, size - at - length);
    return size - length;
}

static size_t splice(uint8_t *bytes, size_t size)
{
    const struct input *other = &inputs[draw(input_count)];
    if (other->size == 0)
        return size;
    size_t from = draw(other->size);
    size_t length = 1 + draw(other->size - from);
    if (length > other->size - from)
        length = other->size - from;
    return insert(bytes, size, other->bytes + from, length);
}

static size_t insert_word(uint8_t *bytes, size_t size)
{
    static const char *const words[] = {"null",
                                        "{}",
                                        "[]",
                                        "\"\"",
                                        "-1",
                                        "0",
                                        "1e99",
                                        "true",
                                        "\\u0000",
                                        "\\ud800",
                                        "\xff",
                                        ",",
                                        ":",
                                        "[",
                                        "]",
                                        "{",
                                        "}",
                                        "\"",
                                        "9223372036854775808",
                                        "2030-01-01T00:00:00Z"};
    const char *word = words[draw(sizeof words / sizeof *words)];
    return insert(bytes, size, word, strlen(word));
}

static size_t mutate(uint8_t *bytes, size_t size)
{
    switch (draw(5)) {
    case 0: return splice(bytes, size);
    case 1: return cut(bytes, size);
    case 2: return insert_word(bytes, size);
    case 3:
        if (size > 0)
            bytes[draw(size)] ^= (uint8_t)(1u << draw(8));
        return size;
    default:
        if (size > 0)
            bytes[draw(size)] = (uint8_t)draw(256);
        return size;
    }
}

int main(int argc, char **argv)
{
    size_t runs = 0;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "-runs=", 6) == 0)
            runs = strtoul(argv[i] + 6, NULL, 10);
        else if (strncmp(argv[i], "-seed=", 6) == 0)
            state = strtoull(argv[i] + 6, NULL, 10) * 2 + 1; /* never 0 */
        else
            add_path(argv[i]);
    }
    if (input_count == 0) {
        fprintf(stderr, "usage: %s [-runs=N] [-seed=N] FILE-OR-DIRECTORY...\n", argv[0]);
        return 2;
    }
    signal(SIGABRT, keep_input);
    signal(SIGSEGV, keep_input);
    for (size_t i = 0; i < input_count; i++)
        run(inputs[i].bytes, inputs[i].size);
    static uint8_t bytes[INPUT_MAX];
    for (size_t i = 0; i < runs; i++) {
        const struct input *seed = &inputs[draw(input_count)];
        size_t size = seed->size;
        memcpy(bytes, seed->bytes, size);
        for (size_t n = 1 + draw(4); n > 0; n--)
            size = mutate(bytes, size);
        run(bytes, size);
    }
    printf("%zu inputs, %zu mutations: no fault\n", input_count, runs);
    for (size_t i = 0; i < input_count; i++)
        free(inputs[i].bytes);
    return 0;
}
