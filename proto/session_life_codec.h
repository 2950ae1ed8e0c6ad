// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_life_codec.h - for admin_codec.c: SessionChange and SessionLife of client.proto. */
#ifndef LQ_SESSION_LIFE_CODEC_H
#define LQ_SESSION_LIFE_CODEC_H

#include "base/result.h"
#include "proto/session_life.h"
#include "proto/wire_out.h"

struct Ledgerquest__V1__SessionChange;
struct Ledgerquest__V1__SessionLife;

void lq_session_life_codec_put_change(struct lq_wire_out *out, uint32_t number,
                                      const struct lq_session_change *change);
void lq_session_life_codec_take_change(const struct Ledgerquest__V1__SessionChange *from,
                                       struct lq_session_change *change);

void lq_session_life_codec_put(struct lq_wire_out *out, uint32_t number,
                               const struct lq_session_life *life);
/* LQ_ERR_MALFORMED: no name of a stage. */
LQ_MUST_CHECK enum lq_result
lq_session_life_codec_take(const struct Ledgerquest__V1__SessionLife *from,
                           struct lq_session_life *life, const char **where);

#endif
