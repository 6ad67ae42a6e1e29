/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A station at its edges: frames in and out, reports, settings, readers, and a configuration whose
 * every wrong member is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fake_port.h"

/* ---- calls of the central system --------------------------------------------------------- */

static void station_answers_what_it_does_not_understand_with_a_callerror(void **state)
{
    struct box *box = *state;

    go_online(box);
    receive(box, "[2,\"a\",\"FooBar\",{}]");
    assert_true(was_sent(box, "[4,\"a\",\"NotImplemented\"", ""));
    receive(box, "[2,\"b\",\"Reset\",{\"type\":\"Medium\"}]");
    assert_true(was_sent(box, "[4,\"b\",\"PropertyConstraintViolation\"", ""));
    receive(box, "[2,\"c\",\"Reset\"]");
    assert_true(was_sent(box, "[4,\"c\",", ""));
}

static void station_passes_over_garbage_and_unknown_message_types(void **state)
{
    struct box *box = *state;
    size_t sent = 0;

    go_online(box);
    sent = box_net(box)->sent_count;
    receive(box, "{");
    receive(box, "[7,\"x\",\"Reset\",{\"type\":\"Hard\"}]");
    assert_int_equal(box_net(box)->sent_count, sent);
    assert_int_equal(evcp_link(box->station), EVCP_LINK_ONLINE);
}

static void station_refuses_the_id_of_a_call_that_is_still_processed(void **state)
{
    struct box *box = *state;
    struct evcp__net *net = box_net(box);
    const char *call = "[2,\"same\",\"GetLocalListVersion\",{}]";
    size_t sent = 0;

    go_online(box);
    sent = net->sent_count;
    net->callbacks.message(net->callbacks.user, call, strlen(call));
    receive(box, call); /* in the same turn: the first is not answered yet */

    assert_int_equal(net->sent_count, sent + 2);
    assert_true(was_sent(box, "[4,\"same\",\"GenericError\"", ""));
    assert_true(was_sent(box, "[3,\"same\"", "listVersion"));
    /* afterwards the id is free again */
    receive(box, call);
    assert_non_null(strstr(net->sent[sent + 2], "[3,\"same\""));
}

static void station_bounds_the_calls_that_wait_for_an_answer(void **state)
{
    struct box *box = *state;
    struct evcp__net *net = box_net(box);
    char call[80];

    go_online(box);
    for (int i = 0; i <= EVCP__OPEN_REQUESTS_MAX; i++) {
        snprintf(call, sizeof(call), "[2,\"n%d\",\"GetLocalListVersion\",{}]", i);
        net->callbacks.message(net->callbacks.user, call, strlen(call));
    }
    evcp__loop_wake(box->host->loop);
    run(box);

    assert_true(was_sent(box, "[3,\"n0\"", ""));
    assert_true(was_sent(box, "[4,\"n8\",\"GenericError\"", "too many"));
}

static void station_answers_no_call_while_it_is_rejected(void **state)
{
    struct box *box = *state;
    struct evcp__net *net = box_net(box);
    json_t *boot = NULL;
    char answer[256];
    size_t sent = 0;

    connect_now(box);
    boot = json_loads(net->sent[0], 0, NULL);
    snprintf(answer, sizeof(answer),
             "[3,\"%s\",{\"status\":\"Rejected\",\"currentTime\":\"2027-01-15T08:00:01Z\","
             "\"interval\":600}]",
             json_string_value(json_array_get(boot, 1)));
    json_decref(boot);
    receive(box, answer);
    sent = net->sent_count;
    receive(box, "[2,\"a\",\"GetConfiguration\",{}]");
    receive(box, "[2,\"b\",\"FooBar\",{}]");
    receive(box, "[2,\"c\"]");

    assert_int_equal(net->sent_count, sent);
}

static void station_does_not_answer_a_call_over_the_next_connection(void **state)
{
    struct box *box = *state;
    struct evcp__net *net = box_net(box);
    const char *call = "[2,\"old\",\"GetLocalListVersion\",{}]";

    go_online(box);
    net->callbacks.message(net->callbacks.user, call, strlen(call));
    lose_link(box);

    assert_false(was_sent(box, "\"old\"", ""));
}

static void data_transfer_of(struct box *box, int result, const char *answer, const char *id)
{
    char call[120];

    box->data_result = result;
    box->data_answer = answer;
    snprintf(call, sizeof(call), "[2,\"%s\",\"DataTransfer\",{\"vendorId\":\"com.acme\"}]", id);
    receive(box, call);
}

