// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* dynamodb_gateway.h - one DynamoDB table by the few calls that every implementation of it has:
 * PutItem and UpdateItem with conditions, GetItem, Query, UpdateTimeToLive. Reads are consistent.
 *
 * Ask, turn, take: questions are numbered by the caller's `tag`, decided in any order, and repeated
 * by the rules of aws_service.h until they are decided or give_up_ms is over. A write whose answer
 * was lost is repeated and then finds its condition failed: the answer says whether that can be
 * (`is_in_doubt`) and brings the item that is there, if the implementation tells it.
 *
 * A descriptor, a turn and the time of its next timer, like the client library; one thread.
 */
#ifndef LQ_DYNAMODB_GATEWAY_H
#define LQ_DYNAMODB_GATEWAY_H

#include "mirror/infrastructure/aws_service.h"
#include "mirror/infrastructure/table_item.h"

typedef struct lq_dynamodb_gateway lq_dynamodb_gateway_t;

#define LQ_DYNAMODB_GATEWAY_TABLE_BYTES_MAX 255u

struct lq_dynamodb_gateway_options {
    const char *table;                            /* 3 to 255 of A-Z a-z 0-9 _ - . */
    const struct lq_aws_environment *environment; /* endpoint, region, CA bundle */
    lq_aws_credentials_t *credentials;            /* outlives the gateway */
    uint32_t calls_max;                           /* in flight; 0: the default of 4 */
    uint32_t questions_max;                       /* asked and not released; 0: 64 */
    uint32_t timeout_ms;                          /* of a call; 0: 10 s */
    uint64_t give_up_ms; /* of a question; 0: one minute, UINT64_MAX: never */
};

/* LQ_ERR_INVALID, LQ_ERR_PERMISSION: `message`. The gateway is the caller's; destroyer:
 * lq_dynamodb_gateway_destroy(), which drops what is not taken and may be called twice. */
LQ_MUST_CHECK enum lq_result
lq_dynamodb_gateway_new(const struct lq_dynamodb_gateway_options *options,
                        lq_dynamodb_gateway_t **gateway, struct lq_error_message *message);
void lq_dynamodb_gateway_destroy(lq_dynamodb_gateway_t **gateway);

enum lq_table_requirement {
    LQ_TABLE_ALWAYS = 1,
    LQ_TABLE_ABSENT,          /* no item of these keys is there */
    LQ_TABLE_PRESENT,         /* one is */
    LQ_TABLE_BELOW,           /* its number `name` is there and below `number` */
    LQ_TABLE_ABSENT_OR_BELOW, /* no item, or that */
    LQ_TABLE_EQUAL,           /* its number `name` is `number` */
    LQ_TABLE_EQUAL_AND_BELOW  /* that, and its number `below_name` is below `below` */
};

struct lq_table_condition {
    enum lq_table_requirement requirement;
    const char *name; /* where there is one; at most LQ_TABLE_ITEM_NAME_BYTES_MAX, like the other */
    uint64_t number;
    const char *below_name;
    uint64_t below;
};

/* All of the following encode at once: nothing is borrowed beyond the call. In each,
 * LQ_ERR_LIMIT: an item, a key or the request is too large, it is not sent; LQ_ERR_INVALID: a text
 * is not UTF-8, or a key is empty; LQ_ERR_FULL: questions_max. `tag` comes back in the answer. */

/* Replace the whole item, if the condition holds. */
LQ_MUST_CHECK enum lq_result lq_dynamodb_gateway_put(lq_dynamodb_gateway_t *gateway,
                                                     const struct lq_table_item *item,
                                                     const struct lq_table_condition *condition,
                                                     uint64_t tag);

/* Set the attributes of `change` in the item of its keys, leave others as they are, if the
 * condition holds. Makes the item where there is none, unless the condition says PRESENT. */
LQ_MUST_CHECK enum lq_result lq_dynamodb_gateway_update(lq_dynamodb_gateway_t *gateway,
                                                        const struct lq_table_item *change,
                                                        const struct lq_table_condition *condition,
                                                        uint64_t tag);

