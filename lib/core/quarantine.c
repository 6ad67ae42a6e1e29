/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that the central system refused for good, or that cannot be read any more. They are
 * kept, and reported; when there are too many the oldest goes, and that is reported too.
 */
#include "core_private.h"

#include <string.h>

static int count_one(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct evcp__outbox *o = context;
    (void)value;
    o->quarantined++;
    if (key.size == 8 && evcp__key_to_u64(key.data) >= o->next) {
        o->next = evcp__key_to_u64(key.data) + 1; /* it has the number that it had in the queue */
    }
    return 0;
}

int evcp__quarantine_load(struct evcp__core *core)
{
    core->outbox.quarantined = 0;
    return evcp__scan(core->env.store, EVCP__SPACE_QUARANTINE, (struct evcp__slice){"", 0},
                      count_one, &core->outbox);
}

struct oldest {
    uint8_t key[8];
    bool found;
    struct evcp__entry entry;
    int decoded;
};

static int take_first(void *context, struct evcp__slice key, struct evcp__slice value)
{
    struct oldest *o = context;
    if (key.size == sizeof o->key) {
        memcpy(o->key, key.data, sizeof o->key);
        o->found = true;
        o->decoded = evcp__entry_decode(value, &o->entry);
    }
    return 1;
}

/* Its record has to be kept no longer than any other. */
static int forget_start(struct evcp__core *core, uint64_t number)
{
    for (uint16_t i = 1; i <= core->connectors; i++) {
        struct evcp__tx *tx = core->connector[i].session.tx;
        if (tx != NULL && tx->number == number) {
            tx->given_up = false;
            return evcp__tx_put(core, tx);
        }
    }
    return EVCP_OK;
}

/* The record of a transaction lives as long as the message that ends it. */
static int drop_transaction(struct evcp__core *core, const struct evcp__entry *e)
{
    struct evcp__tx tx;
    int rc = evcp__tx_get(core, e->tx, &tx);
    if (rc == EVCP_OK && !tx.ended) {
        return forget_start(core, e->tx);
    }
    if (rc == EVCP_OK) {
        return evcp__tx_del(core, &tx);
    }
    return rc == EVCP_ENOENT || rc == EVCP_ECORRUPT ? EVCP_OK : rc;
}

static int drop_oldest(struct evcp__core *core)
{
    struct oldest o = {.found = false};
    EVCP__TRY(evcp__scan(core->env.store, EVCP__SPACE_QUARANTINE, (struct evcp__slice){"", 0},
                         take_first, &o));
    if (!o.found) {
        return EVCP_OK;
    }
    if (o.decoded == EVCP_OK && o.entry.kind != EVCP__FACT_UPDATED) {
        EVCP__TRY(drop_transaction(core, &o.entry));
    }
    core->outbox.quarantined--;
    EVCP__TRY(evcp__del(core->env.store, EVCP__SPACE_QUARANTINE,
                        (struct evcp__slice){o.key, sizeof o.key}));
    return evcp__notify(core, EVCP_EVENT_QUARANTINE, 0,
                        "quarantine is full: its oldest message was deleted", NULL);
}

static int tell(struct evcp__core *core, struct evcp__slice record, const char *why)
{
    struct evcp__entry e;
    struct evcp_event *event;
    bool readable = evcp__entry_decode(record, &e) == EVCP_OK;
    EVCP__TRY(evcp__notify(core, EVCP_EVENT_QUARANTINE, readable ? e.connector : 0, why, &event));
    event->transaction = readable ? e.tx : 0;
    return EVCP_OK;
}

int evcp__quarantine(struct evcp__core *core, uint64_t key, struct evcp__slice record,
                     const char *why)
{
    uint8_t bytes[8];
    if (core->outbox.quarantined >= EVCP__QUARANTINE_MAX) {
        EVCP__TRY(drop_oldest(core));
    }
    evcp__key_u64(key, bytes);
    EVCP__TRY(
        evcp__put(core->env.store, EVCP__SPACE_QUARANTINE, (struct evcp__slice){bytes, 8}, record));
    core->outbox.quarantined++;
    return tell(core, record, why);
}