/* covers: DT-03 DT-05 */
static void station_answers_data_transfer_as_the_vendor_says(void **state)
{
    struct box *box = *state;

    go_online(box);
    data_transfer_of(box, EVCP_OK, "yes", "d1");
    assert_true(was_sent(box, "[3,\"d1\"", "\"Accepted\""));
    assert_true(was_sent(box, "[3,\"d1\"", "\"yes\""));
    data_transfer_of(box, EVCP_EINVAL, NULL, "d2");
    assert_true(was_sent(box, "[3,\"d2\"", "\"Rejected\""));
    data_transfer_of(box, EVCP_ENOENT, "not told", "d3");
    assert_true(was_sent(box, "[3,\"d3\",{\"status\":\"UnknownVendorId\"}]", ""));
    data_transfer_of(box, EVCP_ESTATE, NULL, "d4");
    assert_true(was_sent(box, "[3,\"d4\"", "\"UnknownMessageId\""));
    data_transfer_of(box, EVCP_EHARDWARE, NULL, "d5");
    assert_true(was_sent(box, "[4,\"d5\",\"InternalError\"", ""));
}

/* ---- answers to our calls ---------------------------------------------------------------- */

static void station_drops_answers_to_no_call(void **state)
{
    struct box *box = *state;

    go_online(box);
    receive(box, "[3,\"nobody\",{\"status\":\"Rejected\"}]");
    receive(box, "[4,\"nobody\",\"GenericError\",\"\",{}]");
    receive(box, "[4,\"-1\",\"GenericError\",\"\",{}]");
    assert_int_equal(evcp_link(box->station), EVCP_LINK_ONLINE);
}

/* The call in flight is failed at once: the token is judged by what is known, no timeout. */
static void fails_the_call_in_flight(struct box *box, const char *error)
{
    go_online(box);
    give_list(box);
    plug_in(box, 1);
    run(box);
    serve(box);
    present_card(box, 1, "GOOD");
    assert_true(was_sent(box, "\"Authorize\"", "GOOD"));
    assert_false(box->closed[1]);
    box_net(box)->served = box_net(box)->sent_count;
    receive(box, error);
    assert_true(box->closed[1]);
}

static void station_takes_a_callerror_without_an_id_as_meant_for_the_call_in_flight(void **state)
{
    fails_the_call_in_flight(*state, "[4,\"-1\",\"RpcFrameworkError\",\"what?\",{}]");
}

static void station_takes_a_callerror_with_a_null_id_likewise(void **state)
{
    fails_the_call_in_flight(*state, "[4,null,\"FormatViolation\",\"what?\",[]]");
}

static void station_connects_again_when_a_frame_cannot_be_queued(void **state)
{
    struct box *box = *state;

    go_online(box);
    box_net(box)->send_result = EVCP_ENOMEM;
    receive(box, "[2,\"a\",\"GetLocalListVersion\",{}]");
    assert_false(box_net(box)->connected);
    box_net(box)->send_result = EVCP_OK;
    pass(box, 60000);
    assert_int_equal(box_net(box)->attempts, 2);
}

/* ---- what is shown, and what is not ------------------------------------------------------ */

static bool was_shown(const struct box *box, const char *text)
{
    for (size_t i = 0; i < box->event_count; i++) {
        const struct evcp_event *e = &box->events[i];

        if (e->text && strstr(e->text, text))
            return true;
    }
    return false;
}

#define SECRET "00112233445566778899aabbccddeeff"

static void station_shows_frames_but_no_authorization_key(void **state)
{
    struct box *box = *state;

    go_online(box);
    receive(box, "[2,\"k\",\"ChangeConfiguration\",{\"key\":\"authorizationKEY\",\"value\":"
                 "\"" SECRET "\"}]");
    receive(box, "[2,\"l\",\"ChangeConfiguration\",{\"key\":\"AuthorizationKey\",\"value\":"
                 "\"" SECRET "\"},5,6]");
    receive(box, "[\"AuthorizationKey\",\"" SECRET "\"]");

    assert_true(was_shown(box, "BootNotification"));
    assert_true(was_shown(box, "[2,\"k\",\"ChangeConfiguration\""));
    assert_false(was_shown(box, SECRET));
    assert_null(strstr(box->log, SECRET));
}

