// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* aws_credentials.h - the credentials in force, fetched and renewed beside whoever signs with them.
 *
 * A thread of its own fetches, since sources block; nothing else does. It sleeps until a copy is
 * taken that is near its end, or the service refused one: while nothing is signed nothing wakes.
 * Renewed from five minutes ahead of their expiry on; when that fails the old ones stay in force
 * until they expire, and it is tried again with back-off. Keys of files are looked up again when
 * their last look is a minute old. Secrets are wiped where they are no longer needed.
 *
 * lq_aws_credentials_copy(), _reject() and _describe() may be called by any thread.
 */
#ifndef LQ_AWS_CREDENTIALS_H
#define LQ_AWS_CREDENTIALS_H

#include "mirror/infrastructure/credential_chain.h"

typedef struct lq_aws_credentials lq_aws_credentials_t;

#define LQ_AWS_CREDENTIALS_AHEAD_S UINT64_C(300)
#define LQ_AWS_CREDENTIALS_LOOK_S UINT64_C(60)
#define LQ_AWS_CREDENTIALS_LISTENERS_MAX 8u

struct lq_aws_credentials_status {
    enum lq_credential_source source; /* of the last fetch */
    bool has_keys;                    /* that have not expired */
    uint64_t expires_at_s;            /* of those; LQ_AWS_NEVER_EXPIRES */
    uint64_t fetch_count, failure_count;
    struct lq_error_message trouble; /* of the last fetch; "": none */
};

/* Start fetching; `environment` is copied. process_timeout_ms: of a credential_process, usually
 * LQ_CREDENTIAL_CHAIN_PROCESS_MS. The object is the caller's; destroyer:
 * lq_aws_credentials_destroy(), which ends a fetch under way and may be called twice. */
lq_aws_credentials_t *lq_aws_credentials_new(const struct lq_aws_environment *environment,
                                             uint32_t process_timeout_ms);
void lq_aws_credentials_destroy(lq_aws_credentials_t **credentials);

/* A copy of what is in force, for the caller to wipe; *generation names it. False: there are none,
 * or they have expired; a fetch is under way or will be tried again soon. Never waits. */
bool lq_aws_credentials_copy(lq_aws_credentials_t *credentials, struct lq_aws_keys *keys,
                             uint64_t *generation);

/* The service refused that generation: fetch anew, unless a newer one is in force already. */
void lq_aws_credentials_reject(lq_aws_credentials_t *credentials, uint64_t generation);

/* A descriptor (eventfd) that becomes readable when a fetch has ended, well or not; one for each
 * listener, who reads it empty. The object's: not to be closed. */
int lq_aws_credentials_listen(lq_aws_credentials_t *credentials);

/* Block until the first fetch has ended, at most timeout_ms. LQ_OK: there are keys; else its
 * result, or LQ_ERR_TIMEOUT, with `message`. For the start of a program. */
LQ_MUST_CHECK enum lq_result lq_aws_credentials_wait(lq_aws_credentials_t *credentials,
                                                     uint32_t timeout_ms,
                                                     struct lq_error_message *message);

void lq_aws_credentials_describe(lq_aws_credentials_t *credentials,
                                 struct lq_aws_credentials_status *status);

#endif
