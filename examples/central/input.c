/* SPDX-License-Identifier: Apache-2.0 */
/* Where commands come from: standard input and a script, each at its own pace. */
#include "input.h"

#include "commands.h"
#include "memory.h"
#include "print.h"
#include "station.h"
#include "timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK      65536
#define LOOK_EVERY (20 * LWS_US_PER_MS)

static void add_text(struct input *input, const char *text, size_t length)
{
    if (input->taken > 0) {
        input->length -= input->taken;
        memmove(input->text, input->text + input->taken, input->length);
        input->taken = 0;
    }
    if (input->length + length + 1 > input->size) {
        input->size = 2 * (input->length + length + 1);
        input->text = memory_resized(input->text, input->size);
    }
    if (length > 0) {
        memcpy(input->text + input->length, text, length);
    }
    input->length += length;
    input->text[input->length] = '\0';
}

static void report_problem(struct input *input, const char *problem)
{
    input->failed = true;
    print_event(json_pack("{s:s,s:s,s:i,s:s}", "event", "error", "source", input->name, "line",
                          (int)input->line, "text", problem));
}

static bool is_text(const char *line, size_t length)
{
    json_t *text = json_stringn(line, length); /* refuses what is not UTF-8 */
    json_decref(text);
    return text != NULL && strlen(line) == length;
}

static void obey(struct input *input, char *line, size_t length)
{
    char problem[COMMANDS_PROBLEM_SIZE] = "";
    input->line++;
    if (!is_text(line, length)) {
        report_problem(input, "a command must be UTF-8 text");
    } else if (!commands_obey(input->central, input, line, problem)) {
        report_problem(input, problem);
    }
}

void input_run(struct input *input)
{
    while (!input->waiting && !input->central->ended && input->taken < input->length) {
        char *line = input->text + input->taken;
        char *end = memchr(line, '\n', input->length - input->taken);
        if (end == NULL) {
            return;
        }
        *end = '\0';
        input->taken += (size_t)(end - line) + 1;
        obey(input, line, (size_t)(end - line));
    }
}

static void stop_waiting(struct input *input)
{
    input->waiting = false;
    free(input->awaited);
    input->awaited = NULL;
}

static bool awaited_is_ready(const struct input *input)
{
    const struct station *station = station_find(input->central, input->awaited);
    return station != NULL && station_ready(station);
}

static void look_again(lws_sorted_usec_list_t *timer)
{
    struct input *input = lws_container_of(timer, struct input, timer);
    bool ready = input->awaited != NULL && awaited_is_ready(input);
    bool late = timestamp_now() >= input->deadline;
    if (!ready && !late) {
        lws_sul_schedule(input->central->context, 0, timer, look_again, LOOK_EVERY);
        return;
    }
    if (ready) {
        print_event(json_pack("{s:s,s:s}", "event", "ready", "id", input->awaited));
    } else if (input->awaited != NULL) {
        report_problem(input, "the charge point did not connect and boot in time");
    }
    stop_waiting(input);
    input_run(input);
}

void input_wait(struct input *input, int64_t ms, const char *id)
{
    input->waiting = true;
    input->awaited = id ? memory_text(id) : NULL;
    input->deadline = timestamp_now() + ms;
    lws_sul_schedule(input->central->context, 0, &input->timer, look_again, LWS_US_PER_MS);
}

bool input_read_script(struct input *input, const char *path)
{
    char chunk[CHUNK];
    size_t got;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "evcp-central: script %s: %s\n", path, strerror(errno));
        return false;
    }
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        add_text(input, chunk, got);
    }
    bool good = !ferror(file);
    if (!good) {
        fprintf(stderr, "evcp-central: script %s: %s\n", path, strerror(errno));
    }
    fclose(file);
    add_text(input, "\n", 1);
    return good;
}

bool input_watch_standard(struct input *input)
{
    struct central *central = input->central;
    lws_sock_file_fd_type descriptor = {.filefd = dup(STDIN_FILENO)};
    if (descriptor.filefd < 0) {
        return false;
    }
    struct lws *wsi = lws_adopt_descriptor_vhost(central->vhost, LWS_ADOPT_RAW_FILE_DESC,
                                                 descriptor, INPUT_PROTOCOL, NULL);
    if (wsi == NULL) {
        close(descriptor.filefd);
        return false;
    }
    lws_set_wsi_user(wsi, input);
    return true;
}

void input_release(struct input *input)
{
    lws_sul_cancel(&input->timer);
    stop_waiting(input);
    free(input->text);
    input->text = NULL;
}

/* At the end of the input a last line needs no line end. */
static int end_of_input(struct input *input)
{
    add_text(input, "\n", 1);
    input_run(input);
    return -1;
}

static int read_more(struct lws *wsi, struct input *input)
{
    char chunk[CHUNK];
    ssize_t got = read(lws_get_socket_fd(wsi), chunk, sizeof chunk);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    if (got <= 0) {
        return end_of_input(input);
    }
    add_text(input, chunk, (size_t)got);
    input_run(input);
    return 0;
}

int input_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                   size_t length)
{
    (void)in;
    (void)length;
    if (reason == LWS_CALLBACK_RAW_RX_FILE && user != NULL) {
        return read_more(wsi, user);
    }
    return 0;
}
