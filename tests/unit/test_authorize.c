/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision, twice: every combination of what it depends on is compared with the tables below,
 * which are data (first row that matches), and the requirements are told as named cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/core/authorize.h"

/* ---- the tables -------------------------------------------------------------------------- */

/* What a row may ask about a case. */
enum fact {
    START = 1u << 0,
    REMOTE = 1u << 1,
    STOP = 1u << 2,
    ONLINE = 1u << 3,
    UNANSWERED = 1u << 4,
    NOT_ACCEPTED = 1u << 5,
    EVER = 1u << 6,
    IN_LIST = 1u << 7,  /* enabled, and the entry counts */
    IN_CACHE = 1u << 8, /* enabled, and no list entry is before it */
    VALID = 1u << 9,
    BY_TIME = 1u << 10, /* not valid because of its expiryDate */
    LPA = 1u << 11,
    LAO = 1u << 12,
    AOU = 1u << 13,
    ART = 1u << 14,
    PRE = 1u << 15,
    RULE = 1u << 16, /* the token's rule has the bit of the knowledge that counts */
    SAME = 1u << 17,
    GROUP = 1u << 18,  /* the start token has a parentIdTag */
    PARENT = 1u << 19, /* the entry that counts has one */
    MATCH = 1u << 20   /* the same one */
};

struct row {
    uint32_t with;
    uint32_t without;
    enum evcp__verdict verdict;
    enum evcp_decision_reason reason;
};

/* clang-format off */
static const struct row rows[] = {
    /* stop */
    {STOP|SAME,                  0,                EVCP__ACCEPT, EVCP_BY_SAME_TOKEN},
    {STOP,                       GROUP,            EVCP__REFUSE, EVCP_BY_OTHER_TOKEN},
    {STOP|ONLINE|VALID|LPA|RULE|PARENT|MATCH, 0,   EVCP__ACCEPT, EVCP_BY_GROUP},
    {STOP|ONLINE|VALID|LPA|RULE|PARENT, MATCH,     EVCP__REFUSE, EVCP_BY_OTHER_TOKEN},
    {STOP|ONLINE,                0,                EVCP__ASK,    EVCP_BY_CENTRAL_SYSTEM},
    {STOP|VALID,                 LAO,              EVCP__REFUSE, EVCP_BY_OFFLINE_DISABLED},
    {STOP|VALID,                 RULE,             EVCP__REFUSE, EVCP_BY_TOKEN_RULE},
    {STOP|VALID|MATCH,           0,                EVCP__ACCEPT, EVCP_BY_GROUP},
    {STOP|VALID,                 0,                EVCP__REFUSE, EVCP_BY_OTHER_TOKEN},
    {STOP|IN_LIST|BY_TIME,       0,                EVCP__REFUSE, EVCP_BY_LIST_EXPIRED},
    {STOP|IN_LIST,               0,                EVCP__REFUSE, EVCP_BY_LIST},
    {STOP|IN_CACHE|BY_TIME,      0,                EVCP__REFUSE, EVCP_BY_CACHE_EXPIRED},
    {STOP|IN_CACHE,              0,                EVCP__REFUSE, EVCP_BY_CACHE},
    {STOP|UNANSWERED,            0,                EVCP__REFUSE, EVCP_BY_TIMEOUT},
    {STOP,                       0,                EVCP__REFUSE, EVCP_BY_OTHER_TOKEN},
    /* remote start: only what differs from a start */
    {REMOTE|NOT_ACCEPTED,        0,                EVCP__REFUSE, EVCP_BY_NOT_REGISTERED},
    {REMOTE|ONLINE,              ART,              EVCP__ACCEPT, EVCP_BY_REMOTE_REQUEST},
    /* start, online */
    {ONLINE|VALID|LPA|RULE|IN_LIST,  0,            EVCP__ACCEPT, EVCP_BY_LIST},
    {ONLINE|VALID|LPA|RULE|IN_CACHE, 0,            EVCP__ACCEPT, EVCP_BY_CACHE},
    {ONLINE,                     0,                EVCP__ASK,    EVCP_BY_CENTRAL_SYSTEM},
    /* start, not registered */
    {NOT_ACCEPTED,               PRE,              EVCP__REFUSE, EVCP_BY_NOT_REGISTERED},
    {0,                          EVER|PRE,         EVCP__REFUSE, EVCP_BY_NOT_REGISTERED},
    /* start, without the central system: valid */
    {VALID,                      LAO,              EVCP__REFUSE, EVCP_BY_OFFLINE_DISABLED},
    {VALID,                      RULE,             EVCP__REFUSE, EVCP_BY_TOKEN_RULE},
    {VALID|IN_LIST,              0,                EVCP__ACCEPT, EVCP_BY_LIST},
    {VALID|IN_CACHE,             0,                EVCP__ACCEPT, EVCP_BY_CACHE},
    /* bad */
    {IN_LIST|BY_TIME,            0,                EVCP__REFUSE, EVCP_BY_LIST_EXPIRED},
    {IN_LIST,                    0,                EVCP__REFUSE, EVCP_BY_LIST},
    {IN_CACHE|BY_TIME,           0,                EVCP__REFUSE, EVCP_BY_CACHE_EXPIRED},
    {IN_CACHE,                   0,                EVCP__REFUSE, EVCP_BY_CACHE},
    /* unknown */
    {AOU|RULE,                   0,                EVCP__ACCEPT, EVCP_BY_UNKNOWN_POLICY},
    {AOU,                        RULE,             EVCP__REFUSE, EVCP_BY_TOKEN_RULE},
    {UNANSWERED,                 AOU,              EVCP__REFUSE, EVCP_BY_TIMEOUT},
    {0,                          AOU,              EVCP__REFUSE, EVCP_BY_UNKNOWN},
};
/* clang-format on */
#define ROWS (sizeof rows / sizeof *rows)

