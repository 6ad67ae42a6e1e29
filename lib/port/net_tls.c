/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS of one connection: an own SSL_CTX, so that stations with different certificates can share a
 * process, certificates judged by the station's time, and reasons that say what to do.
 */
#include "net_private.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CIPHERS_TLS12 "ECDHE+AESGCM" /* forward secret and authenticated; TLS 1.3 has only such */

struct evcp__tls {
    struct evcp__net *net;
    SSL_CTX *context;
    BIO_METHOD *socket; /* as OpenSSL's, but raises no SIGPIPE */
    bool unverified;
    bool ready; /* this connection's checks are set */
};

SSL_CTX *evcp__tls_context(const struct evcp__tls *tls)
{
    return tls->context;
}

void evcp__tls_begin(struct evcp__tls *tls)
{
    tls->ready = false;
}

/* ---- a socket without SIGPIPE ------------------------------------------------------------ */

static int socket_write(BIO *bio, const char *bytes, int length)
{
    int fd = -1;
    int rc;

    if (BIO_get_fd(bio, &fd) < 0) {
        return -1;
    }
    rc = (int)send(fd, bytes, (size_t)length, MSG_NOSIGNAL);
    BIO_clear_retry_flags(bio);
    if (rc <= 0 && BIO_sock_should_retry(rc)) {
        BIO_set_retry_write(bio);
    }
    return rc;
}

static BIO_METHOD *make_socket_method(void)
{
    const BIO_METHOD *const standard = BIO_s_socket();
    BIO_METHOD *const made = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");

    if (made == NULL) {
        return NULL;
    }
    if (BIO_meth_set_write(made, socket_write) != 1 ||
        BIO_meth_set_read(made, BIO_meth_get_read(standard)) != 1 ||
        BIO_meth_set_puts(made, BIO_meth_get_puts(standard)) != 1 ||
        BIO_meth_set_ctrl(made, BIO_meth_get_ctrl(standard)) != 1 ||
        BIO_meth_set_create(made, BIO_meth_get_create(standard)) != 1 ||
        BIO_meth_set_destroy(made, BIO_meth_get_destroy(standard)) != 1) {
        BIO_meth_free(made);
        return NULL;
    }
    return made;
}

/* ---- per connection ---------------------------------------------------------------------- */

static bool set_writer(const struct evcp__tls *tls, SSL *ssl)
{
    const int fd = SSL_get_fd(ssl);
    BIO *const bio = fd >= 0 ? BIO_new(tls->socket) : NULL;

    if (bio == NULL) {
        return false;
    }
    BIO_set_fd(bio, fd, BIO_NOCLOSE);
    SSL_set0_wbio(ssl, bio);
    return true;
}

/* Whom we expect. An address is no name: no SNI for it (RFC 6066 3). */
static bool set_host(const struct evcp__tls *tls, SSL *ssl)
{
    struct evcp__url *const url = &tls->net->url;
    X509_VERIFY_PARAM *const param = SSL_get0_param(ssl);

    if (SSL_set_tlsext_host_name(ssl, url->numeric ? NULL : url->host) != 1) {
        return false;
    }
    if (tls->unverified) {
        return true;
    }
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return (url->numeric ? X509_VERIFY_PARAM_set1_ip_asc(param, url->host)
                         : X509_VERIFY_PARAM_set1_host(param, url->host, 0)) == 1;
}

/* A charger without a clock judges by the latest time it ever knew. */
static void set_time(const struct evcp__tls *tls, SSL *ssl)
{
    const struct evcp__net_callbacks *const calls = &tls->net->callbacks;
    const int64_t now_ms = calls->judge_time != NULL ? calls->judge_time(calls->user) : 0;

    if (now_ms > 0) {
        X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), (time_t)(now_ms / 1000));
    }
}

static void on_handshake_start(struct evcp__tls *tls, SSL *ssl)
{
    if (tls->ready) {
        return; /* TLS 1.2 renegotiation */
    }
    set_time(tls, ssl);
    tls->ready = set_host(tls, ssl) && set_writer(tls, ssl);
}

void evcp__tls_detach(struct lws *wsi)
{
    SSL *const ssl = lws_get_ssl(wsi);

    if (ssl == NULL) {
        return;
    }
    SSL_CTX_set_info_callback(SSL_get_SSL_CTX(ssl), NULL);
    SSL_set_info_callback(ssl, NULL);
    SSL_set_quiet_shutdown(ssl, 1);
    if (BIO_up_ref(SSL_get_rbio(ssl)) == 1) {
        SSL_set0_wbio(ssl, SSL_get_rbio(ssl));
    }
}

static void on_alert(struct evcp__tls *tls, int alert, bool received)
{
    if ((alert >> 8) != SSL3_AL_FATAL) {
        return;
    }
    evcp__net_why(tls->net,
                  received ? "TLS: the central system refuses us: %s; check certificates "
                             "and TLS versions (1.2 or later)"
                           : "TLS with the central system failed: %s; it has to speak "
                             "TLS 1.2 or later with ECDHE and AES-GCM",
                  SSL_alert_desc_string_long(alert));
}

