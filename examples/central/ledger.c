/* SPDX-License-Identifier: Apache-2.0 */
/* The transactions in memory: what the facts of the books add up to. */
#include "ledger.h"

#include "memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct transaction {
    json_int_t id;
    json_t *start;
    json_t *stop;
    size_t meter_values;
};

/* by_start: a start's content to its transactionId. meters: the meter facts seen. */
struct ledger {
    struct transaction *transactions; /* by increasing id */
    size_t count;
    size_t capacity;
    json_t *by_start;
    json_t *orphans;
    json_t *meters;
    json_t *boot_status;
    size_t unassigned_meter_values;
};

struct ledger *ledger_new(void)
{
    struct ledger *ledger = memory_zeroed(sizeof *ledger);
    ledger->by_start = json_object();
    ledger->orphans = json_array();
    ledger->meters = json_object();
    ledger->boot_status = json_object();
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    for (size_t i = 0; i < ledger->count; i++) {
        json_decref(ledger->transactions[i].start);
        json_decref(ledger->transactions[i].stop);
    }
    free(ledger->transactions);
    json_decref(ledger->by_start);
    json_decref(ledger->orphans);
    json_decref(ledger->meters);
    json_decref(ledger->boot_status);
    free(ledger);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static json_t *payload_of(const json_t *fact)
{
    return json_object_get(fact, "payload");
}

static json_int_t payload_integer(const json_t *fact, const char *name)
{
    return json_integer_value(json_object_get(payload_of(fact), name));
}

static const char *payload_text(const json_t *fact, const char *name)
{
    return text_of(payload_of(fact), name);
}

__attribute__((format(printf, 1, 2))) static char *key_of(const char *format, ...)
{
    char *key = NULL;
    va_list values;
    va_start(values, format);
    int length = vasprintf(&key, format, values);
    va_end(values);
    return length < 0 ? memory_text("") : key;
}

static struct transaction *find(const struct ledger *ledger, json_int_t id)
{
    size_t low = 0;
    size_t high = ledger->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ledger->transactions[middle].id == id) {
            return &ledger->transactions[middle];
        }
        if (ledger->transactions[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* The transaction that a stop or a meter fact names, if the same charge point started it. */
static struct transaction *transaction_of(const struct ledger *ledger, const json_t *fact)
{
    struct transaction *transaction = find(ledger, payload_integer(fact, "transactionId"));
    if (transaction == NULL ||
        strcmp(text_of(transaction->start, "id"), text_of(fact, "id")) != 0) {
        return NULL;
    }
    return transaction;
}

json_int_t ledger_next_id(const struct ledger *ledger)
{
    return ledger->count == 0 ? 1 : ledger->transactions[ledger->count - 1].id + 1;
}

/* The mark is what a repetition may share besides the content: its time or its messageId. */
static char *start_key(const json_t *fact, const char *kind, const char *mark)
{
    return key_of("%s\x1f%s\x1f%s\x1f%lld\x1f%s\x1f%lld", kind, text_of(fact, "id"), mark,
                  (long long)payload_integer(fact, "connectorId"), payload_text(fact, "idTag"),
                  (long long)payload_integer(fact, "meterStart"));
}

static json_int_t take_known(const struct ledger *ledger, char *key)
{
    json_int_t id = json_integer_value(json_object_get(ledger->by_start, key));
    free(key);
    return id;
}

json_int_t ledger_known_start(const struct ledger *ledger, const json_t *fact)
{
    json_int_t id = take_known(ledger, start_key(fact, "messageId", text_of(fact, "messageId")));
    return id ? id
              : take_known(ledger, start_key(fact, "timestamp", payload_text(fact, "timestamp")));
}

static void remember_start(struct ledger *ledger, char *key, json_int_t id)
{
    json_object_set_new(ledger->by_start, key, json_integer(id));
    free(key);
}

static bool apply_start(struct ledger *ledger, const json_t *fact)
{
    json_int_t id = json_integer_value(json_object_get(fact, "transactionId"));
    if (id < ledger_next_id(ledger)) {
        return false;
    }
    if (ledger->count == ledger->capacity) {
        ledger->capacity = ledger->capacity ? 2 * ledger->capacity : 64;
        ledger->transactions =
            memory_resized(ledger->transactions, ledger->capacity * sizeof *ledger->transactions);
    }
    ledger->transactions[ledger->count++] =
        (struct transaction){.id = id, .start = json_deep_copy(fact)};
    remember_start(ledger, start_key(fact, "messageId", text_of(fact, "messageId")), id);
    remember_start(ledger, start_key(fact, "timestamp", payload_text(fact, "timestamp")), id);
    return true;
}

static bool same_stop(const json_t *one, const json_t *other)
{
    bool same_mark = strcmp(text_of(one, "messageId"), text_of(other, "messageId")) == 0 ||
                     strcmp(payload_text(one, "timestamp"), payload_text(other, "timestamp")) == 0;
    return same_mark && strcmp(text_of(one, "id"), text_of(other, "id")) == 0 &&
           payload_integer(one, "transactionId") == payload_integer(other, "transactionId") &&
           payload_integer(one, "meterStop") == payload_integer(other, "meterStop");
}

static bool is_known_orphan(const struct ledger *ledger, const json_t *fact)
{
    size_t i;
    json_t *orphan;
    json_array_foreach(ledger->orphans, i, orphan)
    {
        if (same_stop(orphan, fact)) {
            return true;
        }
    }
    return false;
}

enum ledger_stop ledger_judge_stop(const struct ledger *ledger, const json_t *fact)
{
    const struct transaction *transaction = transaction_of(ledger, fact);
    if (transaction != NULL && transaction->stop == NULL) {
        return STOP_FITS;
    }
    if (transaction != NULL && same_stop(transaction->stop, fact)) {
        return STOP_KNOWN;
    }
    return is_known_orphan(ledger, fact) ? STOP_KNOWN : STOP_UNKNOWN_TRANSACTION;
}

static bool apply_stop(struct ledger *ledger, const json_t *fact)
{
    struct transaction *transaction = transaction_of(ledger, fact);
    if (transaction == NULL || transaction->stop != NULL) {
        return false;
    }
    transaction->stop = json_deep_copy(fact);
    return true;
}

static bool apply_orphan(struct ledger *ledger, const json_t *fact)
{
    json_array_append_new(ledger->orphans, json_deep_copy(fact));
    return true;
}

static uint64_t hash_of(const json_t *value)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    for (const char *at = text; at != NULL && *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    }
    free(text);
    return hash;
}

static char *meter_key(const json_t *fact)
{
    return key_of("%s\x1f%s\x1f%016llx", text_of(fact, "id"), text_of(fact, "messageId"),
                  (unsigned long long)hash_of(payload_of(fact)));
}

bool ledger_known_meter(const struct ledger *ledger, const json_t *fact)
{
    char *key = meter_key(fact);
    bool known = json_object_get(ledger->meters, key) != NULL;
    free(key);
    return known;
}

static bool apply_meter(struct ledger *ledger, const json_t *fact)
{
    char *key = meter_key(fact);
    size_t values = json_array_size(json_object_get(payload_of(fact), "meterValue"));
    struct transaction *transaction = transaction_of(ledger, fact);
    json_object_set_new(ledger->meters, key, json_true());
    free(key);
    if (transaction != NULL) {
        transaction->meter_values += values;
    } else if (json_object_get(payload_of(fact), "transactionId") != NULL) {
        ledger->unassigned_meter_values += values;
    }
    return true;
}

static bool apply_boot(struct ledger *ledger, const json_t *fact)
{
    return json_object_set(ledger->boot_status, text_of(fact, "id"),
                           json_object_get(fact, "status")) == 0;
}

static bool apply_nothing(struct ledger *ledger, const json_t *fact)
{
    (void)ledger;
    (void)fact;
    return true;
}

bool ledger_apply(struct ledger *ledger, const json_t *fact)
{
    static const struct {
        const char *kind;
        bool (*apply)(struct ledger *ledger, const json_t *fact);
    } kinds[] = {
        {"start", apply_start}, {"stop", apply_stop}, {"orphan", apply_orphan},
        {"meter", apply_meter}, {"boot", apply_boot}, {"status", apply_nothing},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(text_of(fact, "fact"), kinds[i].kind) == 0) {
            return text_of(fact, "id")[0] != '\0' && kinds[i].apply(ledger, fact);
        }
    }
    return false;
}

bool ledger_booted(const struct ledger *ledger, const char *id)
{
    return strcmp(text_of(ledger->boot_status, id), "Accepted") == 0;
}

static json_t *payload_member(const json_t *fact, const char *name)
{
    return fact ? json_incref(json_object_get(payload_of(fact), name)) : NULL;
}

/* A reason may be left out of StopTransaction only where it is Local. */
static const char *reason_of(const json_t *stop)
{
    if (stop == NULL) {
        return NULL;
    }
    return payload_text(stop, "reason")[0] ? payload_text(stop, "reason") : "Local";
}

static json_t *summary_of(const struct transaction *transaction)
{
    const json_t *start = transaction->start;
    const json_t *stop = transaction->stop;
    json_t *energy = stop ? json_integer(payload_integer(stop, "meterStop") -
                                         payload_integer(start, "meterStart"))
                          : NULL;
    return json_pack("{s:I,s:s,s:s,s:o*,s:o*,s:o*,s:o*,s:o*,s:o*,s:o*,s:s*,s:I,s:s}",
                     "transactionId", transaction->id, "id", text_of(start, "id"), "status",
                     text_of(start, "status"), "connectorId", payload_member(start, "connectorId"),
                     "idTag", payload_member(start, "idTag"), "meterStart",
                     payload_member(start, "meterStart"), "meterStop",
                     payload_member(stop, "meterStop"), "Wh", energy, "start",
                     payload_member(start, "timestamp"), "stop", payload_member(stop, "timestamp"),
                     "reason", reason_of(stop), "meterValues",
                     (json_int_t)transaction->meter_values, "state", stop ? "closed" : "open");
}

static json_t *summary_of_orphan(const json_t *stop)
{
    return json_pack("{s:I,s:s,s:o*,s:o*,s:o*,s:s,s:i,s:s}", "transactionId",
                     payload_integer(stop, "transactionId"), "id", text_of(stop, "id"), "idTag",
                     payload_member(stop, "idTag"), "meterStop", payload_member(stop, "meterStop"),
                     "stop", payload_member(stop, "timestamp"), "reason", reason_of(stop),
                     "meterValues", 0, "state", "orphan");
}

json_t *ledger_summary(const struct ledger *ledger)
{
    json_t *lines = json_array();
    size_t i;
    json_t *orphan;
    for (i = 0; i < ledger->count; i++) {
        json_array_append_new(lines, summary_of(&ledger->transactions[i]));
    }
    json_array_foreach(ledger->orphans, i, orphan)
    {
        json_array_append_new(lines, summary_of_orphan(orphan));
    }
    return json_pack("{s:o,s:I}", "transactions", lines, "unassignedMeterValues",
                     (json_int_t)ledger->unassigned_meter_values);
}