/* ---- every combination ------------------------------------------------------------------- */

/* What list or cache may say about a token; the start token's parent is "Family". */
struct entry {
    struct evcp__knowledge k;
    bool valid_in_list;
    bool valid_in_cache;
    bool by_time;
    bool match;
};

static const struct entry entries[] = {
    {.k = {.found = false}},
    {.k = {true, false, {EVCP_AUTH_ACCEPTED, 0, ""}}, true, true, false, false},
    {.k = {true, false, {EVCP_AUTH_ACCEPTED, 0, "FAMILY"}}, true, true, false, true},
    {.k = {true, false, {EVCP_AUTH_ACCEPTED, 0, "Others"}}, true, true, false, false},
    {.k = {true, false, {EVCP_AUTH_CONCURRENT_TX, 0, ""}}, true, false, false, false},
    {.k = {true, false, {EVCP_AUTH_CONCURRENT_TX, 0, "family"}}, true, false, false, true},
    {.k = {true, false, {EVCP_AUTH_BLOCKED, 0, "Family"}}, false, false, false, true},
    {.k = {true, false, {EVCP_AUTH_EXPIRED, 0, ""}}, false, false, false, false},
    {.k = {true, false, {EVCP_AUTH_INVALID, 0, ""}}, false, false, false, false},
    {.k = {true, true, {EVCP_AUTH_ACCEPTED, 9, "Family"}}, false, false, true, true},
    {.k = {true, true, {EVCP_AUTH_CONCURRENT_TX, 9, ""}}, false, false, true, false},
    {.k = {true, true, {EVCP_AUTH_BLOCKED, 9, ""}}, false, false, false, false},
    {.k = {true, true, {EVCP_AUTH_EXPIRED, 9, ""}}, false, false, true, false},
    {.k = {true, true, {EVCP_AUTH_INVALID, 9, ""}}, false, false, false, false},
};
#define ENTRIES (sizeof entries / sizeof *entries)

static uint32_t facts_of_entry(const struct entry *e, bool is_valid, bool rule)
{
    return (is_valid ? VALID : 0u) | (e->by_time ? BY_TIME : 0u) | (rule ? RULE : 0u) |
           (e->k.info.parent[0] ? PARENT : 0u) | (e->match ? MATCH : 0u);
}

static uint32_t facts_of_knowledge(const struct evcp__auth_settings *s, uint8_t rule,
                                   const struct entry *list, const struct entry *cache)
{
    if (s->list_enabled && list->k.found)
        return IN_LIST | facts_of_entry(list, list->valid_in_list, rule & EVCP_RULE_LIST);
    if (s->cache_enabled && cache->k.found)
        return IN_CACHE | facts_of_entry(cache, cache->valid_in_cache, rule & EVCP_RULE_CACHE);
    return rule & EVCP_RULE_UNKNOWN ? RULE : 0u;
}

