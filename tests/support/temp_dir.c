/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories for tests that need real files.
 */
#define _DEFAULT_SOURCE 1 /* mkdtemp */

#include "temp_dir.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In memory if possible: a test that cuts the power by ending the process does not need a disk. */
static const char *base_directory(void)
{
    const char *base = getenv("TMPDIR");
    if (base != NULL && strlen(base) < 40) {
        return base;
    }
    return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

void temp_dir_make(char *out, size_t size)
{
    snprintf(out, size, "%s/evcp-test-XXXXXX", base_directory());
    if (mkdtemp(out) == NULL) {
        perror(out);
        exit(2);
    }
}

void temp_dir_remove(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *entry;
    while (d != NULL && (entry = readdir(d)) != NULL) {
        char path[1024];
        snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)unlink(path);
        }
    }
    if (d != NULL) {
        closedir(d);
    }
    (void)rmdir(dir);
}
