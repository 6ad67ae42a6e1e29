/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says on standard output: one event a line, as JSON or to be read. */
#include "print.h"

#include "timestamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SHOWN_FRAME_BYTES 300

static bool as_json;

void print_as_json(bool json)
{
    as_json = json;
}

bool print_is_json(void)
{
    return as_json;
}

static void print_json(json_t *event)
{
    char now[TIMESTAMP_SIZE];
    timestamp_format(timestamp_now(), now);
    json_object_set_new(event, "time", json_string(now));
    json_dumpf(event, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
}

static void print_clock(void)
{
    int64_t ms = timestamp_now();
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    char text[16];
    localtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%H:%M:%S", &tm);
    printf("%s.%03d ", text, (int)(ms % 1000));
}

static bool is_plain(const char *text)
{
    const char *at = text;
    while (*at != '\0' && (unsigned char)*at > ' ' && *at != '"' && *at != 0x7f) {
        at++;
    }
    return *at == '\0' && at > text;
}

static void print_member(const char *name, const json_t *value)
{
    printf(" %s=", name);
    if (json_is_string(value) && is_plain(json_string_value(value))) {
        fputs(json_string_value(value), stdout);
        return;
    }
    json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
}

static void print_readable(json_t *event)
{
    const char *id = json_string_value(json_object_get(event, "id"));
    const char *name = json_string_value(json_object_get(event, "event"));
    const char *key;
    json_t *value;
    print_clock();
    printf("%s%s%s", id ? id : "", id ? " " : "", name);
    json_object_foreach(event, key, value)
    {
        if (strcmp(key, "event") != 0 && strcmp(key, "id") != 0) {
            print_member(key, value);
        }
    }
    putchar('\n');
    fflush(stdout);
}

void print_event(json_t *event)
{
    if (event == NULL) {
        fputs("evcp-central: an event could not be written: text that is not UTF-8\n", stderr);
        return;
    }
    if (as_json) {
        print_json(event);
    } else {
        print_readable(event);
    }
    json_decref(event);
}

/* A frame may hold anything: line ends and what a terminal would obey are not shown. */
static void print_harmless(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        putchar(c < ' ' || c == 0x7f ? ' ' : c);
    }
}

static void print_readable_frame(const char *direction, const char *id, const char *text,
                                 size_t length)
{
    bool cut = length > SHOWN_FRAME_BYTES;
    print_clock();
    printf("%s %s ", id, strcmp(direction, "in") == 0 ? "->" : "<-");
    print_harmless(text, cut ? SHOWN_FRAME_BYTES : length);
    puts(cut ? " ..." : "");
    fflush(stdout);
}

void print_frame(const char *direction, const char *id, const char *text, size_t length)
{
    if (!as_json) {
        print_readable_frame(direction, id, text, length);
        return;
    }
    json_t *shown = json_stringn(text, length);
    if (shown == NULL) {
        shown = json_sprintf("(%zu bytes that are not UTF-8)", length);
    }
    print_event(json_pack("{s:s,s:s,s:s,s:o}", "event", "frame", "dir", direction, "id", id, "text",
                          shown));
}

void print_violation(const char *id, const char *text)
{
    print_event(json_pack("{s:s,s:s,s:s}", "event", "violation", "id", id, "text", text));
}
