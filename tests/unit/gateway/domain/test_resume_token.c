// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/resume_token.h"

#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>

TCase *lq_test_resume_token(void);

static struct lq_resume_token token;
static struct lq_resume_token back;
static uint8_t bytes[LQ_RESUME_TOKEN_BYTES_MAX];
static size_t count;

static void fill(uint32_t sessions, size_t name_bytes)
{
    memset(&token, 0, sizeof token);
    snprintf(token.claims.tenant, sizeof token.claims.tenant, "demo");
    snprintf(token.claims.subject, sizeof token.claims.subject, "somebody");
    snprintf(token.key_id, sizeof token.key_id, "k1");
    snprintf(token.session, sizeof token.session, "arena-1");
    token.claims.rights = LQ_RIGHT_PLAY | LQ_RIGHT_WATCH;
    token.claims.expires_at_s = 1900000000;
    token.incarnation = 0x0001020304050607;
    token.player[7] = 9;
    token.claims.session_count = sessions;
    for (uint32_t at = 0; at < sessions; at++) {
        memset(token.claims.sessions[at], 'a', name_bytes);
        token.claims.sessions[at][name_bytes] = '*';
    }
}

START_TEST(test_round_trip)
{
    fill(3, 20);
    ck_assert_int_eq(lq_resume_token_encode(&token, bytes, &count), LQ_OK);
    ck_assert_int_eq(lq_resume_token_decode(lq_view_of(bytes, count), &back), LQ_OK);
    ck_assert_int_eq(memcmp(&token, &back, sizeof token), 0);
}
END_TEST

START_TEST(test_every_cut_is_refused)
{
    fill(2, 10);
    ck_assert_int_eq(lq_resume_token_encode(&token, bytes, &count), LQ_OK);
    for (size_t length = 0; length < count; length++) {
        uint8_t *exact = malloc(length + 1);
        memcpy(exact, bytes, length);
        ck_assert_int_eq(lq_resume_token_decode(lq_view_of(exact, length), &back),
                         LQ_ERR_MALFORMED);
        free(exact);
    }
    bytes[count] = 0;
    ck_assert_int_eq(lq_resume_token_decode(lq_view_of(bytes, count + 1), &back), LQ_ERR_MALFORMED);
    bytes[0] = 2;
    ck_assert_int_eq(lq_resume_token_decode(lq_view_of(bytes, count), &back), LQ_ERR_MALFORMED);
}
END_TEST

/* All that a token may name still fits. */
START_TEST(test_the_largest)
{
    fill(LQ_TOKEN_SESSIONS_MAX, LQ_SESSION_NAME_BYTES_MAX);
    memset(token.claims.subject, 's', LQ_TOKEN_SUBJECT_BYTES_MAX);
    memset(token.claims.tenant, 't', LQ_TENANT_NAME_BYTES_MAX);
    memset(token.key_id, 'k', LQ_TOKEN_KEY_ID_BYTES_MAX);
    memset(token.session, 'a', LQ_SESSION_NAME_BYTES_MAX);
    ck_assert_int_eq(lq_resume_token_encode(&token, bytes, &count), LQ_OK);
    ck_assert_uint_le(count + LQ_RESUME_TOKEN_HASH_BYTES, LQ_RESUME_TOKEN_BYTES_MAX);
    ck_assert_int_eq(lq_resume_token_decode(lq_view_of(bytes, count), &back), LQ_OK);
}
END_TEST

TCase *lq_test_resume_token(void)
{
    TCase *tests = tcase_create("resume_token");

    tcase_add_test(tests, test_round_trip);
    tcase_add_test(tests, test_every_cut_is_refused);
    tcase_add_test(tests, test_the_largest);
    return tests;
}
