/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the host: a loop and a network without sockets, in virtual time, and around them a
 * station in a box: real driver, real core, memory store, recorded hardware and frames. Include
 * after cmocka.h; one test program, one copy.
 */
#ifndef EVCP_TESTS_FAKE_PORT_H
#define EVCP_TESTS_FAKE_PORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "../../lib/port/host_private.h"
#include "../support/store_mem.h"

#define FRAMES_MAX 512
#define EVENTS_MAX 1024
#define LOG_MAX    16384
/* Not every test needs every helper. */
#define HELPER    static __attribute__((unused))
#define START_UTC INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */

/* ---- time and loop ----------------------------------------------------------------------- */

static uint64_t fake_mono = 1000;

struct evcp__watch {
    int fd;
    void (*on_readable)(void *user);
    void *user;
};

struct evcp__loop {
    struct evcp__loop_config config;
    uint64_t deadline;
    bool woken;
    unsigned turns;
    struct evcp__watch watch; /* one is enough here */
};

uint64_t evcp__mono_ms(void)
{
    return fake_mono;
}

int evcp__loop_new(const struct evcp__loop_config *config, struct evcp__loop **loop)
{
    *loop = calloc(1, sizeof(**loop));
    if (!*loop)
        return EVCP_ENOMEM;
    (*loop)->config = *config;
    (*loop)->deadline = UINT64_MAX;
    (*loop)->watch.fd = -1;
    return EVCP_OK;
}

void evcp__loop_free(struct evcp__loop *loop)
{
    free(loop);
}

/* All turns that are due now; a host that never rests is stopped after a thousand. */
int evcp__loop_run(struct evcp__loop *loop, int timeout_ms)
{
    (void)timeout_ms;
    for (int i = 0; i < 1000 && (loop->woken || loop->deadline <= fake_mono); i++) {
        loop->woken = false;
        loop->deadline = UINT64_MAX;
        loop->turns++;
        loop->config.turn(loop->config.user);
    }
    return EVCP_OK;
}

int evcp__loop_fd(const struct evcp__loop *loop)
{
    (void)loop;
    return 99;
}

int evcp__loop_deadline_ms(const struct evcp__loop *loop)
{
    if (loop->woken)
        return 0;
    return loop->deadline == UINT64_MAX ? -1 : (int)(loop->deadline - fake_mono);
}

void evcp__loop_set_deadline(struct evcp__loop *loop, uint64_t mono_ms)
{
    loop->deadline = mono_ms;
}

void evcp__loop_wake(struct evcp__loop *loop)
{
    loop->woken = true;
}

int evcp__loop_watch(struct evcp__loop *loop, int fd, void (*on_readable)(void *user), void *user,
                     struct evcp__watch **watch)
{
    loop->watch = (struct evcp__watch){fd, on_readable, user};
    *watch = &loop->watch;
    return EVCP_OK;
}

void evcp__loop_unwatch(struct evcp__watch *watch)
{
    watch->fd = -1;
}

/* ---- network ----------------------------------------------------------------------------- */

struct evcp__net {
    struct evcp__net_callbacks callbacks;
    bool wanted; /* an attempt is under way */
    bool connected;
    bool closing;
    int send_result;
    unsigned attempts;
    uint32_t ping;
    uint8_t key[20];
    size_t key_size;
    char *sent[FRAMES_MAX];
    size_t sent_count;
    size_t served; /* frames up to here were answered by serve() */
};

int evcp__net_new(struct evcp__loop *loop, const struct evcp__net_config *config,
                  const struct evcp__net_callbacks *callbacks, struct evcp__net **net)
{
    (void)loop;
    assert_string_equal(config->subprotocol, "ocpp1.6");
    *net = calloc(1, sizeof(**net));
    if (!*net)
        return EVCP_ENOMEM;
    (*net)->callbacks = *callbacks;
    return EVCP_OK;
}

void evcp__net_free(struct evcp__net *net)
{
    for (size_t i = 0; net && i < net->sent_count; i++)
        free(net->sent[i]);
    free(net);
}

