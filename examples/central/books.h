/* SPDX-License-Identifier: Apache-2.0 */
/* What charge points reported, as facts in an append-only file of JSON lines, and the
 * transactions that follow from them. A fact is on disk before it is answered. */
#ifndef CENTRAL_BOOKS_H
#define CENTRAL_BOOKS_H

#include <jansson.h>
#include <stdbool.h>

#define BOOKS_PROBLEM_SIZE 512

struct books;

/* Where a fact comes from: who sent it, in which CALL, and the CALL's checked payload. */
struct report {
    const char *id;
    const char *message_id;
    json_t *payload;
};

enum booking {
    BOOKED,
    BOOKED_BEFORE, /* a repetition: nothing was added */
    BOOKED_ORPHAN, /* a stop that fits no open transaction */
    NOT_BOOKED     /* the file could not be written: answer with an error */
};

/* NULL as path: kept in memory only. NULL as result: problem says why. */
struct books *books_open(const char *path, char problem[BOOKS_PROBLEM_SIZE]);
void books_close(struct books *books);

enum booking books_boot(struct books *books, const struct report *report, const char *status);
enum booking books_start(struct books *books, const struct report *report, const char *status,
                         json_int_t *transaction_id);
enum booking books_stop(struct books *books, const struct report *report);
enum booking books_meter(struct books *books, const struct report *report);
enum booking books_status(struct books *books, const struct report *report);

/* Whether the latest BootNotification of a charge point was accepted. */
bool books_booted(const struct books *books, const char *id);

/* {"transactions": [...], "unassignedMeterValues": n}, owned by the caller. */
json_t *books_summary(const struct books *books);

#endif
