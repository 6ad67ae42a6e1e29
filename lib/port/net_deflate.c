/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permessage-deflate (RFC 7692) with context takeover. Our own, because the one of libwebsockets
 * 4.1.6 aborts the process when a few bytes from the peer unpack to more than its buffer. Here
 * libwebsockets only negotiates and lets the bytes pass.
 */
#include "net_private.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define WINDOW_BITS       10 /* of ours: 4 kB, and nearly what 15 bits give for OCPP's messages */
#define WINDOW_BITS_MAX   15
#define WINDOW_BITS_LEAST 9 /* zlib cannot write with 8 */
#define MEMORY_LEVEL      5 /* 16 kB */
#define RSV1              0x40
#define OPCODE_TEXT       1
#define TRAILER_SIZE      4
#define UNPACK_ROOM       4096 /* first guess beyond what has arrived */

static const unsigned char trailer[TRAILER_SIZE] = {0x00, 0x00, 0xff, 0xff};

/* Their order is that of the cases in set_option(). */
static const struct lws_ext_options options[] = {
    {"server_no_context_takeover", EXTARG_NONE},
    {"client_no_context_takeover", EXTARG_NONE},
    {"server_max_window_bits", EXTARG_OPT_DEC},
    {"client_max_window_bits", EXTARG_OPT_DEC},
    {NULL, EXTARG_NONE},
};

struct evcp__deflate {
    z_stream in;
    z_stream out;
    bool in_open;
    bool out_open;
    bool in_forget; /* the server starts anew with every message */
    bool out_forget;
    bool sending; /* what is written now is compressed */
    int in_bits;
    int out_bits;
};

/* ---- negotiation ------------------------------------------------------------------------- */

static int begin(struct evcp__net *net, const struct lws_ext_options **table, void **user)
{
    evcp__deflate_free(net);
    net->deflate = calloc(1, sizeof *net->deflate);
    if (net->deflate == NULL) {
        return -1;
    }
    net->deflate->in_bits = WINDOW_BITS_MAX;
    net->deflate->out_bits = WINDOW_BITS;
    *user = NULL;
    *table = options;
    return 0;
}

static void set_option(struct evcp__deflate *deflate, const struct lws_ext_option_arg *option)
{
    const int value = option->start != NULL ? (int)strtol(option->start, NULL, 10) : 0;

    switch (option->option_index) {
    case 0: deflate->in_forget = true; break;
    case 1: deflate->out_forget = true; break;
    case 2: deflate->in_bits = value; break;
    case 3: deflate->out_bits = value < WINDOW_BITS ? value : WINDOW_BITS; break;
    default: break;
    }
}

static int confirm(struct evcp__net *net)
{
    const struct evcp__deflate *const deflate = net->deflate;

    if (deflate->in_bits < 8 || deflate->in_bits > WINDOW_BITS_MAX || deflate->out_bits < 8) {
        evcp__net_why(net, "the central system answers with impossible compression parameters");
        return -1;
    }
    return 0;
}

/* The frame's header is ready: mark the first of a compressed message. */
static void mark(struct evcp__deflate *deflate, const struct lws_tokens *frame)
{
    if (deflate->sending && (frame->token[0] & 0x0f) == OPCODE_TEXT) {
        frame->token[0] |= RSV1;
        deflate->sending = false;
    }
}

static struct evcp__net *owner_of(struct lws *wsi)
{
    return wsi != NULL ? lws_get_opaque_user_data(wsi) : NULL;
}

/* 0 from the payload reasons: the bytes pass unchanged. */
static int on_extension(struct lws_context *context, const struct lws_extension *extension,
                        struct lws *wsi, enum lws_extension_callback_reasons reason, void *user,
                        void *in, size_t length)
{
    struct evcp__net *const net = owner_of(wsi);

    (void)context;
    (void)extension;
    (void)length;
    if (net == NULL) {
        return 0;
    }
    if (reason == LWS_EXT_CB_CLIENT_CONSTRUCT) {
        return begin(net, in, user);
    }
    if (net->deflate == NULL) {
        return 0;
    }
    switch ((int)reason) {
    case LWS_EXT_CB_OPTION_SET: set_option(net->deflate, in); return 0;
    case LWS_EXT_CB_OPTION_CONFIRM: return confirm(net);
    case LWS_EXT_CB_PACKET_TX_PRESEND: mark(net->deflate, in); return 0;
    default: return 0;
    }
}

/* Servers that cannot choose their window decline the first offer and may take the second. */
const struct lws_extension evcp__deflate_extensions[] = {
    {"permessage-deflate", on_extension,
     "permessage-deflate; client_max_window_bits=10; server_max_window_bits=10, "
     "permessage-deflate; client_max_window_bits"},
    {NULL, NULL, NULL},
};