/* Also called when more bytes are needed; then there is no error. */
static void on_handshake_exit(struct evcp__tls *tls)
{
    const char *const reason = ERR_reason_error_string(ERR_peek_last_error());

    if (reason != NULL) {
        evcp__net_why(tls->net, "TLS with %s failed: %s; is it a wss port, with TLS 1.2 or later?",
                      tls->net->url.authority, reason);
    }
}

static void on_info(const SSL *ssl, int where, int ret)
{
    struct evcp__tls *const tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    if ((where & SSL_CB_HANDSHAKE_START) != 0) {
        on_handshake_start(tls, (SSL *)(uintptr_t)ssl);
    } else if ((where & SSL_CB_ALERT) != 0) {
        on_alert(tls, ret, (where & SSL_CB_READ) != 0);
    } else if ((where & SSL_CB_EXIT) != 0 && ret <= 0) {
        on_handshake_exit(tls);
    }
}

/* ---- certificate of the central system --------------------------------------------------- */

static const char *certificate_advice(int error)
{
    switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return "it is for another host name: check the URL";
    case X509_V_ERR_CERT_HAS_EXPIRED: return "the central system needs a new one";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "check the charge point's clock";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "its issuer is not trusted: check ca_file";
    default: return "check the central system's certificate and ca_file";
    }
}

int evcp__tls_verify(struct evcp__net *net, X509_STORE_CTX *store, bool verified)
{
    const int error = X509_STORE_CTX_get_error(store);

    if (net->tls->unverified) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 0;
    }
    if (!net->tls->ready) {
        evcp__net_why(net, "TLS: no memory to check the central system's certificate");
        return -1;
    }
    if (verified) {
        return 0;
    }
    evcp__net_why(net, "TLS: the certificate of %s is refused: %s; %s", net->url.host,
                  X509_verify_cert_error_string(error), certificate_advice(error));
    return -1;
}

/* ---- per station ------------------------------------------------------------------------- */

static int fail(const struct evcp__net *net, const char *what, const char *file)
{
    const unsigned long error = ERR_peek_last_error();
    const char *const reason = ERR_reason_error_string(error);

    evcp__loop_log(net->loop, 0, "%s %s cannot be used: %s", what, file,
                   reason != NULL ? reason : "unreadable, or not PEM");
    ERR_clear_error();
    return EVCP_ETLS;
}

/* Never asks on a terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *user)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)user;
    return 0;
}

static int load_trust(const struct evcp__tls *tls, const struct evcp__net_config *config)
{
    if (config->ca_file != NULL) {
        return SSL_CTX_load_verify_locations(tls->context, config->ca_file, NULL) == 1
                   ? EVCP_OK
                   : fail(tls->net, "ca_file", config->ca_file);
    }
    return SSL_CTX_set_default_verify_paths(tls->context) == 1
               ? EVCP_OK
               : fail(tls->net, "the system's certificate store", "");
}

static int load_identity(const struct evcp__tls *tls, const struct evcp__net_config *config)
{
    SSL_CTX *const context = tls->context;

    if (config->cert_file == NULL && config->key_file == NULL) {
        return EVCP_OK;
    }
    if (config->cert_file == NULL || config->key_file == NULL) {
        evcp__loop_log(tls->net->loop, 0, "cert_file and key_file have to be given together");
        return EVCP_ETLS;
    }
    if (SSL_CTX_use_certificate_chain_file(context, config->cert_file) != 1) {
        return fail(tls->net, "cert_file", config->cert_file);
    }
    if (SSL_CTX_use_PrivateKey_file(context, config->key_file, SSL_FILETYPE_PEM) != 1) {
        return fail(tls->net, "key_file", config->key_file);
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        return fail(tls->net, "key_file", config->key_file);
    }
    return EVCP_OK;
}

static bool set_policy(const struct evcp__tls *tls)
{
    SSL_CTX *const context = tls->context;

    SSL_CTX_set_app_data(context, (void *)(uintptr_t)tls);
    SSL_CTX_set_info_callback(context, on_info);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS); /* some 30 kB while the link is idle */
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, CIPHERS_TLS12) == 1;
}

static int fill(struct evcp__tls *tls, const struct evcp__net_config *config)
{
    int rc;

    ERR_clear_error();
    tls->context = SSL_CTX_new(TLS_client_method());
    tls->socket = make_socket_method();
    if (tls->context == NULL || tls->socket == NULL) {
        return EVCP_ENOMEM;
    }
    if (!set_policy(tls)) {
        return fail(tls->net, "OpenSSL's policy", CIPHERS_TLS12);
    }
    rc = load_trust(tls, config);
    return rc == EVCP_OK ? load_identity(tls, config) : rc;
}

int evcp__tls_new(const struct evcp__net_config *config, struct evcp__net *net)
{
    struct evcp__tls *const made = calloc(1, sizeof *made);

    if (made == NULL) {
        return EVCP_ENOMEM;
    }
    made->net = net;
    made->unverified = config->unverified;
    net->tls = made; /* evcp__net_free() takes it back */
    return fill(made, config);
}

void evcp__tls_free(struct evcp__tls *tls)
{
    if (tls == NULL) {
        return;
    }
    SSL_CTX_free(tls->context);
    BIO_meth_free(tls->socket);
    free(tls);
}
