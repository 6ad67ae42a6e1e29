/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate for 127.0.0.1 that signs itself, made for one run.
 */
#ifndef EVCP_BENCH_CERTIFICATE_H
#define EVCP_BENCH_CERTIFICATE_H

#include <stdbool.h>

/* Writes two PEM files. */
bool certificate_make(const char *certificate_path, const char *key_path);

#endif
