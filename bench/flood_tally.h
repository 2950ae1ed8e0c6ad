// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* flood_tally.h - what a flood has sent, and what was said to it. */
#ifndef LQ_FLOOD_TALLY_H
#define LQ_FLOOD_TALLY_H

#include "bench/flood_options.h"
#include "proto/client_codec.h"

#define LQ_FLOOD_REASONS_MAX 32u

struct lq_flood_tally {
    uint64_t sent, messages;
    uint64_t answered[LQ_OUTCOME_LAST + 1]; /* commands, by outcome */
    uint64_t receipts;                      /* messages with answers */
    uint64_t answers;                       /* in them; a run is one */
    uint64_t runs;                          /* answers for more than one command */
    uint64_t not_welcome;                   /* HELLOs that were answered by a refusal */
    uint64_t seconds_ns;                    /* of sending */
    uint32_t reason_count;
    struct {
        char text[LQ_REASON_BYTES_MAX];
        uint64_t commands;
    } reasons[LQ_FLOOD_REASONS_MAX]; /* of answers "unused" and "refused"; the rest is not told */
};

/* An answer for `commands` commands. */
void lq_flood_tally_add(struct lq_flood_tally *tally, const struct lq_receipt_answer *answer,
                        uint32_t commands);

uint64_t lq_flood_tally_answered(const struct lq_flood_tally *tally); /* commands */

void lq_flood_tally_print(const struct lq_flood_tally *tally,
                          const struct lq_flood_options *options);

#endif
