/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host: one loop, one store and one commit for its stations. A turn steps what waits, commits
 * the writes of all stations at once, then acts. What fails on the way is handled as a power cut.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#endif

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host_private.h"

#define DAY_MS     INT64_C(86400000)
#define HOUR_MS    3600000
#define LOG_LENGTH 1024

/* ---- log and time ------------------------------------------------------------------------ */

void evcp__host_log(const evcp_host_t *host, int level, const char *format, ...)
{
    char text[LOG_LENGTH];
    va_list arguments;

    if (!host->config.log)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    host->config.log(host->config.user, level, text);
}

static int64_t system_clock_ms(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_REALTIME, &t))
        return 0;
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A clock that shows a time before the library was built is a clock that nobody has set. */
struct evcp__now evcp__host_now(const evcp_host_t *host)
{
    struct evcp__now now = {.mono_ms = evcp__mono_ms()};

    if (host->config.wall_clock)
        now.wall_ms = host->config.wall_clock(host->config.user);
    else
        now.wall_ms = system_clock_ms();
    if (now.wall_ms < host->config.build_time_ms)
        now.wall_ms = 0;
    return now;
}

static int64_t days_from_civil(int year, int month, int day)
{
    int y = month > 2 ? year : year - 1;
    int m = month > 2 ? month - 3 : month + 9;
    int64_t day_of_era = (int64_t)365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;

    return day_of_era - 719468;
}

/* __DATE__ is local: a day less is in the past everywhere. SOURCE_DATE_EPOCH sets it. */
static int64_t build_time_ms(void)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const char date[] = __DATE__;
    char name[4] = {date[0], date[1], date[2], '\0'};
    const char *at = strstr(months, name);
    int month = at ? (int)((at - months) / 3) + 1 : 1;
    int day = (int)strtol(date + 4, NULL, 10);
    int year = (int)strtol(date + 7, NULL, 10);

    return (days_from_civil(year, month, day) - 1) * DAY_MS;
}

/* ---- commit and recovery ----------------------------------------------------------------- */

static void tell_all(evcp_host_t *host, const char *text)
{
    for (evcp_t *s = host->stations; s; s = s->next)
        evcp__station_tell(s, EVCP_EVENT_STORE, 0, "%s", text);
}

static bool load_again(evcp_t *s)
{
    const char *why = NULL;
    int result = evcp__station_load(s, true, &why);

    if (!result)
        return true;
    evcp__host_log(s->host, 0, "%s: not loaded: %s%s%s", s->config->id, evcp_strerror(result),
                   why ? ": " : "", why ? why : "");
    evcp__known_make_safe(s);
    return false;
}

/* One by one, each with its own commit: a station that cannot be loaded holds up no other. */
static void load_missing(evcp_host_t *host)
{
    bool all = true;

    host->rebuilt_at = evcp__mono_ms();
    for (evcp_t *s = host->stations; s; s = s->next) {
        if (!s->core && !load_again(s))
            all = false;
    }
    host->reload_at = all ? EVCP__NEVER : host->rebuilt_at + EVCP__RELOAD_MS;
    if (!all)
        return;
    host->failing = false;
    tell_all(host, "the store works again, the state was loaded from it");
}

static void begin_failing(evcp_host_t *host, int error)
{
    char text[EVCP__WHY_MAX];

    if (host->failing)
        return;
    host->failing = true;
    (void)snprintf(text, sizeof(text),
                   "writing failed: %s; nothing that was not written counts, "
                   "no token is accepted until it works",
                   evcp_strerror(error));
    tell_all(host, text);
}

static void rebuild(evcp_host_t *host, int error)
{
    bool recently = host->rebuilt_at && evcp__mono_ms() - host->rebuilt_at < EVCP__RELOAD_MS;

    begin_failing(host, error);
    for (evcp_t *s = host->stations; s; s = s->next)
        evcp__station_unload(s);
    if (!recently) {
        load_missing(host);
        return;
    }
    host->reload_at = host->rebuilt_at + EVCP__RELOAD_MS;
    for (evcp_t *s = host->stations; s; s = s->next)
        evcp__known_make_safe(s);
}

void evcp__host_recover(evcp_host_t *host, int error)
{
    host->db->ops->abandon(host->db);
    host->soon_at = EVCP__NEVER;
    if (host->in_turn) {
        rebuild(host, error);
        return;
    }
    host->broken = error;
    evcp__loop_wake(host->loop);
}

