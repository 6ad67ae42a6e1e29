/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SendLocalList frames.
 */
#include "list_frame.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "ids.h"

#define HEAD_MAX  160u
#define ENTRY_MAX 120u

static void begin(struct list_frame *frame, uint64_t count, int version, const char *type)
{
    const size_t size = HEAD_MAX + (size_t)count * ENTRY_MAX;

    frame->text = malloc(size);
    bench_must(frame->text, "allocate");
    frame->length = (size_t)snprintf(frame->text, size,
                                     "[2,\"list-%d\",\"SendLocalList\",{\"listVersion\":%d,"
                                     "\"updateType\":\"%s\",\"localAuthorizationList\":[",
                                     version, version, type);
}

static void add(struct list_frame *frame, bool first, uint64_t number, bool keep, int version)
{
    char id[ID_SIZE];
    char *at = frame->text + frame->length;

    id_text(number, id);
    frame->length += (size_t)snprintf(at, ENTRY_MAX, "%s{\"idTag\":\"%s\"", first ? "" : ",", id);
    at = frame->text + frame->length;
    if (keep)
        frame->length += (size_t)snprintf(at, ENTRY_MAX,
                                          ",\"idTagInfo\":{\"status\":\"Accepted\","
                                          "\"expiryDate\":\"2031-01-01T00:00:%02dZ\"}}",
                                          version % 60);
    else
        frame->length += (size_t)snprintf(at, ENTRY_MAX, "}");
}

static void end(struct list_frame *frame)
{
    frame->length += (size_t)snprintf(frame->text + frame->length, HEAD_MAX, "]}]");
}

void list_frame_full(struct list_frame *frame, uint64_t count, int version)
{
    begin(frame, count, version, "Full");
    for (uint64_t i = 0; i < count; i++)
        add(frame, i == 0, i, true, version);
    end(frame);
}

uint64_t list_frame_changed(uint64_t i, uint64_t count, uint64_t total)
{
    return i * (total / count);
}

void list_frame_differential(struct list_frame *frame, uint64_t count, uint64_t total, bool back,
                             int version)
{
    begin(frame, count, version, "Differential");
    for (uint64_t i = 0; i < count; i++)
        add(frame, i == 0, list_frame_changed(i, count, total), back || i % 2 == 0, version);
    end(frame);
}

void list_frame_free(struct list_frame *frame)
{
    free(frame->text);
    frame->text = NULL;
}
