/* SPDX-License-Identifier: Apache-2.0 */
/* The commands: read strictly, obeyed whole or not at all. */
#include "charger.h"

#include "names.h"
#include "output.h"
#include "stream.h"
#include "timestamp.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX  5
#define WATTS_MAX  1000000
#define WAIT_MAX_S 86400.0
#define VALUE_SIZE 501
#define BLANKS     " \t\r"

/* A command that is being read. `words[0]` is its name. */
struct command {
    struct charger *charger;
    struct stream *stream;
    char *words[WORDS_MAX];
    int count;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct command *c,
                                                         const char *format, ...)
{
    char text[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    output_error("%s, line %u: %s", c->stream->name, c->stream->line_number, text);
    return false;
}

/* ---- arguments --------------------------------------------------------------------------- */

static bool read_number(const char *text, long low, long high, long *out)
{
    char *end = NULL;

    errno = 0;
    *out = strtol(text, &end, 10);
    return !errno && end != text && !*end && text[0] != '+' && text[0] != ' ' && *out >= low &&
           *out <= high;
}

static bool read_connector(const struct command *c, long least, uint16_t *out)
{
    long number = 0;

    if (!read_number(c->words[1], least, c->charger->options->connectors, &number))
        return refuse(c, "%s: connector '%s' does not exist; there are %ld to %u", c->words[0],
                      c->words[1], least, c->charger->options->connectors);
    *out = (uint16_t)number;
    return true;
}

/* The second argument is one of two words; *is: the first of them. */
static bool read_choice(const struct command *c, int word, const char *yes, const char *no,
                        bool *is)
{
    *is = strcmp(c->words[word], yes) == 0;
    if (*is || strcmp(c->words[word], no) == 0)
        return true;
    return refuse(c, "%s: '%s' has to be %s or %s", c->words[0], c->words[word], yes, no);
}

static bool done(const struct command *c, int result)
{
    if (!result)
        return true;
    return refuse(c, "%s: %s", c->words[0], evcp_strerror(result));
}

/* ---- cable, vehicle, cards --------------------------------------------------------------- */

static bool do_plug(struct command *c)
{
    uint16_t connector = 0;

    if (!read_connector(c, 1, &connector))
        return false;
    if (c->charger->outlets[connector].vehicle)
        return refuse(c, "plug: a vehicle is at connector %u already; unplug it first", connector);
    hardware_plug(c->charger, connector);
    return true;
}

static bool do_unplug(struct command *c)
{
    uint16_t connector = 0;

    if (!read_connector(c, 1, &connector))
        return false;
    if (!c->charger->outlets[connector].vehicle)
        return refuse(c, "unplug: no vehicle is at connector %u", connector);
    hardware_unplug(c->charger, connector);
    return true;
}

static bool present(const struct command *c, uint16_t connector, enum evcp_token_type type,
                    const char *value)
{
    int result = evcp_report_token(c->charger->station, connector, type, value);

    if (result == EVCP_ETOOLONG)
        return refuse(c,
                      "%s: '%s' has %zu characters, OCPP 1.6 sends at most 20; it is refused, "
                      "never cut",
                      c->words[0], value, strlen(value));
    return done(c, result);
}

static bool do_card(struct command *c)
{
    uint16_t connector = 0;

    return read_connector(c, 0, &connector) &&
           present(c, connector, EVCP_TOKEN_ISO14443, c->words[2]);
}

static bool do_vehicle(struct command *c)
{
    uint16_t connector = 0;
    bool vin = false;
    bool there = false;

    if (!read_connector(c, 1, &connector) || !read_choice(c, 2, "vin", "evccid", &vin))
        return false;
    there = c->charger->outlets[connector].vehicle;
    /* A vehicle tells its code over the cable: the cable comes first, but only with a good code. */
    if (strlen(c->words[3]) <= 20 && !there)
        hardware_plug(c->charger, connector);
    return present(c, connector, vin ? EVCP_TOKEN_VIN : EVCP_TOKEN_EVCCID, c->words[3]);
}

static bool do_ev(struct command *c)
{
    uint16_t connector = 0;
    bool ready = false;

    if (!read_connector(c, 1, &connector) || !read_choice(c, 2, "ready", "pause", &ready))
        return false;
    hardware_set_vehicle(c->charger, connector, !ready);
    return true;
}

static bool do_load(struct command *c)
{
    uint16_t connector = 0;
    long watts = 0;

    if (!read_connector(c, 1, &connector))
        return false;
    if (!read_number(c->words[2], 0, WATTS_MAX, &watts))
        return refuse(c, "load: '%s' has to be 0 to %d watts", c->words[2], WATTS_MAX);
    hardware_set_load(c->charger, connector, (int32_t)watts);
    return true;
}

static bool do_stop(struct command *c)
{
    uint16_t connector = 0;

    return read_connector(c, 0, &connector) &&
           done(c, evcp_report_stop(c->charger->station, connector, EVCP_STOP_LOCAL));
}

/* ---- trouble ----------------------------------------------------------------------------- */

static bool do_fault(struct command *c)
{
    struct evcp_fault fault = {.code = EVCP_ERROR_NO_ERROR};
    uint16_t connector = 0;

    if (!read_connector(c, 0, &connector))
        return false;
    if (!error_from_name(c->words[2], &fault.code))
        return refuse(c, "fault: '%s' is no errorCode of OCPP 1.6, such as GroundFailure",
                      c->words[2]);
    return done(c, evcp_report_fault(c->charger->station, connector, &fault));
}

static bool do_clear(struct command *c)
{
    uint16_t connector = 0;

    return read_connector(c, 0, &connector) &&
           done(c, evcp_report_clear(c->charger->station, connector));
}

static bool do_contactor(struct command *c)
{
    uint16_t connector = 0;
    bool ok = false;

    if (!read_connector(c, 1, &connector) || !read_choice(c, 2, "ok", "stuck", &ok))
        return false;
    c->charger->outlets[connector].stuck = !ok;
    return true;
}

static bool do_meter(struct command *c)
{
    uint16_t connector = 0;
    bool ok = false;

    if (!read_connector(c, 1, &connector) || !read_choice(c, 2, "ok", "dead", &ok))
        return false;
    c->charger->outlets[connector].meter.dead = !ok;
    return true;
}

static bool do_link(struct command *c)
{
    bool up = false;

    return read_choice(c, 1, "up", "down", &up) &&
           done(c, evcp_set_online(c->charger->station, up));
}

bool command_set_clock(struct charger *charger, const char *text)
{
    int64_t utc_ms = 0;

    if (strcmp(text, "lost") == 0) {
        charger->clock = CLOCK_LOST;
        return true;
    }
    if (!timestamp_parse(text, &utc_ms))
        return false;
    charger->clock = CLOCK_SET;
    charger->clock_offset_ms = utc_ms - timestamp_wall_ms();
    return true;
}

static bool do_clock(struct command *c)
{
    return command_set_clock(c->charger, c->words[1]) ||
           refuse(c, "clock: '%s' has to be lost, or a time like 2026-01-31T12:00:00Z",
                  c->words[1]);
}

/* ---- the program ------------------------------------------------------------------------- */

static bool do_set(struct command *c)
{
    int result = evcp_setting_set(c->charger->station, c->words[1], c->words[2]);

    if (result == EVCP_ENOENT)
        return refuse(c, "set: there is no key '%s'", c->words[1]);
    if (result == EVCP_EINVAL)
        return refuse(c, "set: '%s' is refused for %s, or the key is read-only", c->words[2],
                      c->words[1]);
    return done(c, result);
}

static bool do_get(struct command *c)
{
    char value[VALUE_SIZE];
    int result = evcp_setting_get(c->charger->station, c->words[1], value, sizeof(value));

    if (result == EVCP_ENOENT)
        return refuse(c, "get: there is no key '%s' that can be read", c->words[1]);
    if (result)
        return done(c, result);
    output_setting(c->words[1], value);
    return true;
}

static bool do_wait(struct command *c)
{
    char *end = NULL;
    double seconds = strtod(c->words[1], &end);

    if (end == c->words[1] || *end || !isfinite(seconds) || seconds < 0 || seconds > WAIT_MAX_S)
        return refuse(c, "wait: '%s' has to be 0 to %.0f seconds", c->words[1], WAIT_MAX_S);
    c->stream->wait_until_ms = timestamp_mono_ms() + (uint64_t)(seconds * 1000.0);
    return true;
}

static bool do_status(struct command *c)
{
    output_state(c->charger);
    return true;
}

static bool do_kill(struct command *c)
{
    (void)c;
    fflush(stdout);
    kill(getpid(), SIGKILL);
    return true;
}

static bool do_quit(struct command *c)
{
    c->charger->quit = true;
    return true;
}

/* ---- reading a line ---------------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *arguments;
    int count; /* of words */
    bool (*obey)(struct command *command);
} commands[] = {
    {"plug", "N", 2, do_plug},
    {"unplug", "N", 2, do_unplug},
    {"card", "N UID", 3, do_card},
    {"vehicle", "N vin|evccid VALUE", 4, do_vehicle},
    {"ev", "N ready|pause", 3, do_ev},
    {"load", "N WATTS", 3, do_load},
    {"stop", "N", 2, do_stop},
    {"fault", "N CODE", 3, do_fault},
    {"clear", "N", 2, do_clear},
    {"contactor", "N ok|stuck", 3, do_contactor},
    {"meter", "N ok|dead", 3, do_meter},
    {"link", "down|up", 2, do_link},
    {"clock", "lost|TIME", 2, do_clock},
    {"set", "KEY VALUE", 3, do_set},
    {"get", "KEY", 2, do_get},
    {"wait", "SECONDS", 2, do_wait},
    {"status", "", 1, do_status},
    {"kill", "", 1, do_kill},
    {"quit", "", 1, do_quit},
};

/* Cuts the line into words; a word that begins with # ends it. */
static void split(struct command *c, char *line)
{
    char *rest = NULL;
    char *word = strtok_r(line, BLANKS, &rest);

    while (word && word[0] != '#') {
        if (c->count < WORDS_MAX)
            c->words[c->count] = word;
        c->count++;
        word = strtok_r(NULL, BLANKS, &rest);
    }
}

bool command_obey(struct charger *charger, struct stream *stream, const char *line)
{
    struct command command = {.charger = charger, .stream = stream};
    char copy[STREAM_LINE_MAX];

    snprintf(copy, sizeof(copy), "%s", line);
    split(&command, copy);
    if (command.count == 0)
        return true;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, command.words[0]) != 0)
            continue;
        if (commands[i].count == command.count)
            return commands[i].obey(&command);
        return refuse(&command, "usage: %s %s", commands[i].name, commands[i].arguments);
    }
    return refuse(&command, "there is no command '%s'; see evcp-charger --help", command.words[0]);
}
