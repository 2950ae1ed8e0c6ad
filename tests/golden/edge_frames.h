// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* edge_frames.h - ticks at the edges of what a delta works out by itself: a full table of client
 * windows, a clock that is changed, ticks of as many steps as are predicted and of one more. */
#ifndef LQ_EDGE_FRAMES_H
#define LQ_EDGE_FRAMES_H

#include "world/tick.h"

enum { LQ_EDGE_FRAMES = 10 };

/* Frame 0. */
void lq_edge_frames_begin(struct lq_tick *tick);

/* Frame `frame`, from 1 to LQ_EDGE_FRAMES, behind `before`. */
void lq_edge_frames_next(const struct lq_tick *before, uint32_t frame, struct lq_tick *after);

#endif
