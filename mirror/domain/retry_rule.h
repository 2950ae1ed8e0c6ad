// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* retry_rule.h - what the answer of an AWS service means for who asked, and when to ask again.
 *
 * A table: how the answer arrived, its HTTP status and the name of its error lead to one verdict. A
 * write that had no whole answer may have been done: its repetition must be conditional, and then
 * meets its own earlier success.
 *
 * Pure: time and the state of the generator are arguments. Depends on base/ only.
 */
#ifndef LQ_RETRY_RULE_H
#define LQ_RETRY_RULE_H

#include "base/view.h"

/* How an answer arrived. */
enum lq_transport {
    LQ_TRANSPORT_WHOLE = 1,
    LQ_TRANSPORT_UNRESOLVED,  /* the host has no address */
    LQ_TRANSPORT_UNREACHABLE, /* no connection */
    LQ_TRANSPORT_UNTRUSTED,   /* TLS failed: certificate, protocol */
    LQ_TRANSPORT_TIMEOUT,     /* no answer, or not all of it, in time */
    LQ_TRANSPORT_CUT,         /* the connection broke */
    LQ_TRANSPORT_TOO_LARGE,   /* more bytes than the bound of an answer */
    LQ_TRANSPORT_CHECKSUM,    /* x-amz-crc32 is not that of the bytes */
    LQ_TRANSPORT_MALFORMED    /* whole, but not the JSON object that it has to be */
};

enum lq_verdict {
    LQ_VERDICT_DONE = 1,
    LQ_VERDICT_CONDITION_FAILED, /* the write's condition does not hold: nothing was written */
    LQ_VERDICT_THROTTLED,        /* too much at a time: later */
    LQ_VERDICT_RETRY,            /* trouble that passes: later; a write may have been done */
    LQ_VERDICT_REFRESH,          /* the credentials are not taken: fetch them anew, then again */
    LQ_VERDICT_SKEWED,           /* this machine's clock is too far off for a signature */
    LQ_VERDICT_REFUSED           /* asking again does not help: the error's name says why */
};

struct lq_retry_rule_answer {
    enum lq_transport transport;
    uint32_t http_status;      /* 0: none */
    struct lq_view error_code; /* what stands behind '#' in the error's type; empty: none */
    int64_t skew_s;            /* the service's Date less this machine's time; 0: not known */
};

/* The service takes signatures of the last five minutes. */
#define LQ_RETRY_RULE_SKEW_S 240

enum lq_verdict lq_retry_rule_judge(const struct lq_retry_rule_answer *answer);

/* Whether the verdict tells that the service works, whatever it said: for a circuit breaker. */
bool lq_retry_rule_is_alive(const struct lq_retry_rule_answer *answer);

/* Words for logs and metrics; static. */
const char *lq_retry_rule_verdict_name(enum lq_verdict verdict);
const char *lq_retry_rule_transport_name(enum lq_transport transport);

#define LQ_RETRY_RULE_FIRST_MS UINT64_C(50)
#define LQ_RETRY_RULE_LAST_MS UINT64_C(20000)

/* Milliseconds to wait after the attempt (1-based) that failed: evenly between 1 and a ceiling that
 * doubles with each attempt, from LQ_RETRY_RULE_FIRST_MS to LQ_RETRY_RULE_LAST_MS ("full jitter":
 * who failed together does not come back together). *random is a splitmix64's state; any seed. */
uint64_t lq_retry_rule_backoff_ms(uint32_t attempt, uint64_t *random);

#endif