int evcp__net_set_key(struct evcp__net *net, const uint8_t *key, size_t size)
{
    net->key_size = size;
    if (key)
        memcpy(net->key, key, size);
    return EVCP_OK;
}

void evcp__net_set_ping(struct evcp__net *net, uint32_t interval_s, uint32_t pong_timeout_s)
{
    assert_true(pong_timeout_s > 0);
    net->ping = interval_s;
}

int evcp__net_connect(struct evcp__net *net)
{
    assert_false(net->wanted || net->connected);
    net->wanted = true;
    net->attempts++;
    return EVCP_OK;
}

void evcp__net_disconnect(struct evcp__net *net)
{
    net->closing = net->wanted || net->connected;
}

int evcp__net_send(struct evcp__net *net, const char *text, size_t length)
{
    if (!net->connected)
        return EVCP_ESTATE;
    if (net->send_result)
        return net->send_result;
    assert_true(net->sent_count < FRAMES_MAX);
    net->sent[net->sent_count] = strndup(text, length);
    net->sent_count++;
    return EVCP_OK;
}

/* ---- a store whose medium fails ---------------------------------------------------------- */

struct weak_db {
    struct evcp__db base;
    struct evcp__db *inner;
    bool broken; /* every commit that has something to write fails */
    bool *dirty_at_close;
    unsigned commits;
};

static int weak_station(struct evcp__db *db, const char *id, struct evcp__store **out)
{
    struct weak_db *weak = (struct weak_db *)db;

    return weak->inner->ops->station(weak->inner, id, out);
}

static int weak_commit(struct evcp__db *db)
{
    struct weak_db *weak = (struct weak_db *)db;

    weak->commits++;
    if (weak->broken && weak->inner->ops->dirty(weak->inner)) {
        weak->inner->ops->abandon(weak->inner);
        return EVCP_ESTORE;
    }
    return weak->inner->ops->commit(weak->inner);
}

static void weak_abandon(struct evcp__db *db)
{
    struct weak_db *weak = (struct weak_db *)db;

    weak->inner->ops->abandon(weak->inner);
}

static bool weak_dirty(const struct evcp__db *db)
{
    const struct weak_db *weak = (const struct weak_db *)db;

    return weak->inner->ops->dirty(weak->inner);
}

static void weak_end_turn(struct evcp__db *db)
{
    struct weak_db *weak = (struct weak_db *)db;

    weak->inner->ops->end_turn(weak->inner);
}

static void weak_close(struct evcp__db *db)
{
    struct weak_db *weak = (struct weak_db *)db;

    if (weak->dirty_at_close)
        *weak->dirty_at_close = weak->inner->ops->dirty(weak->inner);
    weak->inner->ops->close(weak->inner);
    free(weak);
}

static const struct evcp__db_ops weak_ops = {
    .station = weak_station,
    .commit = weak_commit,
    .abandon = weak_abandon,
    .dirty = weak_dirty,
    .end_turn = weak_end_turn,
    .close = weak_close,
};

/* ---- the box ----------------------------------------------------------------------------- */

struct box {
    struct weak_db *db;
    evcp_host_t *host;
    evcp_t *station;
    struct evcp_hardware hardware;
    struct evcp_host_config host_config;
    struct evcp_config config;
    bool closed[5];
    int contactor_calls;
    int contactor_result;
    bool dirty_at_contactor; /* a contactor was told to move before its decision was durable */
    int data_result;
    const char *data_answer;
    int64_t wh;
    struct evcp_event events[EVENTS_MAX]; /* their texts are copies */
    size_t event_count;
    char log[LOG_MAX];
};

static int box_contactor(void *user, uint16_t connector, bool close)
{
    struct box *box = user;

    box->contactor_calls++;
    if (close && box->db->base.ops->dirty(&box->db->base))
        box->dirty_at_contactor = true;
    if (box->contactor_result == EVCP_OK)
        box->closed[connector] = close;
    return box->contactor_result;
}

