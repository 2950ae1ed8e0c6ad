// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* persist_delta.h - what a frame is against the one before it, made on the stage thread while the
 * batch before waits for the disk.
 *
 * The content that was taken last of each session is kept (store/core/content_cache.h) with its D.
 * Whether a delta against it can be written the commit decides, by the D that the head has: so a
 * content that was never committed, or one that went for lack of memory, costs a keyframe and
 * nothing else. It is never read from the ledger.
 */
#ifndef LQ_PERSIST_DELTA_H
#define LQ_PERSIST_DELTA_H

#include "base/arena.h"
#include "store/core/content_cache.h"
#include "store/lmdb/ledger.h"
#include "world/tick_delta.h"

struct lq_persist_delta {
    struct lq_content_cache cache;
    bool is_wanted; /* false: every record is a keyframe */
    struct lq_tick before;
    struct lq_tick_delta_scratch scratch;
    uint8_t content[LQ_TICK_BYTES_MAX];
};

/* `cache_bytes` of memory are allocated, and not touched before they are needed. */
void lq_persist_delta_start(struct lq_persist_delta *delta, size_t cache_bytes,
                            uint32_t keyframe_every);

/* A commit that has content and D; of a FRAME `tick` is that content. Its delta, if one can be
 * made, goes into `memory`. */
void lq_persist_delta_take(struct lq_persist_delta *delta, const struct lq_tick *tick,
                           struct lq_arena *memory, struct lq_commit *commit);

#endif
