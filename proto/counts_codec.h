// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* counts_codec.h - for the codecs of heartbeats and of the status: what an actor has done. */
#ifndef LQ_COUNTS_CODEC_H
#define LQ_COUNTS_CODEC_H

#include "proto/actor_counts.h"
#include "proto/wire_out.h"

struct Ledgerquest__V1__ActorCounts;

/* Nothing is written when all are 0. */
void lq_counts_codec_put(struct lq_wire_out *out, uint32_t number,
                         const struct lq_actor_counts *counts);

/* NULL: all are 0. */
void lq_counts_codec_take(const struct Ledgerquest__V1__ActorCounts *from,
                          struct lq_actor_counts *counts);

#endif
