/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes ws[s]://host[:port][/path] apart and appends the percent-encoded identity.
 */
#include "url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define PORT_WS  80
#define PORT_WSS 443

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

int evcp__url_encode(const char *text, char *out, size_t out_size)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t used = 0;

    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        const size_t need = is_unreserved(*text) ? 1 : 3;

        if (used + need >= out_size) {
            return EVCP_ETOOLONG;
        }
        if (need == 1) {
            out[used] = *text;
        } else {
            out[used] = '%';
            out[used + 1] = hex[byte >> 4];
            out[used + 2] = hex[byte & 15];
        }
        used += need;
    }
    if (used >= out_size) {
        return EVCP_ETOOLONG;
    }
    out[used] = '\0';
    return EVCP_OK;
}

static const char *parse_scheme(const char *url, struct evcp__url *out)
{
    if (strncmp(url, "wss://", 6) == 0) {
        out->tls = true;
        return url + 6;
    }
    if (strncmp(url, "ws://", 5) == 0) {
        out->tls = false;
        return url + 5;
    }
    return NULL;
}

static bool is_host_name(const char *host)
{
    for (; *host; host++) {
        if (!is_unreserved(*host)) {
            return false;
        }
    }
    return true;
}

static bool is_numeric(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* Host between `begin` and the returned end; NULL: malformed. */
static const char *parse_host(const char *begin, struct evcp__url *out, int *rc)
{
    const bool bracket = *begin == '[';
    const char *const end = bracket ? strchr(begin, ']') : begin + strcspn(begin, ":/?#");
    const char *const start = bracket ? begin + 1 : begin;

    *rc = EVCP_EINVAL;
    if (end == NULL || end == start) {
        return NULL;
    }
    if ((size_t)(end - start) > EVCP__URL_HOST_MAX - (bracket ? 2 : 0)) {
        *rc = EVCP_ETOOLONG;
        return NULL;
    }
    memcpy(out->host, start, (size_t)(end - start));
    out->host[end - start] = '\0';
    out->numeric = is_numeric(out->host);
    if (bracket ? !out->numeric : !is_host_name(out->host)) {
        return NULL;
    }
    *rc = EVCP_OK;
    return bracket ? end + 1 : end;
}

/* Optional ":port"; NULL: malformed. */
static const char *parse_port(const char *text, struct evcp__url *out)
{
    unsigned long port = 0;

    out->port = out->tls ? PORT_WSS : PORT_WS;
    if (*text != ':') {
        return text;
    }
    for (text++; *text >= '0' && *text <= '9' && port <= UINT16_MAX; text++) {
        port = port * 10 + (unsigned long)(*text - '0');
    }
    if (port == 0 || port > UINT16_MAX) {
        return NULL;
    }
    out->port = (uint16_t)port;
    return text;
}

static bool is_path(const char *path)
{
    if (*path != '\0' && *path != '/') {
        return false;
    }
    for (; *path; path++) {
        if (*path <= ' ' || *path > '~' || strchr("?#\"<>\\^`{|}", *path) != NULL) {
            return false;
        }
    }
    return true;
}

static int join_path(const char *prefix, const char *id, struct evcp__url *out)
{
    size_t length = strlen(prefix);

    if (length > 0 && prefix[length - 1] == '/') {
        length--;
    }
    if (length + 2 > sizeof out->path) {
        return EVCP_ETOOLONG;
    }
    memcpy(out->path, prefix, length);
    out->path[length] = '/';
    return evcp__url_encode(id, out->path + length + 1, sizeof out->path - length - 1);
}

static void format_authority(struct evcp__url *out)
{
    const bool v6 = strchr(out->host, ':') != NULL;
    const char *const open = v6 ? "[" : "";
    const char *const close = v6 ? "]" : "";

    if (out->port == (out->tls ? PORT_WSS : PORT_WS)) {
        (void)snprintf(out->authority, sizeof out->authority, "%s%s%s", open, out->host, close);
    } else {
        (void)snprintf(out->authority, sizeof out->authority, "%s%s%s:%u", open, out->host, close,
                       (unsigned)out->port);
    }
}

int evcp__url_parse(const char *url, const char *id, struct evcp__url *out, const char **why)
{
    const char *rest;
    int rc;

    memset(out, 0, sizeof *out);
    *why = "the URL has to begin with ws:// or wss://";
    rest = parse_scheme(url, out);
    if (rest == NULL) {
        return EVCP_EINVAL;
    }
    *why = "the URL's host has to be a name or an address (IPv6 in brackets) of at most 110 "
           "characters, without user name or password";
    rest = parse_host(rest, out, &rc);
    if (rest == NULL) {
        return rc;
    }
    *why = "the URL's port has to be a number from 1 to 65535";
    rest = parse_port(rest, out);
    if (rest == NULL) {
        return EVCP_EINVAL;
    }
    *why = "the URL's path has to be percent-encoded, without query or fragment";
    if (!is_path(rest)) {
        return EVCP_EINVAL;
    }
    *why = "the charge point identity is missing";
    if (id[0] == '\0') {
        return EVCP_EINVAL;
    }
    *why = "the URL's path with the identity is longer than 1024 characters";
    rc = join_path(rest, id, out);
    if (rc != EVCP_OK) {
        return rc;
    }
    *why = NULL;
    format_authority(out);
    return EVCP_OK;
}
