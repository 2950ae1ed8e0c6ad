// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tls_context.h - the certificate of a server, and its side of TLS (OpenSSL).
 *
 * TLS 1.2 and 1.3, forward secrecy, http/1.1 as the only application protocol. No session is
 * resumed: processes share no ticket key, so most tickets would come to one that cannot read
 * them, and a key that is kept takes forward secrecy back. No renegotiation, no compression.
 */
#ifndef LQ_TLS_CONTEXT_H
#define LQ_TLS_CONTEXT_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdbool.h>

typedef struct lq_tls_context lq_tls_context_t;
struct ssl_st;

/* PEM files; the certificate's has the chain behind it. Borrowed until _close(). LQ_ERR_INVALID:
 * they cannot be used; `message` says which and why. */
LQ_MUST_CHECK enum lq_result lq_tls_context_open(const char *certificate_file, const char *key_file,
                                                 lq_tls_context_t **context,
                                                 struct lq_error_message *message);
void lq_tls_context_close(lq_tls_context_t **context);

/* Read the files again if one has changed; connections that are open go on with the old ones.
 * LQ_ERR_STALE: nothing has changed. LQ_ERR_INVALID: the new ones cannot be used (half written,
 * or one of them still the old), and the old ones stay; told once for each change. */
LQ_MUST_CHECK enum lq_result lq_tls_context_refresh(lq_tls_context_t *context,
                                                    struct lq_error_message *message);

/* The server's end of a connection on `fd`; the caller frees it with SSL_free(). */
struct ssl_st *lq_tls_context_accept(lq_tls_context_t *context, int fd);

#endif
