/* SPDX-License-Identifier: Apache-2.0 */
/* Names of measurands, phases and their units, as configuration keys and messages spell them. */
#ifndef EVCP_CORE_MEASURAND_H
#define EVCP_CORE_MEASURAND_H

#include "types.h"

/* "Energy.Active.Import.Register" ... (OCPP 1.6 7.31). */
const char *evcp__measurand_name(enum evcp_measurand m);
/* "L1", "L1-N" ... NULL for EVCP_PHASE_NONE (OCPP 1.6 7.34). */
const char *evcp__phase_name(enum evcp_phase p);
/* Parses "Voltage" or "Voltage.L1-N" of the given length; false if it is neither. */
bool evcp__measurand_parse(const char *text, size_t length, uint8_t *measurand, uint8_t *phase);

#endif