static uint32_t facts_of_settings(const struct evcp__auth_settings *s)
{
    return (s->pre_authorize ? LPA : 0u) | (s->authorize_offline ? LAO : 0u) |
           (s->unknown_offline ? AOU : 0u) | (s->authorize_remote ? ART : 0u) |
           (s->pre_boot_transactions ? PRE : 0u);
}

static uint32_t facts_of_input(const struct evcp__auth_input *in)
{
    static const uint32_t purpose[] = {START, REMOTE, STOP};
    static const uint32_t reach[] = {ONLINE, 0, UNANSWERED, NOT_ACCEPTED};
    return purpose[in->purpose] | reach[in->reach] | (in->ever_accepted ? EVER : 0u) |
           (in->same_token ? SAME : 0u) | (in->start_parent[0] ? GROUP : 0u);
}

static const struct row *expected(uint32_t facts)
{
    for (size_t i = 0; i < ROWS; i++) {
        if ((facts & rows[i].with) == rows[i].with && !(facts & rows[i].without))
            return &rows[i];
    }
    return NULL;
}

static enum evcp_auth_status expected_status(uint32_t facts, const struct row *row,
                                             const struct entry *list, const struct entry *cache)
{
    if (row->verdict == EVCP__ACCEPT)
        return EVCP_AUTH_ACCEPTED;
    if (facts & BY_TIME)
        return EVCP_AUTH_EXPIRED;
    if (facts & IN_LIST)
        return list->k.info.status;
    return facts & IN_CACHE ? cache->k.info.status : EVCP_AUTH_INVALID;
}

static const char *expected_parent(uint32_t facts, const struct entry *list,
                                   const struct entry *cache)
{
    if (facts & IN_LIST)
        return list->k.info.parent;
    return facts & IN_CACHE ? cache->k.info.parent : "";
}

struct walk {
    unsigned long combinations;
    unsigned long hits[ROWS];
    struct evcp__auth_settings settings;
    struct evcp__auth_input input;
};

static void check(struct walk *w, const struct entry *list, const struct entry *cache)
{
    w->input.list = list->k;
    w->input.cache = cache->k;
    uint32_t facts = facts_of_settings(&w->settings) | facts_of_input(&w->input) |
                     facts_of_knowledge(&w->settings, w->input.rule, list, cache);
    const struct row *row = expected(facts);
    struct evcp__decision d;
    memset(&d, 0x55, sizeof d);
    evcp__authorize(&w->settings, &w->input, &d);
    bool right = row && d.verdict == row->verdict && d.reason == row->reason &&
                 d.status == expected_status(facts, row, list, cache) &&
                 strcmp(d.parent, expected_parent(facts, list, cache)) == 0;
    if (!right)
        fail_msg("facts %06x row %d: verdict %d reason %d status %d parent %s", facts,
                 row ? (int)(row - rows) : -1, d.verdict, d.reason, d.status, d.parent);
    w->hits[row - rows]++;
    w->combinations++;
}

static void walk_knowledge(struct walk *w)
{
    for (size_t list = 0; list < ENTRIES; list++) {
        for (size_t cache = 0; cache < ENTRIES; cache++)
            check(w, &entries[list], &entries[cache]);
    }
}

/* bits: the seven settings, then ever_accepted, same_token, a group, the three rule bits */
static void walk_bits(struct walk *w)
{
    for (unsigned bits = 0; bits < 1u << 13; bits++) {
        w->settings = (struct evcp__auth_settings){.list_enabled = bits & 1,
                                                   .cache_enabled = bits & 2,
                                                   .pre_authorize = bits & 4,
                                                   .authorize_offline = bits & 8,
                                                   .unknown_offline = bits & 16,
                                                   .authorize_remote = bits & 32,
                                                   .pre_boot_transactions = bits & 64};
        w->input.ever_accepted = bits & 128;
        w->input.same_token = bits & 256;
        w->input.start_parent = bits & 512 ? "Family" : "";
        w->input.rule = (uint8_t)(bits >> 10);
        walk_knowledge(w);
    }
}

