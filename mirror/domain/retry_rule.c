// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/retry_rule.h"

#include "base/contract.h"

struct error_row {
    const char *code;
    enum lq_verdict verdict;
};

/* Errors by name: of DynamoDB, EventBridge and what stands before every AWS service. The name
 * decides whatever the status; what is not here is decided by the status. */
static const struct error_row errors[] = {
    {"ConditionalCheckFailedException", LQ_VERDICT_CONDITION_FAILED},

    {"ProvisionedThroughputExceededException", LQ_VERDICT_THROTTLED},
    {"ProvisionedThroughputExceeded", LQ_VERDICT_THROTTLED},
    {"ThrottlingException", LQ_VERDICT_THROTTLED},
    {"Throttling", LQ_VERDICT_THROTTLED},
    {"ThrottledException", LQ_VERDICT_THROTTLED},
    {"RequestThrottled", LQ_VERDICT_THROTTLED},
    {"RequestThrottledException", LQ_VERDICT_THROTTLED},
    {"RequestLimitExceeded", LQ_VERDICT_THROTTLED},
    {"LimitExceededException", LQ_VERDICT_THROTTLED},
    {"LimitExceeded", LQ_VERDICT_THROTTLED},
    {"TooManyRequestsException", LQ_VERDICT_THROTTLED},
    {"BandwidthLimitExceeded", LQ_VERDICT_THROTTLED},
    {"SlowDown", LQ_VERDICT_THROTTLED},

    {"ItemCollectionSizeLimitExceededException", LQ_VERDICT_RETRY},
    {"InternalServerError", LQ_VERDICT_RETRY},
    {"InternalFailure", LQ_VERDICT_RETRY},
    {"InternalException", LQ_VERDICT_RETRY},
    {"ServiceUnavailable", LQ_VERDICT_RETRY},
    {"ServiceUnavailableException", LQ_VERDICT_RETRY},
    {"RequestTimeout", LQ_VERDICT_RETRY},
    {"RequestTimeoutException", LQ_VERDICT_RETRY},
    {"PriorRequestNotComplete", LQ_VERDICT_RETRY},
    {"TransactionConflictException", LQ_VERDICT_RETRY},
    {"TransactionInProgressException", LQ_VERDICT_RETRY},
    {"ReplicatedWriteConflictException", LQ_VERDICT_RETRY},
    {"ConcurrentModificationException", LQ_VERDICT_RETRY},

    {"ExpiredTokenException", LQ_VERDICT_REFRESH},
    {"ExpiredToken", LQ_VERDICT_REFRESH},
    {"TokenRefreshRequired", LQ_VERDICT_REFRESH},
    {"UnrecognizedClientException", LQ_VERDICT_REFRESH},
    {"InvalidClientTokenId", LQ_VERDICT_REFRESH},
    {"InvalidAccessKeyId", LQ_VERDICT_REFRESH},
    {"RequestExpired", LQ_VERDICT_REFRESH},

    {"RequestTimeTooSkewed", LQ_VERDICT_SKEWED},
    {"RequestInTheFuture", LQ_VERDICT_SKEWED},

    {"AccessDeniedException", LQ_VERDICT_REFUSED},
    {"AccessDenied", LQ_VERDICT_REFUSED},
    {"IncompleteSignature", LQ_VERDICT_REFUSED},
    {"IncompleteSignatureException", LQ_VERDICT_REFUSED},
    {"InvalidSignatureException", LQ_VERDICT_REFUSED},
    {"SignatureDoesNotMatch", LQ_VERDICT_REFUSED},
    {"MissingAuthenticationToken", LQ_VERDICT_REFUSED},
    {"MissingAuthenticationTokenException", LQ_VERDICT_REFUSED},
    {"NotAuthorized", LQ_VERDICT_REFUSED},
    {"OptInRequired", LQ_VERDICT_REFUSED},
    {"ResourceInUseException", LQ_VERDICT_REFUSED},
    {"ResourceNotFoundException", LQ_VERDICT_REFUSED},
    {"SerializationException", LQ_VERDICT_REFUSED},
    {"UnknownOperationException", LQ_VERDICT_REFUSED},
    {"ValidationException", LQ_VERDICT_REFUSED},
};