static void station_applies_key_and_ping_interval_at_once(void **state)
{
    struct box *box = *state;

    go_online(box);
    receive(box, "[2,\"k\",\"ChangeConfiguration\",{\"key\":\"AuthorizationKey\",\"value\":"
                 "\"" SECRET "\"}]");
    receive(box, "[2,\"p\",\"ChangeConfiguration\",{\"key\":\"WebSocketPingInterval\","
                 "\"value\":\"17\"}]");

    assert_int_equal(box_net(box)->key_size, 16);
    assert_int_equal(box_net(box)->key[1], 0x11);
    assert_int_equal(box_net(box)->key[15], 0xff);
    assert_int_equal(box_net(box)->ping, 17);
}

static void station_begins_with_the_integrators_key(void **state)
{
    struct box *box = *state;

    box->config.authorization_key = SECRET;
    assert_int_equal(evcp_new(box->host, &box->config, &box->station), EVCP_OK);
    assert_int_equal(box_net(box)->key_size, 16);
}

/* ---- settings ---------------------------------------------------------------------------- */

static void station_reads_and_changes_settings(void **state)
{
    struct box *box = *state;
    evcp_t *s = box->station;
    char value[501];

    assert_int_equal(evcp_setting_set(s, "HeartbeatInterval", "61"), EVCP_OK);
    assert_int_equal(evcp_setting_get(s, "heartbeatinterval", value, sizeof(value)), EVCP_OK);
    assert_string_equal(value, "61");
    assert_int_equal(evcp_setting_set(s, "HeartbeatInterval", "often"), EVCP_EINVAL);
    assert_int_equal(evcp_setting_set(s, "NumberOfConnectors", "3"), EVCP_EINVAL);
    assert_int_equal(evcp_setting_set(s, "NoSuchKey", "3"), EVCP_ENOENT);
    assert_int_equal(evcp_setting_get(s, "NoSuchKey", value, sizeof(value)), EVCP_ENOENT);
    assert_int_equal(evcp_setting_get(s, "HeartbeatInterval", value, 2), EVCP_EFULL);
    assert_int_equal(evcp_setting_set(s, "AuthorizationKey", SECRET), EVCP_OK);
    assert_int_equal(evcp_setting_get(s, "AuthorizationKey", value, sizeof(value)), EVCP_ENOENT);
    assert_int_equal(evcp_setting_get(s, "HeartbeatInterval", value, sizeof(value)), EVCP_OK);
    assert_string_equal(value, "61");
}

static void station_setting_is_durable_when_set_returns(void **state)
{
    struct box *box = *state;

    run(box);
    assert_int_equal(evcp_setting_set(box->station, "ConnectionTimeOut", "99"), EVCP_OK);
    assert_false(box->db->base.ops->dirty(&box->db->base));
}

/* ---- reports ----------------------------------------------------------------------------- */

static void station_refuses_reports_that_make_no_sense(void **state)
{
    struct box *box = *state;
    evcp_t *s = box->station;
    struct evcp_fault fault = {.code = EVCP_ERROR_NO_ERROR};
    struct evcp_report report = {.kind = (enum evcp_report_kind)99};

    assert_int_equal(evcp_report_plugged(s, 0, true), EVCP_EINVAL);
    assert_int_equal(evcp_report_plugged(s, 3, true), EVCP_EINVAL);
    assert_int_equal(evcp_report_ev(s, 1, (enum evcp_ev_state)7), EVCP_EINVAL);
    assert_int_equal(evcp_report_contactor(s, 0, true), EVCP_EINVAL);
    assert_int_equal(evcp_report_stop(s, 1, (enum evcp_stop_reason)99), EVCP_EINVAL);
    assert_int_equal(evcp_report_fault(s, 1, &fault), EVCP_EINVAL);
    assert_int_equal(evcp_report_fault(s, 1, NULL), EVCP_EINVAL);
    fault.code = EVCP_ERROR_OTHER_ERROR;
    memset(fault.info, 'x', sizeof(fault.info));
    assert_int_equal(evcp_report_fault(s, 1, &fault), EVCP_EINVAL);
    assert_int_equal(evcp_report_token(s, 1, EVCP_TOKEN_VIN, NULL), EVCP_EINVAL);
    assert_int_equal(evcp_report_token(s, 1, EVCP_TOKEN_VIN, ""), EVCP_EINVAL);
    assert_int_equal(evcp_report_token(s, 1, EVCP_TOKEN_VIN, "123456789012345678901"),
                     EVCP_ETOOLONG);
    assert_int_equal(evcp_report_token(s, 0, EVCP_TOKEN_VIN, "12345678901234567890"), EVCP_OK);
    assert_int_equal(evcp_post(s, &report), EVCP_EINVAL);
    assert_int_equal(evcp_post(s, NULL), EVCP_EINVAL);
    assert_int_equal(evcp_post(NULL, &report), EVCP_EINVAL);
}

