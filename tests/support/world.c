/* SPDX-License-Identifier: Apache-2.0 */
/* The driver of the world: step, commit, then act; power cuts; virtual time. */
#include "world_private.h"

#include <stdarg.h>

#define ROUNDS_MAX    10000
#define LOAD_ATTEMPTS 4     /* the driver tries again every few seconds */
#define SOON_MS       60000 /* default of evcp_host_config.soon_ms */
#define DARK_MS       5000  /* from power off to power on */

void world__violation(struct world *w, const char *format, ...)
{
    va_list args;
    if (w->violation[0] != '\0') {
        return;
    }
    va_start(args, format);
    vsnprintf(w->violation, sizeof w->violation, format, args);
    va_end(args);
}

struct evcp__now world__now(const struct world *w)
{
    struct evcp__now now = {.mono_ms = w->mono - w->boot_mono + 1000};
    now.wall_ms = w->options.no_clock ? 0 : world_utc(w) + w->wall_skew;
    return now;
}

int64_t world_utc(const struct world *w)
{
    return w->utc0 + (int64_t)w->mono;
}

/* ---- effects ----------------------------------------------------------------------------- */

static void keep_event(struct world *w, const struct evcp_event *event)
{
    if (w->event_count == w->event_capacity) {
        w->event_capacity = w->event_capacity == 0 ? 64 : w->event_capacity * 2;
        w->events = realloc(w->events, w->event_capacity * sizeof *w->events);
    }
    w->events[w->event_count] = *event;
    w->events[w->event_count++].text = NULL;
    world__log_event(w, event);
}

struct running {
    uint16_t connector;
    bool found;
};

static int see_running(void *context, struct evcp__slice key, struct evcp__slice value);

/* Promise 1, read literally: a committed record of a running transaction, before the contactor. */
static void check_decision(struct world *w, uint16_t connector)
{
    struct running r = {.connector = connector};
    if (w->db->ops->dirty(w->db)) {
        return; /* soon-writes are staged; the record was checked when it was committed */
    }
    if (w->store->ops->scan(w->store, EVCP__SPACE_TX, (struct evcp__slice){"", 0}, see_running,
                            &r) != EVCP_OK ||
        !r.found) {
        world__violation(w, "contactor %u closes without a committed transaction", connector);
    }
}

/* Fields of the record up to the connector: version, number u64, connector u16 (docs/STORE.md). */
static int see_running(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct running *r = context;
    const uint8_t *b = value.data;
    (void)key;
    if (value.size > 11 && (b[9] | b[10] << 8) == r->connector) {
        r->found = true;
    }
    return 0;
}

/* What the hardware is never told, whatever happens. */
static void check_contactor(struct world *w, const struct evcp__effect *fx)
{
    struct evcp_connector_state state;
    int32_t limit = w->connector[fx->connector].limit;
    if (evcp__core_connector(w->core, fx->connector, &state) == EVCP_OK && fx->on &&
        state.status == EVCP_STATUS_FAULTED) {
        world__violation(w, "contactor %u closes while it is faulted", fx->connector);
    }
    if (fx->on != (limit > 0)) {
        world__violation(w, "contactor %u moves with a limit of %d mA", fx->connector, limit);
    }
}

static void check_lock(struct world *w, const struct evcp__effect *fx)
{
    if (!fx->on && w->connector[fx->connector].contactor) {
        world__violation(w, "cable %u is unlocked under load", fx->connector);
    }
}

static void connect(struct world *w)
{
    w->connecting = true;
    if (w->dials < WORLD_DIALS_MAX) {
        w->dial_at[w->dials++] = w->mono;
    }
}

static void disconnect(struct world *w)
{
    bool was = w->connected || w->connecting;
    w->connected = w->connecting = false;
    world__forget_answers(w);
    if (was) {
        struct evcp__event e = {.kind = EVCP__EV_DISCONNECTED, .u.text = "closed"};
        world__step(w, &e);
    }
}

