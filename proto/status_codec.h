// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* status_codec.h - for admin_codec.c: the broker's status inside an answer. */
#ifndef LQ_STATUS_CODEC_H
#define LQ_STATUS_CODEC_H

#include "proto/admin_codec.h"
#include "proto/wire_out.h"

struct Ledgerquest__V1__Status;

void lq_status_codec_put(struct lq_wire_out *out, uint32_t number, const struct lq_status *status);

LQ_MUST_CHECK enum lq_result lq_status_codec_take(const struct Ledgerquest__V1__Status *message,
                                                  struct lq_status *status, const char **where);

#endif
