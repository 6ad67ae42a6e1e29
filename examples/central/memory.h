/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation for a desk tool: it ends with a clear text when memory is out. */
#ifndef CENTRAL_MEMORY_H
#define CENTRAL_MEMORY_H

#include <stddef.h>

void *memory_zeroed(size_t size);
void *memory_resized(void *old, size_t size);
char *memory_text(const char *text);

#endif
