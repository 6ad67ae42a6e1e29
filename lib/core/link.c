/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machine 1: the link to the central system. Back-off with full jitter, registration by
 * BootNotification (OCPP 1.6 4.2), heartbeat (4.6).
 */
#include "core_private.h"

#define BACK_OFF_FLOOR_MS  500u      /* never dial faster than this */
#define BOOT_RETRY_S       30        /* own wait where the central system gave none (4.2) */
#define STABLE_MS          10000u    /* a connection that lasted this long resets the back-off */
#define CLOCK_SYNC_MS      86400000u /* one Heartbeat a day at least (4.6) */
#define BACK_OFF_DOUBLINGS 16u

typedef int action(struct evcp__core *core, const char *text);

static int connect(struct evcp__core *core, const char *text)
{
    (void)text;
    core->link.retry = EVCP__NEVER;
    return evcp__effect_simple(core, EVCP__FX_CONNECT, 0, false);
}

static int disconnect(struct evcp__core *core, const char *text)
{
    (void)text;
    core->link.retry = EVCP__NEVER;
    core->link.boot_next = EVCP__NEVER;
    core->signals |= EVCP__SIGNAL_LOST;
    return evcp__effect_simple(core, EVCP__FX_DISCONNECT, 0, false);
}

/* Not awaited: it goes, the next attempt stays planned. */
static int hang_up(struct evcp__core *core, const char *text)
{
    (void)text;
    return evcp__effect_simple(core, EVCP__FX_DISCONNECT, 0, false);
}

static uint64_t back_off_ms(struct evcp__core *core)
{
    uint64_t base = (uint64_t)evcp__setting_int(core->settings, EVCP__KEY_BACK_OFF_BASE) * 1000u;
    uint64_t cap = (uint64_t)evcp__setting_int(core->settings, EVCP__KEY_BACK_OFF_CAP) * 1000u;
    unsigned n =
        core->link.failures < BACK_OFF_DOUBLINGS ? core->link.failures : BACK_OFF_DOUBLINGS;
    uint64_t window = base << n;
    if (window > cap) {
        window = cap;
    }
    uint64_t wait = evcp__draw(core, (uint32_t)window + 1u);
    return wait < BACK_OFF_FLOOR_MS ? BACK_OFF_FLOOR_MS : wait;
}

static int back_off(struct evcp__core *core, const char *text)
{
    struct evcp__link *l = &core->link;
    (void)text;
    if (l->online_since != 0 && core->now.mono_ms - l->online_since >= STABLE_MS) {
        l->failures = 0;
    }
    l->online_since = 0;
    l->retry = core->now.mono_ms + back_off_ms(core);
    l->failures++;
    l->boot_next = EVCP__NEVER;
    core->signals |= EVCP__SIGNAL_LOST;
    return EVCP_OK;
}

/* 4.2: not before the interval of Pending or Rejected is over, also on a new connection. */
static void plan_boot(struct evcp__core *core, uint64_t at)
{
    core->link.boot_next = at < core->link.boot_floor ? core->link.boot_floor : at;
}

static int boot_now(struct evcp__core *core, const char *text)
{
    (void)text;
    plan_boot(core, core->now.mono_ms);
    return EVCP_OK;
}

static int boot_later(struct evcp__core *core, const char *text)
{
    (void)text;
    plan_boot(core, evcp__after_s(core, BOOT_RETRY_S));
    return EVCP_OK;
}

static int boot_as_told(struct evcp__core *core, const char *text)
{
    (void)text; /* evcp__link_boot_answer() set the floor from the interval */
    plan_boot(core, core->link.boot_floor);
    return EVCP_OK;
}

static int unregister(struct evcp__core *core, const char *text)
{
    core->link.registered = false;
    return boot_later(core, text);
}

static int go_online(struct evcp__core *core, const char *text)
{
    (void)text;
    core->link.boot_next = EVCP__NEVER;
    core->link.boot_floor = 0;
    core->link.refused = EVCP_LINK_DOWN;
    core->link.online_since = core->now.mono_ms;
    evcp__link_active(core);
    core->signals |= EVCP__SIGNAL_ONLINE;
    return EVCP_OK;
}

static int go_registered(struct evcp__core *core, const char *text)
{
    core->link.registered = true;
    core->signals |= EVCP__SIGNAL_REGISTERED;
    if (!core->link.ever_accepted) {
        core->link.ever_accepted = true;
        EVCP__TRY(evcp__meta_put(core, "accepted", 1));
        evcp__durable(core);
    }
    return go_online(core, text);
}

static bool registered(const struct evcp__core *core)
{
    return core->link.registered;
}

static bool still(const struct evcp__core *core, enum evcp_link_state answer)
{
    return core->link.refused == answer && core->now.mono_ms < core->link.boot_floor;
}

static bool pending(const struct evcp__core *core)
{
    return still(core, EVCP_LINK_PENDING);
}

