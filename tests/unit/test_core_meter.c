/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meter values: when they are taken, what is in them, whose they are (OCPP 1.6 3.16, 4.7, 7.31 to
 * 7.35, 9.1.5, 9.1.15 to 9.1.28, with their errata).
 */
#include "core_test.h"

#include "../../lib/protocol/datetime.h"

static struct world *ready(const struct world_options *options)
{
    struct world *w = world_new(options);
    world_tag(w, "CARD1", "Accepted", NULL);
    return w;
}

static void start(struct world *w)
{
    world_plug(w, 1);
    world_card(w, 1, "CARD1");
    assert_true(w->connector[1].contactor);
}

/* ---- reading messages ------------------------------------------------------------------------ */

static const json_t *value_at(const struct world_call *call, const char *member, size_t i)
{
    assert_non_null(call);
    return json_array_get(json_object_get(call->payload, member), i);
}

static const json_t *sample_at(const json_t *value, size_t i)
{
    return json_array_get(json_object_get(value, "sampledValue"), i);
}

static size_t samples_in(const json_t *value)
{
    return json_array_size(json_object_get(value, "sampledValue"));
}

static const char *text(const json_t *sample, const char *member)
{
    const char *s = json_string_value(json_object_get(sample, member));
    return s == NULL ? "" : s;
}

static int64_t time_of(const json_t *value)
{
    int64_t ms = 0;
    assert_true(evcp__datetime_parse(text(value, "timestamp"), &ms));
    return ms;
}

/* "Voltage/L1 Voltage/L2 Frequency": what is in one MeterValue, in order. */
static const char *names(const json_t *value)
{
    static char out[512];
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < samples_in(value); i++) {
        const json_t *s = sample_at(value, i);
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s%s%s", i == 0 ? "" : " ",
                               text(s, "measurand"), text(s, "phase")[0] == '\0' ? "" : "/",
                               text(s, "phase"));
    }
    return out;
}

static const struct world_call *of_connector(struct world *w, const char *connector, size_t n)
{
    for (size_t i = 0; i < w->call_count; i++) {
        const struct world_call *c = &w->calls[i];
        if (strcmp(c->action, "MeterValues") == 0 &&
            strcmp(world_text(c, "connectorId"), connector) == 0 && n-- == 0) {
            return c;
        }
    }
    return NULL;
}

/* ---- sampled --------------------------------------------------------------------------------- */

/* covers: METER-01 METER-04 METER-17 METER-22 METER-28 METER-36 */
static void sampled_values_come_at_the_interval_from_the_start(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "MeterValueSampleInterval", "90");
    world_run(w, 17 * SECOND);
    start(w);
    int64_t begin = world_utc(w);
    world_run(w, 10 * MINUTE);
    assert_int_equal(world_count(w, "MeterValues"), 6);
    for (size_t i = 0; i < 6; i++) {
        const struct world_call *call = nth(w, "MeterValues", i);
        const json_t *value = value_at(call, "meterValue", 0);
        assert_int_equal(time_of(value), begin + (int64_t)(i + 1) * 90000);
        assert_string_equal(text(sample_at(value, 0), "context"), "Sample.Periodic");
        assert_string_equal(world_text(call, "connectorId"), "1");
        assert_string_equal(world_text(call, "transactionId"), "1");
        char wh[24];
        snprintf(wh, sizeof wh, "%d", 2000 + 180 * (int)(i + 1)); /* 7200 W */
        assert_string_equal(text(sample_at(value, 0), "value"), wh);
    }
    world_unplug(w, 1);
    done(w);
}

/* covers: METER-02 METER-03 */
static void sampled_and_aligned_values_are_off_at_zero(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "MeterValueSampleInterval", "0");
    change(w, "ClockAlignedDataInterval", "0");
    start(w);
    world_run(w, HOUR);
    assert_int_equal(world_count(w, "MeterValues"), 0);
    world_unplug(w, 1);
    done(w);
}

