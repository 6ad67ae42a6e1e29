/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of cards and vehicle codes: watched by descriptor or asked at an interval. What they
 * deliver becomes a token by their format, and is reported like any other.
 */
#include <stdlib.h>

#include "host_private.h"

static void on_readable(void *user);

static void watch(struct evcp__reader *r)
{
    int result = EVCP_OK;

    if (r->config->fd < 0 || r->watch)
        return;
    result = evcp__loop_watch(r->station->host->loop, r->config->fd, on_readable, r, &r->watch);
    if (result == EVCP_OK)
        return;
    r->watch = NULL;
    r->due_ms = evcp__mono_ms() + EVCP__READER_RETRY_MS;
    evcp__station_tell(r->station, EVCP_EVENT_HARDWARE, r->config->connector,
                       "reader %s: its descriptor cannot be watched (%s); asked every %u s instead",
                       r->config->name, evcp_strerror(result), EVCP__READER_RETRY_MS / 1000);
}

static void unwatch(struct evcp__reader *r)
{
    if (r->watch)
        evcp__loop_unwatch(r->watch);
    r->watch = NULL;
}

/* A descriptor of a broken device stays readable: stop watching it, or the loop never rests. */
static void failed(struct evcp__reader *r, int code)
{
    if (!r->broken)
        evcp__station_tell(r->station, EVCP_EVENT_HARDWARE, r->config->connector,
                           "reader %s: reading failed (%d); check the reader and its cable, it is "
                           "asked again every %u s",
                           r->config->name, code, EVCP__READER_RETRY_MS / 1000);
    r->broken = true;
    unwatch(r);
}

static void works(struct evcp__reader *r)
{
    if (r->broken)
        evcp__station_tell(r->station, EVCP_EVENT_HARDWARE, r->config->connector,
                           "reader %s: works again", r->config->name);
    r->broken = false;
    watch(r);
}

static void tell_refused(const struct evcp__reader *r, int count, int result)
{
    const struct evcp_token_format *format = &r->config->format;
    int most = format->max_length ? format->max_length : EVCP__ID_TOKEN_MAX;

    if (result == EVCP_ETOOLONG)
        evcp__station_tell(r->station, EVCP_EVENT_HARDWARE, r->config->connector,
                           "reader %s: %d bytes make a token of more than %d characters; it is "
                           "refused, never cut (OCPP 1.6 sends at most %d): give the reader a "
                           "shorter prefix or another format",
                           r->config->name, count, most, EVCP__ID_TOKEN_MAX);
    else
        evcp__station_tell(r->station, EVCP_EVENT_HARDWARE, r->config->connector,
                           "reader %s: %d bytes do not make a token (%s); check its format",
                           r->config->name, count, evcp_strerror(result));
}

static void deliver(struct evcp__reader *r, const uint8_t *bytes, int count)
{
    struct evcp_report report = {.kind = EVCP_REPORT_TOKEN, .connector = r->config->connector};
    int result =
        evcp_token_make(&r->config->format, r->config->type, bytes, (size_t)count, &report.token);

    if (result) {
        tell_refused(r, count, result);
        return;
    }
    result = evcp__inbox_report(&r->station->inbox, &report);
    if (result)
        evcp__station_tell(r->station, EVCP_EVENT_HARDWARE, r->config->connector,
                           "reader %s: a token was dropped (%s); present it again", r->config->name,
                           evcp_strerror(result));
}

static void ask(struct evcp__reader *r)
{
    uint8_t bytes[EVCP__READER_BYTES_MAX];
    int count = r->config->read(r->config->user, bytes, sizeof(bytes));

    if (count < 0 || count > (int)sizeof(bytes)) {
        failed(r, count);
        return;
    }
    works(r);
    if (count > 0)
        deliver(r, bytes, count);
}

static void on_readable(void *user)
{
    struct evcp__reader *r = user;
    bool busy = r->station->host->busy;

    r->station->host->busy = true;
    ask(r);
    r->station->host->busy = busy;
    if (!r->watch)
        r->due_ms = evcp__mono_ms() + EVCP__READER_RETRY_MS;
}

int evcp__readers_start(evcp_t *s)
{
    size_t count = s->config->reader_count;

    if (!count)
        return EVCP_OK;
    s->readers = calloc(count, sizeof(*s->readers));
    if (!s->readers)
        return EVCP_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        s->readers[i].station = s;
        s->readers[i].config = &s->config->readers[i];
        watch(&s->readers[i]);
    }
    return EVCP_OK;
}

void evcp__readers_stop(evcp_t *s)
{
    for (size_t i = 0; s->readers && i < s->config->reader_count; i++)
        unwatch(&s->readers[i]);
    free(s->readers);
    s->readers = NULL;
}

void evcp__readers_poll(evcp_t *s, uint64_t mono_ms)
{
    for (size_t i = 0; s->readers && i < s->config->reader_count; i++) {
        struct evcp__reader *r = &s->readers[i];

        if (r->watch || r->due_ms > mono_ms)
            continue;
        ask(r);
        r->due_ms = mono_ms +
                    (r->broken || r->config->fd >= 0 ? EVCP__READER_RETRY_MS : r->config->poll_ms);
    }
}

uint64_t evcp__readers_due(const evcp_t *s)
{
    uint64_t due = EVCP__NEVER;

    for (size_t i = 0; s->readers && i < s->config->reader_count; i++) {
        if (!s->readers[i].watch && s->readers[i].due_ms < due)
            due = s->readers[i].due_ms;
    }
    return due;
}
