/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that this program obeys. */
#include "commands.h"

#include "books.h"
#include "input.h"
#include "options.h"
#include "print.h"
#include "station.h"
#include "table.h"
#include "tags.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTED_WITHIN_MS 30000
#define LONGEST_WAIT        86400.0
#define BLANKS              " \t\r"

/* A command being obeyed: what is left of its line, and where to say what is wrong. */
struct command {
    struct central *central;
    struct input *input;
    char *rest;
    char *problem;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct command *command,
                                                         const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(command->problem, COMMANDS_PROBLEM_SIZE, format, values);
    va_end(values);
    return false;
}

/* Empty at the end of the line. */
static const char *take_word(struct command *command)
{
    char *word = command->rest + strspn(command->rest, BLANKS);
    char *end = word + strcspn(word, BLANKS);
    command->rest = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

static const char *take_rest(struct command *command)
{
    char *rest = command->rest + strspn(command->rest, BLANKS);
    size_t length = strlen(rest);
    while (length > 0 && strchr(BLANKS, rest[length - 1]) != NULL) {
        rest[--length] = '\0';
    }
    command->rest = rest + length;
    return rest;
}

static bool done(const char *what, const char *id)
{
    print_event(json_pack("{s:s,s:s*,s:s}", "event", "done", "id", id, "command", what));
    return true;
}

static bool ends_here(struct command *command, const char *usage)
{
    const char *rest = take_rest(command);
    return *rest == '\0' || refuse(command, "'%.60s' is too much; write: %s", rest, usage);
}

/* NULL: not connected, and the problem is said. */
static struct station *take_connected(struct command *command, const char *usage)
{
    const char *id = take_word(command);
    struct station *station = station_find(command->central, id);
    if (*id == '\0') {
        refuse(command, "write: %s", usage);
        return NULL;
    }
    if (station == NULL || station->link == NULL) {
        refuse(command, "%.64s is not connected", id);
        return NULL;
    }
    return station;
}

static bool take_switch(struct command *command, const char *usage, bool *on)
{
    const char *word = take_word(command);
    *on = strcmp(word, "on") == 0;
    if (!*on && strcmp(word, "off") != 0) {
        return refuse(command, "write: %s", usage);
    }
    return ends_here(command, usage);
}

static bool obey_call(struct command *command)
{
    static const char usage[] = "call ID ACTION JSON";
    json_error_t error;
    struct station *station = take_connected(command, usage);
    if (station == NULL) {
        return false;
    }
    const char *action = take_word(command);
    const char *text = take_rest(command);
    if (*action == '\0' || *text == '\0') {
        return refuse(command, "write: %s", usage);
    }
    json_t *payload = json_loads(text, 0, &error);
    if (!json_is_object(payload)) {
        json_decref(payload);
        return refuse(command, "the payload must be a JSON object%s%s", error.text[0] ? ": " : "",
                      error.text);
    }
    station_call(station, action, payload);
    return true;
}

static bool take_version(struct command *command, int *version)
{
    const char *word = take_word(command);
    char *end;
    errno = 0;
    long number = strtol(word, &end, 10);
    if (errno != 0 || end == word || *end != '\0' || number < 1 || number > INT_MAX) {
        return refuse(command, "the list version must be a number from 1 on, not '%.40s'", word);
    }
    *version = (int)number;
    return true;
}

static bool send_list(struct command *command, struct station *station, bool full, int version)
{
    const char *path = take_rest(command);
    json_t *entries = tags_read_list(path, full ? TAGS_WHOLE : TAGS_DIFFERENTIAL, command->problem);
    if (entries == NULL) {
        return false;
    }
    station_call(station, "SendLocalList",
                 json_pack("{s:i,s:s,s:o}", "listVersion", version, "updateType",
                           full ? "Full" : "Differential", "localAuthorizationList", entries));
    return true;
}

static bool obey_list(struct command *command)
{
    static const char usage[] = "list ID full|diff VERSION CSV";
    int version = 0;
    struct station *station = take_connected(command, usage);
    if (station == NULL) {
        return false;
    }
    const char *kind = take_word(command);
    bool full = strcmp(kind, "full") == 0;
    if (!full && strcmp(kind, "diff") != 0) {
        return refuse(command, "write: %s", usage);
    }
    return take_version(command, &version) && send_list(command, station, full, version);
}

static bool obey_drop(struct command *command)
{
    struct station *station = take_connected(command, "drop ID");
    if (station == NULL || !ends_here(command, "drop ID")) {
        return false;
    }
    link_close(station->link, LWS_CLOSE_STATUS_GOINGAWAY, "dropped");
    return done("drop", station->id);
}

static bool obey_books(struct command *command)
{
    if (!ends_here(command, "books")) {
        return false;
    }
    json_t *summary = books_summary(command->central->books);
    if (print_is_json()) {
        json_object_set_new(summary, "event", json_string("books"));
        print_event(summary);
    } else {
        table_print(summary);
        json_decref(summary);
    }
    return true;
}

static bool obey_tags(struct command *command)
{
    const char *path = take_rest(command);
    if (*path == '\0') {
        return refuse(command, "write: tags FILE");
    }
    struct tags *tags = tags_load(path, command->problem);
    if (tags == NULL) {
        return false;
    }
    tags_free(command->central->tags);
    command->central->tags = tags;
    return done("tags", NULL);
}

static bool obey_boot(struct command *command)
{
    static const char usage[] = "boot accepted|pending|rejected";
    const char *status = options_boot_status(take_word(command));
    if (status == NULL) {
        return refuse(command, "write: %s", usage);
    }
    if (!ends_here(command, usage)) {
        return false;
    }
    command->central->boot_status = status;
    return done("boot", NULL);
}

static bool obey_silence(struct command *command)
{
    static const char usage[] = "silence ID on|off";
    const char *id = take_word(command);
    bool on = false;
    if (strlen(id) == 0 || strlen(id) >= LINK_ID_SIZE) {
        return refuse(command, "write: %s", usage);
    }
    if (!take_switch(command, usage, &on)) {
        return false;
    }
    struct station *station = station_obtain(command->central, id);
    if (station == NULL) {
        return refuse(command, "there are too many charge points");
    }
    station->silent = on;
    return done("silence", station->id);
}

static bool obey_refuse(struct command *command)
{
    bool on = false;
    if (!take_switch(command, "refuse on|off", &on)) {
        return false;
    }
    command->central->refusing = on;
    return done("refuse", NULL);
}

static bool obey_wait(struct command *command)
{
    const char *word = take_word(command);
    char *end;
    double seconds = strtod(word, &end);
    if (end == word || *end != '\0' || !isfinite(seconds) || seconds < 0 ||
        seconds > LONGEST_WAIT) {
        return refuse(command, "write: wait SECONDS, a day at most");
    }
    if (!ends_here(command, "wait SECONDS")) {
        return false;
    }
    input_wait(command->input, (int64_t)(seconds * 1000), NULL);
    return true;
}

static bool obey_connected(struct command *command)
{
    const char *id = take_word(command);
    if (*id == '\0') {
        return refuse(command, "write: connected ID");
    }
    if (!ends_here(command, "connected ID")) {
        return false;
    }
    input_wait(command->input, CONNECTED_WITHIN_MS, id);
    return true;
}

static bool obey_quit(struct command *command)
{
    if (!ends_here(command, "quit")) {
        return false;
    }
    central_end(command->central, 0);
    return true;
}

bool commands_obey(struct central *central, struct input *input, char *line,
                   char problem[COMMANDS_PROBLEM_SIZE])
{
    static const struct {
        const char *word;
        bool (*obey)(struct command *command);
    } commands[] = {
        {"books", obey_books},         {"boot", obey_boot},     {"call", obey_call},
        {"connected", obey_connected}, {"drop", obey_drop},     {"list", obey_list},
        {"quit", obey_quit},           {"refuse", obey_refuse}, {"silence", obey_silence},
        {"tags", obey_tags},           {"wait", obey_wait},
    };
    struct command command = {central, input, line, problem};
    const char *word = take_word(&command);
    if (*word == '\0' || *word == '#') {
        return true;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(word, commands[i].word) == 0) {
            return commands[i].obey(&command);
        }
    }
    return refuse(&command,
                  "no command '%.40s'; there are call, list, drop, books, tags, boot, silence, "
                  "refuse, wait, connected and quit",
                  word);
}
