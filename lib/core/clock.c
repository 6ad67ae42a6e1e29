/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time. Every load of the core is a boot with a number and a record: when it began by the
 * monotonic clock, the floor at that moment, and the offset to UTC once it is known. From these a
 * stamp of any kept boot becomes UTC, exactly or as an estimate that keeps the order.
 */
#include "clock.h"

#include <string.h>

#include "record.h"

#define FLOOR_STEP_MS ((int64_t)3600 * 1000)
#define STEP_MS       1000 /* smaller corrections are drift */
#define BOOTS_KEPT    256u

/* META "clock": the last boot number and the floor. */
static const struct evcp__slice clock_key = {"clock", 5};

/* META "boot" and the number, big endian. */
#define BOOT_KEY_SIZE 8u

struct boot {
    uint64_t begin_mono_ms;
    int64_t begin_floor_ms;
    bool known;
    int64_t offset_ms;
};

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- records ----------------------------------------------------------------------------- */

static struct evcp__slice boot_key(uint32_t number, uint8_t out[BOOT_KEY_SIZE])
{
    evcp__key_u64(number, out); /* its first half is zero: room for the name */
    memcpy(out, "boot", 4);
    return (struct evcp__slice){out, BOOT_KEY_SIZE};
}

static bool is_boot_key(struct evcp__slice key)
{
    return key.size == BOOT_KEY_SIZE && memcmp(key.data, "boot", 4) == 0;
}

static uint32_t boot_number(struct evcp__slice key)
{
    return (uint32_t)evcp__key_to_u64(key.data);
}

static int put_clock(struct evcp__clock *c, struct evcp__store *s)
{
    struct evcp__writer w;
    struct evcp__slice record;
    evcp__write_begin(&w);
    evcp__write_u32(&w, c->boot);
    evcp__write_i64(&w, c->floor_ms);
    int rc = evcp__write_seal(&w, &record);
    if (rc == EVCP_OK) {
        rc = evcp__put(s, EVCP__SPACE_META, clock_key, record);
    }
    if (rc == EVCP_OK) {
        c->stored_floor_ms = c->floor_ms;
    }
    return rc;
}

static int put_boot(const struct evcp__clock *c, struct evcp__store *s)
{
    struct evcp__writer w;
    struct evcp__slice record;
    uint8_t key[BOOT_KEY_SIZE];
    evcp__write_begin(&w);
    evcp__write_u64(&w, c->begin_mono_ms);
    evcp__write_i64(&w, c->begin_floor_ms);
    evcp__write_u8(&w, c->known ? 1 : 0);
    evcp__write_i64(&w, c->known ? c->stamp_offset_ms : 0);
    int rc = evcp__write_seal(&w, &record);
    return rc == EVCP_OK ? evcp__put(s, EVCP__SPACE_META, boot_key(c->boot, key), record) : rc;
}

static int parse_boot(struct evcp__slice record, struct boot *out)
{
    struct evcp__cursor r;
    int rc = evcp__read_begin(&r, record);
    if (rc != EVCP_OK) {
        return rc;
    }
    out->begin_mono_ms = evcp__read_u64(&r);
    out->begin_floor_ms = evcp__read_i64(&r);
    out->known = evcp__read_u8(&r) != 0;
    out->offset_ms = evcp__read_i64(&r);
    return evcp__read_end(&r);
}

/* EVCP_OK, EVCP_ENOENT (none, or damaged), EVCP_EVERSION, EVCP_ESTORE. */
static int get_boot(struct evcp__store *s, uint32_t number, struct boot *out)
{
    uint8_t key[BOOT_KEY_SIZE];
    struct evcp__slice record;
    int rc = evcp__get(s, EVCP__SPACE_META, boot_key(number, key), &record);
    if (rc == EVCP_OK) {
        rc = parse_boot(record, out);
    }
    return rc == EVCP_ECORRUPT ? EVCP_ENOENT : rc;
}

