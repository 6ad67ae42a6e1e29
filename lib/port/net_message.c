/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in and out: fragments are put together up to a limit, and what is to be sent waits in
 * a bounded queue until the socket has room.
 */
#include "net_private.h"

#include <stdlib.h>
#include <string.h>

#define RSV2_RSV3 0x30 /* reserved bits that no extension of ours uses */

/* ---- in ---------------------------------------------------------------------------------- */

void evcp__incoming_reset(struct evcp__net *net)
{
    free(net->incoming.text);
    memset(&net->incoming, 0, sizeof net->incoming);
}

static int refuse(struct evcp__net *net, enum lws_close_status status, const char *why)
{
    evcp__net_why(net, "closed the connection: the central system sent %s", why);
    evcp__incoming_reset(net);
    evcp__queue_clear(net);
    evcp__attempt_close(net, status);
    return 0;
}

bool evcp__incoming_reserve(struct evcp__net *net, size_t more)
{
    struct evcp__incoming *const in = &net->incoming;
    const size_t most = net->message_max + 1;
    size_t capacity = more < most - in->length ? in->length + more : most;
    char *grown;

    if (capacity <= in->capacity) {
        return true;
    }
    if (capacity < 2 * in->capacity) {
        capacity = 2 * in->capacity < most ? 2 * in->capacity : most;
    }
    grown = realloc(in->text, capacity);
    if (grown == NULL) {
        return false;
    }
    in->text = grown;
    in->capacity = capacity;
    return true;
}

static void deliver(struct evcp__net *net, const char *text, size_t length)
{
    evcp__loop_note(net->loop);
    net->callbacks.message(net->callbacks.user, text, length);
}

/* `remaining` bytes of the frame are known to follow. */
static int append(struct evcp__net *net, const char *bytes, size_t length, size_t remaining)
{
    struct evcp__incoming *const in = &net->incoming;

    if (length > net->message_max - in->length ||
        remaining > net->message_max - in->length - length) {
        return EVCP_EFULL;
    }
    if (!evcp__incoming_reserve(net, length + remaining)) {
        return EVCP_ENOMEM;
    }
    if (length > 0) {
        memcpy(in->text + in->length, bytes, length);
        in->length += length;
    }
    return EVCP_OK;
}

static int refuse_for(struct evcp__net *net, int rc)
{
    if (rc == EVCP_EFULL) {
        return refuse(net, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "a message beyond message_max");
    }
    if (rc == EVCP_EPROTO) {
        return refuse(net, LWS_CLOSE_STATUS_PROTOCOL_ERR, "a message that cannot be unpacked");
    }
    return refuse(net, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "more than fits in memory");
}

static void end_message(struct evcp__net *net)
{
    struct evcp__incoming *const in = &net->incoming;

    deliver(net, in->length > 0 ? in->text : "", in->length);
    in->length = 0;
    in->begun = false;
    if (in->capacity > EVCP__NET_RX_KEEP) {
        evcp__incoming_reset(net);
    }
}

static int add(struct evcp__net *net, struct lws *wsi, const char *bytes, size_t length, bool final)
{
    struct evcp__incoming *const in = &net->incoming;
    const size_t remaining = lws_remaining_packet_payload(wsi);

    if ((lws_get_reserved_bits(wsi) & RSV2_RSV3) != 0) {
        return EVCP_EPROTO;
    }
    if (!in->begun) {
        in->compressed = evcp__deflate_marked(net, wsi);
    }
    if (in->compressed) {
        return evcp__deflate_unpack(net, bytes, length, final);
    }
    return append(net, bytes, length, remaining);
}

int evcp__incoming_add(struct evcp__net *net, struct lws *wsi, const char *bytes, size_t length)
{
    struct evcp__incoming *const in = &net->incoming;
    const bool final = lws_is_final_fragment(wsi) != 0;
    int rc;

    if (net->phase != EVCP__PHASE_UP) {
        return 0;
    }
    if (lws_frame_is_binary(wsi)) {
        return refuse(net, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "a binary message");
    }
    rc = add(net, wsi, bytes, length, final);
    in->begun = true;
    if (rc != EVCP_OK) {
        return refuse_for(net, rc);
    }
    if (final) {
        end_message(net);
    }
    return 0;
}

/* ---- out --------------------------------------------------------------------------------- */

int evcp__queue_add(struct evcp__net *net, const char *text, size_t length)
{
    struct evcp__outgoing *made;

    if (net->queue_count >= EVCP__NET_QUEUE_MAX ||
        length > EVCP__NET_QUEUE_BYTES - net->queue_bytes) {
        return EVCP_EFULL;
    }
    made = malloc(sizeof *made + LWS_PRE + length);
    if (made == NULL) {
        return EVCP_ENOMEM;
    }
    made->next = NULL;
    made->length = length;
    memcpy(made->bytes + LWS_PRE, text, length);
    *net->queue_tail = made;
    net->queue_tail = &made->next;
    net->queue_count++;
    net->queue_bytes += length;
    return EVCP_OK;
}

static void drop_first(struct evcp__net *net)
{
    struct evcp__outgoing *const first = net->queue;

    net->queue = first->next;
    if (net->queue == NULL) {
        net->queue_tail = &net->queue;
    }
    net->queue_count--;
    net->queue_bytes -= first->length;
    free(first);
}

void evcp__queue_clear(struct evcp__net *net)
{
    while (net->queue != NULL) {
        drop_first(net);
    }
}

static int write_ping(struct evcp__net *net, struct lws *wsi)
{
    unsigned char frame[LWS_PRE + 4] = {0};

    net->ping_due = false;
    memcpy(frame + LWS_PRE, "evcp", 4);
    return lws_write(wsi, frame + LWS_PRE, 4, LWS_WRITE_PING) < 0 ? -1 : 0;
}

/* What the socket does not take at once, libwebsockets keeps and sends before it asks again. */
static int write_first(struct evcp__net *net, struct lws *wsi)
{
    struct evcp__outgoing *const packed = evcp__deflate_pack(net, net->queue);
    struct evcp__outgoing *const message = packed != NULL ? packed : net->queue;
    const int written = lws_write(wsi, message->bytes + LWS_PRE, message->length, LWS_WRITE_TEXT);

    free(packed);
    drop_first(net);
    return written < 0 ? -1 : 0;
}

int evcp__queue_write(struct evcp__net *net, struct lws *wsi)
{
    int rc = 0;

    if (net->phase != EVCP__PHASE_UP && net->phase != EVCP__PHASE_CLOSING) {
        return 0;
    }
    if (net->ping_due) {
        rc = write_ping(net, wsi);
    } else if (net->queue != NULL) {
        rc = write_first(net, wsi);
    }
    if (net->queue != NULL) {
        lws_callback_on_writable(wsi);
    } else if (net->phase == EVCP__PHASE_CLOSING) {
        evcp__timer_in(net->loop, &net->step, 0);
    }
    return rc;
}
