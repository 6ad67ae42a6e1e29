/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The central system's URL: what is taken, what is refused, and how the identity gets into it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/port/url.h"

struct good {
    const char *url;
    const char *id;
    bool tls;
    bool numeric;
    const char *host;
    uint16_t port;
    const char *authority;
    const char *path;
};

static const struct good goods[] = {
    {"ws://host", "CP1", false, false, "host", 80, "host", "/CP1"},
    {"ws://host/", "CP1", false, false, "host", 80, "host", "/CP1"},
    {"wss://host", "CP1", true, false, "host", 443, "host", "/CP1"},
    {"ws://host:80/a", "CP1", false, false, "host", 80, "host", "/a/CP1"},
    {"wss://host:80/a", "CP1", true, false, "host", 80, "host:80", "/a/CP1"},
    {"wss://host:443/a", "CP1", true, false, "host", 443, "host", "/a/CP1"},
    {"ws://a.b-c.example:65535/x/y", "CP1", false, false, "a.b-c.example", 65535,
     "a.b-c.example:65535", "/x/y/CP1"},
    {"ws://host/ocpp/", "CP1", false, false, "host", 80, "host", "/ocpp/CP1"},
    {"ws://host/a%20b/", "RDAM 123", false, false, "host", 80, "host", "/a%20b/RDAM%20123"},
    {"ws://127.0.0.1:9000", "CP1", false, true, "127.0.0.1", 9000, "127.0.0.1:9000", "/CP1"},
    {"ws://[::1]", "CP1", false, true, "::1", 80, "[::1]", "/CP1"},
    {"wss://[2001:db8::1]:8443/x", "CP1", true, true, "2001:db8::1", 8443, "[2001:db8::1]:8443",
     "/x/CP1"},
    {"ws://host/x/../y", "CP1", false, false, "host", 80, "host", "/x/../y/CP1"},
};

static void url_parts_are_those_of_ocppj_3_1_1(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goods / sizeof goods[0]; i++) {
        const struct good *const want = &goods[i];
        struct evcp__url url;
        const char *why = "not set";

        assert_int_equal(evcp__url_parse(want->url, want->id, &url, &why), EVCP_OK);
        assert_null(why);
        assert_int_equal(url.tls, want->tls);
        assert_int_equal(url.numeric, want->numeric);
        assert_string_equal(url.host, want->host);
        assert_int_equal(url.port, want->port);
        assert_string_equal(url.authority, want->authority);
        assert_string_equal(url.path, want->path);
    }
}

static const char *const bads[] = {
    "",
    "host",
    "http://host/",
    "WS://host/",
    "ws:/host",
    "ws://",
    "ws:///path",
    "ws://:80/",
    "ws://user@host/",
    "ws://user:secret@host/",
    "ws://ho st/",
    "ws://ho%20st/",
    "ws://host:/",
    "ws://host:0/",
    "ws://host:65536/",
    "ws://host:99999999999999999999/",
    "ws://host:-1/",
    "ws://host:80x/",
    "ws://[::1",
    "ws://[]/",
    "ws://[host]/",
    "ws://[::1]x/",
    "ws://::1/",
    "ws://host?query",
    "ws://host/?query",
    "ws://host/#fragment",
    "ws://host/a b",
    "ws://host/\x01",
    "ws://host/\xc3\xbc",
    "ws://host/\r\nX-Injected: 1",
    "ws://host\r\nX-Injected: 1/",
};

static void url_that_is_malformed_is_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++) {
        struct evcp__url url;
        const char *why = NULL;

        assert_int_not_equal(evcp__url_parse(bads[i], "CP1", &url, &why), EVCP_OK);
        assert_non_null(why);
    }
}

static void url_needs_an_identity(void **state)
{
    struct evcp__url url;
    const char *why = NULL;

    (void)state;
    assert_int_equal(evcp__url_parse("ws://host/", "", &url, &why), EVCP_EINVAL);
    assert_string_equal(why, "the charge point identity is missing");
}

