// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* quota_codec.h - Quota of client.proto, inside of other messages. */
#ifndef LQ_QUOTA_CODEC_H
#define LQ_QUOTA_CODEC_H

#include "proto/quota.h"
#include "proto/wire_out.h"

struct Ledgerquest__V1__Quota;

void lq_quota_codec_put(struct lq_wire_out *out, uint32_t number,
                        const struct lq_quota_change *quota);

/* LQ_ERR_MALFORMED: a kind that is not known is named, or a limit of one that is its own is missing
 * or not valid. */
LQ_MUST_CHECK enum lq_result lq_quota_codec_take(const struct Ledgerquest__V1__Quota *from,
                                                 struct lq_quota_change *quota, const char **where);

#endif
