// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* credential_http.h - one small request to where credentials are handed out. Blocks. */
#ifndef LQ_CREDENTIAL_HTTP_H
#define LQ_CREDENTIAL_HTTP_H

#include "base/error_message.h"
#include "base/result.h"
#include "base/view.h"
#include "mirror/infrastructure/credential_document.h"

#include <stdbool.h>

struct lq_credential_http_request {
    const char *name; /* of the source, for messages */
    const char *url;
    bool is_put;        /* without a body; else GET */
    const char *header; /* "Authorization: ..."; NULL: none. May be secret */
    const char *ca_bundle;
    uint32_t timeout_ms; /* all in all */
    int cancel;          /* when this descriptor is readable the request ends; -1: none */
};

struct lq_credential_http_answer {
    uint32_t status;
    size_t bytes;
    uint8_t text[LQ_CREDENTIAL_DOCUMENT_BYTES_MAX + 1]; /* a zero behind the bytes */
};

/* Past any proxy, no redirect followed. LQ_OK: an answer of any status. LQ_ERR_UNREACHABLE,
 * LQ_ERR_TIMEOUT, LQ_ERR_LIMIT (too long an answer): `message` says so. The answer is the caller's
 * to wipe. */
LQ_MUST_CHECK enum lq_result
lq_credential_http_ask(const struct lq_credential_http_request *request,
                       struct lq_credential_http_answer *answer, struct lq_error_message *message);

#endif