/* covers: METER-04 CONF-06 */
static void sampled_interval_changed_on_the_way_counts_from_the_start(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    start(w);
    int64_t begin = world_utc(w);
    world_run(w, 130 * SECOND);
    change(w, "MeterValueSampleInterval", "50");
    world_forget(w);
    world_run(w, 2 * MINUTE);
    assert_int_equal(time_of(value_at(nth(w, "MeterValues", 0), "meterValue", 0)), begin + 150000);
    change(w, "MeterValueSampleInterval", "0");
    world_forget(w);
    world_run(w, HOUR);
    assert_int_equal(world_count(w, "MeterValues"), 0);
    change(w, "MeterValueSampleInterval", "3600");
    world_run(w, HOUR);
    assert_int_equal(time_of(value_at(nth(w, "MeterValues", 0), "meterValue", 0)),
                     begin + 2 * 3600000);
    world_unplug(w, 1);
    done(w);
}

/* covers: METER-06 METER-14 METER-23 METER-29 METER-30 METER-31 METER-37 */
static void sampled_values_are_the_listed_measurands_with_all_their_phases(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.measure = true});
    change(w, "MeterValuesSampledData", "Voltage,Frequency,Temperature,SoC,Power.Active.Import");
    start(w);
    world_run(w, MINUTE);
    const json_t *value = value_at(nth(w, "MeterValues", 0), "meterValue", 0);
    assert_string_equal(
        names(value),
        "Voltage/L1 Voltage/L2 Voltage/L3 Power.Active.Import SoC Frequency Temperature");
    assert_string_equal(text(sample_at(value, 0), "value"), "230.1");
    assert_string_equal(text(sample_at(value, 0), "unit"), "V");
    assert_string_equal(text(sample_at(value, 3), "unit"), "W");
    assert_string_equal(text(sample_at(value, 4), "location"), "EV");
    assert_string_equal(text(sample_at(value, 5), "unit"), "");
    assert_string_equal(text(sample_at(value, 5), "value"), "49.987");
    assert_string_equal(text(sample_at(value, 6), "unit"), "Celcius");
    assert_string_equal(text(sample_at(value, 6), "location"), "Body");
    change(w, "MeterValuesSampledData", "Current.Import");
    world_forget(w);
    world_run(w, MINUTE);
    assert_string_equal(names(value_at(nth(w, "MeterValues", 0), "meterValue", 0)),
                        "Current.Import/L1");
    change(w, "MeterValuesSampledData", "");
    world_forget(w);
    world_run(w, MINUTE);
    value = value_at(nth(w, "MeterValues", 0), "meterValue", 0);
    assert_string_equal(names(value), "Energy.Active.Import.Register");
    assert_string_equal(text(sample_at(value, 0), "location"), "");
    end(w);
}

/* covers: METER-34 */
static void sampled_phase_is_reported_once_however_it_is_listed(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.measure = true});
    change(w, "MeterValuesSampledData", "Voltage.L1,Voltage");
    start(w);
    world_run(w, MINUTE);
    assert_string_equal(names(value_at(nth(w, "MeterValues", 0), "meterValue", 0)),
                        "Voltage/L1 Voltage/L2 Voltage/L3");
    change(w, "MeterValuesSampledData", "Voltage.L2");
    world_forget(w);
    world_run(w, MINUTE);
    assert_string_equal(names(value_at(nth(w, "MeterValues", 0), "meterValue", 0)), "Voltage/L2");
    end(w);
}

/* covers: METER-24 METER-25 */
static void sampled_phases_are_the_meters_whatever_the_rotation(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.measure = true});
    change(w, "ConnectorPhaseRotation", "1.STR");
    assert_string_equal(world_call(w, "ChangeConfiguration",
                                   "{\"key\":\"ConnectorPhaseRotation\",\"value\":\"1.SRS\"}"),
                        "{\"status\":\"Rejected\"}");
    change(w, "MeterValuesSampledData", "Current.Import");
    start(w);
    world_run(w, MINUTE);
    assert_string_equal(names(value_at(nth(w, "MeterValues", 0), "meterValue", 0)),
                        "Current.Import/L1");
    end(w);
}

/* ---- clock-aligned ----------------------------------------------------------------------------
 */

