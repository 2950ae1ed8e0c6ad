// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* eventbridge_answer.h - a reply of the service made into what became of each entry. */
#ifndef LQ_EVENTBRIDGE_ANSWER_H
#define LQ_EVENTBRIDGE_ANSWER_H

#include "mirror/infrastructure/eventbridge_gateway.h"

/* Whatever the reply's JSON; reply->kind is the count of entries that were put. Takes and drops
 * reply->root. */
void lq_eventbridge_answer_read(struct lq_aws_reply *reply, struct lq_eventbridge_answer *answer);

#endif
