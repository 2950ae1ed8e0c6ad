// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/retry_rule.h"
#include "tests/support/suite.h"

TCase *lq_test_retry_rule(void);

#define WHOLE LQ_TRANSPORT_WHOLE

static const struct {
    enum lq_transport transport;
    uint32_t status;
    const char *code;
    int64_t skew_s;
    enum lq_verdict verdict;
    bool alive;
} rows[] = {
    /* By status alone. */
    {WHOLE, 200, "", 0, LQ_VERDICT_DONE, true},
    {WHOLE, 204, "", 0, LQ_VERDICT_DONE, true},
    {WHOLE, 301, "", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 400, "", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 403, "", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 408, "", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 413, "", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 429, "", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 500, "", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 502, "", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 503, "", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 504, "", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 400, "SomethingNewException", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 503, "SomethingNewException", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 0, "", 0, LQ_VERDICT_REFUSED, true},
    /* A success is one, whatever stands in it. */
    {WHOLE, 200, "ThrottlingException", 0, LQ_VERDICT_DONE, true},

    {WHOLE, 400, "ConditionalCheckFailedException", 0, LQ_VERDICT_CONDITION_FAILED, true},

    {WHOLE, 400, "ProvisionedThroughputExceededException", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 400, "ProvisionedThroughputExceeded", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 400, "ThrottlingException", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 400, "Throttling", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 400, "ThrottledException", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 400, "RequestThrottled", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 400, "RequestThrottledException", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 400, "RequestLimitExceeded", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 400, "LimitExceededException", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 400, "LimitExceeded", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 400, "TooManyRequestsException", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 400, "BandwidthLimitExceeded", 0, LQ_VERDICT_THROTTLED, true},
    {WHOLE, 503, "SlowDown", 0, LQ_VERDICT_THROTTLED, true},

    {WHOLE, 400, "ItemCollectionSizeLimitExceededException", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 500, "InternalServerError", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 400, "InternalFailure", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 400, "InternalException", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 503, "ServiceUnavailable", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 503, "ServiceUnavailableException", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 400, "RequestTimeout", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 400, "RequestTimeoutException", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 400, "PriorRequestNotComplete", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 400, "TransactionConflictException", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 400, "TransactionInProgressException", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 400, "ReplicatedWriteConflictException", 0, LQ_VERDICT_RETRY, false},
    {WHOLE, 400, "ConcurrentModificationException", 0, LQ_VERDICT_RETRY, false},

    {WHOLE, 400, "ExpiredTokenException", 0, LQ_VERDICT_REFRESH, true},
    {WHOLE, 403, "ExpiredToken", 0, LQ_VERDICT_REFRESH, true},
    {WHOLE, 400, "TokenRefreshRequired", 0, LQ_VERDICT_REFRESH, true},
    {WHOLE, 400, "UnrecognizedClientException", 0, LQ_VERDICT_REFRESH, true},
    {WHOLE, 403, "InvalidClientTokenId", 0, LQ_VERDICT_REFRESH, true},
    {WHOLE, 403, "InvalidAccessKeyId", 0, LQ_VERDICT_REFRESH, true},

    /* What a clock far off brings about, and what the same names mean without. */
    {WHOLE, 400, "RequestTimeTooSkewed", 0, LQ_VERDICT_SKEWED, true},
    {WHOLE, 400, "RequestInTheFuture", 0, LQ_VERDICT_SKEWED, true},
    {WHOLE, 400, "RequestExpired", 239, LQ_VERDICT_REFRESH, true},
    {WHOLE, 400, "RequestExpired", 240, LQ_VERDICT_SKEWED, true},
    {WHOLE, 400, "RequestExpired", -240, LQ_VERDICT_SKEWED, true},
    {WHOLE, 400, "InvalidSignatureException", 60, LQ_VERDICT_REFUSED, true},
    {WHOLE, 400, "InvalidSignatureException", 900, LQ_VERDICT_SKEWED, true},
    {WHOLE, 400, "InvalidSignatureException", -900, LQ_VERDICT_SKEWED, true},
    {WHOLE, 403, "SignatureDoesNotMatch", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 403, "SignatureDoesNotMatch", 301, LQ_VERDICT_SKEWED, true},
    {WHOLE, 400, "ValidationException", 900, LQ_VERDICT_REFUSED, true},

    {WHOLE, 400, "AccessDeniedException", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 403, "AccessDenied", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 400, "IncompleteSignature", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 400, "IncompleteSignatureException", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 403, "MissingAuthenticationToken", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 400, "MissingAuthenticationTokenException", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 400, "NotAuthorized", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 403, "OptInRequired", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 400, "ResourceInUseException", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 400, "ResourceNotFoundException", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 400, "SerializationException", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 400, "UnknownOperationException", 0, LQ_VERDICT_REFUSED, true},
    {WHOLE, 400, "ValidationException", 0, LQ_VERDICT_REFUSED, true},
    /* The name decides, not the status around it. */
    {WHOLE, 500, "ValidationException", 0, LQ_VERDICT_REFUSED, true},

    /* No whole answer. */
    {LQ_TRANSPORT_UNRESOLVED, 0, "", 0, LQ_VERDICT_RETRY, false},
    {LQ_TRANSPORT_UNREACHABLE, 0, "", 0, LQ_VERDICT_RETRY, false},
    {LQ_TRANSPORT_UNTRUSTED, 0, "", 0, LQ_VERDICT_RETRY, false},
    {LQ_TRANSPORT_TIMEOUT, 0, "", 0, LQ_VERDICT_RETRY, false},
    {LQ_TRANSPORT_CUT, 200, "", 0, LQ_VERDICT_RETRY, false},
    {LQ_TRANSPORT_CHECKSUM, 200, "", 0, LQ_VERDICT_RETRY, false},
    {LQ_TRANSPORT_CHECKSUM, 400, "ValidationException", 0, LQ_VERDICT_RETRY, false},
    {LQ_TRANSPORT_MALFORMED, 200, "", 0, LQ_VERDICT_RETRY, false},
    {LQ_TRANSPORT_MALFORMED, 404, "", 0, LQ_VERDICT_REFUSED, true},
    {LQ_TRANSPORT_MALFORMED, 503, "", 0, LQ_VERDICT_RETRY, false},
    {LQ_TRANSPORT_TOO_LARGE, 200, "", 0, LQ_VERDICT_REFUSED, true},
};