/* covers: METER-01 METER-05 METER-07 METER-28 METER-35 */
static void aligned_values_come_at_even_times(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.measure = true});
    change(w, "MeterValueSampleInterval", "0");
    change(w, "MeterValuesAlignedData", "Power.Active.Import,Energy.Active.Import.Register");
    world_run(w, 7 * SECOND);
    change(w, "ClockAlignedDataInterval", "20");
    start(w);
    world_forget(w);
    world_run(w, MINUTE);
    assert_int_equal(world_count(w, "MeterValues"), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *value = value_at(nth(w, "MeterValues", i), "meterValue", 0);
        assert_int_equal(time_of(value), WORLD_START_UTC + (int64_t)(i + 1) * 20000);
        assert_string_equal(names(value), "Energy.Active.Import.Register Power.Active.Import");
        assert_string_equal(text(sample_at(value, 0), "context"), "Sample.Clock");
        assert_string_equal(text(sample_at(value, 1), "context"), "Sample.Clock");
    }
    end(w);
}

/* covers: METER-05 */
static void aligned_step_that_does_not_divide_the_day_begins_anew_at_midnight(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "ClockAlignedDataInterval", "50000");
    world_run(w, 47 * HOUR);
    assert_int_equal(world_count(w, "MeterValues"), 3);
    static const int64_t expected[] = {50000, 86400, 86400 + 50000};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(time_of(value_at(nth(w, "MeterValues", i), "meterValue", 0)),
                         WORLD_START_UTC + expected[i] * 1000);
    }
    end(w);
}

/* covers: METER-18 METER-19 METER-17 */
static void aligned_values_exist_without_a_transaction_and_for_the_main_meter(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.connectors = 2, .main_meter = true});
    change(w, "MeterValueSampleInterval", "0");
    change(w, "ClockAlignedDataInterval", "300");
    start(w);
    world_forget(w);
    world_run(w, 6 * MINUTE);
    assert_int_equal(world_count(w, "MeterValues"), 3);
    const struct world_call *all = of_connector(w, "0", 0);
    const struct world_call *one = of_connector(w, "1", 0);
    const struct world_call *two = of_connector(w, "2", 0);
    assert_null(json_object_get(all->payload, "transactionId"));
    assert_string_equal(world_text(one, "transactionId"), "1");
    assert_null(json_object_get(two->payload, "transactionId"));
    /* connector 1 began at 2000 Wh, connector 2 stands at 3000 */
    assert_string_equal(text(sample_at(value_at(one, "meterValue", 0), 0), "value"), "2600");
    assert_string_equal(text(sample_at(value_at(two, "meterValue", 0), 0), "value"), "3000");
    assert_string_equal(text(sample_at(value_at(all, "meterValue", 0), 0), "value"), "5600");
    end(w);
}

static void aligned_values_need_no_main_meter(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "ClockAlignedDataInterval", "300");
    world_run(w, 6 * MINUTE);
    assert_int_equal(world_count(w, "MeterValues"), 1);
    assert_non_null(of_connector(w, "1", 0));
    end(w);
}

/* covers: METER-20 METER-21 */
static void aligned_values_belong_to_the_transaction_of_their_instant(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "MeterValueSampleInterval", "0");
    change(w, "ClockAlignedDataInterval", "60");
    world_list(w, 1, "CARD1");
    world_run(w, 30 * SECOND);
    world_network(w, false); /* all of it is sent much later */
    world_forget(w);
    start(w);
    world_run(w, 50 * SECOND); /* sampled at 1:00 */
    world_unplug(w, 1);
    world_run(w, 50 * SECOND); /* at 2:00, without transaction */
    start(w);
    world_run(w, 55 * SECOND); /* sampled at 3:00 */
    world_unplug(w, 1);
    world_network(w, true);
    world_run(w, 10 * MINUTE);
    static const char *const ids[] = {"1", "", "2", ""};
    for (size_t i = 0; i < 4; i++) {
        const struct world_call *call = nth(w, "MeterValues", i);
        assert_int_equal(time_of(value_at(call, "meterValue", 0)),
                         WORLD_START_UTC + (int64_t)(i + 1) * 60000);
        assert_string_equal(world_text(call, "transactionId"), ids[i]);
    }
    done(w);
}

