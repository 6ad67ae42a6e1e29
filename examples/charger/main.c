/* SPDX-License-Identifier: Apache-2.0 */
/* evcp-charger: a whole simulated station on top of libevcp, in the program's own poll loop. */
#include "charger.h"

#include "output.h"
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_GOOD   0
#define EXIT_FAILED 1
#define EXIT_USAGE  2

#define LOG_WARNING 1
#define LOG_DEBUG   3

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = interrupt};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* ---- the station ------------------------------------------------------------------------- */

static void on_log(void *user, int level, const char *text)
{
    const struct charger *charger = user;

    if (level <= (charger->options->verbose ? LOG_DEBUG : LOG_WARNING))
        fprintf(stderr, "evcp-charger: %s\n", text);
}

static int make_host(struct charger *charger)
{
    const struct evcp_host_config config = {
        .size = sizeof(config),
        .store_dir = charger->options->store,
        .wall_clock = hardware_wall_clock,
        .log = on_log,
        .user = charger,
    };

    return evcp_host_new(&config, &charger->host);
}

static int make_station(struct charger *charger)
{
    const struct options *o = charger->options;
    const struct evcp_reader reader = {
        .name = "card reader",
        .type = EVCP_TOKEN_ISO14443,
        .format = {.prefix = o->reader_prefix},
        .fd = charger->reader_fd,
        .read = hardware_read_card,
        .user = charger,
    };
    const struct evcp_config config = {
        .size = sizeof(config),
        .id = o->id,
        .url = o->url,
        .vendor = o->vendor,
        .model = o->model,
        .serial = o->serial,
        .firmware = o->firmware,
        .connectors = o->connectors,
        .authorization_key = o->auth_key,
        .ca_file = o->ca_file,
        .cert_file = o->cert_file,
        .key_file = o->key_file,
        .tls_unverified = o->unverified,
        .settings = o->settings,
        .setting_count = o->setting_count,
        .measurands = 1u << EVCP_ENERGY_ACTIVE_IMPORT_REGISTER | 1u << EVCP_POWER_ACTIVE_IMPORT |
                      1u << EVCP_VOLTAGE | 1u << EVCP_CURRENT_IMPORT,
        .readers = &reader,
        .reader_count = o->reader ? 1 : 0,
        .hardware = &charger_hardware,
        .user = charger,
    };

    return evcp_new(charger->host, &config, &charger->station);
}

static bool power_on(struct charger *charger)
{
    int result = make_host(charger);

    if (!result)
        result = make_station(charger);
    if (result) {
        fprintf(stderr, "evcp-charger: not started: %s\n", evcp_strerror(result));
        return false;
    }
    charger->restart = false;
    output_ready(charger->options->id);
    hardware_report_all(charger);
    return true;
}

static void power_off(struct charger *charger)
{
    evcp_free(charger->station);
    evcp_host_free(charger->host);
    charger->station = NULL;
    charger->host = NULL;
}

/* ---- the loop ---------------------------------------------------------------------------- */

enum { POLL_HOST, POLL_STREAM, POLL_MAX = POLL_STREAM + 2 };

static int sooner(int a, int b)
{
    if (a < 0 || b < 0)
        return a < 0 ? b : a;
    return a < b ? a : b;
}

static int wait_for_something(struct charger *charger, struct stream *const streams[2])
{
    struct pollfd fds[POLL_MAX] = {{.fd = evcp_host_fd(charger->host), .events = POLLIN}};
    int timeout = sooner(evcp_host_deadline_ms(charger->host), hardware_due_ms(charger));

    for (int i = 0; i < 2; i++) {
        bool wanted = stream_wants_input(streams[i]);

        fds[POLL_STREAM + i] =
            (struct pollfd){.fd = wanted ? streams[i]->fd : -1, .events = POLLIN};
        timeout = sooner(timeout, stream_due_ms(streams[i]));
    }
    if (poll(fds, POLL_MAX, timeout) < 0 && errno != EINTR)
        return EXIT_FAILED;
    for (int i = 0; i < 2; i++) {
        if (fds[POLL_STREAM + i].revents)
            stream_read(streams[i]);
    }
    return EXIT_GOOD;
}

/* One command, then one turn of the host, so that each command finds the one before it done. */
static int turn(struct charger *charger, struct stream *const streams[2])
{
    int result = wait_for_something(charger, streams);

    if (result != EXIT_GOOD)
        return result;
    for (int i = 0; i < 2 && !charger->quit; i++)
        (void)stream_obey_one(streams[i], charger);
    hardware_run(charger);
    result = evcp_host_service(charger->host);
    if (result) {
        fprintf(stderr, "evcp-charger: the loop failed: %s\n", evcp_strerror(result));
        return EXIT_FAILED;
    }
    if (!charger->restart)
        return EXIT_GOOD;
    power_off(charger);
    return power_on(charger) ? EXIT_GOOD : EXIT_FAILED;
}

static int run(struct charger *charger, struct stream *script, struct stream *standard)
{
    struct stream *const streams[2] = {script, standard};
    bool scripted = !stream_ended(script);

    if (!power_on(charger))
        return EXIT_FAILED;
    while (!charger->quit && !interrupted) {
        if (turn(charger, streams) != EXIT_GOOD)
            return EXIT_FAILED;
        if (scripted && stream_ended(script) && stream_ended(standard))
            break;
    }
    output_quit();
    return script->failed ? EXIT_FAILED : EXIT_GOOD;
}

/* ---- files ------------------------------------------------------------------------------- */

static bool open_script(struct stream *script, const struct options *options)
{
    int fd = options->script ? open(options->script, O_RDONLY | O_CLOEXEC) : -1;

    if (options->script && fd < 0) {
        fprintf(stderr, "evcp-charger: %s: %s\n", options->script, strerror(errno));
        return false;
    }
    stream_begin(script, fd, "script");
    return true;
}

static bool open_reader(struct charger *charger)
{
    const char *path = charger->options->reader;

    charger->reader_fd = path ? open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;
    if (!path || charger->reader_fd >= 0)
        return true;
    fprintf(stderr, "evcp-charger: %s: %s; make it with mkfifo\n", path, strerror(errno));
    return false;
}

static bool set_clock(struct charger *charger)
{
    const char *clock = charger->options->clock;

    if (!clock || command_set_clock(charger, clock))
        return true;
    fprintf(stderr,
            "evcp-charger: --clock: '%s' has to be lost, or a time like "
            "2026-01-31T12:00:00Z\n",
            clock);
    return false;
}

static int start(struct charger *charger)
{
    struct stream script;
    struct stream standard;
    int flags = fcntl(STDIN_FILENO, F_GETFL);
    int result = EXIT_USAGE;

    charger->reader_fd = -1;
    if (!set_clock(charger) || !open_script(&script, charger->options))
        return result;
    if (open_reader(charger) && hardware_open(charger)) {
        stream_begin(&standard, STDIN_FILENO, "standard input");
        result = run(charger, &script, &standard);
        power_off(charger);
        hardware_close(charger);
    }
    if (flags >= 0)
        (void)fcntl(STDIN_FILENO, F_SETFL, flags); /* the shell shares it, and wants it blocking */
    return result;
}

int main(int argc, char **argv)
{
    struct options options;
    struct charger charger = {.options = &options};
    enum options_result parsed = options_parse(&options, argc, argv);
    int result = parsed == OPTIONS_DONE ? EXIT_GOOD : EXIT_USAGE;

    if (parsed == OPTIONS_RUN) {
        output_begin(options.json);
        watch_signals();
        result = start(&charger);
    }
    options_release(&options);
    return result;
}