static void authorize_every_combination_is_decided_by_the_tables(void **state)
{
    (void)state;
    static struct walk w;
    for (int purpose = EVCP__PURPOSE_START; purpose <= EVCP__PURPOSE_STOP; purpose++) {
        for (int reach = EVCP__REACH_ONLINE; reach <= EVCP__REACH_NOT_ACCEPTED; reach++) {
            w.input.purpose = (enum evcp__purpose)purpose;
            w.input.reach = (enum evcp__reach)reach;
            walk_bits(&w);
        }
    }
    print_message("authorize: %lu combinations\n", w.combinations);
    assert_int_equal(w.combinations, 3ul * 4 * 8192 * ENTRIES * ENTRIES);
    for (size_t i = 0; i < ROWS; i++) {
        if (w.hits[i] == 0)
            fail_msg("row %zu of the tables decides nothing", i);
    }
}

/* ---- named cases ------------------------------------------------------------------------- */

struct scene {
    struct evcp__auth_settings settings;
    struct evcp__auth_input input;
    struct evcp__decision decision;
};

/* A charge point as shipped, a card that nobody knows, and no network. */
static struct scene offline_with_unknown_card(void)
{
    return (struct scene){
        .settings = {.list_enabled = true, .cache_enabled = true, .authorize_offline = true},
        .input = {.purpose = EVCP__PURPOSE_START,
                  .reach = EVCP__REACH_OFFLINE,
                  .ever_accepted = true,
                  .rule = EVCP_RULE_LIST | EVCP_RULE_CACHE | EVCP_RULE_UNKNOWN,
                  .start_parent = ""}};
}

static struct scene online_with_unknown_card(void)
{
    struct scene s = offline_with_unknown_card();
    s.input.reach = EVCP__REACH_ONLINE;
    return s;
}

static struct evcp__knowledge entry(enum evcp_auth_status status, const char *parent)
{
    struct evcp__knowledge k = {.found = true, .info = {.status = status}};
    strcpy(k.info.parent, parent);
    return k;
}

static struct evcp__knowledge entry_past_its_date(void)
{
    struct evcp__knowledge k = entry(EVCP_AUTH_ACCEPTED, "");
    k.expired = true;
    k.info.expiry_ms = 1000;
    return k;
}

static void decide(struct scene *s, enum evcp__verdict verdict, enum evcp_decision_reason reason)
{
    evcp__authorize(&s->settings, &s->input, &s->decision);
    assert_int_equal(s->decision.verdict, verdict);
    assert_int_equal(s->decision.reason, reason);
}

/* covers: AUTH-06 */
static void auth_06_online_an_unknown_card_is_asked_about_whatever_offline_allows(void **state)
{
    (void)state;
    struct scene s = online_with_unknown_card();
    s.settings.unknown_offline = true;
    decide(&s, EVCP__ASK, EVCP_BY_CENTRAL_SYSTEM);
}

/* covers: AUTH-05 AUTH-08 */
static void auth_08_local_pre_authorize_starts_without_asking(void **state)
{
    (void)state;
    struct scene s = online_with_unknown_card();
    s.settings.pre_authorize = true;
    s.input.cache = entry(EVCP_AUTH_ACCEPTED, "");
    decide(&s, EVCP__ACCEPT, EVCP_BY_CACHE); /* OCTT TC_007 */
    s.input.list = entry(EVCP_AUTH_ACCEPTED, "");
    decide(&s, EVCP__ACCEPT, EVCP_BY_LIST); /* OCTT TC_008; AUTH-05 */
}

/* covers: AUTH-07 AUTH-09 */
static void auth_09_without_local_pre_authorize_the_central_system_is_asked(void **state)
{
    (void)state;
    struct scene s = online_with_unknown_card();
    s.input.list = entry(EVCP_AUTH_ACCEPTED, "");
    decide(&s, EVCP__ASK, EVCP_BY_CENTRAL_SYSTEM); /* AUTH-07 */
}

static void auth_08_a_token_rule_can_forbid_local_pre_authorize(void **state)
{
    (void)state;
    struct scene s = online_with_unknown_card();
    s.settings.pre_authorize = true;
    s.input.rule = EVCP_RULE_LIST; /* a vehicle's code: the cache is not enough */
    s.input.cache = entry(EVCP_AUTH_ACCEPTED, "");
    decide(&s, EVCP__ASK, EVCP_BY_CENTRAL_SYSTEM);
}