static void station_reads_nothing_from_nowhere(void **state)
{
    struct box *box = *state;
    struct evcp_connector_state seen;

    assert_int_equal(evcp_connector(box->station, 3, &seen), EVCP_EINVAL);
    assert_int_equal(evcp_connector(box->station, 0, &seen), EVCP_OK);
    assert_int_equal(evcp_link(NULL), EVCP_LINK_DOWN);
    assert_int_equal(evcp_utc_ms(NULL), 0);
    assert_int_equal(evcp_set_online(NULL, true), EVCP_EINVAL);
    assert_true(evcp_utc_ms(box->station) >= START_UTC);
}

static void station_connects_only_when_it_is_allowed(void **state)
{
    struct box *box = *state;

    go_online(box);
    assert_int_equal(evcp_set_online(box->station, false), EVCP_OK);
    run(box);
    assert_int_equal(evcp_link(box->station), EVCP_LINK_DOWN);
    pass(box, 600000);
    assert_int_equal(box_net(box)->attempts, 1);
    assert_int_equal(evcp_set_online(box->station, true), EVCP_OK);
    pass(box, 1000);
    assert_int_equal(box_net(box)->attempts, 2);
}

/* ---- hardware ---------------------------------------------------------------------------- */

static void station_opens_what_a_failed_contactor_began(void **state)
{
    struct box *box = *state;
    struct evcp_connector_state seen;

    go_offline_with_list(box);
    plug_in(box, 1);
    box->contactor_result = EVCP_EHARDWARE;
    present_card(box, 1, "GOOD");

    assert_int_equal(evcp_connector(box->station, 1, &seen), EVCP_OK);
    assert_int_equal(seen.error_code, EVCP_ERROR_POWER_SWITCH_FAILURE);
    assert_false(seen.contactor_closed);
}

static void station_waits_for_the_report_of_a_slow_contactor(void **state)
{
    struct box *box = *state;
    struct evcp_connector_state seen;

    go_offline_with_list(box);
    plug_in(box, 1);
    box->contactor_result = EVCP_PENDING;
    present_card(box, 1, "GOOD");
    assert_int_equal(evcp_connector(box->station, 1, &seen), EVCP_OK);
    assert_false(seen.contactor_closed);
    assert_int_equal(evcp_report_contactor(box->station, 1, true), EVCP_OK);
    run(box);
    assert_int_equal(evcp_connector(box->station, 1, &seen), EVCP_OK);
    assert_true(seen.contactor_closed);
    assert_int_equal(seen.status, EVCP_STATUS_CHARGING);
}

/* ---- readers ----------------------------------------------------------------------------- */

struct card {
    int result; /* bytes, or a failure */
    unsigned asked;
};

static int read_card(void *user, uint8_t *out, size_t capacity)
{
    struct card *card = user;
    int result = card->result;

    card->asked++;
    if (result > 0) {
        memset(out, 0xab, capacity);
        card->result = 0;
    }
    return result;
}

static void with_reader(struct box *box, struct card *card, int fd)
{
    const struct evcp_reader reader = {.name = "door",
                                       .type = EVCP_TOKEN_ISO14443,
                                       .format = {.prefix = "C:"},
                                       .fd = fd,
                                       .poll_ms = 100,
                                       .read = read_card,
                                       .user = card};

    box->config.readers = &reader;
    box->config.reader_count = 1;
    assert_int_equal(evcp_new(box->host, &box->config, &box->station), EVCP_OK);
    run(box);
}

static void reader_is_asked_at_its_interval(void **state)
{
    struct box *box = *state;
    struct card card = {0, 0};

    with_reader(box, &card, -1);
    card.asked = 0;
    pass(box, 1000);
    assert_in_range(card.asked, 9, 11);
}

