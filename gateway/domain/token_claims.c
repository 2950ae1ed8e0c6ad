// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/token_claims.h"

#include "gateway/domain/utf8_check.h"

bool lq_token_claims_pattern_valid(struct lq_view pattern)
{
    if (pattern.bytes == 1 && pattern.data[0] == '*') {
        return true;
    }
    if (pattern.bytes > 1 && pattern.data[pattern.bytes - 1] == '*') {
        pattern.bytes--;
    }
    return lq_session_name_valid(pattern);
}

/* Any UTF-8 without controls: it is a name of the tenant's own. */
static bool is_subject(struct lq_view subject)
{
    struct lq_utf8_check utf8 = {0};

    if (subject.bytes == 0 || subject.bytes > LQ_TOKEN_SUBJECT_BYTES_MAX) {
        return false;
    }
    for (size_t index = 0; index < subject.bytes; index++) {
        if (subject.data[index] < ' ' || subject.data[index] == 0x7f) {
            return false;
        }
    }
    return lq_utf8_check_add(&utf8, subject) && lq_utf8_check_complete(&utf8);
}

static const char *find_wrong(const struct lq_token_claims *claims)
{
    if (!lq_tenant_name_valid(lq_view_text(claims->tenant))) {
        return "no name of a tenant";
    }
    if (!is_subject(lq_view_text(claims->subject))) {
        return "sub is empty, longer than 128 bytes, no UTF-8 or has control characters";
    }
    if (claims->session_count == 0 || claims->session_count > LQ_TOKEN_SESSIONS_MAX) {
        return "no sessions, or too many";
    }
    for (uint32_t index = 0; index < claims->session_count; index++) {
        if (!lq_token_claims_pattern_valid(lq_view_text(claims->sessions[index]))) {
            return "no name or pattern of a session";
        }
    }
    if (claims->rights == 0 ||
        (claims->rights & ~(uint32_t)(LQ_RIGHT_PLAY | LQ_RIGHT_WATCH)) != 0) {
        return "no rights, or others than play and watch";
    }
    if (claims->issued_at_s < 0 || claims->not_before_s < 0 ||
        claims->expires_at_s <= claims->not_before_s ||
        claims->expires_at_s <= claims->issued_at_s) {
        return "times that are not in order";
    }
    return NULL;
}

enum lq_result lq_token_claims_check(const struct lq_token_claims *claims, const char **wrong)
{
    *wrong = find_wrong(claims);
    return *wrong == NULL ? LQ_OK : LQ_ERR_INVALID;
}

enum lq_result lq_token_claims_judge(const struct lq_token_claims *claims, int64_t now_s)
{
    if (claims->expires_at_s <= now_s - LQ_TOKEN_LEEWAY_S) {
        return LQ_ERR_TIMEOUT;
    }
    if (claims->not_before_s > now_s + LQ_TOKEN_LEEWAY_S ||
        claims->issued_at_s > now_s + LQ_TOKEN_LEEWAY_S) {
        return LQ_ERR_STATE;
    }
    return LQ_OK;
}

static bool matches(struct lq_view pattern, struct lq_view session)
{
    if (pattern.bytes > 0 && pattern.data[pattern.bytes - 1] == '*') {
        size_t bytes = pattern.bytes - 1;
        return session.bytes >= bytes && memcmp(session.data, pattern.data, bytes) == 0;
    }
    return lq_view_equal(pattern, session);
}

bool lq_token_claims_allow(const struct lq_token_claims *claims, uint32_t rights,
                           struct lq_view session)
{
    if (rights == 0 || (claims->rights & rights) != rights || !lq_session_name_valid(session)) {
        return false;
    }
    for (uint32_t index = 0; index < claims->session_count; index++) {
        if (matches(lq_view_text(claims->sessions[index]), session)) {
            return true;
        }
    }
    return false;
}
