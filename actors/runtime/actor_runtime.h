// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* actor_runtime.h - what every actor shares; stages over batches: load, persist. Stages over ticks,
 * users' own among them, need no more than tick_stage.h.
 *
 * A process has two threads. The communication thread owns the socket: it registers, answers
 * heartbeats, holds the credit, watches the clock of the item at work. The stage thread does the
 * work, one item after the other. A batch goes to it and comes back whole.
 *
 *   STARTING --WELCOME--> READY --SIGTERM--> RETIRING --batches answered--> gone (exit 0)
 *                          ^ |
 *          probe succeeds  | | the stage says pause
 *                          PAUSED
 *
 * An item over its time: the communication thread answers FAILED States.Timeout for it, returns the
 * rest of the batch unworked, and the process exits (code 70) to be restarted. A crash: the id of
 * the item at work is in the progress cell, a file in the runtime folder that is mapped into
 * memory; the next incarnation reports it as suspect.
 */
#ifndef LQ_ACTOR_RUNTIME_H
#define LQ_ACTOR_RUNTIME_H

#include "actors/runtime/tick_stage.h"
#include "base/error_message.h"
#include "base/option_table.h"
#include "config/config_file.h"
#include "proto/actor_codec.h"

/* One item as it came. Views live until the batch is answered. */
struct lq_stage_item {
    struct lq_execution_id execution;
    uint32_t lease;
    enum lq_execution_kind kind;
    uint32_t flags;
    struct lq_session_names names;
    struct lq_view events; /* persist: what the tenant subscribes to; empty: the usual */
    struct lq_view payload;
};

/* What became of it. Filled by the stage; starts as RETURNED. Payload bytes are appended to `out`.
 */
struct lq_answer {
    enum lq_item_verdict verdict;
    struct lq_stage_failure failure; /* FAILED; ENDED: error may say why ("Session.Unknown") */
    uint64_t frame;
    /* The newest record of its tenant, and the newest note of the ledger's outbox, that it tells
     * of, or later ones; 0: it tells of none. */
    uint64_t ledger_sequence, outbox_sequence;
    uint8_t hash[32];
    uint32_t outcome_count;
    struct lq_outcome_entry outcomes[LQ_COMMANDS_PER_TICK_MAX]; /* reasons: into memory that lives
                                                                   until the batch is answered */
    size_t payload_offset, payload_bytes;                       /* into the batch's out buffer */
    size_t tail_bytes; /* of the payload, its end, which is a part of its own (actor_codec.h) */
};

/* The body of the answer: payloads back to back, bounded by LQ_BODY_BYTES_MAX. */
struct lq_out_buffer {
    uint8_t *memory;
    size_t bytes_max;
    size_t used_bytes;
};

/* Batches that a stage works and ends at the same time. */
#define LQ_STAGE_SLOTS 2u

struct lq_batch_stage {
    const char *name;
    uint32_t version;
    bool partitioned;                /* load, persist: READY names the partitions */
    const struct lq_option *options; /* more options of this program; may be NULL */
    size_t option_count;
    void *option_fields;
    void *state;
    /* Once, on the stage thread, before READY: open the store. LQ_OK or a fault with `message` (256
     * bytes); the process then exits with 78 (LQ_ERR_INVALID, LQ_ERR_KEY, LQ_ERR_VERSION,
     * LQ_ERR_CORRUPT) or 71 (anything else, to be tried again). */
    enum lq_result (*open)(void *state, const struct lq_cluster_config *cluster,
                           struct lq_error_message *message);
    void (*close)(void *state);
    uint64_t (*writer_epoch)(void *state); /* may be NULL */
    /* Around a batch; item() between them, each item with the progress cell naming it. */
    void (*batch_begin)(void *state, uint32_t slot);
    void (*item)(void *state, const struct lq_stage_item *item, struct lq_answer *answer,
                 struct lq_out_buffer *out);
    /* persist commits here, with all answers of the batch. LQ_OK, and `message` may hold
     * a remark for people, which heartbeats carry into the status; LQ_ERR_DISK_FULL,
     * LQ_ERR_MAP_FULL or LQ_ERR_BUSY: the batch goes back unworked and the stage pauses with
     * `message`; anything else: the process exits (code 71) without an answer, because
     * what became of the batch is not known here. */
    enum lq_result (*batch_end)(void *state, uint32_t slot, struct lq_answer *answers,
                                uint32_t count, struct lq_out_buffer *out,
                                struct lq_error_message *message);
    /* batch_end() may run on a thread of its own, in the order of the batches, while the items of
     * the next batch are worked: what item() leaves for batch_end() lies in memory of its own for
     * each slot below LQ_STAGE_SLOTS. All else, and batch_end() of an actor with little to do, runs
     * on the stage thread, and never at the same time as a batch_end(). False: `slot` is 0. */
    bool ends_beside;
    /* While paused, every 200 ms: true when work is possible again. */
    bool (*probe)(void *state);
    /* persist: answer a RESOLVE item; true and the answer's frame, hash and outcomes filled when it
     * was committed. LQ_OK or the process exits (code 71): a doubt is never settled by a guess.
     * NULL for others. */
    enum lq_result (*resolve)(void *state, const struct lq_resolve_item *item, bool *committed,
                              struct lq_answer *answer, struct lq_out_buffer *out);
};

/* The whole main() of such a stage. Returns the exit code. */
int lq_actor_run_batch_stage(int argc, char **argv, const struct lq_batch_stage *stage);

/* Append to the out buffer; the returned memory may be written until the next call. NULL: full.
 * Items keep their payloads in the order of the batch, each at most once. */
uint8_t *lq_out_buffer_reserve(struct lq_out_buffer *out, size_t bytes);
void lq_out_buffer_keep(struct lq_out_buffer *out, struct lq_answer *answer, size_t bytes);

/* A copy of `text` that lives until the batch is answered: for the reasons of outcomes. It takes
 * room from the far end of the buffer; an empty view when there is none. */
struct lq_view lq_out_buffer_text(struct lq_out_buffer *out, const char *text);

/* Fail an item: sets the verdict, the error's name and its cause in printf style. */
void lq_answer_fail(struct lq_answer *answer, const char *error, const char *format, ...)
    LQ_PRINTF(3, 4);

/* What became of the commands of `tick`, in order. Reasons are copied. */
void lq_answer_take_outcomes(struct lq_answer *answer, const struct lq_tick *tick,
                             struct lq_out_buffer *out);

#endif
