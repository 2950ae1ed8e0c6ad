// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* load_handler.h - stage load: from a session's newest record and the commands of an execution to a
 * tick; and the questions of administration that the ledger answers. */
#ifndef LQ_LOAD_HANDLER_H
#define LQ_LOAD_HANDLER_H

#include "actors/ledger/session_entry.h"
#include "actors/runtime/actor_runtime.h"
#include "proto/tick_codec.h"

struct lq_load_handler {
    lq_ledger_t *ledger;
    enum lq_result fault; /* of the house, in this batch: what is not worked goes back */
    char fault_text[256];
    struct lq_record_scratch scratch; /* its tick becomes the next one */
    uint64_t head_sequence;           /* of the record that it was */
    bool knows_letter;                /* one of its commands lies in a letter that was decided */
    struct lq_tick_request request;
    struct lq_arena arena;
    uint64_t reading_ns;  /* that READs have taken of this batch */
    uint64_t retention_s; /* of tenants that have none of their own */
};

/* The stage, with a handler that lives as long as the process. */
void lq_load_handler_stage(struct lq_batch_stage *stage);

/* load_query.c: answer a QUERY item. False: the house is in trouble, handler->fault says how. */
bool lq_load_query_answer(struct lq_load_handler *handler, const struct lq_stage_item *item,
                          struct lq_answer *answer, struct lq_out_buffer *out);

#endif
