/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A charge point in this process.
 */
#include "point.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/host_private.h"

#define STORE_BYTES ((uint64_t)1 << 30)
#define WAIT_S      60
#define WH_BEGIN    INT64_C(1234567)
#define WH_PER_S    3 /* 11 kW */

/* ---- a store that is watched ------------------------------------------------------------- */

struct point_db {
    struct evcp__db base;
    struct evcp__db *inner;
    struct point *point;
};

static struct evcp__db *inner(const struct evcp__db *db)
{
    return ((const struct point_db *)db)->inner;
}

static int db_station(struct evcp__db *db, const char *id, struct evcp__store **out)
{
    return inner(db)->ops->station(inner(db), id, out);
}

static int db_commit(struct evcp__db *db)
{
    struct point *point = ((struct point_db *)db)->point;
    const bool dirty = inner(db)->ops->dirty(inner(db));
    const uint64_t start = bench_ns();
    int rc = inner(db)->ops->commit(inner(db));

    if (dirty) {
        point->commits++;
        point->commits_ns += bench_ns() - start;
    }
    return rc;
}

static void db_abandon(struct evcp__db *db)
{
    inner(db)->ops->abandon(inner(db));
}

static bool db_dirty(const struct evcp__db *db)
{
    return inner(db)->ops->dirty(inner(db));
}

static void db_end_turn(struct evcp__db *db)
{
    inner(db)->ops->end_turn(inner(db));
}

static void db_close(struct evcp__db *db)
{
    inner(db)->ops->close(inner(db));
    free(db);
}

static const struct evcp__db_ops db_ops = {db_station, db_commit,   db_abandon,
                                           db_dirty,   db_end_turn, db_close};

/* ---- hardware ---------------------------------------------------------------------------- */

static int contactor(void *user, uint16_t connector, bool close)
{
    struct point *point = user;

    (void)connector;
    point->closed = close;
    if (close)
        point->closed_ns = bench_ns();
    return EVCP_OK;
}

static int energy(void *user, uint16_t connector, int64_t *wh)
{
    (void)user;
    *wh = WH_BEGIN + (int64_t)(evcp__mono_ms() / 1000) * WH_PER_S;
    return connector ? EVCP_OK : EVCP_ENOENT;
}

static void event(void *user, const struct evcp_event *event)
{
    struct point *point = user;

    if (event->kind == EVCP_EVENT_FRAME && event->accepted && strncmp(event->text, "[3,", 3) == 0) {
        point->reply_ns = bench_ns();
        point->accepted = strstr(event->text, "\"Accepted\"") != NULL;
    }
    if (event->kind == EVCP_EVENT_DELIVERED && !event->accepted)
        point->ended++;
    if (event->kind == EVCP_EVENT_LINK && event->link == EVCP_LINK_ONLINE)
        point->online_ns = bench_ns();
}

static void log_text(void *user, int level, const char *text)
{
    (void)user;
    if (level == 0)
        (void)fprintf(stderr, "evcp-bench: library: %s\n", text);
}

/* ---- making it --------------------------------------------------------------------------- */

static struct evcp__db *open_db(struct point *point, const char *dir)
{
    struct evcp__db_report report;
    char why[256];

    point->db = calloc(1, sizeof(*point->db));
    bench_must(point->db, "allocate");
    if (evcp__db_open_lmdb(dir, STORE_BYTES, &report, why, sizeof(why), &point->db->inner))
        bench_fail("%s", why);
    point->db->base.ops = &db_ops;
    point->db->point = point;
    return &point->db->base;
}

evcp_t *point_add(struct point *point, const char *id)
{
    char url[64];
    struct evcp_config config = {.size = sizeof(config),
                                 .id = id,
                                 .url = url,
                                 .vendor = "Bench",
                                 .model = "Bench",
                                 .local_list_max = EVCP__LOCAL_LIST_CEILING,
                                 .hardware = &point->hardware,
                                 .user = point};
    evcp_t *station = NULL;

    (void)snprintf(url, sizeof(url), "ws://127.0.0.1:%d/ocpp", point->peer->port);
    bench_must(evcp_new(point->host, &config, &station) == EVCP_OK, "make a station");
    return station;
}

void point_open(struct point *point, const struct bench *bench, const char *name)
{
    char dir[BENCH_PATH_MAX];
    struct evcp_host_config config = {.size = sizeof(config),
                                      .store_dir = dir,
                                      .soon_ms = bench->soon_ms,
                                      .log = log_text,
                                      .user = point};

    memset(point, 0, sizeof(*point));
    point->hardware = (struct evcp_hardware){
        .size = sizeof(point->hardware), .contactor = contactor, .energy = energy, .event = event};
    point->peer = peer_get(bench);
    bench_subdir(bench, name, dir);
    bench_must(evcp__host_make(&config, open_db(point, dir), &point->host) == EVCP_OK,
               "make a host");
    point->station = point_add(point, name);
}

void point_close(struct point *point)
{
    evcp_free(point->station);
    evcp_host_free(point->host);
}

/* ---- running it -------------------------------------------------------------------------- */

void point_run(struct point *point, int ms)
{
    bench_must(evcp_host_run(point->host, ms) == EVCP_OK, "run the loop");
}

void point_wait(struct point *point, bool (*done)(const struct point *point), const char *what)
{
    const uint64_t start = bench_ns();

    while (!done(point)) {
        if (bench_us_since(start) > WAIT_S * 1e6)
            bench_fail("in %d s the station did not %s", WAIT_S, what);
        point_run(point, 5);
    }
}

bool point_is_online(const struct point *point)
{
    return evcp_link(point->station) == EVCP_LINK_ONLINE;
}

bool point_is_idle(const struct point *point)
{
    return point_is_online(point) && evcp_outbox_count(point->station) == 0;
}

static bool is_down(const struct point *point)
{
    return evcp_link(point->station) == EVCP_LINK_DOWN;
}

void point_go_online(struct point *point)
{
    bench_must(evcp_set_online(point->station, true) == EVCP_OK, "allow the link");
    point_wait(point, point_is_online, "come online");
}

void point_go_offline(struct point *point)
{
    bench_must(evcp_set_online(point->station, false) == EVCP_OK, "forbid the link");
    point_wait(point, is_down, "go offline");
}

void point_receive(struct point *point, const char *text, size_t length)
{
    evcp__station_net_callbacks.message(point->station, text, length);
    evcp__loop_wake(point->host->loop);
}

void point_plug(struct point *point, bool plugged)
{
    bench_must(evcp_report_plugged(point->station, 1, plugged) == EVCP_OK &&
                   evcp_report_ev(point->station, 1, plugged ? EVCP_EV_READY : EVCP_EV_ABSENT) ==
                       EVCP_OK,
               "report a cable");
}

void point_present(struct point *point, const char *tag)
{
    bench_must(evcp_report_token(point->station, 1, EVCP_TOKEN_ISO14443, tag) == EVCP_OK,
               "report a card");
}
