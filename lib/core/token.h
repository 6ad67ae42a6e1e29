/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens: making them from a reader's bytes, comparing them, and what each type may do while the
 * central system is away.
 */
#ifndef EVCP_CORE_TOKEN_H
#define EVCP_CORE_TOKEN_H

#include "types.h"

/* EVCP_OK, EVCP_EINVAL (empty, not printable ASCII), EVCP_ETOOLONG (over EVCP__ID_TOKEN_MAX). */
EVCP__MUST_CHECK int evcp__token_set(struct evcp_token *t, enum evcp_token_type type,
                                     const char *value);

/* Folds ASCII letters to lower case; returns the length. out holds EVCP_TOKEN_MAX + 1 bytes. */
size_t evcp__token_fold(const char *value, char *out);

/* Equal without regard to case; types count only if both are known (a 1.6 list has none). */
bool evcp__token_equal(const struct evcp_token *a, const struct evcp_token *b);

/* Equal texts without regard to ASCII case (CiString, OCPP 1.6 2.2). */
bool evcp__text_equal_ci(const char *a, const char *b);

/* A card UID of four bytes beginning with 08 is drawn anew at each presentation (ISO 14443-3). */
bool evcp__token_is_random(const struct evcp_token *t);

/* Rule bits that count for this token: `rules` (NULL: defaults) with EVCP_RULE_DEFAULT resolved,
 * and a random UID reduced to EVCP_RULE_LIST unless `rules` names its type explicitly. */
uint8_t evcp__token_rule(const uint8_t *rules, const struct evcp_token *t);

#endif
