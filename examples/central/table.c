/* SPDX-License-Identifier: Apache-2.0 */
/* The books as a table to be read. */
#include "table.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CELL_SIZE 80

struct column {
    const char *member;
    const char *title;
    bool right; /* aligned to the right */
};

static const struct column columns[] = {
    {"transactionId", "tx", true}, {"id", "charge point", false},
    {"connectorId", "conn", true}, {"idTag", "idTag", false},
    {"status", "status", false},   {"meterStart", "from Wh", true},
    {"meterStop", "to Wh", true},  {"Wh", "Wh", true},
    {"start", "start", false},     {"stop", "stop", false},
    {"reason", "reason", false},   {"meterValues", "values", true},
    {"state", "state", true},
};

#define COLUMNS (sizeof columns / sizeof *columns)

static void cell_text(const json_t *value, char cell[CELL_SIZE])
{
    if (json_is_string(value)) {
        snprintf(cell, CELL_SIZE, "%s", json_string_value(value));
    } else if (json_is_integer(value)) {
        snprintf(cell, CELL_SIZE, "%lld", (long long)json_integer_value(value));
    } else {
        snprintf(cell, CELL_SIZE, "-");
    }
    for (char *at = cell; *at != '\0'; at++) {
        *at = (unsigned char)*at < ' ' || *at == 0x7f ? '?' : *at;
    }
}

static int column_width(const struct column *column, const json_t *lines)
{
    size_t width = strlen(column->title);
    size_t i;
    json_t *line;
    json_array_foreach(lines, i, line)
    {
        char cell[CELL_SIZE];
        cell_text(json_object_get(line, column->member), cell);
        width = strlen(cell) > width ? strlen(cell) : width;
    }
    return (int)width;
}

static void print_cell(const struct column *column, int width, const char *cell)
{
    bool last = column == &columns[COLUMNS - 1];
    printf("%*s%s", column->right ? width : -width, cell, last ? "\n" : "  ");
}

static void print_line(const json_t *line, const int widths[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        char cell[CELL_SIZE];
        cell_text(json_object_get(line, columns[i].member), cell);
        print_cell(&columns[i], widths[i], cell);
    }
}

static void print_titles(const int widths[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        print_cell(&columns[i], widths[i], columns[i].title);
    }
}

void table_print(const json_t *summary)
{
    const json_t *lines = json_object_get(summary, "transactions");
    const json_t *unassigned = json_object_get(summary, "unassignedMeterValues");
    int widths[COLUMNS];
    size_t i;
    json_t *line;
    for (i = 0; i < COLUMNS; i++) {
        widths[i] = column_width(&columns[i], lines);
    }
    print_titles(widths);
    json_array_foreach(lines, i, line)
    {
        print_line(line, widths);
    }
    if (json_integer_value(unassigned) > 0) {
        printf("%lld meter values name an unknown transaction\n",
               (long long)json_integer_value(unassigned));
    }
    fflush(stdout);
}