void evcp__deflate_free(struct evcp__net *net)
{
    struct evcp__deflate *const deflate = net->deflate;

    net->deflate = NULL;
    if (deflate == NULL) {
        return;
    }
    if (deflate->in_open) {
        (void)inflateEnd(&deflate->in);
    }
    if (deflate->out_open) {
        (void)deflateEnd(&deflate->out);
    }
    free(deflate);
}

/* ---- in ---------------------------------------------------------------------------------- */

static bool open_in(struct evcp__deflate *deflate)
{
    if (!deflate->in_open) {
        deflate->in_open = inflateInit2(&deflate->in, -deflate->in_bits) == Z_OK;
    }
    return deflate->in_open;
}

static int unpack_some(struct evcp__net *net, z_stream *stream)
{
    struct evcp__incoming *const in = &net->incoming;
    int rc;

    if (!evcp__incoming_reserve(net, stream->avail_in + UNPACK_ROOM)) {
        return EVCP_ENOMEM;
    }
    stream->next_out = (Bytef *)in->text + in->length;
    stream->avail_out = (uInt)(in->capacity - in->length);
    rc = inflate(stream, Z_SYNC_FLUSH);
    in->length = in->capacity - stream->avail_out;
    if (rc == Z_STREAM_END) {
        return inflateReset(stream) == Z_OK ? EVCP_OK : EVCP_EPROTO;
    }
    if (rc != Z_OK && rc != Z_BUF_ERROR) {
        return rc == Z_MEM_ERROR ? EVCP_ENOMEM : EVCP_EPROTO;
    }
    return EVCP_OK;
}

static int unpack(struct evcp__net *net, const void *bytes, size_t length)
{
    z_stream *const stream = &net->deflate->in;
    int rc = EVCP_OK;

    stream->next_in = (Bytef *)(uintptr_t)bytes;
    stream->avail_in = (uInt)length;
    stream->avail_out = 0;
    while (rc == EVCP_OK && (stream->avail_in > 0 || stream->avail_out == 0)) {
        rc = unpack_some(net, stream);
        if (rc == EVCP_OK && net->incoming.length > net->message_max) {
            rc = EVCP_EFULL;
        }
    }
    return rc;
}

int evcp__deflate_unpack(struct evcp__net *net, const char *bytes, size_t length, bool final)
{
    int rc;

    if (!open_in(net->deflate)) {
        return EVCP_ENOMEM;
    }
    rc = unpack(net, bytes, length);
    if (rc == EVCP_OK && final) {
        rc = unpack(net, trailer, sizeof trailer);
        if (net->deflate->in_forget) {
            (void)inflateReset(&net->deflate->in);
        }
    }
    return rc;
}

bool evcp__deflate_marked(const struct evcp__net *net, struct lws *wsi)
{
    return net->deflate != NULL && (lws_get_reserved_bits(wsi) & RSV1) != 0;
}

/* ---- out --------------------------------------------------------------------------------- */

static bool open_out(struct evcp__deflate *deflate)
{
    if (!deflate->out_open && deflate->out_bits >= WINDOW_BITS_LEAST) {
        deflate->out_open =
            deflateInit2(&deflate->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -deflate->out_bits,
                         MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
    }
    return deflate->out_open;
}

/* Room for all of it, therefore one call is enough. */
static struct evcp__outgoing *pack(z_stream *stream, struct evcp__outgoing *plain)
{
    const size_t room = deflateBound(stream, (uLong)plain->length) + 2 * TRAILER_SIZE;
    struct evcp__outgoing *const packed = malloc(sizeof *packed + LWS_PRE + room);

    if (packed == NULL) {
        return NULL;
    }
    stream->next_in = plain->bytes + LWS_PRE;
    stream->avail_in = (uInt)plain->length;
    stream->next_out = packed->bytes + LWS_PRE;
    stream->avail_out = (uInt)room;
    if (deflate(stream, Z_SYNC_FLUSH) != Z_OK || stream->avail_out == 0 ||
        room - stream->avail_out <= TRAILER_SIZE) {
        free(packed);
        return NULL;
    }
    packed->next = NULL;
    packed->length = room - stream->avail_out - TRAILER_SIZE;
    return packed;
}

struct evcp__outgoing *evcp__deflate_pack(struct evcp__net *net, struct evcp__outgoing *plain)
{
    struct evcp__deflate *const deflate = net->deflate;
    struct evcp__outgoing *packed;

    if (deflate == NULL || plain->length == 0 || !open_out(deflate)) {
        return NULL;
    }
    packed = pack(&deflate->out, plain);
    if (packed == NULL || deflate->out_forget) {
        (void)deflateReset(&deflate->out); /* without memory: the window is not what was sent */
    }
    deflate->sending = packed != NULL;
    return packed;
}
