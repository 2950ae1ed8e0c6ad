// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/compact_jws.h"
#include "tests/support/suite.h"

#include <string.h>

TCase *lq_test_compact_jws(void);

static const struct {
    const char *token;
    enum lq_result result;
} rows[] = {
    {"e30.e30.AA", LQ_OK},
    {"e30.e30.", LQ_ERR_MALFORMED}, /* not signed */
    {".e30.AA", LQ_ERR_MALFORMED},
    {"e30..AA", LQ_ERR_MALFORMED},
    {"e30.e30", LQ_ERR_MALFORMED},
    {"e30", LQ_ERR_MALFORMED},
    {"", LQ_ERR_MALFORMED},
    {"e30.e30.AA.AA", LQ_ERR_MALFORMED},
    {"e30.e30.AA.", LQ_ERR_MALFORMED},
    {"e30.e30.AB", LQ_ERR_MALFORMED}, /* tail bits */
    {"e31.e30.AA", LQ_ERR_MALFORMED},
    {"e30=.e30.AA", LQ_ERR_MALFORMED},
    {" e30.e30.AA", LQ_ERR_MALFORMED},
    {"e30.e30.AA\n", LQ_ERR_MALFORMED},
};

START_TEST(test_rows)
{
    struct lq_compact_jws jws;

    ck_assert_msg(lq_compact_jws_read(lq_view_text(rows[_i].token), &jws) == rows[_i].result, "%s",
                  rows[_i].token);
    if (rows[_i].result == LQ_OK) {
        ck_assert_uint_eq(jws.header_bytes, 2);
        ck_assert_mem_eq(jws.payload, "{}", 2);
        ck_assert(lq_view_equal(jws.signed_text, lq_view_text("e30.e30")));
        ck_assert_uint_eq(jws.signature_bytes, 1);
    }
}
END_TEST

START_TEST(test_bounds)
{
    static char token[1u << 20];
    struct lq_compact_jws jws;

    memset(token, 'A', sizeof token);
    memcpy(token, "e30.", 4);
    memcpy(token + LQ_COMPACT_JWS_BYTES_MAX - 5, ".AAAA", 5);
    ck_assert_int_eq(lq_compact_jws_read(lq_view_of(token, LQ_COMPACT_JWS_BYTES_MAX), &jws), LQ_OK);
    ck_assert_int_eq(lq_compact_jws_read(lq_view_of(token, LQ_COMPACT_JWS_BYTES_MAX + 1), &jws),
                     LQ_ERR_LIMIT);
    ck_assert_int_eq(lq_compact_jws_read(lq_view_of(token, sizeof token), &jws), LQ_ERR_LIMIT);
    /* A signature longer than any of ours. */
    memset(token, 'A', 200);
    memcpy(token, "e30.e30.", 8);
    ck_assert_int_eq(lq_compact_jws_read(lq_view_of(token, 8 + 86), &jws), LQ_OK);
    ck_assert_int_eq(lq_compact_jws_read(lq_view_of(token, 8 + 88), &jws), LQ_ERR_LIMIT);
}
END_TEST

TCase *lq_test_compact_jws(void)
{
    TCase *tcase = tcase_create("compact_jws");

    tcase_add_loop_test(tcase, test_rows, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, test_bounds);
    return tcase;
}
