/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbox of a station: what happened and was not stepped yet, in order. The only part of the
 * library that other threads touch, so the only one with a lock.
 */
#include <stdlib.h>
#include <string.h>

#include "host_private.h"

int evcp__inbox_init(struct evcp__inbox *box)
{
    box->head = NULL;
    box->tail = &box->head;
    box->count = 0;
    box->reports = 0;
    return pthread_mutex_init(&box->mutex, NULL) == 0 ? EVCP_OK : EVCP_ENOMEM;
}

void evcp__inbox_free(struct evcp__inbox *box)
{
    struct evcp__input *input = NULL;

    while ((input = evcp__inbox_take(box)))
        free(input);
    pthread_mutex_destroy(&box->mutex);
}

/* One allocation: the input, then what it carries. */
static struct evcp__input *input_new(const struct evcp__input *what, size_t extra)
{
    struct evcp__input *input = malloc(sizeof(*input) + extra);

    if (!input)
        return NULL;
    *input = *what;
    input->next = NULL;
    return input;
}

static bool append(struct evcp__inbox *box, struct evcp__input *input, size_t reports_max)
{
    bool fits = false;

    pthread_mutex_lock(&box->mutex);
    fits = box->reports < reports_max || input->kind != EVCP__IN_REPORT;
    if (fits) {
        *box->tail = input;
        box->tail = &input->next;
        box->count++;
        box->reports += input->kind == EVCP__IN_REPORT;
    }
    pthread_mutex_unlock(&box->mutex);
    return fits;
}

int evcp__inbox_report(struct evcp__inbox *box, const struct evcp_report *report)
{
    const struct evcp__input what = {.kind = EVCP__IN_REPORT};
    struct evcp__input *input = input_new(&what, sizeof(*report));

    if (!input)
        return EVCP_ENOMEM;
    input->report = (struct evcp_report *)(void *)(input + 1);
    *input->report = *report;
    if (append(box, input, EVCP__POST_QUEUE_MAX))
        return EVCP_OK;
    free(input);
    return EVCP_EFULL;
}

int evcp__inbox_put(struct evcp__inbox *box, const struct evcp__input *what, const char *text,
                    size_t length)
{
    struct evcp__input *input = input_new(what, text ? length + 1 : 0);

    if (!input)
        return EVCP_ENOMEM;
    input->text = NULL;
    input->length = 0;
    if (text) {
        input->text = (char *)(input + 1);
        memcpy(input->text, text, length);
        input->text[length] = '\0';
        input->length = length;
    }
    if (append(box, input, EVCP__POST_QUEUE_MAX))
        return EVCP_OK;
    free(input);
    return EVCP_EFULL;
}

struct evcp__input *evcp__inbox_take(struct evcp__inbox *box)
{
    struct evcp__input *input = NULL;

    pthread_mutex_lock(&box->mutex);
    input = box->head;
    if (input) {
        box->head = input->next;
        if (!box->head)
            box->tail = &box->head;
        box->count--;
        box->reports -= input->kind == EVCP__IN_REPORT;
    }
    pthread_mutex_unlock(&box->mutex);
    return input;
}

size_t evcp__inbox_count(struct evcp__inbox *box)
{
    size_t count = 0;

    pthread_mutex_lock(&box->mutex);
    count = box->count;
    pthread_mutex_unlock(&box->mutex);
    return count;
}

static bool outlives_core(const struct evcp__input *input)
{
    return input->kind == EVCP__IN_REPORT || input->kind == EVCP__IN_ALLOW;
}

void evcp__inbox_forget_core(struct evcp__inbox *box)
{
    struct evcp__input **link = &box->head;

    pthread_mutex_lock(&box->mutex);
    while (*link) {
        struct evcp__input *input = *link;

        if (outlives_core(input)) {
            link = &input->next;
            continue;
        }
        *link = input->next;
        box->count--;
        free(input);
    }
    box->tail = link;
    pthread_mutex_unlock(&box->mutex);
}