static void aligned_values_begin_when_the_time_becomes_known(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.no_clock = true, .cold = true});
    world_run(w, 10 * SECOND);
    struct evcp_setting s = {"ClockAlignedDataInterval", "60"};
    struct evcp__event e = {.kind = EVCP__EV_SETTING, .u.setting = s};
    struct evcp__effects fx = {0};
    struct evcp__now now = {.mono_ms = w->mono - w->boot_mono + 1000};
    assert_int_equal(evcp__core_step(w->core, &e, now, &fx), EVCP_OK);
    evcp__effects_clear(&fx);
    world_run(w, 5 * MINUTE);
    assert_int_equal(evcp__core_outbox_count(w->core), 0);
    w->options.no_clock = false; /* somebody set the system's clock */
    world_run(w, 5 * MINUTE);
    assert_in_range(evcp__core_outbox_count(w->core), 4, 5);
    end(w);
}

/* The clock of the transaction's first half was unknown. */
static void values_of_an_unknown_time_get_their_time_later(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.no_clock = true});
    change(w, "StopTxnSampledData", "Energy.Active.Import.Register");
    world_list(w, 1, "CARD1");
    world_network(w, false);
    world_cut(w);
    start(w);
    int64_t begin = world_utc(w);
    world_run(w, 3 * MINUTE);
    world_unplug(w, 1);
    world_forget(w);
    world_network(w, true);
    world_run(w, 10 * MINUTE);
    assert_int_equal(world_count(w, "MeterValues"), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(time_of(value_at(nth(w, "MeterValues", i), "meterValue", 0)),
                         begin + (int64_t)(i + 1) * 60000);
        assert_int_equal(time_of(value_at(nth(w, "StopTransaction", 0), "transactionData", i + 1)),
                         begin + (int64_t)(i + 1) * 60000);
    }
    done(w);
}

/* ---- intervals --------------------------------------------------------------------------------
 */

/* covers: METER-32 METER-33 */
static void interval_energy_is_accumulated_also_over_the_parts_at_begin_and_end(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "MeterValueSampleInterval", "0");
    change(w, "MeterValuesAlignedData", "Energy.Active.Import.Interval");
    change(w, "ClockAlignedDataInterval", "600");
    world_run(w, 5 * MINUTE);
    start(w); /* at 0:05 */
    world_forget(w);
    world_run(w, 18 * MINUTE); /* until 0:23 */
    world_unplug(w, 1);
    world_run(w, 10 * MINUTE);
    static const struct {
        int begin_min;
        const char *wh;
        const char *id;
    } rows[] = {{5, "600", "1"}, {10, "1200", "1"}, {20, "360", "1"}, {23, "0", ""}};
    for (size_t i = 0; i < 4; i++) {
        const struct world_call *call = nth(w, "MeterValues", i);
        const json_t *value = value_at(call, "meterValue", 0);
        assert_int_equal(time_of(value), WORLD_START_UTC + rows[i].begin_min * 60000);
        assert_string_equal(names(value), "Energy.Active.Import.Interval");
        assert_string_equal(text(sample_at(value, 0), "value"), rows[i].wh);
        assert_string_equal(text(sample_at(value, 0), "context"), "Sample.Clock");
        assert_string_equal(world_text(call, "transactionId"), rows[i].id);
    }
    done(w);
}

/* covers: METER-33 */
static void interval_energy_of_a_sample_is_that_of_its_interval(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "MeterValuesSampledData",
           "Energy.Active.Import.Register,Energy.Active.Import.Interval");
    change(w, "MeterValueSampleInterval", "300");
    start(w);
    world_run(w, 5 * MINUTE);
    w->connector[1].watts = 3600;
    world_run(w, 5 * MINUTE);
    static const char *const expected[2][2] = {{"2600", "600"}, {"2900", "300"}};
    for (size_t i = 0; i < 2; i++) {
        const struct world_call *call = nth(w, "MeterValues", i);
        assert_string_equal(text(sample_at(value_at(call, "meterValue", 0), 0), "value"),
                            expected[i][0]);
        assert_string_equal(text(sample_at(value_at(call, "meterValue", 1), 0), "value"),
                            expected[i][1]);
    }
    end(w);
}

/* ---- transactionData ----------------------------------------------------------------------------
 */

