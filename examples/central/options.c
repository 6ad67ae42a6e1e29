/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#include "options.h"

#include "memory.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_PORT     9000
#define DEFAULT_INTERVAL 300
#define HEX_PREFIX       "hex:"

static const char usage[] =
    "usage: evcp-central [options]\n"
    "  --port N             port to listen on, 0 for a free one (9000)\n"
    "  --host ADDRESS       address to listen on (127.0.0.1)\n"
    "  --tags CSV           idTag,status,expiryDate,parentIdTag; others are Invalid\n"
    "  --books FILE         where the transactions are kept (JSON lines)\n"
    "  --auth ID:PASSWORD   HTTP Basic for ID; ID:hex:KEY for a key in hex; repeatable\n"
    "  --cert PEM --key PEM serve TLS\n"
    "  --client-ca PEM      and ask for client certificates signed by this CA\n"
    "  --interval SECONDS   heartbeat interval told to charge points (300)\n"
    "  --boot STATUS        answer to BootNotification: accepted, pending or rejected\n"
    "  --json               one JSON object a line on standard output\n"
    "  --script FILE        commands, one a line; standard input is read as well\n"
    "commands: call ID ACTION JSON | list ID full|diff VERSION CSV | drop ID | books |\n"
    "  tags FILE | boot STATUS | silence ID on|off | refuse on|off | wait SECONDS |\n"
    "  connected ID | quit\n";

static bool parse_number(const char *name, const char *text, long low, long high, int *value)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < low || number > high) {
        fprintf(stderr, "evcp-central: --%s needs a number from %ld to %ld, not '%s'\n", name, low,
                high, text);
        return false;
    }
    *value = (int)number;
    return true;
}

const char *options_boot_status(const char *word)
{
    static const char *const statuses[] = {"Accepted", "Pending", "Rejected"};
    for (size_t i = 0; i < 3; i++) {
        if (strcasecmp(word, statuses[i]) == 0) {
            return statuses[i];
        }
    }
    return NULL;
}

static int hex_value(char digit)
{
    if (isdigit((unsigned char)digit)) {
        return digit - '0';
    }
    return isxdigit((unsigned char)digit) ? tolower((unsigned char)digit) - 'a' + 10 : -1;
}

static bool parse_hex(const char *text, struct credential *credential)
{
    size_t digits = strlen(text);
    if (digits == 0 || digits % 2 != 0) {
        return false;
    }
    credential->key_length = digits / 2;
    for (size_t i = 0; i < credential->key_length; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        credential->key[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

static bool parse_key(const char *text, struct credential *credential)
{
    credential->key_length = strlen(text);
    credential->key = memory_zeroed(credential->key_length + 1);
    if (strncmp(text, HEX_PREFIX, strlen(HEX_PREFIX)) == 0) {
        return parse_hex(text + strlen(HEX_PREFIX), credential);
    }
    memcpy(credential->key, text, credential->key_length);
    return credential->key_length > 0;
}

static bool add_credential(struct options *options, const char *text)
{
    const char *colon = strchr(text, ':');
    size_t size = (options->credential_count + 1) * sizeof *options->credentials;
    if (colon == NULL || colon == text) {
        fprintf(stderr, "evcp-central: --auth needs ID:PASSWORD or ID:hex:KEY\n");
        return false;
    }
    options->credentials = memory_resized(options->credentials, size);
    struct credential *credential = &options->credentials[options->credential_count++];
    credential->id = memory_text(text);
    credential->id[colon - text] = '\0';
    if (!parse_key(colon + 1, credential)) {
        fprintf(stderr,
                "evcp-central: --auth %s: the key is empty or not an even number of hex "
                "digits\n",
                credential->id);
        return false;
    }
    return true;
}

static bool set_boot_status(struct options *options, const char *word)
{
    options->boot_status = options_boot_status(word);
    if (options->boot_status == NULL) {
        fprintf(stderr, "evcp-central: --boot needs accepted, pending or rejected, not '%s'\n",
                word);
        return false;
    }
    return true;
}

enum option_letter {
    OPTION_PORT = 1,
    OPTION_HOST,
    OPTION_TAGS,
    OPTION_BOOKS,
    OPTION_AUTH,
    OPTION_CERT,
    OPTION_KEY,
    OPTION_CLIENT_CA,
    OPTION_INTERVAL,
    OPTION_BOOT,
    OPTION_JSON,
    OPTION_SCRIPT,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"port", required_argument, NULL, OPTION_PORT},
    {"host", required_argument, NULL, OPTION_HOST},
    {"tags", required_argument, NULL, OPTION_TAGS},
    {"books", required_argument, NULL, OPTION_BOOKS},
    {"auth", required_argument, NULL, OPTION_AUTH},
    {"cert", required_argument, NULL, OPTION_CERT},
    {"key", required_argument, NULL, OPTION_KEY},
    {"client-ca", required_argument, NULL, OPTION_CLIENT_CA},
    {"interval", required_argument, NULL, OPTION_INTERVAL},
    {"boot", required_argument, NULL, OPTION_BOOT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"script", required_argument, NULL, OPTION_SCRIPT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool apply(struct options *options, int letter, const char *value)
{
    switch ((enum option_letter)letter) {
    case OPTION_PORT: return parse_number("port", value, 0, 65535, &options->port);
    case OPTION_INTERVAL:
        return parse_number("interval", value, 0, INT_MAX, &options->heartbeat_interval);
    case OPTION_AUTH: return add_credential(options, value);
    case OPTION_BOOT: return set_boot_status(options, value);
    case OPTION_HOST: options->host = value; return true;
    case OPTION_TAGS: options->tags_path = value; return true;
    case OPTION_BOOKS: options->books_path = value; return true;
    case OPTION_CERT: options->certificate = value; return true;
    case OPTION_KEY: options->private_key = value; return true;
    case OPTION_CLIENT_CA: options->client_ca = value; return true;
    case OPTION_SCRIPT: options->script_path = value; return true;
    case OPTION_JSON: options->json = true; return true;
    case OPTION_HELP: return true;
    }
    return false; /* getopt_long has already said what it did not know */
}

static bool complete(const struct options *options)
{
    if ((options->certificate == NULL) != (options->private_key == NULL)) {
        fprintf(stderr, "evcp-central: --cert and --key need each other\n");
        return false;
    }
    if (options->client_ca != NULL && options->certificate == NULL) {
        fprintf(stderr, "evcp-central: --client-ca needs --cert and --key\n");
        return false;
    }
    return true;
}

enum options_result options_parse(struct options *options, int argc, char **argv)
{
    *options = (struct options){.port = DEFAULT_PORT,
                                .host = "127.0.0.1",
                                .heartbeat_interval = DEFAULT_INTERVAL,
                                .boot_status = "Accepted"};
    int letter;
    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (letter == OPTION_HELP) {
            fputs(usage, stdout);
            return OPTIONS_HELP;
        }
        if (!apply(options, letter, optarg)) {
            return OPTIONS_WRONG;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "evcp-central: '%s' is not an option; try --help\n", argv[optind]);
        return OPTIONS_WRONG;
    }
    return complete(options) ? OPTIONS_RUN : OPTIONS_WRONG;
}

void options_release(struct options *options)
{
    for (size_t i = 0; i < options->credential_count; i++) {
        free(options->credentials[i].id);
        free(options->credentials[i].key);
    }
    free(options->credentials);
    options->credentials = NULL;
    options->credential_count = 0;
}