static void reader_delivers_a_token_in_its_format(void **state)
{
    struct box *box = *state;
    struct card card = {0, 0};

    with_reader(box, &card, -1);
    card.result = 4;
    pass(box, 200);
    assert_string_equal(last_event(box, EVCP_EVENT_DECISION)->token.value, "C:ABABABAB");
}

static void reader_with_a_descriptor_is_asked_when_it_is_readable(void **state)
{
    struct box *box = *state;
    struct card card = {0, 0};
    struct evcp__watch *watch = NULL;

    with_reader(box, &card, 5);
    watch = &box->host->loop->watch;
    pass(box, 10000);
    assert_int_equal(card.asked, 0);
    assert_int_equal(watch->fd, 5);
    card.result = 4;
    watch->on_readable(watch->user);
    evcp__loop_wake(box->host->loop);
    run(box);
    assert_string_equal(last_event(box, EVCP_EVENT_DECISION)->token.value, "C:ABABABAB");
}

static void reader_refuses_what_does_not_fit_and_says_what_to_do(void **state)
{
    struct box *box = *state;
    struct card card = {0, 0};
    const char *text = NULL;

    with_reader(box, &card, -1);
    card.result = 10; /* C: and 20 digits */
    pass(box, 200);

    assert_null(last_event(box, EVCP_EVENT_DECISION));
    text = last_event(box, EVCP_EVENT_HARDWARE)->text;
    assert_non_null(strstr(text, "door"));
    assert_non_null(strstr(text, "20 characters"));
    assert_non_null(strstr(text, "shorter prefix"));
}

static void reader_that_is_broken_is_told_once_and_asked_rarely(void **state)
{
    struct box *box = *state;
    struct card card = {0, 0};

    with_reader(box, &card, -1);
    card.result = -1;
    pass(box, 200);
    card.asked = 0;
    pass(box, 60000);
    assert_in_range(card.asked, 10, 14);
    assert_int_equal(count_events(box, EVCP_EVENT_HARDWARE), 1);

    card.result = 0;
    pass(box, 6000);
    assert_non_null(strstr(last_event(box, EVCP_EVENT_HARDWARE)->text, "works again"));
}

static void reader_with_a_broken_descriptor_is_not_watched_meanwhile(void **state)
{
    struct box *box = *state;
    struct card card = {-1, 0};
    struct evcp__watch *watch = NULL;

    with_reader(box, &card, 5);
    watch = &box->host->loop->watch;
    watch->on_readable(watch->user);
    assert_int_equal(watch->fd, -1);
    evcp__loop_wake(box->host->loop);
    card.result = 0;
    pass(box, 6000);
    assert_int_equal(watch->fd, 5);
}

/* ---- configuration ----------------------------------------------------------------------- */

static const struct evcp_reader no_read = {.fd = -1, .poll_ms = 100};
static const struct evcp_reader too_fast = {.fd = -1, .poll_ms = 1, .read = read_card};
static const struct evcp_reader far_away = {
    .fd = -1, .poll_ms = 100, .read = read_card, .connector = 3};
static const struct evcp_reader long_prefix = {
    .fd = -1, .poll_ms = 100, .read = read_card, .format = {.prefix = "VEHICLE-IDENTIFICATION"}};
static const struct evcp_setting no_value = {"HeartbeatInterval", NULL};
static const struct evcp_setting bad_value = {"HeartbeatInterval", "often"};
static const struct evcp_connector_config negative[2] = {{0, -1}, {0, 0}};
static const uint8_t bad_rules[EVCP_TOKEN_TYPES] = {64};
static const struct evcp_hardware no_contactor = {.size = sizeof(struct evcp_hardware),
                                                  .energy = box_energy};
static const struct evcp_hardware no_energy = {.size = sizeof(struct evcp_hardware),
                                               .contactor = box_contactor};

#define BAD(member, value)                                                                         \
    static void bad_##member(struct evcp_config *c)                                                \
    {                                                                                              \
        c->member = value;                                                                         \
    }

BAD(id, "")
BAD(url, "http://central")
BAD(vendor, NULL)
BAD(model, "a model name too long")
BAD(serial, "serial\tnumber")
BAD(firmware, "")
BAD(connectors, 65)
BAD(connector, negative)
BAD(authorization_key, "0011")
BAD(cert_file, "cert.pem")
BAD(local_list_max, 1000001)
BAD(send_list_max, 100001)
BAD(measurands, 1u << EVCP_MEASURANDS)
BAD(message_max, 100)
BAD(token_rules, bad_rules)
BAD(hardware, NULL)
BAD(size, 8)

