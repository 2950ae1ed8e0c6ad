// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* load_read.h - READ and WINDOW: frames of a session as their records tell them, and what it
 * remembers of a player. */
#ifndef LQ_LOAD_READ_H
#define LQ_LOAD_READ_H

#include "actors/load/load_handler.h"
#include "base/clock.h"
#include "proto/admin_codec.h"

/* What READs may take of a batch; one more frame is always read. */
#define LQ_LOAD_READS_NS LQ_NS_PER_MS

/* The Worlds of the frames that were read, back to back. */
struct lq_load_worlds {
    uint8_t *memory; /* LQ_READ_ANSWER_BYTES_MAX of it */
    size_t bytes;
};

/* Fill `reply`; `worlds` is its body part. Everything lies in the handler's arena and scratch.
 * *newest: the sequence of the newest record that it tells of. Ends the batch's read transaction
 * and begins another one. LQ_ERR_NOT_FOUND, LQ_ERR_CORRUPT, LQ_ERR_KEY: `message` says what;
 * anything else: the house is in trouble. */
LQ_MUST_CHECK enum lq_result lq_load_read_frames(struct lq_load_handler *handler,
                                                 const struct lq_admin_request *request,
                                                 struct lq_admin_reply *reply,
                                                 struct lq_load_worlds *worlds, uint64_t *newest,
                                                 struct lq_error_message *message);

/* Likewise, within the batch's transaction. */
LQ_MUST_CHECK enum lq_result lq_load_read_window(struct lq_load_handler *handler,
                                                 const struct lq_admin_request *request,
                                                 struct lq_window_entry *window, uint64_t *newest,
                                                 struct lq_error_message *message);

#endif
