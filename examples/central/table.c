/* SPDX-License-Identifier: Apache-2.0 */
/* The books as a table to be read. */
#include "table.h"

#include <stdio.h>
#include <string.h>

#define CELL_SIZE 80

struct column {
    const char *member;
    const char *title;
    int right; /* aligned to the right */
};

static const struct column columns[] = {
    {"transactionId", "tx", 1}, {"id", "charge point", 0}, {"connectorId", "conn", 1},
    {"idTag", "idTag", 0},      {"status", "status", 0},   {"meterStart", "from Wh", 1},
    {"meterStop", "to Wh", 1},  {"Wh", "Wh", 1},           {"start", "start", 0},
    {"stop", "stop", 0},        {"reason", "reason", 0},   {"meterValues", "values", 1},
    {"state", "state", 0},
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
    printf("%*s  ", column->right ? width : -width, cell);
}

static void print_line(const json_t *line, const int widths[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        char cell[CELL_SIZE];
        cell_text(json_object_get(line, columns[i].member), cell);
        print_cell(&columns[i], widths[i], cell);
    }
    putchar('\n');
}

static void print_titles(const int widths[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        print_cell(&columns[i], widths[i], columns[i].title);
    }
    putchar('\n');
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