static void report_result(struct world *w, const struct evcp__effect *fx,
                          enum evcp__hardware_call call, int result)
{
    struct evcp__event e = {.kind = EVCP__EV_HARDWARE};
    e.u.hardware = (struct evcp__hardware_result){
        .call = call, .connector = fx->connector, .on = fx->on, .result = result};
    world__step(w, &e);
}

static void reset(struct world *w, const struct evcp__effect *fx)
{
    w->reset_asked = true;
    world__log(w, "   reset %s", fx->on ? "hard" : "soft");
    w->resets++;
    w->reset_kind = fx->on ? EVCP_RESET_HARD : EVCP_RESET_SOFT;
    report_result(w, fx, EVCP__HW_RESET, w->reset_result);
}

/* As the station does it: ask, then answer. */
static void data_transfer(struct world *w, const struct evcp__data *d)
{
    char answer[EVCP__DATA_ANSWER_MAX] = "";
    struct evcp__reply reply = {.kind = EVCP__REQ_DATA_TRANSFER};
    memcpy(reply.id, d->id, sizeof reply.id);
    int rc = w->options.data_transfer(w, d->vendor, d->has_message_id ? d->message_id : NULL,
                                      d->data, answer, sizeof answer);
    reply.outcome = rc == EVCP_OK       ? EVCP__OUT_ACCEPTED
                    : rc == EVCP_ENOENT ? EVCP__OUT_UNKNOWN_VENDOR_ID
                    : rc == EVCP_ESTATE ? EVCP__OUT_UNKNOWN_MESSAGE_ID
                                        : EVCP__OUT_REJECTED;
    reply.data = answer[0] == '\0' ? NULL : answer;
    world__replied(w, &reply);
}

static void perform(struct world *w, struct evcp__effect *fx)
{
    switch (fx->kind) {
    case EVCP__FX_CONNECT: connect(w); break;
    case EVCP__FX_DISCONNECT: disconnect(w); break;
    case EVCP__FX_CALL: world__receive(w, fx->fact); break;
    case EVCP__FX_REPLY: world__replied(w, fx->reply); break;
    case EVCP__FX_CONTACTOR:
        if (fx->on) {
            check_decision(w, fx->connector);
        }
        check_contactor(w, fx);
        report_result(w, fx, EVCP__HW_CONTACTOR, world__act(w, fx));
        break;
    case EVCP__FX_LOCK:
        check_lock(w, fx);
        report_result(w, fx, EVCP__HW_LOCK, world__act(w, fx));
        break;
    case EVCP__FX_LIMIT:
        w->connector[fx->connector].limit = fx->milliampere;
        world__log(w, "   %u limit %d mA", fx->connector, fx->milliampere);
        break;
    case EVCP__FX_RESET: reset(w, fx); break;
    case EVCP__FX_CLOCK_SET: w->clock_set_ms = fx->utc_ms; break;
    case EVCP__FX_DATA_TRANSFER: data_transfer(w, fx->data); break;
    case EVCP__FX_NET_SETTINGS: w->net_settings++; break;
    case EVCP__FX_NOTIFY: keep_event(w, fx->event); break;
    }
}

/* ---- power ------------------------------------------------------------------------------- */

static void restore_hardware(struct world *w);

static int load(struct world *w, const struct evcp__core_env *env, struct evcp__effects *fx)
{
    const char *why;
    int rc = evcp__core_load(env, world__now(w), fx, &w->core, &why);
    world__log(w, "   load");
    if (rc == EVCP_OK) {
        rc = w->db->ops->commit(w->db);
    }
    if (rc != EVCP_OK) {
        w->db->ops->abandon(w->db);
        evcp__core_free(w->core);
        w->core = NULL;
        evcp__effects_clear(fx);
    }
    return rc;
}

