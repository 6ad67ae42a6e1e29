/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision: may this token start, or stop, a transaction? One pure function of what is known.
 * The tables are in docs/DESIGN.md and in the OCPP 1.6 text, sections 3.4, 3.5, 3.10, 4.1, 4.2.1,
 * 5.11 and 9.1.
 */
#ifndef EVCP_CORE_AUTHORIZE_H
#define EVCP_CORE_AUTHORIZE_H

#include "types.h"

/* What is stored about the token. */
struct evcp__knowledge {
    bool found;
    bool expired; /* past its expiryDate, by clock or floor */
    struct evcp__token_info info;
};

/* The central system, as far as this decision is concerned. */
enum evcp__reach {
    EVCP__REACH_ONLINE,      /* Accepted, it can be asked */
    EVCP__REACH_OFFLINE,     /* no connection */
    EVCP__REACH_UNANSWERED,  /* it was asked, or could not be asked, and the bound is over */
    EVCP__REACH_NOT_ACCEPTED /* connected, but Pending or Rejected */
};

struct evcp__auth_settings {
    bool list_enabled;          /* LocalAuthListEnabled */
    bool cache_enabled;         /* AuthorizationCacheEnabled */
    bool pre_authorize;         /* LocalPreAuthorize */
    bool authorize_offline;     /* LocalAuthorizeOffline */
    bool unknown_offline;       /* AllowOfflineTxForUnknownId */
    bool authorize_remote;      /* AuthorizeRemoteTxRequests */
    bool pre_boot_transactions; /* ours: transactions while Pending, Rejected or never accepted;
                                   not for remote starts, which 4.2 forbids then */
};

enum evcp__purpose { EVCP__PURPOSE_START, EVCP__PURPOSE_REMOTE_START, EVCP__PURPOSE_STOP };

struct evcp__auth_input {
    enum evcp__purpose purpose;
    enum evcp__reach reach;
    bool ever_accepted; /* a BootNotification was Accepted with this store (OCPP 1.6 4.2.1) */
    uint8_t rule;       /* evcp_token_rule_bits of the token */
    struct evcp__knowledge list;
    struct evcp__knowledge cache;
    /* STOP only */
    bool same_token;          /* it is the token that started the transaction */
    const char *start_parent; /* parentIdTag of that token, empty: none known */
};

enum evcp__verdict { EVCP__ACCEPT, EVCP__REFUSE, EVCP__ASK };

struct evcp__decision {
    enum evcp__verdict verdict;
    enum evcp_decision_reason reason;
    enum evcp_auth_status status;    /* for the display; not known: Invalid (7.2) */
    char parent[EVCP_TOKEN_MAX + 1]; /* parentIdTag known; of an answer: the answer's */
};

void evcp__authorize(const struct evcp__auth_settings *settings,
                     const struct evcp__auth_input *input, struct evcp__decision *out);

/* The central system answered: the same for what comes back. */
void evcp__authorize_answer(const struct evcp__auth_input *input,
                            const struct evcp__token_info *info, int64_t judge_ms,
                            struct evcp__decision *out);

#endif
