// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* delta_session.h - a session whose frames are committed with deltas, as persist makes them, and
 * all contents that it ever had, to compare with what is read back. */
#ifndef LQ_DELTA_SESSION_H
#define LQ_DELTA_SESSION_H

#include "tests/property/random_world.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"
#include "world/tick_delta.h"

enum { LQ_DELTA_FRAMES_MAX = 512 };

struct lq_delta_content {
    uint8_t *bytes;
    size_t count;
    bool is_keyframe; /* how the commit has to have stored it */
};

struct lq_delta_session {
    const char *tenant, *name;
    struct lq_random_world random;
    uint64_t frame; /* the newest */
    uint64_t keyframe;
    struct lq_tick tick;
    uint8_t digest[LQ_HASH_BYTES]; /* D of the newest */
    struct lq_delta_content contents[LQ_DELTA_FRAMES_MAX];
};

/* What is given to the commit beside the content. */
enum lq_delta_given {
    LQ_DELTA_RIGHT = 1, /* a delta, if it pays */
    LQ_DELTA_NONE,
    LQ_DELTA_AGAINST_ANOTHER /* one that says it is against a content that the head has not */
};

/* Its frame 0; the tenant is there. A world of up to `bodies_max`. */
void lq_delta_session_create(struct lq_ledger_fixture *fixture, struct lq_delta_session *session,
                             const char *tenant, const char *name, uint32_t bodies_max);
void lq_delta_session_free(struct lq_delta_session *session);

/* The next frame: some bodies move, or, `anew`, another world. */
void lq_delta_session_next(struct lq_ledger_fixture *fixture, struct lq_delta_session *session,
                           enum lq_delta_given given, bool anew);

/* What is read back is what was committed: one frame, kept as it has to be; the newest, as content
 * and as tick. */
void lq_delta_session_check_frame(struct lq_ledger_fixture *fixture,
                                  const struct lq_delta_session *session, uint64_t frame);
void lq_delta_session_check_newest(struct lq_ledger_fixture *fixture,
                                   const struct lq_delta_session *session);

#endif
