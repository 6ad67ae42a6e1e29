/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of the OCPP 1.6 requests that a charge point sends. */
#ifndef CENTRAL_REQUESTS_H
#define CENTRAL_REQUESTS_H

#include "payload.h"

extern const struct field requests_authorize[];
extern const struct field requests_boot_notification[];
extern const struct field requests_data_transfer[];
extern const struct field requests_diagnostics_status[];
extern const struct field requests_firmware_status[];
extern const struct field requests_heartbeat[];
extern const struct field requests_meter_values[];
extern const struct field requests_start_transaction[];
extern const struct field requests_status_notification[];
extern const struct field requests_stop_transaction[];

#endif