/* covers: CACHE-09 */
static void cache_09_online_a_bad_entry_is_asked_about_again(void **state)
{
    (void)state;
    struct scene s = online_with_unknown_card();
    s.settings.pre_authorize = true;
    s.input.cache = entry(EVCP_AUTH_BLOCKED, "");
    decide(&s, EVCP__ASK, EVCP_BY_CENTRAL_SYSTEM);
    s.input.list = entry(EVCP_AUTH_BLOCKED, ""); /* our choice: the list too */
    decide(&s, EVCP__ASK, EVCP_BY_CENTRAL_SYSTEM);
    assert_int_equal(s.decision.status, EVCP_AUTH_BLOCKED);
}

/* covers: OFFLINE-02 OFFLINE-03 */
static void offline_02_known_cards_start_and_03_not_if_that_is_switched_off(void **state)
{
    (void)state;
    struct scene s = offline_with_unknown_card();
    s.input.cache = entry(EVCP_AUTH_ACCEPTED, "");
    decide(&s, EVCP__ACCEPT, EVCP_BY_CACHE);
    s.settings.authorize_offline = false;
    s.settings.unknown_offline = true; /* a known card is not unknown */
    decide(&s, EVCP__REFUSE, EVCP_BY_OFFLINE_DISABLED);
}

/* covers: OFFLINE-05 */
static void offline_05_unknown_cards_start_only_if_allowed(void **state)
{
    (void)state;
    struct scene s = offline_with_unknown_card();
    decide(&s, EVCP__REFUSE, EVCP_BY_UNKNOWN);
    assert_int_equal(s.decision.status, EVCP_AUTH_INVALID);
    s.settings.unknown_offline = true;
    s.settings.authorize_offline = false;
    decide(&s, EVCP__ACCEPT, EVCP_BY_UNKNOWN_POLICY);
    s.input.rule = EVCP_RULE_LIST | EVCP_RULE_CACHE;
    decide(&s, EVCP__REFUSE, EVCP_BY_TOKEN_RULE);
}

/* covers: OFFLINE-06 */
static void offline_06_bad_list_entries_are_refused_even_if_unknown_cards_start(void **state)
{
    (void)state;
    const enum evcp_auth_status bad[] = {EVCP_AUTH_BLOCKED, EVCP_AUTH_EXPIRED, EVCP_AUTH_INVALID};
    for (size_t i = 0; i < 3; i++) {
        struct scene s = offline_with_unknown_card();
        s.settings.unknown_offline = true;
        s.input.list = entry(bad[i], "");
        s.input.cache = entry(EVCP_AUTH_ACCEPTED, ""); /* list beats cache */
        decide(&s, EVCP__REFUSE, EVCP_BY_LIST);
        assert_int_equal(s.decision.status, bad[i]); /* AUTH-19 */
    }
}

/* covers: OFFLINE-07 */
static void offline_07_entries_past_their_date_are_refused_even_if_unknown_cards_start(void **state)
{
    (void)state;
    struct scene s = offline_with_unknown_card();
    s.settings.unknown_offline = true;
    s.input.cache = entry_past_its_date();
    decide(&s, EVCP__REFUSE, EVCP_BY_CACHE_EXPIRED);
    s.input.list = entry_past_its_date();
    decide(&s, EVCP__REFUSE, EVCP_BY_LIST_EXPIRED); /* AUTH-17 */
    assert_int_equal(s.decision.status, EVCP_AUTH_EXPIRED);
}

/* covers: LIST-27 */
static void list_concurrent_tx_is_valid_in_the_list_only(void **state)
{
    (void)state;
    struct scene s = offline_with_unknown_card();
    s.input.cache = entry(EVCP_AUTH_CONCURRENT_TX, "");
    decide(&s, EVCP__REFUSE, EVCP_BY_CACHE); /* AUTH-11 */
    s.input.list = entry(EVCP_AUTH_CONCURRENT_TX, "");
    decide(&s, EVCP__ACCEPT, EVCP_BY_LIST);
}

/* covers: CACHE-10 LIST-03 */
static void cache_10_a_disabled_cache_or_list_knows_nothing(void **state)
{
    (void)state;
    struct scene s = offline_with_unknown_card();
    s.input.cache = s.input.list = entry(EVCP_AUTH_ACCEPTED, "");
    s.settings.list_enabled = false;
    decide(&s, EVCP__ACCEPT, EVCP_BY_CACHE);
    s.settings.cache_enabled = false;
    decide(&s, EVCP__REFUSE, EVCP_BY_UNKNOWN);
    assert_string_equal(s.decision.parent, "");
}