static void bad_contactor(struct evcp_config *c)
{
    c->hardware = &no_contactor;
}

static void bad_energy(struct evcp_config *c)
{
    c->hardware = &no_energy;
}

static void bad_measure(struct evcp_config *c)
{
    c->measurands = 1u << EVCP_VOLTAGE;
}

static void bad_key_digits(struct evcp_config *c)
{
    c->authorization_key = "0011223344556677889900112233445g";
}

static void bad_basic_user(struct evcp_config *c)
{
    c->id = "CP:1";
    c->authorization_key = SECRET;
}

static void set_reader(struct evcp_config *c, const struct evcp_reader *reader)
{
    c->readers = reader;
    c->reader_count = 1;
}

static void bad_reader_read(struct evcp_config *c)
{
    set_reader(c, &no_read);
}

static void bad_reader_poll(struct evcp_config *c)
{
    set_reader(c, &too_fast);
}

static void bad_reader_connector(struct evcp_config *c)
{
    set_reader(c, &far_away);
}

static void bad_reader_prefix(struct evcp_config *c)
{
    set_reader(c, &long_prefix);
}

static void bad_readers(struct evcp_config *c)
{
    c->reader_count = 1;
}

static void bad_setting(struct evcp_config *c)
{
    c->settings = &no_value;
    c->setting_count = 1;
}

static void bad_setting_value(struct evcp_config *c)
{
    c->settings = &bad_value;
    c->setting_count = 1;
}

static const struct {
    const char *named;
    void (*spoil)(struct evcp_config *config);
} bad_configs[] = {
    {"evcp_config.id", bad_id},
    {"evcp_config.id", bad_basic_user},
    {"evcp_config.url", bad_url},
    {"evcp_config.vendor", bad_vendor},
    {"evcp_config.model", bad_model},
    {"evcp_config.serial", bad_serial},
    {"evcp_config.firmware", bad_firmware},
    {"evcp_config.connectors", bad_connectors},
    {"evcp_config.connector[0]", bad_connector},
    {"evcp_config.authorization_key", bad_authorization_key},
    {"evcp_config.authorization_key", bad_key_digits},
    {"evcp_config.key_file", bad_cert_file},
    {"evcp_config.local_list_max", bad_local_list_max},
    {"evcp_config.send_list_max", bad_send_list_max},
    {"evcp_config.measurands", bad_measurands},
    {"evcp_config.measurands", bad_measure},
    {"evcp_config.message_max", bad_message_max},
    {"evcp_config.token_rules[0]", bad_token_rules},
    {"evcp_config.hardware", bad_hardware},
    {"evcp_hardware.contactor", bad_contactor},
    {"evcp_hardware.energy", bad_energy},
    {"evcp_config.readers[0].read", bad_reader_read},
    {"evcp_config.readers[0].poll_ms", bad_reader_poll},
    {"evcp_config.readers[0].connector", bad_reader_connector},
    {"evcp_config.readers[0].format.prefix", bad_reader_prefix},
    {"evcp_config.readers", bad_readers},
    {"evcp_config.settings[0]", bad_setting},
    {"HeartbeatInterval", bad_setting_value},
    {"evcp_config.size", bad_size},
};

static void config_refuses_every_wrong_member_by_name(void **state)
{
    struct box *box = *state;

    for (size_t i = 0; i < sizeof(bad_configs) / sizeof(bad_configs[0]); i++) {
        struct evcp_config config = box->config;

        bad_configs[i].spoil(&config);
        box->log[0] = '\0';
        assert_int_equal(evcp_new(box->host, &config, &box->station), EVCP_EINVAL);
        assert_null(box->station);
        if (!strstr(box->log, bad_configs[i].named))
            fail_msg("%s is not named: %s", bad_configs[i].named, box->log);
    }
    assert_int_equal(evcp_new(box->host, &box->config, &box->station), EVCP_OK);
}