START_TEST(test_judge)
{
    struct lq_retry_rule_answer answer = {rows[_i].transport, rows[_i].status,
                                          lq_view_text(rows[_i].code), rows[_i].skew_s};
    enum lq_verdict verdict = lq_retry_rule_judge(&answer);

    ck_assert_msg(verdict == rows[_i].verdict, "row %d (%s, %u, %s): %s, not %s", _i,
                  lq_retry_rule_transport_name(rows[_i].transport), rows[_i].status, rows[_i].code,
                  lq_retry_rule_verdict_name(verdict),
                  lq_retry_rule_verdict_name(rows[_i].verdict));
    ck_assert_msg(lq_retry_rule_is_alive(&answer) == rows[_i].alive, "row %d: alive", _i);
}
END_TEST

START_TEST(test_names_differ)
{
    for (int one = LQ_VERDICT_DONE; one <= LQ_VERDICT_REFUSED; one++) {
        const char *name = lq_retry_rule_verdict_name((enum lq_verdict)one);
        ck_assert_str_ne(name, "unknown");
        for (int other = one + 1; other <= LQ_VERDICT_REFUSED; other++) {
            ck_assert_str_ne(name, lq_retry_rule_verdict_name((enum lq_verdict)other));
        }
    }
    for (int one = LQ_TRANSPORT_WHOLE; one <= LQ_TRANSPORT_MALFORMED; one++) {
        ck_assert_str_ne(lq_retry_rule_transport_name((enum lq_transport)one), "unknown");
    }
}
END_TEST

/* The ceiling of each attempt is nearly reached, never passed, and no wait is 0. */
START_TEST(test_backoff_ceilings)
{
    static const uint64_t ceilings[] = {50,   100,  200,   400,   800,   1600,
                                        3200, 6400, 12800, 20000, 20000, 20000};
    uint64_t random = 7;

    for (uint32_t attempt = 1; attempt <= sizeof ceilings / sizeof ceilings[0]; attempt++) {
        uint64_t least = UINT64_MAX, most = 0, sum = 0;
        uint64_t ceiling = ceilings[attempt - 1];
        for (int draw = 0; draw < 4000; draw++) {
            uint64_t ms = lq_retry_rule_backoff_ms(attempt, &random);
            least = ms < least ? ms : least;
            most = ms > most ? ms : most;
            sum += ms;
        }
        ck_assert_uint_ge(least, 1);
        ck_assert_uint_le(most, ceiling);
        ck_assert_uint_ge(most, ceiling - ceiling / 50);
        ck_assert_uint_le(least, 1 + ceiling / 50);
        ck_assert_uint_ge(sum / 4000, ceiling * 45 / 100);
        ck_assert_uint_le(sum / 4000, 1 + ceiling * 55 / 100);
    }
    ck_assert_uint_le(lq_retry_rule_backoff_ms(UINT32_MAX, &random), LQ_RETRY_RULE_LAST_MS);
}
END_TEST

START_TEST(test_backoff_of_a_seed)
{
    uint64_t one = 1, same = 1, other = 2;
    bool differs = false;

    for (uint32_t attempt = 1; attempt <= 20; attempt++) {
        uint64_t ms = lq_retry_rule_backoff_ms(attempt, &one);
        ck_assert_uint_eq(ms, lq_retry_rule_backoff_ms(attempt, &same));
        differs |= ms != lq_retry_rule_backoff_ms(attempt, &other);
    }
    ck_assert(differs);
}
END_TEST

TCase *lq_test_retry_rule(void)
{
    TCase *tcase = tcase_create("retry_rule");

    tcase_add_loop_test(tcase, test_judge, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_names_differ);
    tcase_add_test(tcase, test_backoff_ceilings);
    tcase_add_test(tcase, test_backoff_of_a_seed);
    return tcase;
}