static int box_energy(void *user, uint16_t connector, int64_t *wh)
{
    struct box *box = user;

    *wh = box->wh++;
    return connector ? EVCP_OK : EVCP_ENOENT;
}

static int box_data(void *user, const char *vendor, const char *message, const char *data,
                    char *answer, size_t answer_size)
{
    struct box *box = user;

    (void)vendor, (void)message, (void)data;
    if (box->data_answer)
        snprintf(answer, answer_size, "%s", box->data_answer);
    return box->data_result;
}

static void box_event(void *user, const struct evcp_event *event)
{
    struct box *box = user;

    assert_true(box->event_count < EVENTS_MAX);
    box->events[box->event_count] = *event;
    if (event->text)
        box->events[box->event_count].text = strdup(event->text);
    box->event_count++;
}

static int64_t box_clock(void *user)
{
    (void)user;
    return START_UTC + (int64_t)fake_mono;
}

static void box_log(void *user, int level, const char *text)
{
    struct box *box = user;
    size_t used = strlen(box->log);

    (void)level;
    snprintf(box->log + used, sizeof(box->log) - used, "%s\n", text);
}

static struct evcp__net *box_net(struct box *box)
{
    return box->station->net;
}

static void run(struct box *box)
{
    struct evcp__net *net = box->station ? box_net(box) : NULL;

    assert_int_equal(evcp_host_run(box->host, 0), EVCP_OK);
    if (net && net->closing) {
        net->closing = net->wanted = net->connected = false;
        net->callbacks.disconnected(net->callbacks.user, "closed");
        evcp__loop_wake(box->host->loop);
        assert_int_equal(evcp_host_run(box->host, 0), EVCP_OK);
    }
}

static void pass(struct box *box, uint64_t ms)
{
    uint64_t end = fake_mono + ms;

    while (fake_mono < end) {
        int due = evcp_host_deadline_ms(box->host);

        fake_mono += (uint64_t)due > end - fake_mono ? end - fake_mono : due ? (uint64_t)due : 1;
        run(box);
    }
}

/* ---- the central system ------------------------------------------------------------------ */

static void receive(struct box *box, const char *text)
{
    struct evcp__net *net = box_net(box);

    net->callbacks.message(net->callbacks.user, text, strlen(text));
    evcp__loop_wake(box->host->loop);
    run(box);
}

static const char *answer_to(const char *action)
{
    if (strcmp(action, "BootNotification") == 0)
        return "{\"status\":\"Accepted\",\"currentTime\":\"2027-01-15T08:00:01Z\","
               "\"interval\":3600}";
    if (strcmp(action, "Heartbeat") == 0)
        return "{\"currentTime\":\"2027-01-15T08:00:01Z\"}";
    if (strcmp(action, "StartTransaction") == 0)
        return "{\"transactionId\":7,\"idTagInfo\":{\"status\":\"Accepted\"}}";
    if (strcmp(action, "Authorize") == 0)
        return "{\"idTagInfo\":{\"status\":\"Accepted\"}}";
    return "{}";
}

/* Answers every call that was sent, also those that follow. */
HELPER void serve(struct box *box)
{
    struct evcp__net *net = box_net(box);

    while (net->served < net->sent_count) {
        json_t *frame = json_loads(net->sent[net->served++], 0, NULL);
        char answer[256];

        if (json_integer_value(json_array_get(frame, 0)) == 2) {
            snprintf(answer, sizeof(answer), "[3,\"%s\",%s]",
                     json_string_value(json_array_get(frame, 1)),
                     answer_to(json_string_value(json_array_get(frame, 2))));
            receive(box, answer);
        }
        json_decref(frame);
    }
}

static void connect_now(struct box *box)
{
    struct evcp__net *net = box_net(box);

    run(box);
    assert_true(net->wanted);
    net->wanted = false;
    net->connected = true;
    net->callbacks.connected(net->callbacks.user);
    evcp__loop_wake(box->host->loop);
    run(box);
}

HELPER void lose_link(struct box *box)
{
    struct evcp__net *net = box_net(box);

    net->connected = net->wanted = net->closing = false;
    net->callbacks.disconnected(net->callbacks.user, "lost");
    evcp__loop_wake(box->host->loop);
    run(box);
}