static char *repeat(const char *before, char c, size_t count)
{
    const size_t length = strlen(before);
    char *const text = malloc(length + count + 1);

    assert_non_null(text);
    memcpy(text, before, length);
    memset(text + length, c, count);
    text[length + count] = '\0';
    return text;
}

static int parse_long(const char *before, size_t count)
{
    char *const text = repeat(before, 'x', count);
    struct evcp__url url;
    const char *why;
    const int rc = evcp__url_parse(text, "CP1", &url, &why);

    free(text);
    return rc;
}

static void url_parts_that_do_not_fit_are_refused_never_cut(void **state)
{
    (void)state;
    assert_int_equal(parse_long("ws://", EVCP__URL_HOST_MAX), EVCP_OK);
    assert_int_equal(parse_long("ws://", EVCP__URL_HOST_MAX + 1), EVCP_ETOOLONG);
    assert_int_equal(parse_long("ws://h/", EVCP__URL_PATH_MAX - 5), EVCP_OK);
    assert_int_equal(parse_long("ws://h/", EVCP__URL_PATH_MAX - 4), EVCP_ETOOLONG);
    assert_int_equal(parse_long("ws://h/", 2 * EVCP__URL_PATH_MAX), EVCP_ETOOLONG);
}

static void url_of_the_longest_host_keeps_its_port_in_the_host_header(void **state)
{
    char *const host = repeat("ws://", 'h', EVCP__URL_HOST_MAX);
    char *const url_text = malloc(strlen(host) + 7);
    struct evcp__url url;
    const char *why;

    (void)state;
    assert_non_null(url_text);
    strcpy(url_text, host);
    strcat(url_text, ":65535");
    assert_int_equal(evcp__url_parse(url_text, "CP1", &url, &why), EVCP_OK);
    assert_string_equal(url.authority, url_text + 5);
    free(url_text);
    free(host);
}

static void url_encodes_all_but_unreserved_characters(void **state)
{
    char all[256];
    char out[3 * 255 + 1];
    size_t at = 0;

    (void)state;
    for (int c = 1; c < 256; c++) {
        all[c - 1] = (char)c;
    }
    all[255] = '\0';
    assert_int_equal(evcp__url_encode(all, out, sizeof out), EVCP_OK);
    for (int c = 1; c < 256; c++) {
        static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789-._~";
        char hex[3] = {0};

        if (strchr(unreserved, c) != NULL) {
            assert_int_equal(out[at++], c);
            continue;
        }
        assert_int_equal(out[at], '%');
        memcpy(hex, out + at + 1, 2);
        assert_int_equal(strtoul(hex, NULL, 16), c);
        at += 3;
    }
    assert_int_equal(out[at], '\0');
}

static void url_encoding_needs_room_for_its_end(void **state)
{
    char out[8];

    (void)state;
    assert_int_equal(evcp__url_encode("abcdefg", out, sizeof out), EVCP_OK);
    assert_string_equal(out, "abcdefg");
    assert_int_equal(evcp__url_encode("abcdefgh", out, sizeof out), EVCP_ETOOLONG);
    assert_int_equal(evcp__url_encode("a b c", out, sizeof out), EVCP_ETOOLONG);
    assert_int_equal(evcp__url_encode("abcd ", out, sizeof out), EVCP_OK);
    assert_string_equal(out, "abcd%20");
    assert_int_equal(evcp__url_encode("", out, 1), EVCP_OK);
    assert_int_equal(evcp__url_encode("", out, 0), EVCP_ETOOLONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url_parts_are_those_of_ocppj_3_1_1),
        cmocka_unit_test(url_that_is_malformed_is_refused_with_a_reason),
        cmocka_unit_test(url_needs_an_identity),
        cmocka_unit_test(url_parts_that_do_not_fit_are_refused_never_cut),
        cmocka_unit_test(url_of_the_longest_host_keeps_its_port_in_the_host_header),
        cmocka_unit_test(url_encodes_all_but_unreserved_characters),
        cmocka_unit_test(url_encoding_needs_room_for_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
