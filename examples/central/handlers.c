/* SPDX-License-Identifier: Apache-2.0 */
/* What is done and answered for each OCPP 1.6 request of a charge point. */
#include "handlers.h"

#include "books.h"
#include "options.h"
#include "print.h"
#include "requests.h"
#include "tags.h"
#include "timestamp.h"

#include <stdio.h>
#include <string.h>

/* NULL: it could not be booked. */
typedef json_t *handler(struct station *station, const struct report *report);

static json_t *member(const struct report *report, const char *name)
{
    return json_object_get(report->payload, name);
}

static const char *text_member(const struct report *report, const char *name)
{
    return json_string_value(member(report, name));
}

static json_t *current_time(void)
{
    char now[TIMESTAMP_SIZE];
    timestamp_format(timestamp_now(), now);
    return json_string(now);
}

static const char *booking_text(enum booking booking)
{
    switch (booking) {
    case BOOKED: return "booked";
    case BOOKED_BEFORE: return "repeated";
    case BOOKED_ORPHAN: return "orphan";
    case NOT_BOOKED: return "failed";
    }
    return NULL;
}

/* An event with the payload's members, after the ones that are ours. Takes the reference. */
static void print_report(json_t *event, const struct report *report)
{
    json_object_update_missing(event, report->payload);
    print_event(event);
}

static json_t *boot_notification(struct station *station, const struct report *report)
{
    struct central *central = station->central;
    bool accepted = strcmp(central->boot_status, "Accepted") == 0;
    if (books_boot(central->books, report, central->boot_status) == NOT_BOOKED) {
        return NULL;
    }
    station->registration = accepted ? REGISTRATION_ACCEPTED : REGISTRATION_NOT_YET;
    station->booted_on_link = accepted;
    station->triggered = false;
    print_report(json_pack("{s:s,s:s,s:s}", "event", "boot", "id", station->id, "status",
                           central->boot_status),
                 report);
    return json_pack("{s:s,s:o,s:i}", "status", central->boot_status, "currentTime", current_time(),
                     "interval", central->options->heartbeat_interval);
}

static json_t *heartbeat(struct station *station, const struct report *report)
{
    (void)station;
    (void)report;
    return json_pack("{s:o}", "currentTime", current_time());
}

static json_t *authorize(struct station *station, const struct report *report)
{
    const char *id_tag = text_member(report, "idTag");
    json_t *info = tags_info(station->central->tags, id_tag);
    print_event(json_pack("{s:s,s:s,s:s,s:O}", "event", "authorize", "id", station->id, "idTag",
                          id_tag, "status", json_object_get(info, "status")));
    return json_pack("{s:o}", "idTagInfo", info);
}

static json_t *start_transaction(struct station *station, const struct report *report)
{
    json_int_t transaction_id = 0;
    json_t *info = tags_info(station->central->tags, text_member(report, "idTag"));
    const char *status = json_string_value(json_object_get(info, "status"));
    enum booking booking = books_start(station->central->books, report, status, &transaction_id);
    if (booking == NOT_BOOKED) {
        json_decref(info);
        return NULL;
    }
    print_report(json_pack("{s:s,s:s,s:I,s:s,s:s}", "event", "start", "id", station->id,
                           "transactionId", transaction_id, "status", status, "booking",
                           booking_text(booking)),
                 report);
    return json_pack("{s:I,s:o}", "transactionId", transaction_id, "idTagInfo", info);
}

static json_t *stop_transaction(struct station *station, const struct report *report)
{
    enum booking booking = books_stop(station->central->books, report);
    const char *id_tag = text_member(report, "idTag");
    if (booking == NOT_BOOKED) {
        return NULL;
    }
    print_report(json_pack("{s:s,s:s,s:s}", "event", "stop", "id", station->id, "booking",
                           booking_text(booking)),
                 report);
    return json_pack("{s:o*}", "idTagInfo",
                     id_tag ? tags_info(station->central->tags, id_tag) : NULL);
}

static json_t *meter_values(struct station *station, const struct report *report)
{
    enum booking booking = books_meter(station->central->books, report);
    if (booking == NOT_BOOKED) {
        return NULL;
    }
    print_report(json_pack("{s:s,s:s,s:s}", "event", "meter", "id", station->id, "booking",
                           booking_text(booking)),
                 report);
    return json_object();
}

static json_t *status_notification(struct station *station, const struct report *report)
{
    if (books_status(station->central->books, report) == NOT_BOOKED) {
        return NULL;
    }
    print_report(json_pack("{s:s,s:s}", "event", "status", "id", station->id), report);
    return json_object();
}

static json_t *data_transfer(struct station *station, const struct report *report)
{
    print_report(json_pack("{s:s,s:s}", "event", "dataTransfer", "id", station->id), report);
    return json_pack("{s:s}", "status", "UnknownVendorId");
}

static json_t *diagnostics_status(struct station *station, const struct report *report)
{
    print_report(json_pack("{s:s,s:s}", "event", "diagnostics", "id", station->id), report);
    return json_object();
}

static json_t *firmware_status(struct station *station, const struct report *report)
{
    print_report(json_pack("{s:s,s:s}", "event", "firmware", "id", station->id), report);
    return json_object();
}

struct action {
    const char *name;
    const struct field *fields;
    handler *handle;
};

static const struct action actions[] = {
    {"Authorize", requests_authorize, authorize},
    {"BootNotification", requests_boot_notification, boot_notification},
    {"DataTransfer", requests_data_transfer, data_transfer},
    {"DiagnosticsStatusNotification", requests_diagnostics_status, diagnostics_status},
    {"FirmwareStatusNotification", requests_firmware_status, firmware_status},
    {"Heartbeat", requests_heartbeat, heartbeat},
    {"MeterValues", requests_meter_values, meter_values},
    {"StartTransaction", requests_start_transaction, start_transaction},
    {"StatusNotification", requests_status_notification, status_notification},
    {"StopTransaction", requests_stop_transaction, stop_transaction},
};

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(actions[i].name, name) == 0) {
            return &actions[i];
        }
    }
    return NULL;
}

json_t *handlers_serve(struct station *station, const char *message_id, const char *name,
                       json_t *payload, struct verdict *verdict)
{
    const struct action *action = find_action(name);
    struct report report = {station->id, message_id, payload};
    if (action == NULL) {
        *verdict = (struct verdict){"NotImplemented", "this central system knows no such action"};
        return NULL;
    }
    *verdict = payload_check(action->fields, payload);
    if (verdict->code != NULL) {
        return NULL;
    }
    json_t *answer = action->handle(station, &report);
    if (answer == NULL) {
        *verdict = (struct verdict){"InternalError", "this could not be written to the books"};
    }
    /* cppcheck-suppress returnDanglingLifetime ; the answer keeps nothing of the report */
    return answer;
}
