/* SPDX-License-Identifier: Apache-2.0 */
/* What charge points reported, as facts in an append-only file of JSON lines. */
#include "books.h"

#include "journal.h"
#include "ledger.h"
#include "memory.h"
#include "timestamp.h"

#include <stdlib.h>

struct books {
    struct journal *journal; /* NULL: in memory only */
    struct ledger *ledger;
};

static bool load_fact(void *user, const json_t *fact)
{
    struct books *books = user;
    return ledger_apply(books->ledger, fact);
}

struct books *books_open(const char *path, char problem[BOOKS_PROBLEM_SIZE])
{
    struct books *books = memory_zeroed(sizeof *books);
    books->ledger = ledger_new();
    if (path == NULL) {
        return books;
    }
    books->journal = journal_open(path, load_fact, books, problem, BOOKS_PROBLEM_SIZE);
    if (books->journal == NULL) {
        books_close(books);
        return NULL;
    }
    return books;
}

void books_close(struct books *books)
{
    if (books != NULL) {
        journal_close(books->journal);
        ledger_free(books->ledger);
        free(books);
    }
}

static json_t *fact_from(const char *kind, const struct report *report)
{
    char now[TIMESTAMP_SIZE];
    timestamp_format(timestamp_now(), now);
    return json_pack("{s:s,s:s,s:s,s:s,s:O}", "fact", kind, "time", now, "id", report->id,
                     "messageId", report->message_id, "payload", report->payload);
}

/* Takes the reference. First the disk, then the memory. */
static bool record(struct books *books, json_t *fact)
{
    bool durable = books->journal == NULL || journal_append(books->journal, fact);
    bool applied = durable && ledger_apply(books->ledger, fact);
    json_decref(fact);
    return applied;
}

enum booking books_boot(struct books *books, const struct report *report, const char *status)
{
    json_t *fact = fact_from("boot", report);
    json_object_set_new(fact, "status", json_string(status));
    return record(books, fact) ? BOOKED : NOT_BOOKED;
}

enum booking books_start(struct books *books, const struct report *report, const char *status,
                         json_int_t *transaction_id)
{
    json_t *fact = fact_from("start", report);
    *transaction_id = ledger_known_start(books->ledger, fact);
    if (*transaction_id != 0) {
        json_decref(fact);
        return BOOKED_BEFORE;
    }
    *transaction_id = ledger_next_id(books->ledger);
    json_object_set_new(fact, "transactionId", json_integer(*transaction_id));
    json_object_set_new(fact, "status", json_string(status));
    return record(books, fact) ? BOOKED : NOT_BOOKED;
}

static enum booking book_orphan(struct books *books, json_t *fact)
{
    json_object_set_new(fact, "fact", json_string("orphan"));
    return record(books, fact) ? BOOKED_ORPHAN : NOT_BOOKED;
}

enum booking books_stop(struct books *books, const struct report *report)
{
    json_t *fact = fact_from("stop", report);
    switch (ledger_judge_stop(books->ledger, fact)) {
    case STOP_FITS: return record(books, fact) ? BOOKED : NOT_BOOKED;
    case STOP_UNKNOWN_TRANSACTION: return book_orphan(books, fact);
    case STOP_KNOWN: break;
    }
    json_decref(fact);
    return BOOKED_BEFORE;
}

enum booking books_meter(struct books *books, const struct report *report)
{
    json_t *fact = fact_from("meter", report);
    if (ledger_known_meter(books->ledger, fact)) {
        json_decref(fact);
        return BOOKED_BEFORE;
    }
    return record(books, fact) ? BOOKED : NOT_BOOKED;
}

enum booking books_status(struct books *books, const struct report *report)
{
    return record(books, fact_from("status", report)) ? BOOKED : NOT_BOOKED;
}

bool books_booted(const struct books *books, const char *id)
{
    return ledger_booted(books->ledger, id);
}

json_t *books_summary(const struct books *books)
{
    return ledger_summary(books->ledger);
}
