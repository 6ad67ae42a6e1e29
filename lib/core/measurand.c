/* SPDX-License-Identifier: Apache-2.0 */
/* The spelling of measurands and phases; parsing accepts exactly what the tables spell. */
#include "measurand.h"

#include <assert.h>
#include <string.h>

static const char *const measurands[EVCP_MEASURANDS] = {
    [EVCP_ENERGY_ACTIVE_IMPORT_REGISTER] = "Energy.Active.Import.Register",
    [EVCP_ENERGY_ACTIVE_EXPORT_REGISTER] = "Energy.Active.Export.Register",
    [EVCP_ENERGY_REACTIVE_IMPORT_REGISTER] = "Energy.Reactive.Import.Register",
    [EVCP_ENERGY_REACTIVE_EXPORT_REGISTER] = "Energy.Reactive.Export.Register",
    [EVCP_ENERGY_ACTIVE_IMPORT_INTERVAL] = "Energy.Active.Import.Interval",
    [EVCP_ENERGY_ACTIVE_EXPORT_INTERVAL] = "Energy.Active.Export.Interval",
    [EVCP_ENERGY_REACTIVE_IMPORT_INTERVAL] = "Energy.Reactive.Import.Interval",
    [EVCP_ENERGY_REACTIVE_EXPORT_INTERVAL] = "Energy.Reactive.Export.Interval",
    [EVCP_POWER_ACTIVE_EXPORT] = "Power.Active.Export",
    [EVCP_POWER_ACTIVE_IMPORT] = "Power.Active.Import",
    [EVCP_POWER_FACTOR] = "Power.Factor",
    [EVCP_POWER_OFFERED] = "Power.Offered",
    [EVCP_POWER_REACTIVE_EXPORT] = "Power.Reactive.Export",
    [EVCP_POWER_REACTIVE_IMPORT] = "Power.Reactive.Import",
    [EVCP_CURRENT_EXPORT] = "Current.Export",
    [EVCP_CURRENT_IMPORT] = "Current.Import",
    [EVCP_CURRENT_OFFERED] = "Current.Offered",
    [EVCP_VOLTAGE] = "Voltage",
    [EVCP_FREQUENCY] = "Frequency",
    [EVCP_TEMPERATURE] = "Temperature",
    [EVCP_SOC] = "SoC",
    [EVCP_RPM] = "RPM",
};

#define PHASES (EVCP_PHASE_L3_L1 + 1)

static const char *const phases[PHASES] = {
    [EVCP_PHASE_L1] = "L1",       [EVCP_PHASE_L2] = "L2",       [EVCP_PHASE_L3] = "L3",
    [EVCP_PHASE_N] = "N",         [EVCP_PHASE_L1_N] = "L1-N",   [EVCP_PHASE_L2_N] = "L2-N",
    [EVCP_PHASE_L3_N] = "L3-N",   [EVCP_PHASE_L1_L2] = "L1-L2", [EVCP_PHASE_L2_L3] = "L2-L3",
    [EVCP_PHASE_L3_L1] = "L3-L1",
};

const char *evcp__measurand_name(enum evcp_measurand m)
{
    assert((unsigned)m < EVCP_MEASURANDS);
    return measurands[m];
}

const char *evcp__phase_name(enum evcp_phase p)
{
    assert((unsigned)p < PHASES);
    return phases[p];
}

static bool phase_parse(const char *text, size_t length, uint8_t *phase)
{
    for (uint8_t p = EVCP_PHASE_L1; p < PHASES; p++) {
        if (strlen(phases[p]) == length && memcmp(phases[p], text, length) == 0) {
            *phase = p;
            return true;
        }
    }
    return false;
}

bool evcp__measurand_parse(const char *text, size_t length, uint8_t *measurand, uint8_t *phase)
{
    for (uint8_t m = 0; m < EVCP_MEASURANDS; m++) {
        size_t name = strlen(measurands[m]);
        if (length < name || memcmp(measurands[m], text, name) != 0)
            continue;
        uint8_t found = EVCP_PHASE_NONE;
        bool whole = length == name;
        if (!whole &&
            (text[name] != '.' || !phase_parse(text + name + 1, length - name - 1, &found)))
            continue;
        *measurand = m;
        *phase = found;
        return true;
    }
    return false;
}
