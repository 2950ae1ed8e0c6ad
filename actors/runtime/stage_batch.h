// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* stage_batch.h - one message for the stage thread: a batch of work, or doubts to resolve.
 *
 * Made once and used again: after the first batches nothing is allocated. Payloads are not copied,
 * they stay in the received message; answers are written into memory that goes out with the result.
 */
#ifndef LQ_STAGE_BATCH_H
#define LQ_STAGE_BATCH_H

#include "actors/runtime/actor_runtime.h"
#include "actors/runtime/out_pool.h"
#include "transport/message_part.h"

enum lq_stage_batch_kind { LQ_STAGE_BATCH_WORK = 1, LQ_STAGE_BATCH_RESOLVE };

struct lq_stage_batch {
    bool taken;
    enum lq_stage_batch_kind kind;
    uint64_t epoch;
    uint64_t number; /* the broker's, of a DISPATCH */
    uint32_t item_timeout_ms;
    uint32_t item_count;
    uint32_t slot;     /* the stage's memory for this batch, see lq_batch_stage */
    uint64_t begun_ns; /* by the stage thread */
    struct lq_message_part header, body;
    struct lq_arena arena;       /* views of items and resolves point into it and the parts */
    struct lq_stage_item *items; /* of a RESOLVE: execution and names only */
    struct lq_resolve_item *resolves;
    uint64_t fence; /* RESOLVE: batches up to this number that come later are not worked on */
    /* the stage thread's part */
    struct lq_answer *answers;
    struct lq_out_buffer out;
    struct lq_out_memory *memory; /* behind `out` */
    uint32_t service_us;
    uint32_t worked_count;                /* the items behind them were not begun */
    uint64_t item_ns[LQ_BATCH_ITEMS_MAX]; /* what each worked one took */
    uint32_t end_us;                      /* what came after them */
};

/* `memory` is one of out_pool.h, and belongs to the batch until it is sent or the batch closed. */
void lq_stage_batch_open(struct lq_stage_batch *batch, struct lq_out_memory *memory);
void lq_stage_batch_close(struct lq_stage_batch *batch);

/* Decode `message`, which lies in `header`; takes both messages (they are empty afterwards,
 * whatever the result). LQ_ERR_MALFORMED or LQ_ERR_LIMIT with *where. All answers start as
 * RETURNED. */
LQ_MUST_CHECK enum lq_result lq_stage_batch_read_dispatch(struct lq_stage_batch *batch,
                                                          struct lq_view message,
                                                          struct lq_message_part *header,
                                                          struct lq_message_part *body,
                                                          const char **where);
LQ_MUST_CHECK enum lq_result lq_stage_batch_read_resolve(struct lq_stage_batch *batch,
                                                         struct lq_view message,
                                                         struct lq_message_part *header,
                                                         const char **where);

/* The stage thread begins with it, at that time. */
void lq_stage_batch_begin(struct lq_stage_batch *batch, uint64_t now_ns);

/* How long an item of it may take; `usual_ms` when the broker named no time. */
uint64_t lq_stage_batch_item_limit_ns(const struct lq_stage_batch *batch, uint64_t usual_ms);

/* All answers RETURNED, nothing in the out buffer. */
void lq_stage_batch_return_all(struct lq_stage_batch *batch);

#endif
