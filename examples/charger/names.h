/* SPDX-License-Identifier: Apache-2.0 */
/* The library's enumerations as text, as OCPP spells them where it knows them. */
#ifndef CHARGER_NAMES_H
#define CHARGER_NAMES_H

#include <evcp/evcp.h>

const char *name_of_link(enum evcp_link_state link);
const char *name_of_status(enum evcp_status status);
const char *name_of_error(enum evcp_error_code code);
const char *name_of_token_type(enum evcp_token_type type);
const char *name_of_decision(enum evcp_decision_reason reason);
const char *name_of_auth_status(enum evcp_auth_status status);
const char *name_of_stop_reason(enum evcp_stop_reason reason);

/* The same for people. */
const char *explain_decision(enum evcp_decision_reason reason);

/* False: no such errorCode. */
bool error_from_name(const char *name, enum evcp_error_code *code);

#endif
