// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_codec.h - for admin_codec.c: a dead letter inside an answer. */
#ifndef LQ_LETTER_CODEC_H
#define LQ_LETTER_CODEC_H

#include "proto/admin_codec.h"
#include "proto/wire_out.h"

struct Ledgerquest__V1__Letter;

/* As one entry of repeated field `number`. */
void lq_letter_codec_put(struct lq_wire_out *out, uint32_t number, const struct lq_letter *letter);

LQ_MUST_CHECK enum lq_result lq_letter_codec_take(const struct Ledgerquest__V1__Letter *message,
                                                  struct lq_letter *letter, const char **where);

#endif
