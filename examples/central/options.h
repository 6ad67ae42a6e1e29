/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#ifndef CENTRAL_OPTIONS_H
#define CENTRAL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* HTTP Basic credentials that one charge point must show; the key may hold any bytes. */
struct credential {
    char *id;
    unsigned char *key;
    size_t key_length;
};

struct options {
    int port;
    const char *host;
    const char *tags_path;
    const char *books_path;
    const char *script_path;
    const char *certificate;
    const char *private_key;
    const char *client_ca;
    int heartbeat_interval;
    const char *boot_status;
    bool json;
    struct credential *credentials;
    size_t credential_count;
};

enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_WRONG };

/* Says what is wrong on standard error. */
enum options_result options_parse(struct options *options, int argc, char **argv);
void options_release(struct options *options);

/* "accepted" to "Accepted" and so on; NULL for any other word. */
const char *options_boot_status(const char *word);

#endif