static const enum lq_verdict *find_error(struct lq_view code)
{
    for (size_t row = 0; row < sizeof errors / sizeof errors[0]; row++) {
        if (lq_view_equal(code, lq_view_text(errors[row].code))) {
            return &errors[row].verdict;
        }
    }
    return NULL;
}

/* Errors that a clock far off brings about too; without one they mean what the table says. */
static bool can_come_of_skew(struct lq_view code)
{
    static const char *const names[] = {"RequestExpired", "InvalidSignatureException",
                                        "SignatureDoesNotMatch"};

    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        if (lq_view_equal(code, lq_view_text(names[index]))) {
            return true;
        }
    }
    return false;
}

static enum lq_verdict judge_status(uint32_t status)
{
    if (status >= 200 && status < 300) {
        return LQ_VERDICT_DONE;
    }
    if (status == 429) {
        return LQ_VERDICT_THROTTLED;
    }
    if (status == 408 || status >= 500) {
        return LQ_VERDICT_RETRY;
    }
    return LQ_VERDICT_REFUSED;
}

enum lq_verdict lq_retry_rule_judge(const struct lq_retry_rule_answer *answer)
{
    if (answer->transport == LQ_TRANSPORT_TOO_LARGE) {
        return LQ_VERDICT_REFUSED; /* it would be as large the next time */
    }
    if (answer->transport == LQ_TRANSPORT_MALFORMED && answer->http_status >= 300) {
        return judge_status(answer->http_status); /* a proxy's page: its status is what it says */
    }
    if (answer->transport != LQ_TRANSPORT_WHOLE) {
        return LQ_VERDICT_RETRY;
    }
    if (answer->http_status >= 200 && answer->http_status < 300) {
        return LQ_VERDICT_DONE;
    }
    if ((answer->skew_s >= LQ_RETRY_RULE_SKEW_S || answer->skew_s <= -LQ_RETRY_RULE_SKEW_S) &&
        can_come_of_skew(answer->error_code)) {
        return LQ_VERDICT_SKEWED;
    }
    const enum lq_verdict *known = find_error(answer->error_code);
    return known != NULL ? *known : judge_status(answer->http_status);
}

bool lq_retry_rule_is_alive(const struct lq_retry_rule_answer *answer)
{
    return lq_retry_rule_judge(answer) != LQ_VERDICT_RETRY;
}

const char *lq_retry_rule_verdict_name(enum lq_verdict verdict)
{
    switch (verdict) {
    case LQ_VERDICT_DONE:
        return "done";
    case LQ_VERDICT_CONDITION_FAILED:
        return "condition failed";
    case LQ_VERDICT_THROTTLED:
        return "throttled";
    case LQ_VERDICT_RETRY:
        return "retry";
    case LQ_VERDICT_REFRESH:
        return "credentials refused";
    case LQ_VERDICT_SKEWED:
        return "clock off";
    case LQ_VERDICT_REFUSED:
        return "refused";
    }
    return "unknown";
}

const char *lq_retry_rule_transport_name(enum lq_transport transport)
{
    switch (transport) {
    case LQ_TRANSPORT_WHOLE:
        return "whole";
    case LQ_TRANSPORT_UNRESOLVED:
        return "unresolved";
    case LQ_TRANSPORT_UNREACHABLE:
        return "unreachable";
    case LQ_TRANSPORT_UNTRUSTED:
        return "untrusted";
    case LQ_TRANSPORT_TIMEOUT:
        return "timeout";
    case LQ_TRANSPORT_CUT:
        return "cut";
    case LQ_TRANSPORT_TOO_LARGE:
        return "too large";
    case LQ_TRANSPORT_CHECKSUM:
        return "checksum";
    case LQ_TRANSPORT_MALFORMED:
        return "malformed";
    }
    return "unknown";
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t value = *state += UINT64_C(0x9E3779B97F4A7C15);

    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

uint64_t lq_retry_rule_backoff_ms(uint32_t attempt, uint64_t *random)
{
    uint64_t ceiling = LQ_RETRY_RULE_FIRST_MS;

    LQ_ASSERT(attempt >= 1);
    for (uint32_t doubled = 1; doubled < attempt && ceiling < LQ_RETRY_RULE_LAST_MS; doubled++) {
        ceiling *= 2;
    }
    if (ceiling > LQ_RETRY_RULE_LAST_MS) {
        ceiling = LQ_RETRY_RULE_LAST_MS;
    }
    return 1 + next_random(random) % ceiling;
}
