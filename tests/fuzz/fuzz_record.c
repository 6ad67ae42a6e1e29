/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes become a store: records {space, key length, key, value length u16, value}, sealed with a
 * right checksum if the space's highest bit is set, so that what is behind the checksum is reached
 * too. A core has to load from it, live for an hour, decide, and end, or refuse with an error code.
 */
#include <stdlib.h>
#include <string.h>

#include "../../lib/core/record.h"
#include "../support/world.h"

#define SEALED 0x80u

struct input {
    const uint8_t *at;
    const uint8_t *end;
};

static uint8_t byte(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static struct evcp__slice bytes(struct input *in, size_t size)
{
    size_t left = (size_t)(in->end - in->at);
    struct evcp__slice s = {in->at, size < left ? size : left};
    in->at += s.size;
    return s;
}

static struct evcp__slice sealed(struct evcp__slice raw, uint8_t *out)
{
    memcpy(out, raw.data, raw.size);
    if (raw.size > 0) {
        out[0] = EVCP__RECORD_VERSION;
    }
    uint32_t crc = evcp__crc32(out, raw.size);
    for (size_t i = 0; i < 4; i++) {
        out[raw.size + i] = (uint8_t)(crc >> (8 * i));
    }
    return (struct evcp__slice){out, raw.size + 4};
}

static void put_one(struct input *in, struct evcp__store *store)
{
    uint8_t copy[1024 + 4];
    uint8_t tag = byte(in);
    struct evcp__slice key = bytes(in, byte(in) % (EVCP__STORE_KEY_MAX + 1u));
    size_t size = (size_t)byte(in) | (size_t)(byte(in) & 3u) << 8;
    struct evcp__slice value = bytes(in, size);
    enum evcp__space space = (enum evcp__space)(1 + (tag & 0x7fu) % (EVCP__SPACES - 1));
    if ((tag & SEALED) != 0) {
        value = sealed(value, copy);
    }
    if (store->ops->put(store, space, key, value) != EVCP_OK) {
        abort();
    }
}

static void live(struct world *w)
{
    if (w->core == NULL) {
        return;
    }
    world_plug(w, 1);
    world_card(w, 1, "04A1B2C3");
    world_run(w, 3600000);
    world_unplug(w, 1);
    world_run(w, 60000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, data + size};
    struct world *w = world_new(&(struct world_options){.cold = true, .connectors = 2});
    while (in.at < in.end) {
        put_one(&in, w->store);
    }
    if (w->db->ops->commit(w->db) != EVCP_OK) {
        abort();
    }
    w->network = true;
    world_cut(w);
    live(w);
    world_free(w);
    return 0;
}
