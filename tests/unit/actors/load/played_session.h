// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* played_session.h - a ledger with one session, demo/s1, whose records are those of real ticks. */
#ifndef LQ_PLAYED_SESSION_H
#define LQ_PLAYED_SESSION_H

#include "tests/unit/store/lmdb/ledger_fixture.h"
#include "world/tick.h"

enum { LQ_PLAYED_FRAMES_MAX = 256 };

struct lq_played_session {
    struct lq_ledger_fixture store;
    struct lq_tick tick; /* the newest frame; the one to be, between _next() and _commit() */
    uint64_t sequences[LQ_PLAYED_FRAMES_MAX]; /* of the record of each frame */
    uint8_t hashes[LQ_PLAYED_FRAMES_MAX][LQ_HASH_BYTES];
};

/* With frame 0, an empty world. */
void lq_played_session_make(struct lq_played_session *played);
void lq_played_session_remove(struct lq_played_session *played);

/* The next frame as load begins it: whoever calls adds commands, events, bodies. */
void lq_played_session_next(struct lq_played_session *played);

/* Into the ledger, with its events. */
void lq_played_session_commit(struct lq_played_session *played);

/* Frames up to `last`, in each one event more than in the one before, up to two, then none. */
void lq_played_session_play(struct lq_played_session *played, uint64_t last);
uint32_t lq_played_session_event_count(uint64_t frame);

void lq_played_session_shred(struct lq_played_session *played);

#endif
