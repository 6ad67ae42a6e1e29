/* SPDX-License-Identifier: Apache-2.0 */
/* Decides from the HTTP request whether a charge point may connect. */
#include "admission.h"

#include "options.h"

#include <libwebsockets.h>
#include <string.h>
#include <strings.h>

#define MAX_PATH         1024
#define MAX_SUBPROTOCOLS 128 /* libwebsockets itself looks no further */
#define MAX_CREDENTIALS  512
#define BASIC            "Basic "

/* The part after the last slash. libwebsockets has decoded the percent signs, and, as if it
 * were a form, made blanks of plus signs; an identity has pluses rather than blanks. */
static bool read_id(struct lws *wsi, char id[LINK_ID_SIZE])
{
    char path[MAX_PATH];
    int length = lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI);
    const char *slash = length > 0 ? strrchr(path, '/') : NULL;
    size_t size = slash ? strlen(slash + 1) : 0;
    if (size == 0 || size >= LINK_ID_SIZE) {
        return false;
    }
    for (size_t i = 0; i <= size; i++) {
        id[i] = slash[1 + i] == ' ' ? '+' : slash[1 + i];
        if (i < size && (id[i] < '!' || id[i] > '~')) {
            id[0] = '\0';
            return false;
        }
    }
    return true;
}

static bool offers_subprotocol(struct lws *wsi)
{
    char offered[MAX_SUBPROTOCOLS];
    char *rest = NULL;
    if (lws_hdr_copy(wsi, offered, sizeof offered, WSI_TOKEN_PROTOCOL) <= 0) {
        return false;
    }
    for (char *name = strtok_r(offered, ", ", &rest); name != NULL;
         name = strtok_r(NULL, ", ", &rest)) {
        if (strcmp(name, ADMISSION_SUBPROTOCOL) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_same(const unsigned char *one, const unsigned char *other, size_t size)
{
    unsigned difference = 0;
    for (size_t i = 0; i < size; i++) {
        difference |= (unsigned)(one[i] ^ other[i]);
    }
    return difference == 0;
}

/* An identity may hold a colon, so the pair is compared as a whole. */
static bool fits(const struct credential *credential, const char *id, const unsigned char *shown,
                 size_t size)
{
    size_t id_size = strlen(id);
    return strcmp(credential->id, id) == 0 && size == id_size + 1 + credential->key_length &&
           memcmp(shown, id, id_size) == 0 && shown[id_size] == ':' &&
           is_same(shown + id_size + 1, credential->key, credential->key_length);
}

static bool shows_credentials(const struct options *options, struct lws *wsi, const char *id)
{
    char header[MAX_CREDENTIALS];
    char shown[MAX_CREDENTIALS];
    int length = lws_hdr_copy(wsi, header, sizeof header, WSI_TOKEN_HTTP_AUTHORIZATION);
    if (length <= 0 || strncasecmp(header, BASIC, strlen(BASIC)) != 0) {
        return false;
    }
    int size = lws_b64_decode_string(header + strlen(BASIC), shown, sizeof shown);
    for (size_t i = 0; size > 0 && i < options->credential_count; i++) {
        if (fits(&options->credentials[i], id, (const unsigned char *)shown, (size_t)size)) {
            return true;
        }
    }
    return false;
}

static void refuse(struct admission *admission, unsigned status, const char *reason)
{
    admission->status = status;
    admission->reason = reason;
}

struct admission admission_judge(const struct central *central, struct lws *wsi)
{
    struct admission admission = {"", 0, ""};
    bool has_id = read_id(wsi, admission.id);
    if (central->refusing) {
        refuse(&admission, HTTP_STATUS_SERVICE_UNAVAILABLE, "no connections are taken just now");
    } else if (!has_id) {
        refuse(&admission, HTTP_STATUS_NOT_FOUND, "the path must end in a charge point identity");
    } else if (!offers_subprotocol(wsi)) {
        refuse(&admission, HTTP_STATUS_BAD_REQUEST, "the subprotocol ocpp1.6 must be offered");
    } else if (central->options->credential_count > 0 &&
               !shows_credentials(central->options, wsi, admission.id)) {
        refuse(&admission, HTTP_STATUS_UNAUTHORIZED, "HTTP Basic credentials are wrong or missing");
    }
    return admission;
}
