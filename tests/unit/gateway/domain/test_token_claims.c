// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/token_claims.h"
#include "tests/support/suite.h"

#include <stdio.h>

TCase *lq_test_token_claims(void);

static struct lq_token_claims usual(void)
{
    struct lq_token_claims claims = {.tenant = "demo",
                                     .subject = "alice",
                                     .sessions = {"lobby", "arena-*"},
                                     .session_count = 2,
                                     .rights = LQ_RIGHT_PLAY,
                                     .issued_at_s = 1000,
                                     .not_before_s = 1000,
                                     .expires_at_s = 2000};

    return claims;
}

static bool passes(const struct lq_token_claims *claims)
{
    const char *wrong = NULL;
    enum lq_result result = lq_token_claims_check(claims, &wrong);

    ck_assert((result == LQ_OK) == (wrong == NULL));
    return result == LQ_OK;
}

#define REFUSED(change)                                                                            \
    do {                                                                                           \
        struct lq_token_claims claims = usual();                                                   \
        change;                                                                                    \
        ck_assert_msg(!passes(&claims), "%s", #change);                                            \
    } while (0)

START_TEST(test_check)
{
    struct lq_token_claims good = usual();

    ck_assert(passes(&good));
    snprintf(good.subject, sizeof good.subject, "%s", "J\xc3\xbcrgen|7");
    ck_assert(passes(&good));
    REFUSED(snprintf(claims.tenant, sizeof claims.tenant, "a/b"));
    REFUSED(snprintf(claims.tenant, sizeof claims.tenant, ".."));
    REFUSED(claims.tenant[0] = '\0');
    REFUSED(claims.subject[0] = '\0');
    REFUSED(claims.subject[1] = '\n');
    REFUSED(claims.subject[1] = '\x7f');
    REFUSED(claims.subject[1] = '\xff');
    REFUSED(claims.session_count = 0);
    REFUSED(claims.session_count = LQ_TOKEN_SESSIONS_MAX + 1);
    REFUSED(snprintf(claims.sessions[1], sizeof claims.sessions[1], "a*b"));
    REFUSED(snprintf(claims.sessions[1], sizeof claims.sessions[1], "**"));
    REFUSED(claims.sessions[1][0] = '\0');
    REFUSED(claims.rights = 0);
    REFUSED(claims.rights |= 4);
    REFUSED(claims.expires_at_s = 1000);
    REFUSED(claims.not_before_s = 2000);
    REFUSED(claims.issued_at_s = 2000);
    REFUSED(claims.issued_at_s = -1);
    REFUSED(claims.not_before_s = -1);
}
END_TEST

START_TEST(test_times)
{
    struct lq_token_claims claims = usual();
    int64_t leeway = LQ_TOKEN_LEEWAY_S;

    ck_assert_int_eq(lq_token_claims_judge(&claims, 1500), LQ_OK);
    ck_assert_int_eq(lq_token_claims_judge(&claims, 1000 - leeway), LQ_OK);
    ck_assert_int_eq(lq_token_claims_judge(&claims, 1000 - leeway - 1), LQ_ERR_STATE);
    ck_assert_int_eq(lq_token_claims_judge(&claims, 2000 + leeway - 1), LQ_OK);
    ck_assert_int_eq(lq_token_claims_judge(&claims, 2000 + leeway), LQ_ERR_TIMEOUT);
    claims.issued_at_s = 1800;
    ck_assert_int_eq(lq_token_claims_judge(&claims, 1500), LQ_ERR_STATE);
    claims.expires_at_s = INT64_MAX;
    ck_assert_int_eq(lq_token_claims_judge(&claims, 1800), LQ_OK);
}
END_TEST

static bool allows(const struct lq_token_claims *claims, uint32_t rights, const char *session)
{
    return lq_token_claims_allow(claims, rights, lq_view_text(session));
}

START_TEST(test_allow)
{
    struct lq_token_claims claims = usual();

    ck_assert(allows(&claims, LQ_RIGHT_PLAY, "lobby"));
    ck_assert(allows(&claims, LQ_RIGHT_PLAY, "arena-1"));
    ck_assert(allows(&claims, LQ_RIGHT_PLAY, "arena-"));
    ck_assert(!allows(&claims, LQ_RIGHT_PLAY, "arena"));
    ck_assert(!allows(&claims, LQ_RIGHT_PLAY, "lobby2"));
    ck_assert(!allows(&claims, LQ_RIGHT_PLAY, "lobb"));
    ck_assert(!allows(&claims, LQ_RIGHT_PLAY, "arena-*")); /* no name of a session */
    ck_assert(!allows(&claims, LQ_RIGHT_WATCH, "lobby"));
    ck_assert(!allows(&claims, LQ_RIGHT_PLAY | LQ_RIGHT_WATCH, "lobby"));
    ck_assert(!allows(&claims, 0, "lobby"));
    snprintf(claims.sessions[0], sizeof claims.sessions[0], "*");
    ck_assert(allows(&claims, LQ_RIGHT_PLAY, "anything"));
    ck_assert(!allows(&claims, LQ_RIGHT_PLAY, ""));
    ck_assert(!allows(&claims, LQ_RIGHT_PLAY, "../x"));
}
END_TEST

TCase *lq_test_token_claims(void)
{
    TCase *tcase = tcase_create("token_claims");

    tcase_add_test(tcase, test_check);
    tcase_add_test(tcase, test_times);
    tcase_add_test(tcase, test_allow);
    return tcase;
}
