// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* persist_handler.h - stage persist: a batch becomes one commit group, one transaction, one fsync.
 *
 * item() turns every item into a commit in the memory of the batch; batch_end() commits them all
 * and says what became of each. Until then nothing has happened, so a batch that cannot be
 * committed now goes back unworked. While one batch waits for the disk the next one is filled:
 * item() touches only the batch it fills and what is of one item, batch_end() the ledger and its
 * own batch.
 */
#ifndef LQ_PERSIST_HANDLER_H
#define LQ_PERSIST_HANDLER_H

#include "actors/ledger/session_entry.h"
#include "actors/persist/persist_delta.h"
#include "actors/runtime/actor_runtime.h"
#include "store/core/space_forecast.h"
#include "store/lmdb/space_page.h"

#define LQ_PERSIST_REPLY_BYTES_MAX 4096u /* an answer to a request */

struct lq_persist_batch {
    struct lq_arena memory; /* contents and events */
    uint32_t item_count;    /* so far */
    uint32_t commit_count;  /* those of them that are to be committed */
    struct lq_commit commits[LQ_BATCH_ITEMS_MAX];
    struct lq_salted_digest digests[LQ_BATCH_ITEMS_MAX]; /* of the commits' contents */
    uint32_t commit_items[LQ_BATCH_ITEMS_MAX];           /* the item of each commit */
    uint64_t commit_tags[LQ_BATCH_ITEMS_MAX];            /* of the request, where there is one */
};

/* How the partition grows, and what has been said about it. */
struct lq_persist_space {
    struct lq_space_page page; /* what lies in the partition's folder */
    uint64_t map_bytes_max;
    uint64_t reserve_s;
    uint64_t look_ns;           /* when to look again */
    uint64_t say_ns;            /* when to say again what was said */
    enum lq_space_verdict said; /* ENOUGH: nothing, or that it is over */
    char remark[128];           /* for the status; empty: there is enough */
};

struct lq_persist_handler {
    lq_ledger_t *ledger;
    struct lq_partition_paths paths;
    struct lq_persist_space space;
    uint64_t readers_look_ns; /* when to look for one that stands still */
    int64_t lagging_pid;      /* that one; 0: none */
    char remark[128];         /* of it, for the status */
    char clock_remark[128];   /* why nothing is dropped, for the status */
    struct lq_persist_batch batches[LQ_STAGE_SLOTS];
    struct lq_persist_batch *filling; /* the one that item() adds to */
    struct lq_persist_delta delta;    /* of the stage thread */
    struct lq_arena decoded;          /* of one item */
    struct lq_tick tick;              /* of one item */
    struct lq_record_scratch scratch; /* for reading records back */
    uint8_t *record;                  /* LQ_TICK_BYTES_MAX: an opened content */
};

/* The stage, with a handler that lives as long as the process. */
void lq_persist_handler_stage(struct lq_batch_stage *stage);

/* The next free commit of the batch being filled, not yet counted; its views will point into the
 * batch's memory and into the item. */
struct lq_commit *lq_persist_handler_next(struct lq_persist_handler *handler,
                                          const struct lq_stage_item *item,
                                          enum lq_commit_kind kind);

/* Count it as that of item `index`. */
void lq_persist_handler_add(struct lq_persist_handler *handler, uint32_t item_index, uint64_t tag);

/* The canonical form of handler->tick into the batch's memory. False: the answer says why not. */
bool lq_persist_handler_encode(struct lq_persist_handler *handler, struct lq_answer *answer,
                               struct lq_view *content);

/* persist_tick.c */
void lq_persist_tick_take(struct lq_persist_handler *handler, uint32_t item_index,
                          const struct lq_stage_item *item, struct lq_answer *answer,
                          struct lq_out_buffer *out);
void lq_persist_tick_answer(const struct lq_commit *commit, struct lq_answer *answer);

/* persist_creation.c: creations of tenants and sessions. */
void lq_persist_creation_take(struct lq_persist_handler *handler, uint32_t item_index,
                              const struct lq_stage_item *item, struct lq_answer *answer,
                              struct lq_out_buffer *out);
