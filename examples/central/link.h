/* SPDX-License-Identifier: Apache-2.0 */
/* One WebSocket connection: messages in, put together from fragments; messages out, queued. */
#ifndef CENTRAL_LINK_H
#define CENTRAL_LINK_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>

#define LINK_ID_SIZE     65
#define LINK_MAX_MESSAGE (16u * 1024 * 1024)
#define LINK_REASON_SIZE 124

struct message;
struct station;

/* Zeroed by libwebsockets when the connection begins. */
struct link {
    struct lws *wsi;
    struct station *station; /* NULL: replaced by a newer connection, or refused */
    char id[LINK_ID_SIZE];
    char *received;
    size_t received_length;
    size_t received_size;
    struct message *first; /* the first one is being sent while sending is true */
    struct message *last;
    unsigned queued;
    bool sending;
    bool closing;
    enum lws_close_status close_code;
    char close_reason[LINK_REASON_SIZE];
    unsigned peer_close_code; /* 0: the charge point sent no Close frame */
};

void link_send(struct link *link, const char *text, size_t length);
void link_close(struct link *link, enum lws_close_status code, const char *reason);

/* For the libwebsockets callback. The results are what it must return. */
int link_received(struct link *link, const void *bytes, size_t length);
int link_writable(struct link *link);
void link_release(struct link *link);

#endif
