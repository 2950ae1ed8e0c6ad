// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* aws_client.h - signed calls of one AWS service over libcurl, several at a time.
 *
 * A call is one POST of a JSON text to "/" and its answer, once: whether to ask again is decided
 * above (aws_service.h). libcurl signs it. Its signer has traps (docs/cloud.md, "Signatures"), so
 * all calls have one shape: the body from memory, a fixed set of headers of which none is removed
 * or empty, curl's own date, region and service by name, no redirect followed, HTTP/1.1.
 *
 * Like the client library it never waits: a descriptor, a turn and the time of its next timer.
 * All functions on one client belong to one thread.
 */
#ifndef LQ_AWS_CLIENT_H
#define LQ_AWS_CLIENT_H

#include "mirror/domain/retry_rule.h"
#include "mirror/infrastructure/aws_endpoint.h"
#include "mirror/infrastructure/aws_keys.h"

typedef struct lq_aws_client lq_aws_client_t;

#define LQ_AWS_CLIENT_CALLS_MAX 64u
/* libcurl would ask "Expect: 100-continue" from 1 MiB on. */
#define LQ_AWS_CLIENT_BODY_BYTES_MAX ((size_t)1000000)

/* All of it is borrowed for the call of lq_aws_client_new(). */
struct lq_aws_client_options {
    const struct lq_aws_endpoint *endpoint;
    const char *service;      /* of the signature: "dynamodb", "events" */
    const char *region;       /* of the signature */
    const char *content_type; /* "application/x-amz-json-1.0" */
    const char *ca_bundle;    /* NULL or "": the system's */
    uint32_t calls_max;       /* in flight, at most LQ_AWS_CLIENT_CALLS_MAX */
    uint32_t connect_timeout_ms;
    uint32_t timeout_ms;     /* of a call, all in all */
    size_t answer_bytes_max; /* a longer one is LQ_TRANSPORT_TOO_LARGE */
};

/* Every default: 4 calls, 2 s, 10 s, 4 MiB. Endpoint, names and type are still to be set. */
struct lq_aws_client_options lq_aws_client_options_default(void);

#define LQ_AWS_CLIENT_TROUBLE_BYTES 256
#define LQ_AWS_CLIENT_REQUEST_ID_BYTES 80

struct lq_aws_call {
    /* Asked; borrowed until the call has been taken. */
    const char *target; /* "DynamoDB_20120810.PutItem" */
    struct lq_view body;
    void *context; /* the caller's */

    /* Answered. */
    enum lq_transport transport;
    uint32_t http_status;
    struct lq_view answer; /* the client's, until lq_aws_client_release() */
    bool was_resent;       /* a connection that was kept broke before any answer, and libcurl sent
                            * it over another one by itself: it may have been done twice */
    bool has_checksum;     /* x-amz-crc32 was there (and right, or transport says so) */
    bool has_date;
    int64_t skew_s; /* the answer's Date less this machine's time */
    char request_id[LQ_AWS_CLIENT_REQUEST_ID_BYTES];
    char trouble[LQ_AWS_CLIENT_TROUBLE_BYTES]; /* of the transport, in words; "" when WHOLE */
    uint64_t sent_bytes, received_bytes;       /* bodies */
    uint64_t duration_ns;
};

/* Ignores SIGPIPE in the whole process, unless it has a handler. LQ_ERR_INVALID: `message` says
 * what libcurl refused. The client is the caller's; destroyer:
 * lq_aws_client_destroy(), which ends calls in flight without telling and may be called twice. */
LQ_MUST_CHECK enum lq_result lq_aws_client_new(const struct lq_aws_client_options *options,
                                               lq_aws_client_t **client,
                                               struct lq_error_message *message);
void lq_aws_client_destroy(lq_aws_client_t **client);

/* Send; the keys are copied, `call` is lent until it has been taken. LQ_ERR_FULL: calls_max are in
 * flight or not yet released. LQ_ERR_LIMIT: the body is too long. */
LQ_MUST_CHECK enum lq_result lq_aws_client_send(lq_aws_client_t *client, struct lq_aws_call *call,
                                                const struct lq_aws_keys *keys);

/* For poll() and its like: readable when a turn has something to do. */
int lq_aws_client_descriptor(const lq_aws_client_t *client);

/* When the next turn is due though nothing was heard, in nanoseconds of CLOCK_MONOTONIC. 0: now.
 * UINT64_MAX: no timer. */
uint64_t lq_aws_client_next_timer_ns(const lq_aws_client_t *client);

/* Move what can be moved. Never waits. */
void lq_aws_client_turn(lq_aws_client_t *client);

/* The next call that has its answer, or NULL. The answer's bytes stay until the release. */
struct lq_aws_call *lq_aws_client_take(lq_aws_client_t *client);
void lq_aws_client_release(lq_aws_client_t *client, struct lq_aws_call *call);

#endif