/* covers: BOOT-16 */
static void boot_16_a_unit_that_was_never_accepted_refuses_everybody(void **state)
{
    (void)state;
    struct scene s = offline_with_unknown_card();
    s.input.ever_accepted = false;
    s.input.list = entry(EVCP_AUTH_ACCEPTED, "");
    decide(&s, EVCP__REFUSE, EVCP_BY_NOT_REGISTERED);
    s.settings.pre_boot_transactions = true; /* BOOT-15 */
    decide(&s, EVCP__ACCEPT, EVCP_BY_LIST);
}

/* covers: BOOT-15 */
static void boot_15_pending_or_rejected_is_not_offline_unless_the_operator_says_so(void **state)
{
    (void)state;
    struct scene s = offline_with_unknown_card();
    s.input.reach = EVCP__REACH_NOT_ACCEPTED;
    s.input.list = entry(EVCP_AUTH_ACCEPTED, "");
    decide(&s, EVCP__REFUSE, EVCP_BY_NOT_REGISTERED);
    s.settings.pre_boot_transactions = true;
    decide(&s, EVCP__ACCEPT, EVCP_BY_LIST);
}

/* covers: BOOT-14 */
static void boot_14_a_remote_start_in_pending_is_refused_whatever_is_set(void **state)
{
    (void)state;
    struct scene s = offline_with_unknown_card();
    s.input.purpose = EVCP__PURPOSE_REMOTE_START;
    s.input.reach = EVCP__REACH_NOT_ACCEPTED;
    s.settings.pre_boot_transactions = true;
    s.input.list = entry(EVCP_AUTH_ACCEPTED, "");
    decide(&s, EVCP__REFUSE, EVCP_BY_NOT_REGISTERED);
}

static void remote_02_is_authorized_like_a_local_start_and_03_not_if_switched_off(void **state)
{
    (void)state;
    struct scene s = online_with_unknown_card();
    s.input.purpose = EVCP__PURPOSE_REMOTE_START;
    s.settings.authorize_remote = true;
    decide(&s, EVCP__ASK, EVCP_BY_CENTRAL_SYSTEM);
    s.settings.pre_authorize = true;
    s.input.cache = entry(EVCP_AUTH_ACCEPTED, "");
    decide(&s, EVCP__ACCEPT, EVCP_BY_CACHE); /* OCTT TC_007_2 */
    s.settings.authorize_remote = false;
    s.input.list = entry(EVCP_AUTH_BLOCKED, "G1");
    decide(&s, EVCP__ACCEPT, EVCP_BY_REMOTE_REQUEST);
    assert_string_equal(s.decision.parent, "G1");
}

static void unanswered_decides_as_offline_but_says_that_nobody_answered(void **state)
{
    (void)state;
    struct scene s = offline_with_unknown_card();
    s.input.reach = EVCP__REACH_UNANSWERED;
    decide(&s, EVCP__REFUSE, EVCP_BY_TIMEOUT);
    s.input.cache = entry(EVCP_AUTH_ACCEPTED, "");
    decide(&s, EVCP__ACCEPT, EVCP_BY_CACHE);
    s.input.cache = entry(EVCP_AUTH_BLOCKED, "");
    decide(&s, EVCP__REFUSE, EVCP_BY_CACHE);
}

static struct scene somebody_elses_card_while_charging(void)
{
    struct scene s = online_with_unknown_card();
    s.input.purpose = EVCP__PURPOSE_STOP;
    s.input.start_parent = "Family";
    return s;
}

/* covers: AUTH-02 OFFLINE-22 */
static void auth_02_offline_22_the_start_token_stops_with_everything_off(void **state)
{
    (void)state;
    struct scene s = {.input = {.purpose = EVCP__PURPOSE_STOP,
                                .reach = EVCP__REACH_NOT_ACCEPTED,
                                .same_token = true,
                                .start_parent = ""}};
    decide(&s, EVCP__ACCEPT, EVCP_BY_SAME_TOKEN); /* OCTT TC_038, TC_068 */
    s.input.list = entry(EVCP_AUTH_BLOCKED, "");
    s.settings.list_enabled = true;
    s.input.reach = EVCP__REACH_ONLINE;
    decide(&s, EVCP__ACCEPT, EVCP_BY_SAME_TOKEN);
}

