// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* token_claims.h - what a token says, and what follows from it. Pure: time is an argument.
 *
 * A token lets its holder play or watch in sessions of one tenant. There is no claim for more: who
 * holds a tenant's key can give no right over the cluster, nor over another tenant.
 */
#ifndef LQ_TOKEN_CLAIMS_H
#define LQ_TOKEN_CLAIMS_H

#include "base/result.h"
#include "base/view.h"
#include "world/identity.h"
#include "world/world_limits.h"

#define LQ_TOKEN_BYTES_MAX 4096u
#define LQ_TOKEN_SUBJECT_BYTES_MAX 128u
#define LQ_TOKEN_SESSIONS_MAX 16u
#define LQ_TOKEN_KEY_ID_BYTES_MAX 32u
#define LQ_TOKEN_LEEWAY_S 5 /* between the clocks of who signs and who judges */

enum { LQ_RIGHT_PLAY = 1, LQ_RIGHT_WATCH = 2 };

struct lq_token_claims {
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char subject[LQ_TOKEN_SUBJECT_BYTES_MAX + 1];
    /* Names of sessions, or their beginnings with a star behind: "arena-*", "*". */
    char sessions[LQ_TOKEN_SESSIONS_MAX][LQ_SESSION_NAME_BYTES_MAX + 2];
    uint32_t session_count;
    uint32_t rights;
    int64_t issued_at_s, not_before_s, expires_at_s; /* seconds since 1970 */
};

/* Whether a session pattern is one: a name, or the start of one and a star at its end. */
bool lq_token_claims_pattern_valid(struct lq_view pattern);

/* Whether names, patterns and rights are what they may be, and the times in order. `wrong` says
 * what is not, in a few words. */
LQ_MUST_CHECK enum lq_result lq_token_claims_check(const struct lq_token_claims *claims,
                                                   const char **wrong);

/* LQ_OK: valid now. LQ_ERR_TIMEOUT: expired. LQ_ERR_STATE: not yet valid, or made in the future. */
LQ_MUST_CHECK enum lq_result lq_token_claims_judge(const struct lq_token_claims *claims,
                                                   int64_t now_s);

/* Whether it lets its holder do all of `rights` in a session of its tenant. */
bool lq_token_claims_allow(const struct lq_token_claims *claims, uint32_t rights,
                           struct lq_view session);

#endif
