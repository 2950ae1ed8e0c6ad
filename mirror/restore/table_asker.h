// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* table_asker.h - the table for a program that has nothing else to do: a question, and its answer
 * is waited for. Who asks is told in words what went wrong. One question at a time. */
#ifndef LQ_TABLE_ASKER_H
#define LQ_TABLE_ASKER_H

#include "mirror/infrastructure/aws_credentials.h"
#include "mirror/infrastructure/dynamodb_gateway.h"

struct lq_table_asker {
    char table[LQ_DYNAMODB_GATEWAY_TABLE_BYTES_MAX + 1];
    lq_aws_credentials_t *credentials;
    lq_dynamodb_gateway_t *gateway;
    struct lq_dynamodb_answer *answer; /* the last one; views of it live until the next question */
    bool has_no_table;                 /* the last question was refused for that */
    uint64_t requests;
    uint64_t tag;
};

/* Endpoint, region and credentials come from the environment (aws_environment.h). LQ_ERR_INVALID:
 * what it has cannot be used, or it has nothing; LQ_ERR_TIMEOUT: `message`. Closed by
 * lq_table_asker_close(), also after an error. */
LQ_MUST_CHECK enum lq_result lq_table_asker_open(struct lq_table_asker *asker, const char *table,
                                                 struct lq_error_message *message);
void lq_table_asker_close(struct lq_table_asker *asker);

/* All: LQ_ERR_IO with `message`: refused, or given up after a minute. */

/* LQ_ERR_NOT_FOUND: no such item. */
LQ_MUST_CHECK enum lq_result lq_table_asker_get(struct lq_table_asker *asker, const char *pk,
                                                const char *sk, const struct lq_table_item **item,
                                                struct lq_error_message *message);

/* A page: answer->items, ->has_more, ->last_sk. */
LQ_MUST_CHECK enum lq_result lq_table_asker_query(struct lq_table_asker *asker,
                                                  const struct lq_table_query *query,
                                                  struct lq_error_message *message);

/* LQ_ERR_CONFLICT: the condition does not hold; the item that is there is answer->items[0] if
 * answer->item_count is 1. It may be one's own, of a try without an answer: answer->is_in_doubt. */
LQ_MUST_CHECK enum lq_result lq_table_asker_put(struct lq_table_asker *asker,
                                                const struct lq_table_item *item,
                                                const struct lq_table_condition *condition,
                                                struct lq_error_message *message);
LQ_MUST_CHECK enum lq_result lq_table_asker_update(struct lq_table_asker *asker,
                                                   const struct lq_table_item *change,
                                                   const struct lq_table_condition *condition,
                                                   struct lq_error_message *message);

#endif
