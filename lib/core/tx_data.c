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

/* ---- thinning ---------------------------------------------------------------------------- */

static bool belongs(struct evcp__slice key, uint64_t tx)
{
    return key.size == sizeof(struct data_key) && evcp__key_to_u64(key.data) == tx;
}

static uint32_t sequence_of(struct evcp__slice key)
{
    const uint8_t *b = key.data;
    return (uint32_t)b[8] << 24 | (uint32_t)b[9] << 16 | (uint32_t)b[10] << 8 | b[11];
}

/* The one that leaves the smallest gap; among equals the oldest, so that every other one goes,
 * evenly over the session. Never the first (Transaction.Begin), never the latest. */
struct thin {
    uint64_t tx;
    size_t seen;
    uint32_t before; /* sequence of the one before `middle` */
    uint32_t middle;
    uint32_t gap;
    uint32_t doomed;
    bool found;
};

static int weigh(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct thin *t = context;
    (void)value;
    if (!belongs(key, t->tx)) {
        return 1;
    }
    uint32_t sequence = sequence_of(key);
    if (t->seen >= 2 && (!t->found || sequence - t->before < t->gap)) {
        t->found = true;
        t->gap = sequence - t->before;
        t->doomed = t->middle;
    }
    t->before = t->middle;
    t->middle = sequence;
    t->seen++;
    return 0;
}

static int thin_out(struct evcp__core *core, struct evcp__tx *tx)
{
    struct thin t = {.tx = tx->number};
    struct data_key from = key_of(tx->number, 0);
    EVCP__TRY(evcp__scan(core->env.store, EVCP__SPACE_TX_DATA, slice_of(&from), weigh, &t));
    if (!t.found) {
        return EVCP_OK;
    }
    struct data_key doomed = key_of(tx->number, t.doomed);
    tx->data_count--;
    return evcp__del(core->env.store, EVCP__SPACE_TX_DATA, slice_of(&doomed));
}

/* One place is kept for Transaction.End. */
static int add(struct evcp__core *core, struct evcp__tx *tx, const struct evcp__value_group *g)
{
    int32_t most = evcp__setting_int(core->settings, EVCP__KEY_STOP_TRANSACTION_MAX_METER_VALUES);
    if (tx->data_count + 1 >= (uint32_t)most) {
        EVCP__TRY(thin_out(core, tx));
    }
    return put(core, tx, g);
}

int evcp__tx_data_add(struct evcp__core *core, struct evcp__connector *c, enum evcp__key key,
                      enum evcp__context context, struct evcp__stamp stamp)
{
    struct evcp__value_group groups[2];
    size_t count;
    EVCP__TRY(evcp__sample_groups(core, c, key, context, stamp, groups, &count));
    for (size_t i = 0; i < count; i++) {
        EVCP__TRY(add(core, c->session.tx, &groups[i]));
    }
    return EVCP_OK;
}

int evcp__tx_data_interval(struct evcp__core *core, struct evcp__connector *c, enum evcp__key key)
{
    struct evcp__value_group g;
    EVCP__TRY(evcp__sample_interval(core, c, key, &g));
    return g.count == 0 ? EVCP_OK : add(core, c->session.tx, &g);
}

int evcp__tx_data_edge(struct evcp__core *core, struct evcp__connector *c,
                       enum evcp__context context, struct evcp__stamp stamp)
{
    struct evcp__tx *tx = c->session.tx;
    struct evcp__value_group g = {.stamp = stamp, .context = context};
    evcp__sample_edge(core, c, &g);
    evcp__sample_energy(core, tx->ended ? tx->meter_stop_wh : tx->meter_start_wh, &g);
    return g.count == 0 ? EVCP_OK : put(core, tx, &g);
}

/* A power cut ended it: of its end only the energy is known. */
int evcp__tx_data_lost(struct evcp__core *core, struct evcp__tx *tx)
{
    struct evcp__value_group g = {.stamp = tx->end, .context = EVCP__CONTEXT_END};
    evcp__sample_energy(core, tx->meter_stop_wh, &g);
    return g.count == 0 ? EVCP_OK : put(core, tx, &g);
}

/* ---- reading ----------------------------------------------------------------------------- */

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

struct doomed {
    uint64_t tx;
    struct data_key key[EVCP__TX_DATA_DEFAULT];
    size_t count;
};

static int choose_any(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct doomed *t = context;
    (void)value;
    if (!belongs(key, t->tx) || t->count == EVCP__TX_DATA_DEFAULT) {
        return 1;
    }
    memcpy(t->key[t->count++].bytes, key.data, key.size);
    return 0;
}

int evcp__meter_data_del(struct evcp__core *core, const struct evcp__tx *tx)
{
    struct doomed t;
    do {
        struct data_key from = key_of(tx->number, 0);
        t = (struct doomed){.tx = tx->number};
        EVCP__TRY(
            evcp__scan(core->env.store, EVCP__SPACE_TX_DATA, slice_of(&from), choose_any, &t));
        for (size_t i = 0; i < t.count; i++) {
            EVCP__TRY(evcp__del(core->env.store, EVCP__SPACE_TX_DATA, slice_of(&t.key[i])));
        }
    } while (t.count == EVCP__TX_DATA_DEFAULT);
    return EVCP_OK;
}