/* covers: METER-10 */
static void data_is_absent_if_nothing_is_listed(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    start(w);
    world_run(w, 5 * MINUTE);
    world_unplug(w, 1);
    assert_null(json_object_get(nth(w, "StopTransaction", 0)->payload, "transactionData"));
    done(w);
}

/* covers: METER-08 METER-09 METER-11 METER-28 METER-35 TX-34 */
static void data_has_begin_samples_aligned_and_end(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.measure = true});
    change(w, "StopTxnSampledData", "Energy.Active.Import.Register,SoC");
    change(w, "StopTxnAlignedData", "Frequency");
    change(w, "MeterValueSampleInterval", "120");
    change(w, "ClockAlignedDataInterval", "180");
    change(w, "MeterValuesAlignedData", "Energy.Active.Import.Register");
    world_run(w, 10 * SECOND);
    start(w);
    world_run(w, 5 * MINUTE);
    world_unplug(w, 1);
    static const struct {
        const char *context;
        const char *names;
    } rows[] = {
        {"Transaction.Begin", "Energy.Active.Import.Register SoC Frequency"},
        {"Sample.Periodic", "Energy.Active.Import.Register SoC"},
        {"Sample.Clock", "Frequency"},
        {"Sample.Periodic", "Energy.Active.Import.Register SoC"},
        {"Transaction.End", "Energy.Active.Import.Register SoC Frequency"},
    };
    const struct world_call *stop = nth(w, "StopTransaction", 0);
    for (size_t i = 0; i < 5; i++) {
        const json_t *value = value_at(stop, "transactionData", i);
        assert_string_equal(text(sample_at(value, 0), "context"), rows[i].context);
        assert_string_equal(names(value), rows[i].names);
    }
    assert_null(value_at(stop, "transactionData", 5));
    done(w);
}

/* covers: METER-12 METER-13 */
static void data_is_thinned_out_evenly_and_keeps_begin_and_end(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "StopTxnSampledData", "Energy.Active.Import.Register");
    start(w);
    int64_t begin = world_utc(w);
    world_run(w, 700 * MINUTE); /* seven times as much as fits */
    world_unplug(w, 1);
    const struct world_call *stop = nth(w, "StopTransaction", 0);
    const json_t *data = json_object_get(stop->payload, "transactionData");
    size_t n = json_array_size(data);
    assert_in_range(n, 50, 100); /* StopTransactionMaxMeterValues */
    assert_string_equal(text(sample_at(json_array_get(data, 0), 0), "context"),
                        "Transaction.Begin");
    assert_string_equal(text(sample_at(json_array_get(data, n - 1), 0), "context"),
                        "Transaction.End");
    int64_t before = begin;
    size_t first_half = 0;
    for (size_t i = 1; i < n; i++) {
        int64_t at = time_of(json_array_get(data, i));
        assert_in_range(at - before, 0, 16 * 60000); /* no gap is twice the widest needed */
        first_half += at < begin + 350 * 60000;
        before = at;
    }
    assert_in_range(first_half, n / 3, n * 2 / 3);
    done(w);
}

static void data_survives_a_power_cut(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    change(w, "StopTxnSampledData", "Energy.Active.Import.Register");
    start(w);
    world_run(w, 5 * MINUTE);
    world_call(w, "ChangeConfiguration", "{\"key\":\"ConnectionTimeOut\",\"value\":\"61\"}");
    world_cut(w);
    world_run(w, 5 * MINUTE);
    world_unplug(w, 1);
    const json_t *data = json_object_get(nth(w, "StopTransaction", 0)->payload, "transactionData");
    assert_in_range(json_array_size(data), 11, 13);
    done(w);
}

static void data_ends_with_the_energy_also_if_the_meter_is_dead(void **state)
{
    (void)state;
    struct world *w = ready(&(struct world_options){.measure = true});
    change(w, "StopTxnSampledData", "Energy.Active.Import.Register,Voltage");
    start(w);
    world_run(w, 5 * MINUTE);
    w->connector[1].meter_dead = true;
    world_unplug(w, 1);
    const struct world_call *stop = nth(w, "StopTransaction", 0);
    const json_t *data = json_object_get(stop->payload, "transactionData");
    const json_t *last = json_array_get(data, json_array_size(data) - 1);
    assert_string_equal(text(sample_at(last, 0), "context"), "Transaction.End");
    assert_string_equal(names(last), "Energy.Active.Import.Register");
    assert_string_equal(text(sample_at(last, 0), "value"), world_text(stop, "meterStop"));
    end(w);
}

