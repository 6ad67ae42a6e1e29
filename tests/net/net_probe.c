/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command line around lib/port/net.h for the tests of this directory. Events are collected in
 * the callbacks and printed by the turn that has to follow them; commands come from standard
 * input, which the loop watches.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../lib/port/net.h"

#define LINE_MAX_BYTES 4096
#define SHORT_TEXT     200

enum mode { MODE_RUN, MODE_POLL, MODE_UV, MODE_EV, MODE_GLIB };

struct probe {
    enum mode mode;
    void *foreign;
    void (*stop_foreign)(struct probe *probe);
    void *library;
    struct evcp__loop *loop;
    struct evcp__net *net;
    struct evcp__net_config config;
    struct evcp__watch *stdin_watch;
    int64_t judge_ms;
    const char *key_hex;
    uint32_t ping_s;
    uint32_t pong_s;
    char *events; /* lines for the next turn */
    size_t events_length;
    char line[LINE_MAX_BYTES];
    size_t line_length;
    bool quit;
    bool free_in_turn;
    unsigned turns;
    unsigned wakes; /* turns without any event */
};

static void event(struct probe *probe, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void event(struct probe *probe, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text, sizeof text - 1, format, arguments);
    va_end(arguments);
    if (length > (int)sizeof text - 2) {
        length = (int)sizeof text - 2;
    }
    text[length++] = '\n';
    probe->events = realloc(probe->events, probe->events_length + (size_t)length);
    if (probe->events == NULL) {
        abort();
    }
    memcpy(probe->events + probe->events_length, text, (size_t)length);
    probe->events_length += (size_t)length;
}

static uint32_t fnv1a(const char *text, size_t length)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)text[i]) * 16777619u;
    }
    return hash;
}

static void on_connected(void *user)
{
    event(user, "connected");
}

static void on_disconnected(void *user, const char *why)
{
    event(user, "disconnected %s", why);
}

static void on_message(void *user, const char *text, size_t length)
{
    if (length <= SHORT_TEXT) {
        event(user, "message %zu %.*s", length, (int)length, text);
    } else {
        event(user, "message %zu #%08x", length, (unsigned)fnv1a(text, length));
    }
}

static int64_t on_judge_time(void *user)
{
    const struct probe *probe = user;

    return probe->judge_ms;
}

static void on_log(void *user, int level, const char *text)
{
    (void)user;
    printf("log %d %s\n", level, text);
    fflush(stdout);
}

/* ---- commands ---------------------------------------------------------------------------- */

static size_t unhex(const char *hex, uint8_t *out, size_t most)
{
    size_t count = 0;
    unsigned byte;

    while (count < most && sscanf(hex + 2 * count, "%2x", &byte) == 1) {
        out[count++] = (uint8_t)byte;
        if (hex[2 * count] == '\0') {
            break;
        }
    }
    return count;
}

static void set_key(struct probe *probe, const char *hex)
{
    uint8_t key[64];
    const size_t size = unhex(hex, key, sizeof key);

    event(probe, "key %d", evcp__net_set_key(probe->net, hex[0] == '-' ? NULL : key, size));
}

/* Texts that compress well (kind c) or not at all (kind r). */
static void send_made(struct probe *probe, char kind, size_t length)
{
    char *const text = malloc(length + 1);
    uint32_t random = 12345;

    if (text == NULL) {
        abort();
    }
    for (size_t i = 0; i < length; i++) {
        random = random * 1664525u + 1013904223u;
        text[i] = kind == 'c' ? 'a' : (char)(' ' + (random >> 16) % 95u);
    }
    event(probe, "sent %d #%08x", evcp__net_send(probe->net, text, length),
          (unsigned)fnv1a(text, length));
    free(text);
}

static void *wake_thread(void *user)
{
    const struct timespec pause = {0, 50 * 1000000};
    struct probe *const probe = user;

    nanosleep(&pause, NULL);
    evcp__loop_wake(probe->loop);
    return NULL;
}

static void wake_from_thread(struct probe *probe)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, wake_thread, probe) == 0) {
        pthread_detach(thread);
    }
}

static void command(struct probe *probe, char *line)
{
    unsigned long a = 0;
    unsigned long b = 0;
    char kind = 0;

    if (strcmp(line, "connect") == 0) {
        event(probe, "connect %d", evcp__net_connect(probe->net));
    } else if (strcmp(line, "disconnect") == 0) {
        evcp__net_disconnect(probe->net);
    } else if (strncmp(line, "send ", 5) == 0) {
        event(probe, "sent %d", evcp__net_send(probe->net, line + 5, strlen(line + 5)));
    } else if (sscanf(line, "make %c %lu", &kind, &a) == 2) {
        send_made(probe, kind, a);
    } else if (sscanf(line, "ping %lu %lu", &a, &b) == 2) {
        evcp__net_set_ping(probe->net, (uint32_t)a, (uint32_t)b);
    } else if (strncmp(line, "key ", 4) == 0) {
        set_key(probe, line + 4);
    } else if (sscanf(line, "deadline %lu", &a) == 1) {
        evcp__loop_set_deadline(probe->loop, evcp__mono_ms() + a);
    } else if (strcmp(line, "wake") == 0) {
        wake_from_thread(probe);
    } else if (strcmp(line, "free") == 0) {
        probe->free_in_turn = true;
    } else if (strcmp(line, "turns") == 0) {
        event(probe, "turns %u empty %u", probe->turns, probe->wakes);
    } else if (strcmp(line, "quit") == 0) {
        probe->quit = true;
    } else {
        event(probe, "unknown command: %s", line);
    }
}