static int get_clock(struct evcp__clock *c, struct evcp__store *s)
{
    struct evcp__slice record;
    struct evcp__cursor r;
    int rc = evcp__get(s, EVCP__SPACE_META, clock_key, &record);
    if (rc == EVCP_OK) {
        rc = evcp__read_begin(&r, record);
    }
    if (rc != EVCP_OK) {
        return rc;
    }
    uint32_t number = evcp__read_u32(&r);
    int64_t floor = evcp__read_i64(&r);
    rc = evcp__read_end(&r);
    if (rc == EVCP_OK) {
        c->boot = number;
        c->floor_ms = latest(c->least_ms, floor);
    }
    return rc;
}

static int recover_boot(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct evcp__clock *c = context;
    struct boot b;
    if (!is_boot_key(key)) {
        return 1;
    }
    c->boot = boot_number(key);
    if (parse_boot(value, &b) == EVCP_OK) {
        c->floor_ms = latest(c->floor_ms, b.begin_floor_ms);
    }
    return 0;
}

/* The clock record is gone or damaged: what the boots' records tell. */
static int recover_clock(struct evcp__clock *c, struct evcp__store *s)
{
    uint8_t key[BOOT_KEY_SIZE];
    return evcp__scan(s, EVCP__SPACE_META, boot_key(0, key), recover_boot, c);
}

static int forget_old_boot(const struct evcp__clock *c, struct evcp__store *s)
{
    uint8_t key[BOOT_KEY_SIZE];
    return c->boot <= BOOTS_KEPT
               ? EVCP_OK
               : evcp__del(s, EVCP__SPACE_META, boot_key(c->boot - BOOTS_KEPT, key));
}

/* ---- the clock of this boot -------------------------------------------------------------- */

static bool believe_wall(struct evcp__clock *c, struct evcp__now now)
{
    if (c->known || now.wall_ms == 0 || now.wall_ms < c->floor_ms) {
        return false;
    }
    c->known = true;
    c->offset_ms = now.wall_ms - (int64_t)now.mono_ms;
    c->stamp_offset_ms = c->offset_ms;
    return true;
}

/* Time that surely has passed, also while UTC is unknown. */
static int64_t least_now(const struct evcp__clock *c, struct evcp__now now)
{
    uint64_t passed = now.mono_ms > c->begin_mono_ms ? now.mono_ms - c->begin_mono_ms : 0;
    return c->begin_floor_ms + (int64_t)passed;
}

static void raise_floor(struct evcp__clock *c, struct evcp__now now)
{
    int64_t reached = c->known ? evcp__clock_utc(c, now) : least_now(c, now);
    c->floor_ms = latest(c->floor_ms, reached);
}

int evcp__clock_load(struct evcp__clock *c, struct evcp__store *s, struct evcp__now now,
                     int64_t build_ms)
{
    *c = (struct evcp__clock){.floor_ms = build_ms, .least_ms = build_ms};
    int rc = get_clock(c, s);
    if (rc == EVCP_ENOENT || rc == EVCP_ECORRUPT) {
        rc = recover_clock(c, s);
    }
    if (rc != EVCP_OK) {
        return rc;
    }
    c->boot++;
    c->begin_mono_ms = now.mono_ms;
    c->begin_floor_ms = c->floor_ms;
    if (believe_wall(c, now)) {
        raise_floor(c, now);
    }
    rc = put_clock(c, s);
    if (rc == EVCP_OK) {
        rc = put_boot(c, s);
    }
    return rc == EVCP_OK ? forget_old_boot(c, s) : rc;
}

/* A correction, not the drift of the crystal. */
static bool is_step(int64_t jump_ms)
{
    return jump_ms >= STEP_MS || jump_ms <= -STEP_MS;
}

int evcp__clock_set(struct evcp__clock *c, struct evcp__store *s, struct evcp__now now,
                    int64_t utc_ms, bool *first, int64_t *jump_ms)
{
    *first = !c->known;
    *jump_ms = c->known ? utc_ms - evcp__clock_utc(c, now) : 0;
    c->known = true;
    c->offset_ms = utc_ms - (int64_t)now.mono_ms;
    /* The central system is the authority: it also corrects a floor that a wrong clock raised. */
    c->floor_ms = latest(c->least_ms, utc_ms);
    int rc = c->floor_ms < c->stored_floor_ms ? put_clock(c, s) : EVCP_OK;
    if (rc != EVCP_OK || !(*first || is_step(*jump_ms))) {
        return rc;
    }
    c->stamp_offset_ms = c->offset_ms;
    return put_boot(c, s);
}