static void boot(struct world *w, bool rebuilt)
{
    struct evcp__core_env env = {.store = w->store,
                                 .config = &w->config,
                                 .energy = world__energy,
                                 .measure = w->options.measure ? world__measure : NULL,
                                 .user = w,
                                 .seed = 42 + w->commits,
                                 .serial = rebuilt ? w->serial : 0,
                                 .build_time_ms = WORLD_START_UTC - INT64_C(86400000) * 30,
                                 .rebuilt = rebuilt};
    struct evcp__effects fx = {0};
    w->soon_at = UINT64_MAX;
    for (uint16_t i = 1; i <= w->config.connectors; i++) {
        env.contactor_closed |= w->connector[i].contactor ? UINT64_C(1) << (i - 1) : 0;
    }
    int rc = EVCP_ESTORE;
    for (int attempt = 0; attempt < LOAD_ATTEMPTS && rc != EVCP_OK; attempt++) {
        rc = load(w, &env, &fx);
    }
    if (rc != EVCP_OK) {
        world__violation(w, "load failed: %d", rc);
    }
    for (size_t i = 0; w->core != NULL && i < fx.count; i++) {
        perform(w, &fx.items[i]);
    }
    evcp__effects_clear(&fx);
    restore_hardware(w);
}

static void restore_hardware(struct world *w)
{
    for (uint16_t i = 1; w->core != NULL && !w->mute && i <= w->config.connectors; i++) {
        struct evcp_report r = {
            .kind = EVCP_REPORT_PLUGGED, .connector = i, .on = w->connector[i].plugged};
        struct evcp__event e = {.kind = EVCP__EV_REPORT, .u.report = &r};
        world__log_report(w, &r);
        world__step(w, &e);
    }
}

void world_cut(struct world *w)
{
    w->cuts++;
    world__log(w, "@  power cut");
    w->cut_now = false;
    evcp__mem_cut(w->db);
    evcp__core_free(w->core);
    w->core = NULL;
    w->connected = w->connecting = false;
    world__forget_answers(w);
    for (uint16_t i = 1; i <= w->config.connectors && !w->contactors_survive; i++) {
        w->connector[i].contactor = w->connector[i].contactor_target = false;
        w->connector[i].locked = false;
        w->connector[i].lock_due = w->connector[i].contactor_due = UINT64_MAX;
    }
    for (uint16_t i = 1; i <= w->config.connectors; i++) {
        w->connector[i].dark_mwh -= w->connector[i].delivered_mwh;
    }
    world__meter(w, DARK_MS); /* a contactor that stayed closed goes on delivering */
    for (uint16_t i = 1; i <= w->config.connectors; i++) {
        w->connector[i].dark_mwh += w->connector[i].delivered_mwh;
    }
    w->mono += DARK_MS;
    w->boot_mono = w->mono;
    boot(w, false);
}

static void rebuild(struct world *w)
{
    w->serial = evcp__core_serial(w->core);
    w->db->ops->abandon(w->db);
    evcp__core_free(w->core);
    w->core = NULL;
    w->connected = w->connecting = false;
    world__forget_answers(w);
    boot(w, true);
}

/* ---- step -------------------------------------------------------------------------------- */

static void commit_soon(struct world *w)
{
    if (w->soon_at == UINT64_MAX) {
        w->soon_at = w->mono + SOON_MS;
    }
}

/* True if the effects may be performed. */
static bool commit(struct world *w, bool durable)
{
    if (!w->db->ops->dirty(w->db)) {
        return true;
    }
    if (!durable) {
        commit_soon(w);
        return true;
    }
    w->soon_at = UINT64_MAX;
    w->commits++;
    bool cut = w->commits == w->cut_at;
    if (cut && w->cut_mode == CUT_BEFORE_COMMIT) {
        w->cut_now = true;
        return false;
    }
    if (w->db->ops->commit(w->db) != EVCP_OK) {
        rebuild(w);
        return false;
    }
    world__log(w, "   commit");
    w->cut_now = cut;
    return !cut;
}

void world__step(struct world *w, const struct evcp__event *event)
{
    struct evcp__effects fx = {0};
    struct evcp__core *core = w->core;
    if (core == NULL || w->cut_now) {
        return; /* no power */
    }
    int rc = evcp__core_step(core, event, world__now(w), &fx);
    if (rc != EVCP_OK) {
        rebuild(w);
    } else if (commit(w, fx.durable)) {
        for (size_t i = 0; i < fx.count && w->core == core && !w->cut_now; i++) {
            perform(w, &fx.items[i]);
        }
    }
    evcp__effects_clear(&fx);
}