LQ_MUST_CHECK enum lq_result lq_persist_creation_answer(struct lq_persist_handler *handler,
                                                        const struct lq_commit *commit,
                                                        uint64_t tag, struct lq_answer *answer,
                                                        struct lq_out_buffer *out);

/* persist_cursor.c: cursors of the feed. A step of telling the tables again comes the same way. */
void lq_persist_cursor_take(struct lq_persist_handler *handler, uint32_t item_index,
                            const struct lq_stage_item *item, struct lq_answer *answer,
                            struct lq_out_buffer *out);
LQ_MUST_CHECK enum lq_result lq_persist_cursor_answer(struct lq_persist_handler *handler,
                                                      const struct lq_commit *commit, uint64_t tag,
                                                      struct lq_answer *answer,
                                                      struct lq_out_buffer *out);

/* persist_shred.c: the end of a tenant's keys. */
void lq_persist_shred_take(struct lq_persist_handler *handler, uint32_t item_index,
                           const struct lq_stage_item *item, struct lq_answer *answer,
                           struct lq_out_buffer *out);
void lq_persist_shred_answer(const struct lq_commit *commit, uint64_t tag, struct lq_answer *answer,
                             struct lq_out_buffer *out);

/* persist_retention.c: for how long a tenant's frames are kept, and that the wall clock is right.
 * After a batch: whether old frames stay because it is doubted. */
void lq_persist_retention_take(struct lq_persist_handler *handler, uint32_t item_index,
                               const struct lq_stage_item *item, struct lq_answer *answer,
                               struct lq_out_buffer *out);
void lq_persist_retention_answer(const struct lq_commit *commit, uint64_t tag,
                                 struct lq_answer *answer, struct lq_out_buffer *out);
void lq_persist_retention_watch(struct lq_persist_handler *handler);

/* persist_delete.c: the end of a session. */
void lq_persist_delete_take(struct lq_persist_handler *handler, uint32_t item_index,
                            const struct lq_stage_item *item, struct lq_answer *answer,
                            struct lq_out_buffer *out);
void lq_persist_delete_answer(const struct lq_commit *commit, uint64_t tag,
                              struct lq_answer *answer, struct lq_out_buffer *out);

/* persist_telling.c: such a step; `commit` is the next one of the batch. */
void lq_persist_telling_take(struct lq_persist_handler *handler, uint32_t item_index,
                             const struct lq_admin_request *request, struct lq_commit *commit);
void lq_persist_telling_answer(const struct lq_commit *commit, uint64_t tag,
                               struct lq_answer *answer, struct lq_out_buffer *out);

/* persist_request.c: what all of them share. False: the answer says why not. A reply goes
 * into LQ_PERSIST_REPLY_BYTES_MAX that were kept for it. */
bool lq_persist_request_read(struct lq_persist_handler *handler, const struct lq_stage_item *item,
                             enum lq_admin_kind wanted, enum lq_admin_kind or_wanted,
                             struct lq_answer *answer, struct lq_admin_request *request);
/* A copy that lives as long as the batch. False: that is full, and the item RETURNED, to come again
 * in another one. */
bool lq_persist_request_keep(struct lq_persist_handler *handler, struct lq_view from,
                             struct lq_view *kept);
void lq_persist_request_reply(const struct lq_admin_reply *reply, struct lq_answer *answer,
                              struct lq_out_buffer *out);
void lq_persist_request_refuse(uint64_t tag, struct lq_answer *answer, struct lq_out_buffer *out,
                               enum lq_result result, const char *message);

/* persist_space.c: take up what an earlier writer of this boot has measured; measure, if it is time
 * for that, after a batch. */
void lq_persist_space_begin(struct lq_persist_handler *handler,
                            const struct lq_cluster_config *cluster);
void lq_persist_space_watch(struct lq_persist_handler *handler);

/* persist_resolve.c: the stage's resolve(). */
enum lq_result lq_persist_resolve_item(void *state, const struct lq_resolve_item *item,
                                       bool *committed, struct lq_answer *answer,
                                       struct lq_out_buffer *out);

#endif