static bool rejected(const struct evcp__core *core)
{
    return still(core, EVCP_LINK_REJECTED);
}

static bool allowed(const struct evcp__core *core)
{
    return core->link.allowed;
}

struct rule {
    enum evcp_link_state state;
    enum evcp__link_input input;
    bool (*guard)(const struct evcp__core *);
    enum evcp_link_state next;
    action *act; /* NULL: nothing to do; with next == state: the input is ignored on purpose */
};

#define S(x) EVCP_LINK_##x
#define I(x) EVCP__LINK_##x

/* clang-format off */
static const struct rule rules[] = {
    {S(DOWN),       I(ALLOW),          NULL,       S(CONNECTING), connect},
    {S(DOWN),       I(RETRY),          allowed,    S(CONNECTING), connect},
    {S(DOWN),       I(RETRY),          NULL,       S(DOWN),       NULL},
    {S(DOWN),       I(FORBID),         NULL,       S(DOWN),       disconnect},
    {S(DOWN),       I(CONNECTED),      NULL,       S(DOWN),       hang_up}, /* given up meanwhile */
    {S(DOWN),       I(LOST),           NULL,       S(DOWN),       NULL}, /* our own disconnect ended */

    {S(CONNECTING), I(CONNECTED),      registered, S(ONLINE),     go_online},
    {S(CONNECTING), I(CONNECTED),      pending,    S(PENDING),    boot_as_told},
    {S(CONNECTING), I(CONNECTED),      rejected,   S(REJECTED),   boot_as_told},
    {S(CONNECTING), I(CONNECTED),      NULL,       S(BOOTING),    boot_now},
    {S(CONNECTING), I(LOST),           NULL,       S(DOWN),       back_off},
    {S(CONNECTING), I(FORBID),         NULL,       S(DOWN),       disconnect},

    {S(BOOTING),    I(ACCEPTED),       NULL,       S(ONLINE),     go_registered},
    {S(BOOTING),    I(IS_PENDING),     NULL,       S(PENDING),    boot_as_told},
    {S(BOOTING),    I(IS_REJECTED),    NULL,       S(REJECTED),   boot_as_told},
    {S(BOOTING),    I(BOOT_FAILED),    NULL,       S(BOOTING),    boot_later},
    {S(BOOTING),    I(UNREGISTERED),   NULL,       S(BOOTING),    boot_later},
    {S(BOOTING),    I(LOST),           NULL,       S(DOWN),       back_off},
    {S(BOOTING),    I(FORBID),         NULL,       S(DOWN),       disconnect},

    {S(PENDING),    I(ACCEPTED),       NULL,       S(ONLINE),     go_registered},
    {S(PENDING),    I(IS_PENDING),     NULL,       S(PENDING),    boot_as_told},
    {S(PENDING),    I(IS_REJECTED),    NULL,       S(REJECTED),   boot_as_told},
    {S(PENDING),    I(BOOT_FAILED),    NULL,       S(PENDING),    boot_later},
    {S(PENDING),    I(UNREGISTERED),   NULL,       S(PENDING),    boot_later},
    {S(PENDING),    I(LOST),           NULL,       S(DOWN),       back_off},
    {S(PENDING),    I(FORBID),         NULL,       S(DOWN),       disconnect},

    {S(REJECTED),   I(ACCEPTED),       NULL,       S(ONLINE),     go_registered},
    {S(REJECTED),   I(IS_PENDING),     NULL,       S(PENDING),    boot_as_told},
    {S(REJECTED),   I(IS_REJECTED),    NULL,       S(REJECTED),   boot_as_told},
    {S(REJECTED),   I(BOOT_FAILED),    NULL,       S(REJECTED),   boot_later},
    {S(REJECTED),   I(UNREGISTERED),   NULL,       S(REJECTED),   boot_later},
    {S(REJECTED),   I(LOST),           NULL,       S(DOWN),       back_off},
    {S(REJECTED),   I(FORBID),         NULL,       S(DOWN),       disconnect},

    {S(ONLINE),     I(UNREGISTERED),   NULL,       S(BOOTING),    unregister},
    {S(ONLINE),     I(LOST),           NULL,       S(DOWN),       back_off},
    {S(ONLINE),     I(FORBID),         NULL,       S(DOWN),       disconnect},

    /* Allowed already; a timer or an answer of a connection that is gone. */
    {S(CONNECTING), I(ALLOW),          NULL,       S(CONNECTING), NULL},
    {S(BOOTING),    I(ALLOW),          NULL,       S(BOOTING),    NULL},
    {S(PENDING),    I(ALLOW),          NULL,       S(PENDING),    NULL},
    {S(REJECTED),   I(ALLOW),          NULL,       S(REJECTED),   NULL},
    {S(ONLINE),     I(ALLOW),          NULL,       S(ONLINE),     NULL},
};
/* clang-format on */

#undef S
#undef I

