/* SPDX-License-Identifier: Apache-2.0 */
/* The transactions in memory: what the facts of the books add up to. */
#ifndef CENTRAL_LEDGER_H
#define CENTRAL_LEDGER_H

#include <jansson.h>
#include <stdbool.h>

struct ledger;

struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);

/* False: the object is not a fact, or makes no sense here. Nothing has changed then. */
bool ledger_apply(struct ledger *ledger, const json_t *fact);

json_int_t ledger_next_id(const struct ledger *ledger);

/* The transactionId that an identical StartTransaction got before, else 0. */
json_int_t ledger_known_start(const struct ledger *ledger, const json_t *fact);

enum ledger_stop { STOP_FITS, STOP_KNOWN, STOP_UNKNOWN_TRANSACTION };
enum ledger_stop ledger_judge_stop(const struct ledger *ledger, const json_t *fact);

bool ledger_known_meter(const struct ledger *ledger, const json_t *fact);
bool ledger_booted(const struct ledger *ledger, const char *id);
json_t *ledger_summary(const struct ledger *ledger);

#endif
