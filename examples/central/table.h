/* SPDX-License-Identifier: Apache-2.0 */
/* The books as a table to be read. */
#ifndef CENTRAL_TABLE_H
#define CENTRAL_TABLE_H

#include <jansson.h>

/* summary: as books_summary gives it. */
void table_print(const json_t *summary);

#endif
