/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of evcp-charger, and the file with configuration keys. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: evcp-charger --url URL --id ID --store DIR [options]\n"
    "  --url URL            central system, ws:// or wss://, without the identity\n"
    "  --id ID              charge point identity\n"
    "  --store DIR          existing directory for all that has to survive a power cut\n"
    "  --connectors N       number of connectors (1)\n"
    "  --config FILE        {\"HeartbeatInterval\": \"60\", ...}: keys set at the first boot\n"
    "  --script FILE        commands, one a line; standard input is read as well\n"
    "  --json               one JSON object a line for everything that happens\n"
    "  --ca FILE            PEM of trusted roots (the system's)\n"
    "  --cert FILE --key FILE  PEM client certificate and its key\n"
    "  --unverified         do not verify the central system: for a desk only\n"
    "  --auth-key HEX       HTTP Basic key of the first connection, 32 to 40 hex digits\n"
    "  --vendor TEXT --model TEXT --serial TEXT --firmware TEXT  for BootNotification\n"
    "  --lock               sockets with a cable lock (default: fixed cables)\n"
    "  --clock lost|TIME    the real-time clock at power-on (the system's)\n"
    "  --reader FIFO        a card reader: every write to FIFO is one UID, as raw bytes\n"
    "  --reader-prefix TEXT put before what the reader reads\n"
    "  --verbose            also debug messages on standard error\n"
    "commands (# begins a comment):\n"
    "  plug N | unplug N | card N UID | vehicle N vin|evccid VALUE | ev N ready|pause |\n"
    "  load N WATTS | fault N CODE | clear N | contactor N ok|stuck | meter N ok|dead |\n"
    "  stop N | link down|up | clock lost|TIME | set KEY VALUE | get KEY | wait SECONDS |\n"
    "  status | kill | quit\n"
    "card, fault, clear and stop take 0 for the charge point as a whole. TIME is like\n"
    "2026-01-31T12:00:00Z. wait holds up only the input that it stands in. Without --script the\n"
    "end of standard input changes nothing; with it the program quits when both have ended.\n"
    "Exit status: 0 after quit, 1 if something failed or a command of the script was bad, 2 for a\n"
    "wrong command line.\n";

enum {
    OPTION_URL = 256,
    OPTION_ID,
    OPTION_STORE,
    OPTION_CONNECTORS,
    OPTION_CONFIG,
    OPTION_SCRIPT,
    OPTION_JSON,
    OPTION_CA,
    OPTION_CERT,
    OPTION_KEY,
    OPTION_UNVERIFIED,
    OPTION_AUTH_KEY,
    OPTION_VENDOR,
    OPTION_MODEL,
    OPTION_SERIAL,
    OPTION_FIRMWARE,
    OPTION_LOCK,
    OPTION_CLOCK,
    OPTION_READER,
    OPTION_READER_PREFIX,
    OPTION_VERBOSE,
    OPTION_HELP
};

static const struct option table[] = {
    {"url", required_argument, NULL, OPTION_URL},
    {"id", required_argument, NULL, OPTION_ID},
    {"store", required_argument, NULL, OPTION_STORE},
    {"connectors", required_argument, NULL, OPTION_CONNECTORS},
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"script", required_argument, NULL, OPTION_SCRIPT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"ca", required_argument, NULL, OPTION_CA},
    {"cert", required_argument, NULL, OPTION_CERT},
    {"key", required_argument, NULL, OPTION_KEY},
    {"unverified", no_argument, NULL, OPTION_UNVERIFIED},
    {"auth-key", required_argument, NULL, OPTION_AUTH_KEY},
    {"vendor", required_argument, NULL, OPTION_VENDOR},
    {"model", required_argument, NULL, OPTION_MODEL},
    {"serial", required_argument, NULL, OPTION_SERIAL},
    {"firmware", required_argument, NULL, OPTION_FIRMWARE},
    {"lock", no_argument, NULL, OPTION_LOCK},
    {"clock", required_argument, NULL, OPTION_CLOCK},
    {"reader", required_argument, NULL, OPTION_READER},
    {"reader-prefix", required_argument, NULL, OPTION_READER_PREFIX},
    {"verbose", no_argument, NULL, OPTION_VERBOSE},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static const char **text_member(struct options *o, int option)
{
    switch (option) {
    case OPTION_URL: return &o->url;
    case OPTION_ID: return &o->id;
    case OPTION_STORE: return &o->store;
    case OPTION_SCRIPT: return &o->script;
    case OPTION_CA: return &o->ca_file;
    case OPTION_CERT: return &o->cert_file;
    case OPTION_KEY: return &o->key_file;
    case OPTION_AUTH_KEY: return &o->auth_key;
    case OPTION_VENDOR: return &o->vendor;
    case OPTION_MODEL: return &o->model;
    case OPTION_SERIAL: return &o->serial;
    case OPTION_FIRMWARE: return &o->firmware;
    case OPTION_CLOCK: return &o->clock;
    case OPTION_READER: return &o->reader;
    case OPTION_READER_PREFIX: return &o->reader_prefix;
    default: return NULL;
    }
}