static void settled(evcp_host_t *host)
{
    for (evcp_t *s = host->stations; s; s = s->next) {
        s->effects.durable = false;
        if (s->core)
            evcp__known_settled(s);
    }
}

int evcp__host_commit(evcp_host_t *host)
{
    int result = host->db->ops->commit(host->db);

    if (result) {
        evcp__host_recover(host, result);
        return result;
    }
    host->soon_at = EVCP__NEVER;
    settled(host);
    return EVCP_OK;
}

static bool must_commit(const evcp_host_t *host, uint64_t now)
{
    for (const evcp_t *s = host->stations; s; s = s->next) {
        if (s->effects.durable)
            return true;
    }
    return host->soon_at <= now;
}

/* The writes of a round: safe now, or soon. */
static int settle(evcp_host_t *host)
{
    uint64_t now = evcp__mono_ms();

    if (must_commit(host, now))
        return evcp__host_commit(host);
    if (!host->db->ops->dirty(host->db))
        host->soon_at = EVCP__NEVER;
    else if (host->soon_at == EVCP__NEVER)
        host->soon_at = now + host->config.soon_ms;
    host->db->ops->end_turn(host->db);
    settled(host);
    return EVCP_OK;
}

/* ---- the turn ---------------------------------------------------------------------------- */

static int drain(evcp_host_t *host, bool *worked)
{
    for (evcp_t *s = host->stations; s; s = s->next) {
        int result = evcp__station_drain(s, worked);

        if (result)
            return result;
    }
    return EVCP_OK;
}

static bool act(evcp_host_t *host)
{
    bool acted = false;

    for (evcp_t *s = host->stations; s; s = s->next) {
        acted = acted || s->effects.count;
        evcp__station_act(s);
    }
    return acted;
}

static void reload_if_due(evcp_host_t *host)
{
    if (host->reload_at > evcp__mono_ms())
        return;
    /* Else a failure to load would cost the stations that work what they have staged. */
    if (evcp__host_commit(host) == EVCP_OK)
        load_missing(host);
}

/* True if another round has to follow. */
static bool play_round(evcp_host_t *host)
{
    bool worked = act(host); /* of loading, or of evcp_setting_set() */
    int result = drain(host, &worked);

    if (result) {
        evcp__host_log(host, 0, "a step failed: %s", evcp_strerror(result));
        evcp__host_recover(host, result);
        return true;
    }
    if (!worked && host->soon_at > evcp__mono_ms())
        return false;
    if (settle(host) == EVCP_OK)
        (void)act(host);
    return true;
}

static uint64_t next_deadline(const evcp_host_t *host)
{
    uint64_t due = host->soon_at < host->reload_at ? host->soon_at : host->reload_at;

    for (const evcp_t *s = host->stations; s; s = s->next) {
        uint64_t at = evcp__station_due(s);

        if (at < due)
            due = at;
    }
    return due;
}

static void begin_turn(evcp_host_t *host)
{
    host->busy = true;
    host->in_turn = true;
    for (evcp_t *s = host->stations; s; s = s->next)
        s->ticked = false;
    if (host->stations && host->set_aside[0]) {
        tell_all(host, host->set_aside);
        host->set_aside[0] = '\0';
    }
    if (host->broken)
        rebuild(host, host->broken);
    host->broken = EVCP_OK;
    reload_if_due(host);
}

static void turn(void *user)
{
    evcp_host_t *host = user;
    int rounds = 0;
    uint64_t now = 0;
    uint64_t due = 0;

    begin_turn(host);
    while (rounds < EVCP__TURN_ROUNDS_MAX && play_round(host))
        rounds++;
    host->in_turn = false;
    host->busy = false;
    if (rounds == EVCP__TURN_ROUNDS_MAX)
        evcp__loop_wake(host->loop);
    now = evcp__mono_ms();
    due = next_deadline(host);
    evcp__loop_set_deadline(host->loop, due > now ? due : now + 1);
}

/* ---- made and freed ---------------------------------------------------------------------- */

static void loop_log(void *user, int level, const char *text)
{
    evcp__host_log(user, level, "%s", text);
}

static int make_loop(evcp_host_t *host)
{
    const struct evcp__loop_config config = {
        .kind = host->config.loop,
        .foreign_loop = host->config.foreign_loop,
        .turn = turn,
        .log = loop_log,
        .user = host,
    };

    return evcp__loop_new(&config, &host->loop);
}

