/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation for a desk tool: it ends with a clear text when memory is out. */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *pointer)
{
    if (pointer == NULL) {
        fputs("evcp-central: out of memory\n", stderr);
        exit(1);
    }
    return pointer;
}

void *memory_zeroed(size_t size)
{
    return checked(calloc(1, size));
}

void *memory_resized(void *old, size_t size)
{
    return checked(realloc(old, size));
}

char *memory_text(const char *text)
{
    return checked(strdup(text));
}
