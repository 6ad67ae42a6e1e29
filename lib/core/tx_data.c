/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meter values for StopTransaction.transactionData, kept one record a sample under the
 * transaction's number. Begin and end are never dropped; when there are too many every other one
 * in between goes (errata 3.91).
 */
#include "core_private.h"

#include <string.h>

struct data_key {
    uint8_t bytes[12]; /* transaction u64, sequence u32, big endian */
};

static struct data_key key_of(uint64_t tx, uint32_t sequence)
{
    struct data_key k;
    evcp__key_u64(tx, k.bytes);
    for (size_t i = 0; i < 4; i++) {
        k.bytes[8 + i] = (uint8_t)(sequence >> (24 - 8 * i));
    }
    return k;
}

static struct evcp__slice slice_of(const struct data_key *k)
{
    return (struct evcp__slice){k->bytes, sizeof k->bytes};
}

static int put(struct evcp__core *core, struct evcp__tx *tx, const struct evcp__value_group *g)
{
    struct data_key k = key_of(tx->number, tx->data_next);
    struct evcp__writer w;
    struct evcp__slice record;
    evcp__write_begin(&w);
    evcp__group_write(&w, g);
    EVCP__TRY(evcp__write_seal(&w, &record));
    EVCP__TRY(evcp__put(core->env.store, EVCP__SPACE_TX_DATA, slice_of(&k), record));
    tx->data_next++;
    tx->data_count++;
    return EVCP_OK;
}

/* ---- thinning ---------------------------------------------------------------------------------------- */

struct thin {
    uint64_t tx;
    struct data_key doomed[EVCP__TX_DATA_DEFAULT];
    size_t count;
    size_t seen;
};

static bool belongs(struct evcp__slice key, uint64_t tx)
{
    return key.size == sizeof(struct data_key) && evcp__key_to_u64(key.data) == tx;
}

static int choose(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct thin *t = context;
    (void)value;
    if (!belongs(key, t->tx) || t->count == EVCP__TX_DATA_DEFAULT) {
        return 1;
    }
    if (t->seen > 0 && t->seen % 2 == 0) { /* the first is Transaction.Begin */
        memcpy(t->doomed[t->count++].bytes, key.data, key.size);
    }
    t->seen++;
    return 0;
}

static int thin_out(struct evcp__core *core, struct evcp__tx *tx)
{
    struct thin t = {.tx = tx->number};
    struct data_key from = key_of(tx->number, 0);
    EVCP__TRY(evcp__scan(core->env.store, EVCP__SPACE_TX_DATA, slice_of(&from), choose, &t));
    for (size_t i = 0; i < t.count; i++) {
        EVCP__TRY(evcp__del(core->env.store, EVCP__SPACE_TX_DATA, slice_of(&t.doomed[i])));
        tx->data_count--;
    }
    return EVCP_OK;
}

/* One place is kept for Transaction.End. */
static int make_room(struct evcp__core *core, struct evcp__tx *tx)
{
    int32_t most = evcp__setting_int(core->settings, EVCP__KEY_STOP_TRANSACTION_MAX_METER_VALUES);
    return tx->data_count + 1 >= (uint32_t)most ? thin_out(core, tx) : EVCP_OK;
}

int evcp__tx_data_add(struct evcp__core *core, struct evcp__connector *c, enum evcp__key key,
                      enum evcp__context context, struct evcp__stamp stamp)
{
    struct evcp__value_group groups[2];
    size_t count;
    EVCP__TRY(evcp__sample_groups(core, c, key, context, stamp, groups, &count));
    for (size_t i = 0; i < count; i++) {
        EVCP__TRY(make_room(core, c->session.tx));
        EVCP__TRY(put(core, c->session.tx, &groups[i]));
    }
    return EVCP_OK;
}

int evcp__tx_data_edge(struct evcp__core *core, struct evcp__connector *c,
                       enum evcp__context context, struct evcp__stamp stamp)
{
    struct evcp__value_group g = {.stamp = stamp, .context = context};
    EVCP__TRY(evcp__sample_edge(core, c, &g));
    return g.count == 0 ? EVCP_OK : put(core, c->session.tx, &g);
}

/* ---- reading --------------------------------------------------------------------------------------------- */

struct collect {
    struct evcp__core *core;
    uint64_t tx;
    struct evcp__fact *fact;
    int rc;
};

static int take(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct collect *t = context;
    struct evcp__cursor r;
    struct evcp__value_group g;
    if (!belongs(key, t->tx)) {
        return 1;
    }
    if (evcp__read_begin(&r, value) != EVCP_OK) {
        return 0; /* damaged: the others still count */
    }
    evcp__group_read(&r, &g);
    if (evcp__read_end(&r) != EVCP_OK || g.count == 0) {
        return 0;
    }
    t->rc = evcp__meter_values(t->core, &g, 1, t->fact);
    return t->rc == EVCP_OK ? 0 : 1;
}

int evcp__meter_data(struct evcp__core *core, const struct evcp__tx *tx, struct evcp__fact *fact)
{
    struct collect t = {.core = core, .tx = tx->number, .fact = fact};
    struct data_key from = key_of(tx->number, 0);
    if (tx->data_count == 0) {
        return EVCP_OK;
    }
    EVCP__TRY(evcp__scan(core->env.store, EVCP__SPACE_TX_DATA, slice_of(&from), take, &t));
    return t.rc;
}

static int choose_any(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct thin *t = context;
    (void)value;
    if (!belongs(key, t->tx) || t->count == EVCP__TX_DATA_DEFAULT) {
        return 1;
    }
    memcpy(t->doomed[t->count++].bytes, key.data, key.size);
    return 0;
}

int evcp__meter_data_del(struct evcp__core *core, const struct evcp__tx *tx)
{
    struct thin t;
    do {
        struct data_key from = key_of(tx->number, 0);
        t = (struct thin){.tx = tx->number};
        EVCP__TRY(
            evcp__scan(core->env.store, EVCP__SPACE_TX_DATA, slice_of(&from), choose_any, &t));
        for (size_t i = 0; i < t.count; i++) {
            EVCP__TRY(evcp__del(core->env.store, EVCP__SPACE_TX_DATA, slice_of(&t.doomed[i])));
        }
    } while (t.count == EVCP__TX_DATA_DEFAULT);
    return EVCP_OK;
}