/* covers: AUTH-03 */
static void auth_03_another_token_is_asked_about_if_there_is_a_group(void **state)
{
    (void)state;
    struct scene s = somebody_elses_card_while_charging();
    decide(&s, EVCP__ASK, EVCP_BY_CENTRAL_SYSTEM); /* OCTT TC_069 */
    s.input.list = entry(EVCP_AUTH_ACCEPTED, "Family");
    decide(&s, EVCP__ASK, EVCP_BY_CENTRAL_SYSTEM); /* LocalPreAuthorize is off */
    s.settings.pre_authorize = true;
    decide(&s, EVCP__ACCEPT, EVCP_BY_GROUP);
}

/* covers: AUTH-16 */
static void auth_16_a_foreign_token_without_a_group_is_refused_without_asking(void **state)
{
    (void)state;
    struct scene s = somebody_elses_card_while_charging();
    s.input.start_parent = "";
    decide(&s, EVCP__REFUSE, EVCP_BY_OTHER_TOKEN); /* OCTT TC_068 */
    s.input.start_parent = NULL;
    decide(&s, EVCP__REFUSE, EVCP_BY_OTHER_TOKEN);
    s.settings.pre_authorize = true;
    s.input.list = entry(EVCP_AUTH_ACCEPTED, "");
    decide(&s, EVCP__REFUSE, EVCP_BY_OTHER_TOKEN); /* no group does not equal no group */
}

/* covers: AUTH-14 OFFLINE-23 */
static void auth_14_offline_23_a_group_member_stops_offline_if_known_and_valid(void **state)
{
    (void)state;
    struct scene s = somebody_elses_card_while_charging();
    s.input.reach = EVCP__REACH_OFFLINE;
    decide(&s, EVCP__REFUSE, EVCP_BY_OTHER_TOKEN);
    s.input.cache = entry(EVCP_AUTH_ACCEPTED, "FAMILY");
    decide(&s, EVCP__ACCEPT, EVCP_BY_GROUP);
    s.settings.authorize_offline = false;
    decide(&s, EVCP__REFUSE, EVCP_BY_OFFLINE_DISABLED);
    s.settings.authorize_offline = true;
    s.input.cache = entry(EVCP_AUTH_BLOCKED, "Family");
    decide(&s, EVCP__REFUSE, EVCP_BY_CACHE);
}

/* ---- answers ----------------------------------------------------------------------------- */

static void answer(struct scene *s, struct evcp__token_info info, enum evcp__verdict verdict,
                   enum evcp_decision_reason reason)
{
    evcp__authorize_answer(&s->input, &info, 1000, &s->decision);
    assert_int_equal(s->decision.verdict, verdict);
    assert_int_equal(s->decision.reason, reason);
    assert_string_equal(s->decision.parent, info.parent);
}

/* covers: AUTH-10 */
static void auth_10_answer_only_accepted_starts(void **state)
{
    (void)state;
    for (int purpose = EVCP__PURPOSE_START; purpose < EVCP__PURPOSE_STOP; purpose++) {
        struct scene s = online_with_unknown_card();
        s.input.purpose = (enum evcp__purpose)purpose;
        for (int status = EVCP_AUTH_ACCEPTED; status <= EVCP_AUTH_CONCURRENT_TX; status++) {
            struct evcp__token_info info = {(enum evcp_auth_status)status, 0, "Family"};
            answer(&s, info, status == EVCP_AUTH_ACCEPTED ? EVCP__ACCEPT : EVCP__REFUSE,
                   EVCP_BY_CENTRAL_SYSTEM);
            assert_int_equal(s.decision.status, status);
        }
    }
}

/* covers: AUTH-17 */
static void auth_17_answer_past_its_date_counts_as_expired(void **state)
{
    (void)state;
    struct scene s = online_with_unknown_card();
    answer(&s, (struct evcp__token_info){EVCP_AUTH_ACCEPTED, 1001, ""}, EVCP__ACCEPT,
           EVCP_BY_CENTRAL_SYSTEM);
    answer(&s, (struct evcp__token_info){EVCP_AUTH_ACCEPTED, 1000, ""}, EVCP__REFUSE,
           EVCP_BY_CENTRAL_SYSTEM);
    assert_int_equal(s.decision.status, EVCP_AUTH_EXPIRED);
    answer(&s, (struct evcp__token_info){EVCP_AUTH_BLOCKED, 1, ""}, EVCP__REFUSE,
           EVCP_BY_CENTRAL_SYSTEM);
    assert_int_equal(s.decision.status, EVCP_AUTH_BLOCKED);
}

