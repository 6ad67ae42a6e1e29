/* SPDX-License-Identifier: Apache-2.0 */
/* evcp-central: a small OCPP 1.6J central system for demos, desks and tests. */
#include "books.h"
#include "central.h"
#include "input.h"
#include "options.h"
#include "print.h"
#include "server.h"
#include "station.h"
#include "tags.h"
#include "timestamp.h"

#include <fcntl.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define EXIT_GOOD   0
#define EXIT_FAILED 1
#define EXIT_USAGE  2

static volatile sig_atomic_t interrupted;
static struct lws_context *interruptible;

void central_end(struct central *central, int exit_code)
{
    central->ended = true;
    central->exit_code = exit_code;
    lws_cancel_service(central->context);
}

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
    lws_cancel_service(interruptible);
}

static void watch_signals(struct lws_context *context)
{
    struct sigaction action = {.sa_handler = interrupt};
    interruptible = context;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void announce(const struct central *central)
{
    if (central->options->json) {
        print_event(json_pack("{s:s,s:i}", "event", "listening", "port", server_port(central)));
        return;
    }
    printf("listening %d\n", server_port(central));
    fflush(stdout);
}

static int serve(struct central *central, struct input *script, struct input *standard)
{
    if (!server_start(central)) {
        return EXIT_FAILED;
    }
    watch_signals(central->context);
    announce(central);
    input_watch_standard(standard);
    input_run(script);
    while (!central->ended && !interrupted) {
        if (lws_service(central->context, 0) < 0 || ferror(stdout)) {
            return EXIT_FAILED;
        }
    }
    return script->failed ? EXIT_FAILED : central->exit_code;
}

static int open_files(struct central *central, struct input *script)
{
    char problem[BOOKS_PROBLEM_SIZE] = "";
    const struct options *options = central->options;
    central->tags = tags_load(options->tags_path, problem);
    if (central->tags == NULL) {
        fprintf(stderr, "evcp-central: %s\n", problem);
        return EXIT_USAGE;
    }
    if (options->script_path != NULL && !input_read_script(script, options->script_path)) {
        return EXIT_USAGE;
    }
    central->books = books_open(options->books_path, problem);
    if (central->books == NULL) {
        fprintf(stderr, "evcp-central: %s\n", problem);
        return EXIT_FAILED;
    }
    return EXIT_GOOD;
}

static int run(const struct options *options)
{
    struct central central = {
        .options = options, .boot_status = options->boot_status, .started = timestamp_now()};
    struct input script = {.central = &central, .name = "script"};
    struct input standard = {.central = &central, .name = "standard input"};
    int flags = fcntl(STDIN_FILENO, F_GETFL);
    int result = open_files(&central, &script);
    if (result == EXIT_GOOD) {
        result = serve(&central, &script, &standard);
    }
    input_release(&script);
    input_release(&standard);
    server_stop(&central);
    if (flags >= 0) {
        fcntl(STDIN_FILENO, F_SETFL, flags); /* the shell shares it and wants it blocking */
    }
    station_free_all(&central);
    books_close(central.books);
    tags_free(central.tags);
    return result;
}

int main(int argc, char **argv)
{
    struct options options;
    enum options_result parsed = options_parse(&options, argc, argv);
    int result = parsed == OPTIONS_WRONG ? EXIT_USAGE : EXIT_GOOD;
    if (parsed == OPTIONS_RUN) {
        print_as_json(options.json);
        result = run(&options);
    }
    options_release(&options);
    return result;
}
