// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/subscription_codec.h"

#include "proto/wire_in.h"
#include "world/world_limits.h"

#include "ledgerquest/v1/client.pb-c.h"

void lq_subscription_codec_put(struct lq_wire_out *out, uint32_t number,
                               const struct lq_event_subscription *subscription)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    lq_wire_out_uint32(out, 1, subscription->own);
    lq_wire_out_text(out, 2, subscription->text);
    lq_wire_out_end(out, content, 0);
}

enum lq_result lq_subscription_codec_take(const Ledgerquest__V1__EventSubscription *from,
                                          struct lq_event_subscription *subscription,
                                          const char **where)
{
    char reason[LQ_REASON_BYTES_MAX];

    *subscription = (struct lq_event_subscription){.own = from->own != 0};
    bool fits = lq_wire_in_text(subscription->text, sizeof subscription->text, from->list);
    bool is_sound =
        fits &&
        (from->own ? lq_event_subscription_check(lq_view_text(subscription->text), reason) == LQ_OK
                   : subscription->text[0] == '\0');

    return lq_wire_in_require(is_sound, "events.list", where) ? LQ_OK : LQ_ERR_MALFORMED;
}
