/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readings as MeterValue lists (OCPP 1.6 7.33, 7.43). What could be left out as a default is
 * written all the same, but for location and format: peers read defaults in too many ways.
 */
#include "ocpp16.h"

#include <assert.h>

#include "../core/measurand.h"

#define put evcp__ocpp16_put

/* "-9223372036854775.808" */
#define DECIMAL_SIZE 24

/* Thousandths as a decimal number without needless digits. Returns where it begins in out. */
static const char *format_milli(int64_t milli, char out[DECIMAL_SIZE])
{
    uint64_t rest = milli < 0 ? 0 - (uint64_t)milli : (uint64_t)milli;
    size_t at = DECIMAL_SIZE;
    bool digits = false;
    out[--at] = '\0';
    for (int i = 0; i < 3; i++, rest /= 10) {
        digits = digits || rest % 10 != 0;
        if (digits)
            out[--at] = (char)('0' + rest % 10);
    }
    if (digits)
        out[--at] = '.';
    do {
        out[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (milli < 0)
        out[--at] = '-';
    return &out[at];
}

static bool put_word(json_t *object, const char *name, const char *word)
{
    return word == NULL || put(object, name, json_string(word));
}

static json_t *encode_sample(const struct evcp_sample *sample, enum evcp__context context)
{
    char decimal[DECIMAL_SIZE];
    enum evcp_measurand measurand = (enum evcp_measurand)sample->measurand;
    assert(measurand < EVCP_MEASURANDS && sample->phase <= EVCP_PHASE_L3_L1);
    const char *location = sample->location == EVCP_LOCATION_OUTLET
                               ? NULL
                               : evcp__ocpp16_location((enum evcp_location)sample->location);
    json_t *object = json_object();
    bool good = put(object, "value", json_string(format_milli(sample->milli, decimal))) &&
                put_word(object, "context", evcp__ocpp16_context(context)) &&
                put_word(object, "measurand", evcp__measurand_name(measurand)) &&
                put_word(object, "phase", evcp__phase_name((enum evcp_phase)sample->phase)) &&
                put_word(object, "location", location) &&
                put_word(object, "unit", evcp__ocpp16_unit(measurand));
    return evcp__ocpp16_finish(object, good);
}

static json_t *encode_samples(const struct evcp__meter_value *value)
{
    assert(value->count > 0);
    json_t *list = json_array();
    bool good = list != NULL;
    for (size_t i = 0; good && i < value->count; i++)
        good = json_array_append_new(list, encode_sample(&value->samples[i], value->context)) == 0;
    return evcp__ocpp16_finish(list, good);
}

static json_t *encode_value(const struct evcp__meter_value *value)
{
    json_t *object = json_object();
    bool good = put(object, "timestamp", evcp__ocpp16_datetime(value->utc_ms)) &&
                put(object, "sampledValue", encode_samples(value));
    return evcp__ocpp16_finish(object, good);
}

json_t *evcp__ocpp16_meter_values(const struct evcp__meter_value *values, size_t count)
{
    json_t *list = json_array();
    bool good = list != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = json_array_append_new(list, encode_value(&values[i])) == 0;
    return evcp__ocpp16_finish(list, good);
}