int evcp__host_make(const struct evcp_host_config *config, struct evcp__db *db, evcp_host_t **out)
{
    evcp_host_t *host = calloc(1, sizeof(*host));
    int result = EVCP_ENOMEM;

    if (host) {
        host->config = *config;
        host->config.store_dir = NULL;
        if (!host->config.soon_ms)
            host->config.soon_ms = EVCP__SOON_MS_DEFAULT;
        if (!host->config.build_time_ms)
            host->config.build_time_ms = build_time_ms();
        host->soon_at = EVCP__NEVER;
        host->reload_at = EVCP__NEVER;
        host->db = db;
        result = make_loop(host);
    }
    if (result) {
        db->ops->close(db);
        free(host);
        return result;
    }
    *out = host;
    return EVCP_OK;
}

static void refuse(const struct evcp_host_config *config, const char *text)
{
    if (config->log)
        config->log(config->user, 0, text);
}

static int read_config(const struct evcp_host_config *from, struct evcp_host_config *to)
{
    const unsigned char *bytes = (const unsigned char *)from;
    size_t known = from->size < sizeof(*to) ? from->size : sizeof(*to);

    memset(to, 0, sizeof(*to));
    memcpy(to, from, known);
    for (size_t i = known; i < from->size; i++) {
        if (bytes[i])
            return EVCP_EINVAL;
    }
    if (from->size < offsetof(struct evcp_host_config, store_bytes))
        return EVCP_EINVAL;
    if (!to->store_dir || !*to->store_dir) {
        refuse(to, "evcp_host_config.store_dir: is missing; name a directory that can be written");
        return EVCP_EINVAL;
    }
    if (to->loop != EVCP_LOOP_OWN && !to->foreign_loop) {
        refuse(to, "evcp_host_config.foreign_loop: is missing; give the loop, or use "
                   "EVCP_LOOP_OWN");
        return EVCP_EINVAL;
    }
    if (!to->store_bytes)
        to->store_bytes = EVCP__STORE_BYTES;
    return EVCP_OK;
}

int evcp_host_new(const struct evcp_host_config *config, evcp_host_t **host)
{
    struct evcp_host_config read;
    struct evcp__db_report report = {.created = false};
    struct evcp__db *db = NULL;
    char why[EVCP__WHY_MAX] = "";
    int result = EVCP_EINVAL;

    if (!config || !host)
        return EVCP_EINVAL;
    *host = NULL;
    result = read_config(config, &read);
    if (result)
        return result;
    result = evcp__db_open_lmdb(read.store_dir, read.store_bytes, &report, why, sizeof(why), &db);
    if (result) {
        refuse(&read, why);
        return result;
    }
    result = evcp__host_make(&read, db, host);
    if (!result && report.set_aside) {
        (void)snprintf((*host)->set_aside, sizeof((*host)->set_aside),
                       "the store could not be read; it was renamed to %s and a new one was made",
                       report.set_aside_path);
        evcp__host_log(*host, 0, "%s", (*host)->set_aside);
    }
    return result;
}

void evcp_host_free(evcp_host_t *host)
{
    if (!host)
        return;
    if (host->busy) {
        evcp__host_log(host, 0, "evcp_host_free: called from a callback; nothing was freed");
        return;
    }
    if (host->db->ops->commit(host->db))
        evcp__host_log(host, 0, "the last writes failed: %s", evcp_strerror(EVCP_ESTORE));
    while (host->stations)
        evcp_free(host->stations);
    evcp__loop_free(host->loop);
    host->db->ops->close(host->db);
    free(host);
}

/* ---- running ----------------------------------------------------------------------------- */

int evcp_host_run(evcp_host_t *host, int timeout_ms)
{
    if (!host)
        return EVCP_EINVAL;
    if (host->busy || host->config.loop != EVCP_LOOP_OWN)
        return EVCP_ESTATE;
    return evcp__loop_run(host->loop, timeout_ms);
}

int evcp_host_service(evcp_host_t *host)
{
    return evcp_host_run(host, 0);
}

int evcp_host_fd(const evcp_host_t *host)
{
    return host && host->config.loop == EVCP_LOOP_OWN ? evcp__loop_fd(host->loop) : -1;
}

int evcp_host_deadline_ms(const evcp_host_t *host)
{
    int due = host ? evcp__loop_deadline_ms(host->loop) : HOUR_MS;

    return due < 0 || due > HOUR_MS ? HOUR_MS : due;
}