/* The item, consistently: item_count is 0 or 1. */
LQ_MUST_CHECK enum lq_result lq_dynamodb_gateway_get(lq_dynamodb_gateway_t *gateway,
                                                     struct lq_view pk, struct lq_view sk,
                                                     uint64_t tag);

/* One page of the items of a pk whose sk lies in [sk_from, sk_to], in the order of its bytes. A
 * page has at most `limit` items and about 1 MB; `last_sk` of the answer goes on where it ended. It
 * may be empty and still not the last. */
struct lq_table_query {
    struct lq_view pk, sk_from, sk_to;
    struct lq_view after_sk; /* where the last page ended; empty: from the start */
    bool is_descending;
    uint32_t limit; /* 1..LQ_DYNAMODB_GATEWAY_PAGE_MAX */
};

/* An implementation that does not page by bytes would answer with more than is taken in, so limit
 * times the size of an item should stay below LQ_DYNAMODB_GATEWAY_ANSWER_BYTES_MAX, base64 and all:
 * 16 for segments of 350 KB. */
#define LQ_DYNAMODB_GATEWAY_PAGE_MAX 1000u
#define LQ_DYNAMODB_GATEWAY_ANSWER_BYTES_MAX ((size_t)8 << 20)

LQ_MUST_CHECK enum lq_result lq_dynamodb_gateway_query(lq_dynamodb_gateway_t *gateway,
                                                       const struct lq_table_query *query,
                                                       uint64_t tag);

/* Let items go whose number `name`, in seconds since 1970, is past. Done also where it is so
 * already. */
LQ_MUST_CHECK enum lq_result lq_dynamodb_gateway_expire_by(lq_dynamodb_gateway_t *gateway,
                                                           const char *name, uint64_t tag);

enum lq_table_call {
    LQ_TABLE_PUT = 1,
    LQ_TABLE_UPDATE,
    LQ_TABLE_GET,
    LQ_TABLE_QUERY,
    LQ_TABLE_EXPIRE_BY
};

struct lq_dynamodb_answer {
    enum lq_table_call call;
    uint64_t tag;
    enum lq_verdict verdict; /* DONE; CONDITION_FAILED; REFUSED; any other: given up */
    bool is_in_doubt;        /* an attempt had no answer: a write may have been done, also where the
                       * verdict is CONDITION_FAILED */
    char error_code[LQ_AWS_SERVICE_CODE_BYTES]; /* "": none */
    char text[LQ_AWS_SERVICE_TEXT_BYTES];       /* what went wrong, for people; "": nothing */
    char request_id[LQ_AWS_CLIENT_REQUEST_ID_BYTES];
    uint32_t attempt_count;
    uint64_t duration_ns;
    double capacity_units; /* read or write units of the last attempt, as the service counts them;
                            * 0: it does not say */
    uint32_t item_count;   /* GET, QUERY: what was found. CONDITION_FAILED: 1 if the service tells
                            * which item is there, else 0: read it */
    struct lq_table_item *items;
    bool has_more;          /* QUERY: ask again with after_sk = last_sk */
    struct lq_view last_sk; /* has_more */
};

/* The next question that is decided, or NULL. An answer 200 that cannot be understood is REFUSED
 * with a text. The answer and all that it points to stay until the release. */
struct lq_dynamodb_answer *lq_dynamodb_gateway_take(lq_dynamodb_gateway_t *gateway);
void lq_dynamodb_gateway_release(struct lq_dynamodb_answer **answer);

/* As of aws_service.h. */
uint32_t lq_dynamodb_gateway_room(const lq_dynamodb_gateway_t *gateway);
int lq_dynamodb_gateway_descriptor(const lq_dynamodb_gateway_t *gateway);
uint64_t lq_dynamodb_gateway_next_timer_ns(const lq_dynamodb_gateway_t *gateway);
void lq_dynamodb_gateway_turn(lq_dynamodb_gateway_t *gateway);
void lq_dynamodb_gateway_count(const lq_dynamodb_gateway_t *gateway,
                               struct lq_aws_service_counts *counts);

#endif
