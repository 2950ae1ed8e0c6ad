// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* request_credential.h - what a request says of who makes it: a token, a ticket, or the resume
 * token of an earlier welcome.
 *
 *     Authorization: Bearer TOKEN             |
 *     Sec-WebSocket-Protocol: bearer.TOKEN    |  one of these, not two
 *     Sec-WebSocket-Protocol: resume.TOKEN    |
 *     ?ticket=TICKET                          |
 *
 * Of two of them one would have to be believed and the other not looked at; they may be of two
 * people. So two are refused, also when they are the same one. Pure.
 */
#ifndef LQ_REQUEST_CREDENTIAL_H
#define LQ_REQUEST_CREDENTIAL_H

#include "base/result.h"
#include "gateway/domain/http_request.h"

enum lq_credential_kind { LQ_CREDENTIAL_TOKEN = 1, LQ_CREDENTIAL_TICKET, LQ_CREDENTIAL_RESUME };

struct lq_request_credential {
    enum lq_credential_kind kind;
    struct lq_view text; /* of the request; nothing in it was judged yet */
};

/* LQ_ERR_NOT_FOUND: it brings none. LQ_ERR_INVALID: more than one, or one where none may be: a
 * token in the address, another scheme of Authorization. */
LQ_MUST_CHECK enum lq_result lq_request_credential_find(const struct lq_http_request *request,
                                                        struct lq_request_credential *found);

#endif
