/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of evcp-charger, and the file with configuration keys. */
#ifndef CHARGER_OPTIONS_H
#define CHARGER_OPTIONS_H

#include <evcp/evcp.h>
#include <jansson.h>

struct options {
    const char *url;
    const char *id;
    const char *store;
    const char *vendor;
    const char *model;
    const char *serial;
    const char *firmware;
    const char *ca_file;
    const char *cert_file;
    const char *key_file;
    const char *auth_key;
    const char *script;
    const char *clock;
    const char *reader;
    const char *reader_prefix;
    uint16_t connectors;
    bool unverified;
    bool json;
    bool lock;
    bool verbose;
    json_t *config; /* object of texts; owns the settings' texts */
    struct evcp_setting *settings;
    size_t setting_count;
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

enum options_result options_parse(struct options *options, int argc, char **argv);
void options_release(struct options *options);

#endif
