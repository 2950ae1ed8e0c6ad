// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* subscription_codec.h - EventSubscription of client.proto, inside of other messages. */
#ifndef LQ_SUBSCRIPTION_CODEC_H
#define LQ_SUBSCRIPTION_CODEC_H

#include "proto/wire_out.h"
#include "world/event_subscription.h"

struct Ledgerquest__V1__EventSubscription;

void lq_subscription_codec_put(struct lq_wire_out *out, uint32_t number,
                               const struct lq_event_subscription *subscription);

/* LQ_ERR_MALFORMED: its own without a list that is valid, or a list that is not its own. */
LQ_MUST_CHECK enum lq_result
lq_subscription_codec_take(const struct Ledgerquest__V1__EventSubscription *from,
                           struct lq_event_subscription *subscription, const char **where);

#endif