static void tick(struct world *w)
{
    struct evcp__event e = {.kind = EVCP__EV_TICK};
    world__step(w, &e);
}

/* ---- time -------------------------------------------------------------------------------- */

static bool settle_network(struct world *w)
{
    if (!w->connecting) {
        return false;
    }
    w->connecting = false;
    w->connected = w->network;
    struct evcp__event e = {.kind = w->network ? EVCP__EV_CONNECTED : EVCP__EV_DISCONNECTED};
    if (!w->network) {
        e.u.text = "no route";
    }
    world__step(w, &e);
    return true;
}

static bool settle_store(struct world *w)
{
    bool due = w->core != NULL && !w->cut_now && w->soon_at <= w->mono;
    if (due) {
        w->soon_at = UINT64_MAX;
        commit(w, true);
    }
    return due;
}

static bool core_due(const struct world *w)
{
    return w->core != NULL && evcp__core_deadline(w->core) <= world__now(w).mono_ms;
}

void world_settle(struct world *w)
{
    for (int i = 0; i < ROUNDS_MAX; i++) {
        if (w->cut_now) {
            world_cut(w);
        }
        world__devices(w);
        bool busy = settle_store(w) || settle_network(w) || world__deliver(w);
        if (!busy && core_due(w)) {
            tick(w);
            busy = true;
        }
        if (!busy && !w->cut_now) {
            return;
        }
    }
    world__violation(w, "the station never comes to rest: a timer is always due");
}

static uint64_t next_event(const struct world *w, uint64_t end)
{
    uint64_t at = end;
    if (w->core != NULL) {
        uint64_t d = evcp__core_deadline(w->core);
        uint64_t world_time = d == UINT64_MAX ? UINT64_MAX : d + w->boot_mono - 1000;
        at = world_time < at ? world_time : at;
    }
    uint64_t a = world__answers_due(w);
    uint64_t h = world__devices_due(w);
    at = w->soon_at < at ? w->soon_at : at;
    at = a < at ? a : at;
    at = h < at ? h : at;
    return at < w->mono ? w->mono : at;
}

void world_run(struct world *w, uint64_t ms)
{
    uint64_t end = w->mono + ms;
    world_settle(w);
    while (w->mono < end && w->violation[0] == '\0') {
        uint64_t at = next_event(w, end);
        world__meter(w, at - w->mono);
        w->mono = at;
        world_settle(w);
    }
}

/* ---- network ----------------------------------------------------------------------------- */

void world_drop(struct world *w)
{
    disconnect(w);
    world_settle(w);
}

void world_allow(struct world *w, bool allowed)
{
    struct evcp__event e = {.kind = EVCP__EV_ALLOW_LINK, .u.allow = allowed};
    world__step(w, &e);
    world_settle(w);
}

void world_network(struct world *w, bool up)
{
    w->network = up;
    world__log(w, "@  network %s", up ? "up" : "down");
    if (!up) {
        world_drop(w);
    } else {
        world_settle(w);
    }
}

/* ---- making ------------------------------------------------------------------------------ */

static int no_contactor(void *user, uint16_t connector, bool close)
{
    (void)user;
    (void)connector;
    (void)close;
    return EVCP_OK; /* the world performs effects itself; the core only looks whether it is there */
}

static int no_reset(void *user, enum evcp_reset_kind kind)
{
    (void)user;
    (void)kind;
    return EVCP_OK;
}

static int no_limit(void *user, uint16_t connector, int32_t milliampere)
{
    (void)user;
    (void)connector;
    (void)milliampere;
    return EVCP_OK;
}

static int no_clock(void *user, int64_t utc_ms)
{
    (void)user;
    (void)utc_ms;
    return EVCP_OK;
}

