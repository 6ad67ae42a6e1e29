/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate for 127.0.0.1, by OpenSSL.
 */
#include "certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#define VALID_SECONDS (2 * 24 * 3600L)

static bool extend(X509 *x, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension = NULL;
    bool good = false;

    X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    good = extension && X509_add_ext(x, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

static bool describe(X509 *x, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(x);

    return X509_set_version(x, 2) && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) &&
           X509_gmtime_adj(X509_getm_notBefore(x), -VALID_SECONDS) &&
           X509_gmtime_adj(X509_getm_notAfter(x), VALID_SECONDS) && X509_set_pubkey(x, key) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"evcp-bench",
                                      -1, -1, 0) &&
           X509_set_issuer_name(x, name) &&
           extend(x, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost") &&
           extend(x, NID_basic_constraints, "critical,CA:TRUE") &&
           X509_sign(x, key, EVP_sha256()) > 0;
}

static bool write_certificate(const char *path, X509 *x)
{
    FILE *file = fopen(path, "w");
    bool good = file && PEM_write_X509(file, x);

    return file && fclose(file) == 0 && good;
}

static bool write_key(const char *path, EVP_PKEY *key)
{
    FILE *file = fopen(path, "w");
    bool good = file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);

    return file && fclose(file) == 0 && good;
}

bool certificate_make(const char *certificate_path, const char *key_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    bool good = key && x && describe(x, key) && write_certificate(certificate_path, x) &&
                write_key(key_path, key);

    X509_free(x);
    EVP_PKEY_free(key);
    return good;
}