static void on_stdin(void *user)
{
    struct probe *const probe = user;
    char bytes[LINE_MAX_BYTES];
    const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);

    if (count <= 0) {
        probe->quit = true;
        return;
    }
    for (ssize_t i = 0; i < count; i++) {
        if (bytes[i] != '\n') {
            if (probe->line_length < LINE_MAX_BYTES - 1) {
                probe->line[probe->line_length++] = bytes[i];
            }
            continue;
        }
        probe->line[probe->line_length] = '\0';
        probe->line_length = 0;
        command(probe, probe->line);
    }
}

static int make_net(struct probe *probe)
{
    const struct evcp__net_callbacks callbacks = {.connected = on_connected,
                                                  .disconnected = on_disconnected,
                                                  .message = on_message,
                                                  .judge_time = on_judge_time,
                                                  .user = probe};
    const int rc = evcp__net_new(probe->loop, &probe->config, &callbacks, &probe->net);

    if (rc != EVCP_OK) {
        return rc;
    }
    if (probe->key_hex != NULL) {
        set_key(probe, probe->key_hex);
    }
    evcp__net_set_ping(probe->net, probe->ping_s, probe->pong_s);
    return EVCP_OK;
}

static void on_turn(void *user)
{
    struct probe *const probe = user;

    probe->turns++;
    if (probe->free_in_turn) {
        probe->free_in_turn = false;
        evcp__net_free(probe->net);
        probe->net = NULL;
        event(probe, "freed; new %d", make_net(probe));
    }
    if (probe->events_length == 0) {
        probe->wakes++;
        printf("turn\n");
    } else {
        fwrite(probe->events, 1, probe->events_length, stdout);
    }
    fflush(stdout);
    probe->events_length = 0;
    if (probe->quit && probe->stop_foreign != NULL) {
        probe->stop_foreign(probe);
    }
}

/* ---- loops ------------------------------------------------------------------------------- */

/* Without the development packages of the loops: their functions are looked up by name. */
static void *symbol(const struct probe *probe, const char *name)
{
    void *const found = dlsym(probe->library, name);

    if (found == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    return found;
}

typedef void *make_0(void);
typedef void *make_1(unsigned flags);
typedef void *make_2(void *context, int running);
typedef int run_1(void *loop);
typedef void free_1(void *loop);
typedef int run_2(void *loop, int flags);

#define CALL(type, name) ((type *)(uintptr_t)symbol(probe, name))

static void stop_uv(struct probe *probe)
{
    CALL(run_1, "uv_stop")(probe->foreign);
}

static void stop_ev(struct probe *probe)
{
    CALL(run_2, "ev_break")(probe->foreign, 2);
}

static void stop_glib(struct probe *probe)
{
    CALL(run_1, "g_main_loop_quit")(probe->foreign);
}

static void open_foreign(struct probe *probe)
{
    static const char *const files[] = {
        [MODE_UV] = "libuv.so.1", [MODE_EV] = "libev.so.4", [MODE_GLIB] = "libglib-2.0.so.0"};

    if (probe->mode < MODE_UV) {
        return;
    }
    probe->library = dlopen(files[probe->mode], RTLD_NOW | RTLD_GLOBAL);
    if (probe->library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(77);
    }
    switch (probe->mode) {
    case MODE_UV:
        probe->foreign = CALL(make_0, "uv_default_loop")();
        probe->stop_foreign = stop_uv;
        return;
    case MODE_EV:
        probe->foreign = CALL(make_1, "ev_loop_new")(0);
        probe->stop_foreign = stop_ev;
        return;
    case MODE_GLIB:
        probe->foreign = CALL(make_2, "g_main_loop_new")(NULL, 0);
        probe->stop_foreign = stop_glib;
        return;
    case MODE_RUN:
    case MODE_POLL: return;
    }
}

static void run_own(struct probe *probe)
{
    while (!probe->quit) {
        if (evcp__loop_run(probe->loop, -1) != EVCP_OK) {
            exit(3);
        }
    }
}

static void run_poll(struct probe *probe)
{
    while (!probe->quit) {
        struct pollfd fd = {.fd = evcp__loop_fd(probe->loop), .events = POLLIN, .revents = 0};

        (void)poll(&fd, 1, evcp__loop_deadline_ms(probe->loop));
        if (evcp__loop_run(probe->loop, 0) != EVCP_OK) {
            exit(3);
        }
    }
}

static void run(struct probe *probe)
{
    switch (probe->mode) {
    case MODE_RUN: run_own(probe); return;
    case MODE_POLL: run_poll(probe); return;
    case MODE_UV: CALL(run_2, "uv_run")(probe->foreign, 0); return;
    case MODE_EV: CALL(run_2, "ev_run")(probe->foreign, 0); return;
    case MODE_GLIB: CALL(run_1, "g_main_loop_run")(probe->foreign); return;
    }
}

/* libuv: what was put off until its loop runs, the close callbacks. */
static int close_foreign(struct probe *probe)
{
    switch (probe->mode) {
    case MODE_RUN:
    case MODE_POLL: return 0;
    case MODE_UV:
        for (int i = 0; i < 10; i++) {
            CALL(run_2, "uv_run")(probe->foreign, 2);
        }
        return CALL(run_1, "uv_loop_close")(probe->foreign) == 0 ? 0 : 5;
    case MODE_EV: CALL(free_1, "ev_loop_destroy")(probe->foreign); return 0;
    case MODE_GLIB: CALL(free_1, "g_main_loop_unref")(probe->foreign); return 0;
    }
    return 0;
}

static enum evcp_loop_kind kind_of(enum mode mode)
{
    switch (mode) {
    case MODE_RUN:
    case MODE_POLL: return EVCP_LOOP_OWN;
    case MODE_UV: return EVCP_LOOP_UV;
    case MODE_EV: return EVCP_LOOP_EV;
    case MODE_GLIB: return EVCP_LOOP_GLIB;
    }
    return EVCP_LOOP_OWN;
}

static enum mode mode_of(const char *name)
{
    static const char *const names[] = {"run", "poll", "uv", "ev", "glib"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return (enum mode)i;
        }
    }
    fprintf(stderr, "--mode run|poll|uv|ev|glib\n");
    exit(2);
}

