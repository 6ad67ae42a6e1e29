/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of comma separated fields; fields may be quoted as in "a,b" with "" for a quote. */
#ifndef CENTRAL_CSV_H
#define CENTRAL_CSV_H

#include <stdbool.h>
#include <stddef.h>

#define CSV_MAX_FIELDS 8

/* Cuts the line in place, without the blanks around fields. False: an unclosed quote, text
 * after a quote, or too many fields; *problem then says which. */
bool csv_split(char *line, char *fields[CSV_MAX_FIELDS], size_t *count, const char **problem);

#endif
