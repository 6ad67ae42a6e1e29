/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local authorization list (OCPP 1.6 3.5.2, 5.10, 5.15): the central system's, changed by
 * SendLocalList only, as a whole or not at all.
 */
#ifndef EVCP_CORE_LOCAL_LIST_H
#define EVCP_CORE_LOCAL_LIST_H

#include "authorize.h"
#include "store.h"

struct evcp__local_list {
    struct evcp__store *store;
    uint32_t count;
    int32_t version;   /* last version that was applied; what is reported is 0 if count is 0 */
    uint32_t max;      /* LocalAuthListMaxLength */
    uint32_t send_max; /* SendLocalListMaxLength */
};

/* Damaged meta data: the list is emptied (staged), *rebuilt is set, version becomes 0. */
EVCP__MUST_CHECK int evcp__list_load(struct evcp__local_list *l, struct evcp__store *s,
                                     uint32_t max, uint32_t send_max, bool *rebuilt);

/* A damaged entry counts as not found and sets *damaged. */
EVCP__MUST_CHECK int evcp__list_find(const struct evcp__local_list *l, const char *id_tag,
                                     int64_t judge_ms, struct evcp__knowledge *out, bool *damaged);

/* Checks everything first (support is the caller's), then stages all writes. A refusal leaves the
 * list untouched; an error code means that the step has to be abandoned. */
EVCP__MUST_CHECK int evcp__list_apply(struct evcp__local_list *l, const struct evcp__request *r,
                                      enum evcp__outcome *outcome);

/* As GetLocalListVersion reports it: 0 when empty. */
int32_t evcp__list_version(const struct evcp__local_list *l);

#endif
