// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* credential_document.h - the JSON in which a process, a container's agent or an instance's
 * metadata service hands out temporary credentials. */
#ifndef LQ_CREDENTIAL_DOCUMENT_H
#define LQ_CREDENTIAL_DOCUMENT_H

#include "base/error_message.h"
#include "base/result.h"
#include "base/view.h"
#include "mirror/infrastructure/aws_keys.h"

#include <stdbool.h>

#define LQ_CREDENTIAL_DOCUMENT_BYTES_MAX ((size_t)32 * 1024)

enum lq_credential_document_kind {
    LQ_CREDENTIALS_OF_PROCESS = 1, /* "Version": 1, "SessionToken" */
    LQ_CREDENTIALS_OF_SERVICE      /* "Token"; where there is a "Code" it is "Success" */
};

/* From now on memory that jansson frees is wiped, in the whole process: it keeps copies of what it
 * reads. Before the first document, while one thread runs. */
void lq_credential_document_prepare(void);

/* `name` is the source, for messages, which never quote the text. LQ_ERR_INVALID: not such a
 * document; LQ_ERR_STALE: it has expired by now_s. */
LQ_MUST_CHECK enum lq_result lq_credential_document_parse(struct lq_view text, const char *name,
                                                          enum lq_credential_document_kind kind,
                                                          uint64_t now_s, struct lq_aws_keys *keys,
                                                          struct lq_error_message *message);

/* Seconds since 1970 of "2026-11-29T12:00:00Z", also with a fraction, with "+01:00" in the Z's
 * place. False: it is none, or before 1970. */
bool lq_credential_document_read_time(const char *text, uint64_t *time_s);

#endif
