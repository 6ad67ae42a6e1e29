/* SPDX-License-Identifier: Apache-2.0 */
/* One WebSocket connection: messages in, put together from fragments; messages out, queued. */
#include "link.h"

#include "memory.h"
#include "print.h"
#include "rpc.h"

#include <stdlib.h>
#include <string.h>

#define MAX_QUEUED       4096
#define FIRST_BUFFER     4096
#define CLOSE_SECONDS    5
#define CLOSE_NOT_A_TEXT LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE

struct message {
    struct message *next;
    size_t length;
    unsigned char bytes[]; /* LWS_PRE bytes for libwebsockets, then the text */
};

static void enqueue(struct link *link, struct message *message)
{
    if (link->first == NULL) {
        link->first = message;
    } else {
        link->last->next = message;
    }
    link->last = message;
    link->queued++;
}

static void drop_first(struct link *link)
{
    struct message *message = link->first;
    link->first = message->next;
    link->queued--;
    free(message);
}

void link_send(struct link *link, const char *text, size_t length)
{
    if (link->closing) {
        return;
    }
    if (link->queued >= MAX_QUEUED) {
        link_close(link, LWS_CLOSE_STATUS_POLICY_VIOLATION, "too many messages wait to be read");
        return;
    }
    struct message *message = memory_zeroed(sizeof *message + LWS_PRE + length);
    message->length = length;
    memcpy(message->bytes + LWS_PRE, text, length);
    enqueue(link, message);
    print_frame("out", link->id, text, length);
    lws_callback_on_writable(link->wsi);
}

void link_close(struct link *link, enum lws_close_status code, const char *reason)
{
    if (link->closing) {
        return;
    }
    link->closing = true;
    link->close_code = code;
    lws_strncpy(link->close_reason, reason, sizeof link->close_reason);
    lws_callback_on_writable(link->wsi);
    lws_set_timeout(link->wsi, PENDING_TIMEOUT_USER_REASON_BASE, CLOSE_SECONDS);
}

static void reserve(struct link *link, size_t size)
{
    size_t grown = link->received_size ? link->received_size : FIRST_BUFFER;
    while (grown < size) {
        grown *= 2;
    }
    if (grown != link->received_size) {
        link->received = memory_resized(link->received, grown);
        link->received_size = grown;
    }
}

static void deliver(struct link *link)
{
    size_t length = link->received_length;
    link->received_length = 0;
    rpc_receive(link->station, link->received, length);
}

int link_received(struct link *link, const void *bytes, size_t length)
{
    if (link->closing || link->station == NULL) {
        return 0;
    }
    if (lws_frame_is_binary(link->wsi)) {
        link_close(link, CLOSE_NOT_A_TEXT, "OCPP-J messages are text");
        return 0;
    }
    if (lws_is_first_fragment(link->wsi)) {
        link->received_length = 0;
    }
    if (length > LINK_MAX_MESSAGE - link->received_length) {
        link_close(link, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "a message has 16 MB at most");
        return 0;
    }
    reserve(link, link->received_length + length);
    if (length > 0) {
        memcpy(link->received + link->received_length, bytes, length);
        link->received_length += length;
    }
    if (lws_is_final_fragment(link->wsi)) {
        deliver(link);
    }
    return 0;
}

/* A message is freed only here, one call later than it was written: until then compression
 * may still read from it. */
int link_writable(struct link *link)
{
    if (link->sending) {
        drop_first(link);
        link->sending = false;
    }
    if (link->closing) {
        lws_close_reason(link->wsi, link->close_code, (unsigned char *)link->close_reason,
                         strlen(link->close_reason));
        return -1;
    }
    if (link->first == NULL) {
        return 0;
    }
    struct message *message = link->first;
    link->sending = true;
    if (lws_write(link->wsi, message->bytes + LWS_PRE, message->length, LWS_WRITE_TEXT) < 0) {
        return -1;
    }
    lws_callback_on_writable(link->wsi);
    return 0;
}

void link_release(struct link *link)
{
    while (link->first != NULL) {
        drop_first(link);
    }
    free(link->received);
    link->received = NULL;
}
