/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of a test's own, removed with its files.
 */
#ifndef EVCP_TESTS_TEMP_DIR_H
#define EVCP_TESTS_TEMP_DIR_H

#include <stddef.h>

/* Under $TMPDIR, else /dev/shm, else /tmp. Ends the test program if it cannot be made. */
void temp_dir_make(char *out, size_t size);

/* Removes its files (no directories in it) and itself. */
void temp_dir_remove(const char *dir);

#endif
