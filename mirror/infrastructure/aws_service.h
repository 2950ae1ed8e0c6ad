// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* aws_service.h - questions to one AWS service, each asked until it is decided.
 *
 *   asked --> WAITING --its time, keys, a free call, the breaker--> SENT --verdict--> ANSWERED
 *               ^                                                     |
 *               +---- throttled, retry, credentials, clock: later ----+   until give_up_ms is over
 *
 * Verdicts and back-off are those of retry_rule.h, and a circuit breaker keeps a service that does
 * not answer from being asked by all at a time. A write may be done and its answer lost: it is then
 * done again, so its condition must tell.
 *
 * A descriptor, a turn and the time of its next timer, like the client library; one thread.
 */
#ifndef LQ_AWS_SERVICE_H
#define LQ_AWS_SERVICE_H

#include "mirror/domain/circuit_breaker.h"
#include "mirror/infrastructure/aws_client.h"
#include "mirror/infrastructure/aws_credentials.h"

#include <jansson.h>

typedef struct lq_aws_service lq_aws_service_t;

#define LQ_AWS_SERVICE_QUESTIONS_MAX 256u
#define LQ_AWS_SERVICE_SKEW_WARNING_S 60

struct lq_aws_service_options {
    struct lq_aws_client_options client;
    const char *name;                  /* for the log: "dynamodb"; static */
    lq_aws_credentials_t *credentials; /* outlives the service */
    uint32_t questions_max;            /* asked and not taken; 1..LQ_AWS_SERVICE_QUESTIONS_MAX */
    uint64_t give_up_ms;               /* of a question; UINT64_MAX: never */
};

/* What has been since the start. */
struct lq_aws_service_counts {
    uint64_t calls;     /* sent, repetitions too */
    uint64_t retries;   /* of them */
    uint64_t throttled; /* answers by verdict */
    uint64_t failed;    /* RETRY */
    uint64_t refused;   /* REFUSED, REFRESH and SKEWED */
    uint64_t sent_bytes, received_bytes;
    uint64_t breaker_opened;
    int64_t skew_s; /* of the last answer with a Date */
    enum lq_circuit_breaker_state breaker;
};

#define LQ_AWS_SERVICE_CODE_BYTES 96
#define LQ_AWS_SERVICE_TEXT_BYTES 320

struct lq_aws_reply {
    uint32_t kind; /* as asked */
    uint64_t tag;
    enum lq_verdict verdict;     /* RETRY, THROTTLED, REFRESH, SKEWED: given up */
    enum lq_transport transport; /* of the last call; 0: none was sent */
    uint32_t http_status;
    char error_code[LQ_AWS_SERVICE_CODE_BYTES];
    char text[LQ_AWS_SERVICE_TEXT_BYTES]; /* what went wrong, for people; "": nothing */
    char request_id[LQ_AWS_CLIENT_REQUEST_ID_BYTES];
    json_t *root; /* the answer, an object; the taker's (json_decref). NULL: none */
    uint32_t attempt_count;
    bool is_in_doubt;     /* an attempt had no answer: a write may have been done by it */
    uint64_t duration_ns; /* from asked to answered */
};

/* LQ_ERR_INVALID: `message`. The service is the caller's; destroyer: lq_aws_service_destroy(),
 * which drops what is not answered and may be called twice. */
LQ_MUST_CHECK enum lq_result lq_aws_service_new(const struct lq_aws_service_options *options,
                                                lq_aws_service_t **service,
                                                struct lq_error_message *message);
void lq_aws_service_destroy(lq_aws_service_t **service);

struct lq_aws_question {
    uint32_t kind; /* the caller's, comes back in the reply; so does `tag` */
    uint64_t tag;
    const char *target; /* "DynamoDB_20120810.PutItem"; static */
    char *body;         /* of malloc(); the service's if it takes the question */
    size_t body_bytes;
};

/* LQ_ERR_FULL: questions_max; LQ_ERR_LIMIT: the body is longer than
 * LQ_AWS_CLIENT_BODY_BYTES_MAX; then `body` stays the caller's. */
LQ_MUST_CHECK enum lq_result lq_aws_service_ask(lq_aws_service_t *service,
                                                const struct lq_aws_question *question);

/* Questions that may still be asked now. */
uint32_t lq_aws_service_room(const lq_aws_service_t *service);

/* For poll(): readable when a turn has something to do. */
int lq_aws_service_descriptor(const lq_aws_service_t *service);

/* When the next turn is due though nothing was heard, in nanoseconds of CLOCK_MONOTONIC. 0: now.
 * UINT64_MAX: no timer, as always while nothing is asked. */
uint64_t lq_aws_service_next_timer_ns(const lq_aws_service_t *service);
void lq_aws_service_turn(lq_aws_service_t *service);

/* The next question that is decided. False: none. */
bool lq_aws_service_take(lq_aws_service_t *service, struct lq_aws_reply *reply);

void lq_aws_service_count(const lq_aws_service_t *service, struct lq_aws_service_counts *counts);

#endif