static bool *flag_member(struct options *o, int option)
{
    switch (option) {
    case OPTION_JSON: return &o->json;
    case OPTION_UNVERIFIED: return &o->unverified;
    case OPTION_LOCK: return &o->lock;
    case OPTION_VERBOSE: return &o->verbose;
    default: return NULL;
    }
}

static bool parse_connectors(struct options *o, const char *text)
{
    char *end = NULL;
    long number = 0;

    errno = 0;
    number = strtol(text, &end, 10);
    if (errno || end == text || *end || number < 1 || number > EVCP_CONNECTORS_MAX) {
        fprintf(stderr, "evcp-charger: --connectors needs a number from 1 to %d, not '%s'\n",
                EVCP_CONNECTORS_MAX, text);
        return false;
    }
    o->connectors = (uint16_t)number;
    return true;
}

static bool take_settings(struct options *o, const char *path)
{
    const char *key = NULL;
    json_t *value = NULL;

    o->settings = calloc(json_object_size(o->config) + 1, sizeof(*o->settings));
    if (!o->settings)
        return false;
    json_object_foreach(o->config, key, value)
    {
        if (!json_is_string(value)) {
            fprintf(stderr, "evcp-charger: %s: the value of %s has to be a text, in quotes\n", path,
                    key);
            return false;
        }
        o->settings[o->setting_count].key = key;
        o->settings[o->setting_count++].value = json_string_value(value);
    }
    return true;
}

static bool read_config(struct options *o, const char *path)
{
    json_error_t error;

    json_decref(o->config);
    free(o->settings);
    o->settings = NULL;
    o->setting_count = 0;
    o->config = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!o->config) {
        fprintf(stderr, "evcp-charger: %s, line %d: %s\n", path, error.line, error.text);
        return false;
    }
    if (!json_is_object(o->config)) {
        fprintf(stderr, "evcp-charger: %s: has to be an object of keys and texts\n", path);
        return false;
    }
    return take_settings(o, path);
}

static bool take_option(struct options *o, int option, const char *argument)
{
    const char **text = text_member(o, option);
    bool *flag = flag_member(o, option);

    if (text)
        *text = argument;
    if (flag)
        *flag = true;
    if (option == OPTION_CONNECTORS)
        return parse_connectors(o, argument);
    if (option == OPTION_CONFIG)
        return read_config(o, argument);
    return text || flag;
}

static enum options_result check(const struct options *o, int argc, char **argv)
{
    if (optind < argc)
        fprintf(stderr, "evcp-charger: '%s' is not an option\n", argv[optind]);
    else if (!o->url || !o->id || !o->store)
        fprintf(stderr, "evcp-charger: --%s is missing\n",
                !o->url  ? "url"
                : !o->id ? "id"
                         : "store");
    else
        return OPTIONS_RUN;
    fprintf(stderr, "Try 'evcp-charger --help'.\n");
    return OPTIONS_WRONG;
}

enum options_result options_parse(struct options *options, int argc, char **argv)
{
    int option = 0;

    *options = (struct options){
        .connectors = 1, .vendor = "libevcp", .model = "evcp-charger", .firmware = evcp_version()};
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(usage, stdout);
            return OPTIONS_DONE;
        }
        if (!take_option(options, option, optarg))
            return OPTIONS_WRONG;
    }
    return check(options, argc, argv);
}

void options_release(struct options *options)
{
    free(options->settings);
    json_decref(options->config);
}