static const struct rule *find(const struct evcp__core *core, enum evcp_link_state state,
                               enum evcp__link_input input)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct rule *r = &rules[i];
        if (r->state == state && r->input == input && (r->guard == NULL || r->guard(core))) {
            return r;
        }
    }
    return NULL;
}

/* For the test that every pair is decided. */
bool evcp__link_decides(unsigned state, unsigned input)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].state == state && rules[i].input == input && rules[i].guard == NULL) {
            return true;
        }
    }
    return false;
}

int evcp__link_input(struct evcp__core *core, enum evcp__link_input input, const char *text)
{
    struct evcp__link *l = &core->link;
    const struct rule *r = find(core, l->state, input);
    if (r == NULL) {
        return EVCP_OK; /* cannot happen in this state; the test lists these pairs */
    }
    if (r->act != NULL) {
        EVCP__TRY(r->act(core, text));
    }
    if (l->state == r->next) {
        return EVCP_OK;
    }
    struct evcp_event *event;
    l->state = r->next;
    EVCP__TRY(evcp__notify(core, EVCP_EVENT_LINK, 0, text, &event));
    event->link = l->state;
    return EVCP_OK;
}

static int take_interval(struct evcp__core *core, const struct evcp__answer *a)
{
    if (a->interval_s <= 0) {
        return EVCP_OK; /* keep the own one */
    }
    return evcp__settings_put_int(core->settings, EVCP__KEY_HEARTBEAT_INTERVAL, a->interval_s);
}

int evcp__link_boot_answer(struct evcp__core *core, const struct evcp__answer *a)
{
    if (a->failed) {
        return evcp__link_input(core, EVCP__LINK_BOOT_FAILED, a->error);
    }
    core->link.boot_floor = evcp__after_s(core, a->interval_s > 0 ? a->interval_s : BOOT_RETRY_S);
    switch (a->registration) {
    case EVCP__REGISTRATION_ACCEPTED:
        EVCP__TRY(evcp__clock_answer(core, a->utc_ms));
        EVCP__TRY(take_interval(core, a));
        return evcp__link_input(core, EVCP__LINK_ACCEPTED, "registration accepted");
    case EVCP__REGISTRATION_PENDING:
        core->link.refused = EVCP_LINK_PENDING;
        return evcp__link_input(core, EVCP__LINK_IS_PENDING, "registration pending");
    case EVCP__REGISTRATION_REJECTED:
        core->link.refused = EVCP_LINK_REJECTED;
        return evcp__link_input(core, EVCP__LINK_IS_REJECTED,
                                "registration rejected: enter this charge point's identity at the "
                                "central system");
    }
    return EVCP_EPROTO;
}

int evcp__link_timer(struct evcp__core *core)
{
    if (core->link.state == EVCP_LINK_DOWN && evcp__due(core, core->link.retry)) {
        return evcp__link_input(core, EVCP__LINK_RETRY, NULL);
    }
    return EVCP_OK;
}

uint64_t evcp__link_deadline(const struct evcp__core *core)
{
    const struct evcp__link *l = &core->link;
    switch (l->state) {
    case EVCP_LINK_DOWN: return l->retry;
    case EVCP_LINK_CONNECTING: return EVCP__NEVER;
    case EVCP_LINK_BOOTING:
    case EVCP_LINK_PENDING:
    case EVCP_LINK_REJECTED: return core->call.active ? EVCP__NEVER : l->boot_next;
    case EVCP_LINK_ONLINE:
        return core->call.active ? EVCP__NEVER : evcp__earlier(l->heartbeat, l->clock_sync);
    }
    return EVCP__NEVER;
}

/* A Heartbeat is due after the interval without exchange; once a day in any case. */
void evcp__link_active(struct evcp__core *core)
{
    int32_t interval = evcp__setting_int(core->settings, EVCP__KEY_HEARTBEAT_INTERVAL);
    core->link.heartbeat = interval > 0 ? evcp__after_s(core, interval) : EVCP__NEVER;
    if (core->link.clock_sync == 0 || core->link.clock_sync == EVCP__NEVER) {
        core->link.clock_sync = core->now.mono_ms + CLOCK_SYNC_MS;
    }
}

bool evcp__online(const struct evcp__core *core)
{
    return core->link.state == EVCP_LINK_ONLINE;
}

enum evcp__reach evcp__reach(const struct evcp__core *core)
{
    switch (core->link.state) {
    case EVCP_LINK_DOWN:
    case EVCP_LINK_CONNECTING: return EVCP__REACH_OFFLINE;
    case EVCP_LINK_BOOTING:
        /* Registered before with this store and merely not answered yet: as if offline. */
        return core->link.ever_accepted ? EVCP__REACH_OFFLINE : EVCP__REACH_NOT_ACCEPTED;
    case EVCP_LINK_PENDING:
    case EVCP_LINK_REJECTED: return EVCP__REACH_NOT_ACCEPTED;
    case EVCP_LINK_ONLINE: return EVCP__REACH_ONLINE;
    }
    return EVCP__REACH_OFFLINE;
}
