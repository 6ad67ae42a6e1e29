/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transaction record: written when a transaction begins, before any energy, and kept until its
 * end is acknowledged. Queued messages refer to it by number and are composed from it.
 */
#include "core_private.h"

#include <string.h>

enum { FLAG_ID = 1, FLAG_GIVEN_UP = 2, FLAG_WITHHELD = 4, FLAG_INVALID = 8, FLAG_ENDED = 16 };

static void write_token(struct evcp__writer *w, const struct evcp_token *t)
{
    evcp__write_u8(w, (uint8_t)t->type);
    evcp__write_text(w, t->value);
}

static void read_token(struct evcp__cursor *r, struct evcp_token *t)
{
    uint8_t type = evcp__read_u8(r);
    t->type = type < EVCP_TOKEN_TYPES ? (enum evcp_token_type)type : EVCP_TOKEN_UNKNOWN;
    evcp__read_text(r, t->value, sizeof t->value);
}

static uint8_t flags_of(const struct evcp__tx *tx)
{
    return (uint8_t)((tx->has_id ? FLAG_ID : 0) | (tx->given_up ? FLAG_GIVEN_UP : 0) |
                     (tx->withheld ? FLAG_WITHHELD : 0) | (tx->invalid ? FLAG_INVALID : 0) |
                     (tx->ended ? FLAG_ENDED : 0));
}

static void apply_flags(struct evcp__tx *tx, uint8_t flags)
{
    tx->has_id = (flags & FLAG_ID) != 0;
    tx->given_up = (flags & FLAG_GIVEN_UP) != 0;
    tx->withheld = (flags & FLAG_WITHHELD) != 0;
    tx->invalid = (flags & FLAG_INVALID) != 0;
    tx->ended = (flags & FLAG_ENDED) != 0;
}

static void write_begin(struct evcp__writer *w, const struct evcp__tx *tx)
{
    evcp__write_u64(w, tx->number);
    evcp__write_u16(w, tx->connector);
    write_token(w, &tx->token);
    evcp__write_text(w, tx->parent);
    evcp__stamp_write(w, &tx->start);
    evcp__write_i64(w, tx->meter_start_wh);
}

static void write_rest(struct evcp__writer *w, const struct evcp__tx *tx)
{
    evcp__write_u8(w, flags_of(tx));
    evcp__write_u32(w, (uint32_t)tx->id);
    evcp__write_i64(w, tx->energy_end_wh);
    evcp__stamp_write(w, &tx->last);
    evcp__write_i64(w, tx->last_wh);
    evcp__write_u32(w, tx->data_count);
    evcp__write_u32(w, tx->data_next);
    evcp__stamp_write(w, &tx->end);
    evcp__write_i64(w, tx->meter_stop_wh);
    evcp__write_u8(w, (uint8_t)tx->reason);
    write_token(w, &tx->stop_token);
}

static struct evcp__slice key_of(uint64_t number, uint8_t bytes[8])
{
    evcp__key_u64(number, bytes);
    return (struct evcp__slice){bytes, 8};
}

int evcp__tx_put(struct evcp__core *core, const struct evcp__tx *tx)
{
    struct evcp__writer w;
    struct evcp__slice record;
    uint8_t bytes[8];
    evcp__write_begin(&w);
    write_begin(&w, tx);
    write_rest(&w, tx);
    EVCP__TRY(evcp__write_seal(&w, &record));
    return evcp__put(core->env.store, EVCP__SPACE_TX, key_of(tx->number, bytes), record);
}

static void read_begin(struct evcp__cursor *r, struct evcp__tx *tx)
{
    tx->number = evcp__read_u64(r);
    tx->connector = evcp__read_u16(r);
    read_token(r, &tx->token);
    evcp__read_text(r, tx->parent, sizeof tx->parent);
    tx->start = evcp__stamp_read(r);
    tx->meter_start_wh = evcp__read_i64(r);
}

static void read_rest(struct evcp__cursor *r, struct evcp__tx *tx)
{
    apply_flags(tx, evcp__read_u8(r));
    tx->id = (int32_t)evcp__read_u32(r);
    tx->energy_end_wh = evcp__read_i64(r);
    tx->last = evcp__stamp_read(r);
    tx->last_wh = evcp__read_i64(r);
    tx->data_count = evcp__read_u32(r);
    tx->data_next = evcp__read_u32(r);
    tx->end = evcp__stamp_read(r);
    tx->meter_stop_wh = evcp__read_i64(r);
    uint8_t reason = evcp__read_u8(r);
    tx->reason = reason <= EVCP_STOP_OTHER ? (enum evcp_stop_reason)reason : EVCP_STOP_OTHER;
    read_token(r, &tx->stop_token);
}

static bool is_energy(int64_t wh)
{
    return wh >= 0 && wh <= 2 * EVCP__ENERGY_MOST_WH; /* granted energy is on top */
}

int evcp__tx_decode(struct evcp__slice record, struct evcp__tx *tx)
{
    struct evcp__cursor r;
    memset(tx, 0, sizeof *tx);
    EVCP__TRY(evcp__read_begin(&r, record));
    read_begin(&r, tx);
    read_rest(&r, tx);
    bool sane = is_energy(tx->meter_start_wh) && is_energy(tx->last_wh) &&
                is_energy(tx->meter_stop_wh) && is_energy(tx->energy_end_wh);
    return sane ? evcp__read_end(&r) : EVCP_ECORRUPT;
}

int evcp__tx_get(struct evcp__core *core, uint64_t number, struct evcp__tx *tx)
{
    struct evcp__slice record;
    uint8_t bytes[8];
    EVCP__TRY(evcp__get(core->env.store, EVCP__SPACE_TX, key_of(number, bytes), &record));
    return evcp__tx_decode(record, tx);
}

int evcp__tx_del(struct evcp__core *core, const struct evcp__tx *tx)
{
    uint8_t bytes[8];
    EVCP__TRY(evcp__meter_data_del(core, tx));
    return evcp__del(core->env.store, EVCP__SPACE_TX, key_of(tx->number, bytes));
}

struct evcp__connector *evcp__tx_running(struct evcp__core *core, int32_t id)
{
    for (uint16_t i = 1; i <= core->connectors; i++) {
        const struct evcp__tx *tx = core->connector[i].session.tx;
        if (tx != NULL && tx->has_id && tx->id == id) {
            return &core->connector[i];
        }
    }
    return NULL;
}
