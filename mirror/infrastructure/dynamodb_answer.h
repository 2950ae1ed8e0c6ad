// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* dynamodb_answer.h - a reply of the service made into the answer of a table's call. */
#ifndef LQ_DYNAMODB_ANSWER_H
#define LQ_DYNAMODB_ANSWER_H

#include "mirror/infrastructure/dynamodb_gateway.h"

/* Whatever the reply's JSON: an answer that has all of what it says. Takes reply->root. */
struct lq_dynamodb_answer *lq_dynamodb_answer_new(struct lq_aws_reply *reply);
void lq_dynamodb_answer_destroy(struct lq_dynamodb_answer **answer);

#endif