/* ---- configuration ------------------------------------------------------------------------------
 */

/* covers: METER-15 */
static void list_with_one_bad_item_is_rejected_as_a_whole(void **state)
{
    (void)state;
    struct world *w = ready(NULL); /* the energy register is all there is */
    static const char *const keys[] = {"MeterValuesSampledData", "MeterValuesAlignedData",
                                       "StopTxnSampledData", "StopTxnAlignedData"};
    for (size_t i = 0; i < 4; i++) {
        char payload[160];
        change(w, keys[i], "Energy.Active.Import.Register");
        snprintf(payload, sizeof payload,
                 "{\"key\":\"%s\",\"value\":\"Energy.Active.Import.Interval,Voltage\"}", keys[i]);
        assert_string_equal(world_call(w, "ChangeConfiguration", payload),
                            "{\"status\":\"Rejected\"}");
        assert_string_equal(world_setting(w, keys[i]), "Energy.Active.Import.Register");
    }
    end(w);
}

/* ---- order ----------------------------------------------------------------------------------- */

/* covers: METER-36 */
static void values_keep_their_place_in_the_queue(void **state)
{
    (void)state;
    struct world *w = ready(NULL);
    world_list(w, 1, "CARD1");
    world_network(w, false);
    start(w);
    world_run(w, 3 * MINUTE);
    world_unplug(w, 1);
    world_forget(w);
    world_network(w, true);
    world_run(w, 10 * MINUTE);
    static const char *const expected[] = {"StartTransaction", "MeterValues", "MeterValues",
                                           "MeterValues", "StopTransaction"};
    size_t n = 0;
    for (size_t i = 0; i < w->call_count; i++) {
        if (strcmp(w->calls[i].action, "StatusNotification") != 0 &&
            strcmp(w->calls[i].action, "BootNotification") != 0) {
            assert_true(n < 5);
            assert_string_equal(w->calls[i].action, expected[n++]);
        }
    }
    assert_int_equal(n, 5);
    done(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sampled_values_come_at_the_interval_from_the_start),
        cmocka_unit_test(sampled_and_aligned_values_are_off_at_zero),
        cmocka_unit_test(sampled_interval_changed_on_the_way_counts_from_the_start),
        cmocka_unit_test(sampled_values_are_the_listed_measurands_with_all_their_phases),
        cmocka_unit_test(sampled_phase_is_reported_once_however_it_is_listed),
        cmocka_unit_test(sampled_phases_are_the_meters_whatever_the_rotation),
        cmocka_unit_test(aligned_values_come_at_even_times),
        cmocka_unit_test(aligned_step_that_does_not_divide_the_day_begins_anew_at_midnight),
        cmocka_unit_test(aligned_values_exist_without_a_transaction_and_for_the_main_meter),
        cmocka_unit_test(aligned_values_need_no_main_meter),
        cmocka_unit_test(aligned_values_belong_to_the_transaction_of_their_instant),
        cmocka_unit_test(aligned_values_begin_when_the_time_becomes_known),
        cmocka_unit_test(values_of_an_unknown_time_get_their_time_later),
        cmocka_unit_test(interval_energy_is_accumulated_also_over_the_parts_at_begin_and_end),
        cmocka_unit_test(interval_energy_of_a_sample_is_that_of_its_interval),
        cmocka_unit_test(data_is_absent_if_nothing_is_listed),
        cmocka_unit_test(data_has_begin_samples_aligned_and_end),
        cmocka_unit_test(data_is_thinned_out_evenly_and_keeps_begin_and_end),
        cmocka_unit_test(data_survives_a_power_cut),
        cmocka_unit_test(data_ends_with_the_energy_also_if_the_meter_is_dead),
        cmocka_unit_test(list_with_one_bad_item_is_rejected_as_a_whole),
        cmocka_unit_test(values_keep_their_place_in_the_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
