// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* eventbridge_gateway.h - PutEvents to one bus, up to ten entries a call.
 *
 * A call that fails as a whole is repeated by the rules of aws_service.h; entries that fail in a
 * call that is answered are told one by one, for the caller to put those alone again. An entry may
 * arrive twice: who listens tells by the id in its detail.
 *
 * A descriptor, a turn and the time of its next timer, like the client library; one thread.
 */
#ifndef LQ_EVENTBRIDGE_GATEWAY_H
#define LQ_EVENTBRIDGE_GATEWAY_H

#include "mirror/infrastructure/aws_service.h"
#include "mirror/infrastructure/event_entry.h"

typedef struct lq_eventbridge_gateway lq_eventbridge_gateway_t;

#define LQ_EVENTBRIDGE_GATEWAY_ENTRIES_MAX 10u
#define LQ_EVENTBRIDGE_GATEWAY_BUS_BYTES_MAX 256u
/* Of the entries of a call, by lq_event_entry_bytes(). What every implementation takes, and the
 * least and most that may be configured. */
#define LQ_EVENTBRIDGE_GATEWAY_BYTES_USUAL ((size_t)256 * 1024)
#define LQ_EVENTBRIDGE_GATEWAY_BYTES_LEAST ((size_t)1024)
#define LQ_EVENTBRIDGE_GATEWAY_BYTES_MOST ((size_t)900 * 1024)

struct lq_eventbridge_gateway_options {
    const char *bus;                              /* a name, or an ARN */
    const struct lq_aws_environment *environment; /* endpoint, region, CA bundle */
    lq_aws_credentials_t *credentials;            /* outlives the gateway */
    size_t bytes_max;                             /* of a call's entries; 0: ..._USUAL */
    uint32_t calls_max;                           /* in flight; 0: the default of 4 */
    uint32_t questions_max;                       /* asked and not taken; 0: 64 */
    uint32_t timeout_ms;                          /* of a call; 0: 10 s */
    uint64_t give_up_ms; /* of a question; 0: one minute, UINT64_MAX: never */
};

/* LQ_ERR_INVALID, LQ_ERR_PERMISSION: `message`. The gateway is the caller's; destroyer:
 * lq_eventbridge_gateway_destroy(), which drops what is not taken and may be called twice. */
LQ_MUST_CHECK enum lq_result
lq_eventbridge_gateway_new(const struct lq_eventbridge_gateway_options *options,
                           lq_eventbridge_gateway_t **gateway, struct lq_error_message *message);
void lq_eventbridge_gateway_destroy(lq_eventbridge_gateway_t **gateway);

/* Put 1 to LQ_EVENTBRIDGE_GATEWAY_ENTRIES_MAX entries, which are encoded at once. LQ_ERR_LIMIT:
 * more entries or bytes than a call may have, nothing is sent; LQ_ERR_INVALID: an entry that the
 * service would refuse (no source, type or JSON object, too long, not UTF-8); LQ_ERR_FULL. In the
 * first two *entry is the one it is about, `count` if it is about all. */
LQ_MUST_CHECK enum lq_result lq_eventbridge_gateway_put(lq_eventbridge_gateway_t *gateway,
                                                        const struct lq_event_entry *entries,
                                                        uint32_t count, uint64_t tag,
                                                        uint32_t *entry);

/* What became of one entry. */
struct lq_event_outcome {
    enum lq_verdict verdict; /* DONE; THROTTLED, RETRY: again; REFUSED: never */
    char error_code[LQ_AWS_SERVICE_CODE_BYTES];
    char text[160];    /* for people; "": nothing */
    char event_id[64]; /* the service's own; "" when it failed */
};

struct lq_eventbridge_answer {
    uint64_t tag;
    enum lq_verdict verdict; /* of the call; DONE: see the entries */
    bool is_in_doubt;        /* an attempt had no answer: entries may have been published by it */
    char error_code[LQ_AWS_SERVICE_CODE_BYTES];
    char text[LQ_AWS_SERVICE_TEXT_BYTES];
    char request_id[LQ_AWS_CLIENT_REQUEST_ID_BYTES];
    uint32_t attempt_count;
    uint64_t duration_ns;
    uint32_t entry_count; /* DONE: as many as were put, in their order; else 0 */
    uint32_t failed_count;
    struct lq_event_outcome entries[LQ_EVENTBRIDGE_GATEWAY_ENTRIES_MAX];
};

/* The next call that is decided. False: none. An answer 200 that cannot be understood is REFUSED
 * with a text. */
bool lq_eventbridge_gateway_take(lq_eventbridge_gateway_t *gateway,
                                 struct lq_eventbridge_answer *answer);

/* As of aws_service.h. */
uint32_t lq_eventbridge_gateway_room(const lq_eventbridge_gateway_t *gateway);
int lq_eventbridge_gateway_descriptor(const lq_eventbridge_gateway_t *gateway);
uint64_t lq_eventbridge_gateway_next_timer_ns(const lq_eventbridge_gateway_t *gateway);
void lq_eventbridge_gateway_turn(lq_eventbridge_gateway_t *gateway);
void lq_eventbridge_gateway_count(const lq_eventbridge_gateway_t *gateway,
                                  struct lq_aws_service_counts *counts);

#endif
