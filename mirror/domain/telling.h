// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* telling.h - how one of the two stores is made to tell again what its tables hold, when entries of
 * its outbox are gone that the table lacks: step by step, and the next one only when what the one
 * before has written is read.
 *
 *     IDLE --begin--> WANTED --asked--> ASKED --answered--> READING --read up to `last`--+
 *                       ^                 | no answer, refused                           |
 *                       +-----------------+                                              |
 *                       +--- there is a next place --------------------------------------+
 *                                                             all is told: IDLE  <-------+
 *
 * Whoever asks keeps the place: the store keeps nothing, and a step that it makes twice tells the
 * same twice. Begun anew at any time, after a death of either side too.
 *
 * Pure; depends on base/. */
#ifndef LQ_TELLING_H
#define LQ_TELLING_H

#include "base/result.h"
#include "base/view.h"

enum { LQ_TELLING_PLACE_MAX = 255 };

enum lq_telling_state {
    LQ_TELLING_IDLE = 0,
    LQ_TELLING_WANTED, /* the step at `place` is to be asked for */
    LQ_TELLING_ASKED,
    LQ_TELLING_READING /* what it wrote is to be read, up to `last` */
};

struct lq_telling {
    enum lq_telling_state state;
    uint8_t place[LQ_TELLING_PLACE_MAX];
    uint32_t place_bytes; /* 0: of the first step; and, once that is made, of none */
    uint64_t first;       /* the sequence that it began with; 0: the first step is not made */
    uint64_t last;        /* the newest that a step has written */
    uint64_t told, all;   /* entries of the tables: so far, and how many there are */
};

/* What a store answers to a step. */
struct lq_telling_step {
    struct lq_view place; /* of the next; empty: all is told */
    uint64_t first, last;
    uint64_t told, all;
};

void lq_telling_begin(struct lq_telling *telling);
void lq_telling_asked(struct lq_telling *telling);

/* It was refused, or is made again: WANTED. */
void lq_telling_refused(struct lq_telling *telling);

/* LQ_ERR_MALFORMED: no answer to such a step; begun anew. LQ_ERR_STATE: none was asked for. */
LQ_MUST_CHECK enum lq_result lq_telling_answered(struct lq_telling *telling,
                                                 const struct lq_telling_step *step);

/* The outbox is read up to `sequence`. True: with that, all that was told again is. */
LQ_MUST_CHECK bool lq_telling_read(struct lq_telling *telling, uint64_t sequence);

static inline bool lq_telling_is_active(const struct lq_telling *telling)
{
    return telling->state != LQ_TELLING_IDLE;
}

#endif