static void parse_options(struct probe *probe, int argc, char **argv)
{
    static const struct option options[] = {{"mode", 1, NULL, 'm'},  {"url", 1, NULL, 'u'},
                                            {"id", 1, NULL, 'i'},    {"ca", 1, NULL, 'a'},
                                            {"cert", 1, NULL, 'c'},  {"cert-key", 1, NULL, 'k'},
                                            {"key", 1, NULL, 'b'},   {"unverified", 0, NULL, 'n'},
                                            {"max", 1, NULL, 'x'},   {"timeout", 1, NULL, 't'},
                                            {"judge", 1, NULL, 'j'}, {"ping", 1, NULL, 'p'},
                                            {"pong", 1, NULL, 'q'},  {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'm': probe->mode = mode_of(optarg); break;
        case 'u': probe->config.url = optarg; break;
        case 'i': probe->config.id = optarg; break;
        case 'a': probe->config.ca_file = optarg; break;
        case 'c': probe->config.cert_file = optarg; break;
        case 'k': probe->config.key_file = optarg; break;
        case 'b': probe->key_hex = optarg; break;
        case 'n': probe->config.unverified = true; break;
        case 'x': probe->config.message_max = strtoul(optarg, NULL, 10); break;
        case 't': probe->config.connect_timeout_ms = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'j': probe->judge_ms = strtoll(optarg, NULL, 10); break;
        case 'p': probe->ping_s = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'q': probe->pong_s = (uint32_t)strtoul(optarg, NULL, 10); break;
        default: exit(2);
        }
    }
}

/* A library must leave the process' signals alone; SIGPIPE at its default kills on a bad write. */
static int check_signals(void)
{
    struct sigaction action;

    return sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL ? 0 : 4;
}

int main(int argc, char **argv)
{
    struct probe probe = {.config = {.id = "CP1",
                                     .subprotocol = "ocpp1.6",
                                     .message_max = 16u * 1024u * 1024u,
                                     .connect_timeout_ms = 5000}};
    struct evcp__loop_config loop_config = {.turn = on_turn, .log = on_log, .user = &probe};
    int rc;

    signal(SIGPIPE, SIG_DFL);
    parse_options(&probe, argc, argv);
    open_foreign(&probe);
    loop_config.kind = kind_of(probe.mode);
    loop_config.foreign_loop = probe.foreign;
    rc = evcp__loop_new(&loop_config, &probe.loop);
    if (rc == EVCP_OK) {
        rc = make_net(&probe);
    }
    printf("new %d\n", rc);
    fflush(stdout);
    if (rc == EVCP_OK) {
        rc = evcp__loop_watch(probe.loop, STDIN_FILENO, on_stdin, &probe, &probe.stdin_watch);
    }
    if (rc == EVCP_OK) {
        run(&probe);
        rc = check_signals();
    }
    evcp__loop_unwatch(probe.stdin_watch);
    evcp__net_free(probe.net);
    evcp__loop_free(probe.loop);
    if (rc == EVCP_OK) {
        rc = close_foreign(&probe);
    }
    free(probe.events);
    return rc == EVCP_OK ? 0 : rc > 0 ? rc : 1;
}