int64_t evcp__clock_utc(const struct evcp__clock *c, struct evcp__now now)
{
    return c->known ? (int64_t)now.mono_ms + c->offset_ms : 0;
}

int64_t evcp__clock_judge(const struct evcp__clock *c, struct evcp__now now)
{
    int64_t reached = c->known ? evcp__clock_utc(c, now) : least_now(c, now);
    return latest(latest(c->floor_ms, reached), 1);
}

struct evcp__stamp evcp__clock_stamp(const struct evcp__clock *c, struct evcp__now now)
{
    return (struct evcp__stamp){c->boot, now.mono_ms, evcp__clock_utc(c, now)};
}

int evcp__clock_keep_floor(struct evcp__clock *c, struct evcp__store *s, struct evcp__now now,
                           bool force)
{
    if (believe_wall(c, now)) {
        int rc = put_boot(c, s);
        if (rc != EVCP_OK) {
            return rc;
        }
    }
    raise_floor(c, now);
    int64_t growth = c->floor_ms - c->stored_floor_ms;
    return growth >= FLOOR_STEP_MS || (force && growth != 0) ? put_clock(c, s) : EVCP_OK;
}

/* ---- stamps ------------------------------------------------------------------------------ */

struct next_boot {
    bool found;
    int64_t begin_floor_ms;
};

static int visit_next_boot(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct next_boot *n = context;
    struct boot b;
    if (!is_boot_key(key)) {
        return 1;
    }
    if (parse_boot(value, &b) != EVCP_OK) {
        return 0; /* damaged: the one behind it will do */
    }
    n->found = true;
    n->begin_floor_ms = b.begin_floor_ms;
    return 1;
}

/* The latest moment at which an event of that boot can have been: the next boot's begin. */
static int boot_end(const struct evcp__clock *c, struct evcp__store *s, uint32_t number,
                    int64_t *utc_ms)
{
    uint8_t key[BOOT_KEY_SIZE];
    struct next_boot next = {false, 0};
    int rc = evcp__scan(s, EVCP__SPACE_META, boot_key(number + 1, key), visit_next_boot, &next);
    *utc_ms = next.found ? next.begin_floor_ms : c->begin_floor_ms;
    if (c->known) {
        *utc_ms = earliest(*utc_ms, (int64_t)c->begin_mono_ms + c->offset_ms);
    }
    return rc;
}

static int64_t estimate(const struct boot *b, uint64_t mono_ms, int64_t end_ms)
{
    uint64_t passed = mono_ms > b->begin_mono_ms ? mono_ms - b->begin_mono_ms : 0;
    return earliest(b->begin_floor_ms + (int64_t)passed, end_ms);
}

static int resolve_earlier(const struct evcp__clock *c, struct evcp__store *s,
                           const struct evcp__stamp *stamp, int64_t *utc_ms)
{
    struct boot b = {0};
    int64_t end;
    int found = get_boot(s, stamp->boot, &b);
    if (found != EVCP_OK && found != EVCP_ENOENT) {
        return found;
    }
    if (found == EVCP_OK && b.known) {
        *utc_ms = (int64_t)stamp->mono_ms + b.offset_ms;
        return EVCP_OK;
    }
    if (stamp->utc_ms != 0) {
        *utc_ms = stamp->utc_ms;
        return EVCP_OK;
    }
    int rc = boot_end(c, s, stamp->boot, &end);
    *utc_ms = latest(found == EVCP_OK ? estimate(&b, stamp->mono_ms, end) : end, 1);
    return rc;
}

int evcp__clock_resolve(const struct evcp__clock *c, struct evcp__store *s,
                        const struct evcp__stamp *stamp, int64_t *utc_ms)
{
    if (stamp->boot != c->boot) {
        return resolve_earlier(c, s, stamp, utc_ms);
    }
    /* A time from before the central system's correction is corrected, too. */
    *utc_ms = c->known ? (int64_t)stamp->mono_ms + c->stamp_offset_ms : stamp->utc_ms;
    return EVCP_OK;
}