static void config_is_copied_whole(void **state)
{
    struct box *box = *state;
    char id[] = "COPY";
    char key[] = "HeartbeatInterval";
    char value[] = "123";
    struct evcp_setting setting = {key, value};
    char read[16];

    box->config.id = id;
    box->config.settings = &setting;
    box->config.setting_count = 1;
    assert_int_equal(evcp_new(box->host, &box->config, &box->station), EVCP_OK);
    memset(id, 'x', sizeof(id));
    memset(key, 'x', sizeof(key));
    memset(value, 'x', sizeof(value));
    memset(&setting, 0, sizeof(setting));

    assert_string_equal(box->station->config->id, "COPY");
    assert_string_equal(box->station->config->settings[0].key, "HeartbeatInterval");
    assert_int_equal(evcp_setting_get(box->station, "HeartbeatInterval", read, sizeof(read)),
                     EVCP_OK);
    assert_string_equal(read, "123");
}

static void config_of_an_older_header_has_defaults_for_what_it_lacks(void **state)
{
    struct box *box = *state;

    box->config.size = offsetof(struct evcp_config, token_rules);
    assert_int_equal(evcp_new(box->host, &box->config, &box->station), EVCP_EINVAL);
    assert_non_null(strstr(box->log, "evcp_config.hardware"));
    box->config.size = sizeof(box->config);
    box->hardware.size = offsetof(struct evcp_hardware, measure);
    assert_int_equal(evcp_new(box->host, &box->config, &box->station), EVCP_OK);
    assert_null(box->station->hardware.event);
}

static void config_of_a_newer_header_is_taken_if_it_asks_for_nothing_new(void **state)
{
    struct box *box = *state;
    struct {
        struct evcp_config config;
        uint64_t newer;
    } wide = {.config = box->config};

    wide.config.size = sizeof(wide);
    wide.newer = 1;
    assert_int_equal(evcp_new(box->host, &wide.config, &box->station), EVCP_EINVAL);
    wide.newer = 0;
    assert_int_equal(evcp_new(box->host, &wide.config, &box->station), EVCP_OK);
}

#define WITH_STATION(test) cmocka_unit_test_setup_teardown(test, box_with_station, box_free)
#define WITH_HOST(test)    cmocka_unit_test_setup_teardown(test, box_new, box_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STATION(station_answers_what_it_does_not_understand_with_a_callerror),
        WITH_STATION(station_passes_over_garbage_and_unknown_message_types),
        WITH_STATION(station_refuses_the_id_of_a_call_that_is_still_processed),
        WITH_STATION(station_bounds_the_calls_that_wait_for_an_answer),
        WITH_STATION(station_answers_no_call_while_it_is_rejected),
        WITH_STATION(station_does_not_answer_a_call_over_the_next_connection),
        WITH_STATION(station_answers_data_transfer_as_the_vendor_says),
        WITH_STATION(station_drops_answers_to_no_call),
        WITH_STATION(station_takes_a_callerror_without_an_id_as_meant_for_the_call_in_flight),
        WITH_STATION(station_takes_a_callerror_with_a_null_id_likewise),
        WITH_STATION(station_connects_again_when_a_frame_cannot_be_queued),
        WITH_STATION(station_shows_frames_but_no_authorization_key),
        WITH_STATION(station_applies_key_and_ping_interval_at_once),
        WITH_HOST(station_begins_with_the_integrators_key),
        WITH_STATION(station_reads_and_changes_settings),
        WITH_STATION(station_setting_is_durable_when_set_returns),
        WITH_STATION(station_refuses_reports_that_make_no_sense),
        WITH_STATION(station_reads_nothing_from_nowhere),
        WITH_STATION(station_connects_only_when_it_is_allowed),
        WITH_STATION(station_opens_what_a_failed_contactor_began),
        WITH_STATION(station_waits_for_the_report_of_a_slow_contactor),
        WITH_HOST(reader_is_asked_at_its_interval),
        WITH_HOST(reader_delivers_a_token_in_its_format),
        WITH_HOST(reader_with_a_descriptor_is_asked_when_it_is_readable),
        WITH_HOST(reader_refuses_what_does_not_fit_and_says_what_to_do),
        WITH_HOST(reader_that_is_broken_is_told_once_and_asked_rarely),
        WITH_HOST(reader_with_a_broken_descriptor_is_not_watched_meanwhile),
        WITH_HOST(config_refuses_every_wrong_member_by_name),
        WITH_HOST(config_is_copied_whole),
        WITH_HOST(config_of_an_older_header_has_defaults_for_what_it_lacks),
        WITH_HOST(config_of_a_newer_header_is_taken_if_it_asks_for_nothing_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
