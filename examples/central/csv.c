/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of comma separated fields; fields may be quoted as in "a,b" with "" for a quote. */
#include "csv.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char *skip_blanks(char *at)
{
    while (is_blank(*at)) {
        at++;
    }
    return at;
}

/* Returns where the field ends: at its comma or at the end of the line. */
static char *take_plain(char **at)
{
    char *end = *at + strcspn(*at, ",");
    char *last = end;
    char *next = *end == ',' ? end + 1 : NULL;
    while (last > *at && is_blank(last[-1])) {
        last--;
    }
    *last = '\0';
    return next;
}

/* Unquotes in place. NULL at *next means the end of the line. */
static bool take_quoted(char **at, char **next, const char **problem)
{
    char *from = *at + 1;
    char *to = *at;
    while (*from != '\0' && (*from != '"' || from[1] == '"')) {
        from += *from == '"' ? 1 : 0;
        *to++ = *from++;
    }
    if (*from != '"') {
        *problem = "a quote is not closed";
        return false;
    }
    from = skip_blanks(from + 1);
    if (*from != '\0' && *from != ',') {
        *problem = "there is text after a closing quote";
        return false;
    }
    *next = *from == ',' ? from + 1 : NULL;
    *to = '\0';
    return true;
}

bool csv_split(char *line, char *fields[CSV_MAX_FIELDS], size_t *count, const char **problem)
{
    char *next = line;
    *count = 0;
    while (next != NULL) {
        if (*count == CSV_MAX_FIELDS) {
            *problem = "there are too many fields";
            return false;
        }
        char *field = skip_blanks(next);
        fields[(*count)++] = field;
        if (*field != '"') {
            next = take_plain(&field);
        } else if (!take_quoted(&field, &next, problem)) {
            return false;
        }
    }
    return true;
}