static void go_online(struct box *box)
{
    connect_now(box);
    serve(box);
    assert_int_equal(evcp_link(box->station), EVCP_LINK_ONLINE);
}

/* ---- making it --------------------------------------------------------------------------- */

static int box_new(void **state)
{
    struct box *box = calloc(1, sizeof(*box));
    struct weak_db *db = calloc(1, sizeof(*db));

    db->base.ops = &weak_ops;
    box->db = db;
    box->hardware = (struct evcp_hardware){.size = sizeof(box->hardware),
                                           .contactor = box_contactor,
                                           .energy = box_energy,
                                           .data_transfer = box_data,
                                           .event = box_event};
    box->host_config = (struct evcp_host_config){.size = sizeof(box->host_config),
                                                 .store_dir = "-",
                                                 .build_time_ms = START_UTC - 1000,
                                                 .wall_clock = box_clock,
                                                 .log = box_log,
                                                 .user = box};
    box->config = (struct evcp_config){.size = sizeof(box->config),
                                       .id = "CP1",
                                       .url = "ws://central/ocpp",
                                       .vendor = "ACME",
                                       .model = "Box",
                                       .connectors = 2,
                                       .hardware = &box->hardware,
                                       .user = box};
    *state = box;
    return evcp__db_open_mem(&db->inner) ||
           evcp__host_make(&box->host_config, &db->base, &box->host);
}

HELPER int box_with_station(void **state)
{
    struct box *box = NULL;

    if (box_new(state))
        return -1;
    box = *state;
    return evcp_new(box->host, &box->config, &box->station);
}

static int box_free(void **state)
{
    struct box *box = *state;

    evcp_free(box->station);
    evcp_host_free(box->host);
    for (size_t i = 0; i < box->event_count; i++)
        free((char *)(uintptr_t)box->events[i].text);
    free(box);
    return 0;
}

/* ---- looking at it ----------------------------------------------------------------------- */

HELPER size_t count_events(const struct box *box, enum evcp_event_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < box->event_count; i++)
        count += box->events[i].kind == kind;
    return count;
}

HELPER const struct evcp_event *last_event(const struct box *box, enum evcp_event_kind kind)
{
    for (size_t i = box->event_count; i > 0; i--) {
        if (box->events[i - 1].kind == kind)
            return &box->events[i - 1];
    }
    return NULL;
}

/* True if a frame with all of these texts was sent. */
HELPER bool was_sent(struct box *box, const char *a, const char *b)
{
    struct evcp__net *net = box_net(box);

    for (size_t i = 0; i < net->sent_count; i++) {
        if (strstr(net->sent[i], a) && strstr(net->sent[i], b))
            return true;
    }
    return false;
}

static void give_list(struct box *box)
{
    receive(box, "[2,\"list\",\"SendLocalList\",{\"listVersion\":1,\"updateType\":\"Full\","
                 "\"localAuthorizationList\":[{\"idTag\":\"GOOD\",\"idTagInfo\":"
                 "{\"status\":\"Accepted\"}},{\"idTag\":\"BAD\",\"idTagInfo\":"
                 "{\"status\":\"Blocked\"}}]}]");
    assert_true(was_sent(box, "[3,\"list\"", "Accepted"));
}

/* A registered charge point with a list, and the network is gone. */
HELPER void go_offline_with_list(struct box *box)
{
    go_online(box);
    give_list(box);
    lose_link(box);
}

HELPER void plug_in(struct box *box, uint16_t connector)
{
    assert_int_equal(evcp_report_plugged(box->station, connector, true), EVCP_OK);
    assert_int_equal(evcp_report_ev(box->station, connector, EVCP_EV_READY), EVCP_OK);
}

HELPER void present_card(struct box *box, uint16_t connector, const char *tag)
{
    assert_int_equal(evcp_report_token(box->station, connector, EVCP_TOKEN_ISO14443, tag), EVCP_OK);
    run(box);
}

#endif