/* covers: AUTH-14 */
static void auth_14_answer_with_the_same_parent_stops_and_any_other_does_not(void **state)
{
    (void)state;
    struct scene s = somebody_elses_card_while_charging();
    answer(&s, (struct evcp__token_info){EVCP_AUTH_ACCEPTED, 0, "family"}, EVCP__ACCEPT,
           EVCP_BY_GROUP);
    answer(&s, (struct evcp__token_info){EVCP_AUTH_ACCEPTED, 0, "Others"}, EVCP__REFUSE,
           EVCP_BY_OTHER_TOKEN);
    answer(&s, (struct evcp__token_info){EVCP_AUTH_ACCEPTED, 0, ""}, EVCP__REFUSE,
           EVCP_BY_OTHER_TOKEN);
    answer(&s, (struct evcp__token_info){EVCP_AUTH_BLOCKED, 0, "Family"}, EVCP__REFUSE,
           EVCP_BY_CENTRAL_SYSTEM);
    s.input.start_parent = NULL;
    answer(&s, (struct evcp__token_info){EVCP_AUTH_ACCEPTED, 0, ""}, EVCP__REFUSE,
           EVCP_BY_OTHER_TOKEN);
    s.input.same_token = true;
    answer(&s, (struct evcp__token_info){EVCP_AUTH_BLOCKED, 0, ""}, EVCP__ACCEPT,
           EVCP_BY_SAME_TOKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(authorize_every_combination_is_decided_by_the_tables),
        cmocka_unit_test(auth_06_online_an_unknown_card_is_asked_about_whatever_offline_allows),
        cmocka_unit_test(auth_08_local_pre_authorize_starts_without_asking),
        cmocka_unit_test(auth_09_without_local_pre_authorize_the_central_system_is_asked),
        cmocka_unit_test(auth_08_a_token_rule_can_forbid_local_pre_authorize),
        cmocka_unit_test(cache_09_online_a_bad_entry_is_asked_about_again),
        cmocka_unit_test(offline_02_known_cards_start_and_03_not_if_that_is_switched_off),
        cmocka_unit_test(offline_05_unknown_cards_start_only_if_allowed),
        cmocka_unit_test(offline_06_bad_list_entries_are_refused_even_if_unknown_cards_start),
        cmocka_unit_test(
            offline_07_entries_past_their_date_are_refused_even_if_unknown_cards_start),
        cmocka_unit_test(list_concurrent_tx_is_valid_in_the_list_only),
        cmocka_unit_test(cache_10_a_disabled_cache_or_list_knows_nothing),
        cmocka_unit_test(boot_16_a_unit_that_was_never_accepted_refuses_everybody),
        cmocka_unit_test(boot_15_pending_or_rejected_is_not_offline_unless_the_operator_says_so),
        cmocka_unit_test(boot_14_a_remote_start_in_pending_is_refused_whatever_is_set),
        cmocka_unit_test(remote_02_is_authorized_like_a_local_start_and_03_not_if_switched_off),
        cmocka_unit_test(unanswered_decides_as_offline_but_says_that_nobody_answered),
        cmocka_unit_test(auth_02_offline_22_the_start_token_stops_with_everything_off),
        cmocka_unit_test(auth_03_another_token_is_asked_about_if_there_is_a_group),
        cmocka_unit_test(auth_16_a_foreign_token_without_a_group_is_refused_without_asking),
        cmocka_unit_test(auth_14_offline_23_a_group_member_stops_offline_if_known_and_valid),
        cmocka_unit_test(auth_10_answer_only_accepted_starts),
        cmocka_unit_test(auth_17_answer_past_its_date_counts_as_expired),
        cmocka_unit_test(auth_14_answer_with_the_same_parent_stops_and_any_other_does_not),
    };
    return cmocka_run_group_tests_name("authorize", tests, NULL, NULL);
}