static void configure(struct world *w, const struct world_options *o)
{
    w->hardware = (struct evcp_hardware){.size = sizeof w->hardware,
                                         .contactor = no_contactor,
                                         .energy = world__energy,
                                         .lock = o->lock ? no_contactor : NULL,
                                         .measure = o->measure ? world__measure : NULL,
                                         .limit = no_limit,
                                         .reset = o->no_reset ? NULL : no_reset,
                                         .clock_set = no_clock,
                                         .data_transfer = o->data_transfer};
    for (uint16_t i = 0; i < WORLD_CONNECTORS_MAX; i++) {
        w->made[i].max_current_ma = o->max_current_ma;
    }
    w->config = (struct evcp_config){
        .size = sizeof w->config,
        .id = "CP1",
        .url = "ws://central/",
        .vendor = "Vendor",
        .model = "Model",
        .firmware = "1.0",
        .connectors = o->connectors == 0 ? 1 : o->connectors,
        .settings = o->settings,
        .setting_count = o->setting_count,
        .local_list_max = o->local_list_max == 0 ? 1000 : o->local_list_max,
        .send_list_max = o->send_list_max == 0 ? 1000 : o->send_list_max,
        .cache_max = o->cache_max == 0 ? 100 : o->cache_max,
        .outbox_max = o->outbox_max == 0 ? 10000 : o->outbox_max,
        .connector = w->made,
        .measurands = o->measurands != 0 ? o->measurands
                      : o->measure
                          ? 1u << EVCP_ENERGY_ACTIVE_IMPORT_REGISTER | 1u << EVCP_VOLTAGE |
                                1u << EVCP_CURRENT_IMPORT | 1u << EVCP_POWER_ACTIVE_IMPORT |
                                1u << EVCP_SOC | 1u << EVCP_FREQUENCY | 1u << EVCP_TEMPERATURE
                          : 1u << EVCP_ENERGY_ACTIVE_IMPORT_REGISTER,
        .token_rules = o->token_rules,
        .restarted = o->restarted,
        .hardware = &w->hardware,
        .user = w};
}

struct world *world_new(const struct world_options *options)
{
    static const struct world_options none;
    const struct world_options *o = options == NULL ? &none : options;
    struct world *w = calloc(1, sizeof *w);
    w->options = *o;
    w->log = o->log;
    w->boot_status = "Accepted";
    w->boot_interval = 3600;
    w->network = !o->cold;
    w->utc0 = WORLD_START_UTC;
    w->next_id = 1;
    configure(w, o);
    for (uint16_t i = 0; i <= WORLD_CONNECTORS_MAX; i++) {
        w->connector[i].watts = 7200;
        w->connector[i].milliwatthours = 1000000 * (i + 1);
        w->connector[i].contactor_due = w->connector[i].lock_due = UINT64_MAX;
    }
    if (evcp__db_open_mem(&w->db) != EVCP_OK ||
        w->db->ops->station(w->db, "CP1", &w->store) != EVCP_OK) {
        abort();
    }
    boot(w, false);
    world_settle(w);
    return w;
}

void world_forget(struct world *w)
{
    for (size_t i = 0; i < w->call_count; i++) {
        json_decref(w->calls[i].payload);
    }
    w->call_count = w->call_read = w->event_count = w->dials = 0;
}

void world_free(struct world *w)
{
    world_forget(w);
    world__forget_answers(w);
    evcp__core_free(w->core);
    w->db->ops->close(w->db);
    free(w->calls);
    free(w->events);
    free(w);
}

/* ---- reading ----------------------------------------------------------------------------- */

enum evcp_status world_status(struct world *w, uint16_t connector)
{
    struct evcp_connector_state state;
    if (evcp__core_connector(w->core, connector, &state) != EVCP_OK) {
        abort();
    }
    return state.status;
}

const char *world_setting(struct world *w, const char *key)
{
    const struct evcp__settings *s = evcp__core_settings(w->core);
    enum evcp__key k = evcp__setting_find(s, key);
    return k == EVCP__KEYS ? NULL : evcp__setting_text(s, k);
}

const struct evcp_event *world_decision(const struct world *w)
{
    for (size_t i = w->event_count; i > 0; i--) {
        if (w->events[i - 1].kind == EVCP_EVENT_DECISION) {
            return &w->events[i - 1];
        }
    }
    return NULL;
}
