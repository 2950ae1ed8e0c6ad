// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/tls_context.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a file was when it was read. */
struct file_version {
    dev_t device;
    ino_t inode;
    off_t bytes;
    struct timespec changed;
};

struct lq_tls_context {
    const char *certificate_file, *key_file;
    struct file_version certificate, key;
    SSL_CTX *openssl;
};

static struct file_version version_of(const char *path)
{
    struct file_version version;
    struct stat found;

    memset(&version, 0, sizeof version);
    if (stat(path, &found) == 0) {
        version.device = found.st_dev;
        version.inode = found.st_ino;
        version.bytes = found.st_size;
        version.changed = found.st_mtim;
    }
    return version;
}

static bool is_same(const struct file_version *a, const struct file_version *b)
{
    return a->device == b->device && a->inode == b->inode && a->bytes == b->bytes &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* http/1.1 or none: whoever offers only others (h2) is told so by an alert. */
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_bytes,
                           const unsigned char *offered, unsigned offered_bytes, void *context)
{
    static const char http[] = "http/1.1";
    (void)ssl;
    (void)context;

    for (unsigned at = 0; at < offered_bytes; at += offered[at] + 1u) {
        if (offered[at] == sizeof http - 1 && offered_bytes - at > sizeof http - 1 &&
            memcmp(offered + at + 1, http, sizeof http - 1) == 0) {
            *chosen = offered + at + 1;
            *chosen_bytes = sizeof http - 1;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static enum lq_result say(struct lq_error_message *message, const char *path)
{
    char reason[160] = "";

    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    ERR_clear_error();
    lq_error_message_set(message, "%s: %s", path, reason);
    return LQ_ERR_INVALID;
}

static enum lq_result load(const lq_tls_context_t *context, SSL_CTX **to,
                           struct lq_error_message *message)
{
    SSL_CTX *openssl = SSL_CTX_new(TLS_server_method());

    LQ_ASSERT(openssl != NULL);
    SSL_CTX_set_min_proto_version(openssl, TLS1_2_VERSION);
    SSL_CTX_set_options(openssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(openssl, 0);
    SSL_CTX_set_session_cache_mode(openssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(openssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_alpn_select_cb(openssl, choose_protocol, NULL);
    int listed = SSL_CTX_set_cipher_list(openssl, "ECDHE+AESGCM:ECDHE+CHACHA20");
    LQ_ASSERT(listed == 1);
    const char *wrong = NULL;
    if (SSL_CTX_use_certificate_chain_file(openssl, context->certificate_file) != 1) {
        wrong = context->certificate_file;
    } else if (SSL_CTX_use_PrivateKey_file(openssl, context->key_file, SSL_FILETYPE_PEM) != 1 ||
               SSL_CTX_check_private_key(openssl) != 1) {
        wrong = context->key_file;
    }
    if (wrong != NULL) {
        SSL_CTX_free(openssl);
        return say(message, wrong);
    }
    *to = openssl;
    return LQ_OK;
}

enum lq_result lq_tls_context_open(const char *certificate_file, const char *key_file,
                                   lq_tls_context_t **context, struct lq_error_message *message)
{
    lq_tls_context_t *opened = lq_alloc(1, sizeof *opened);

    opened->certificate_file = certificate_file;
    opened->key_file = key_file;
    opened->certificate = version_of(certificate_file);
    opened->key = version_of(key_file);
    enum lq_result result = load(opened, &opened->openssl, message);
    if (result != LQ_OK) {
        free(opened);
        return result;
    }
    *context = opened;
    return LQ_OK;
}

void lq_tls_context_close(lq_tls_context_t **context)
{
    if (*context != NULL) {
        SSL_CTX_free((*context)->openssl);
        free(*context);
        *context = NULL;
    }
}

enum lq_result lq_tls_context_refresh(lq_tls_context_t *context, struct lq_error_message *message)
{
    struct file_version certificate = version_of(context->certificate_file);
    struct file_version key = version_of(context->key_file);
    SSL_CTX *openssl = NULL;

    if (is_same(&certificate, &context->certificate) && is_same(&key, &context->key)) {
        return LQ_ERR_STALE;
    }
    context->certificate = certificate;
    context->key = key;
    enum lq_result result = load(context, &openssl, message);
    if (result == LQ_OK) {
        SSL_CTX_free(context->openssl); /* those that use it hold it */
        context->openssl = openssl;
    }
    return result;
}

struct ssl_st *lq_tls_context_accept(lq_tls_context_t *context, int fd)
{
    SSL *ssl = SSL_new(context->openssl);

    LQ_ASSERT(ssl != NULL);
    int set = SSL_set_fd(ssl, fd);
    LQ_ASSERT(set == 1);
    SSL_set_accept_state(ssl);
    return ssl;
}
