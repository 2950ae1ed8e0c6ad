// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tick_delta.h - the content of a record against the content before it: what a tick got, and what
 * it changed. Together with the content before it gives the content, bit by bit.
 *
 *     u8 delta version; u16 the frame, modulo 2^16; u8 parts, a bit each:
 *         1 missed   2 pipeline   4 configuration   8 stages   16 commands   32 windows   64 ids
 *     varint steps; varint wall time (folded difference to what the steps make of the one before)
 *     missed:        varint, how many more
 *     pipeline:      32 bytes
 *     configuration, stages: as in a content
 *     commands:      varint count; each:
 *                    u8: kind, plus 16 refused, 32 a letter, 64 the client is not one of the
 *                    windows, 128 its number is the one behind the window's highest
 *                    varint row of the window, or 16 bytes client
 *                    varint number (folded difference to the highest); without a window whole
 *                    u64 letter; fields by kind as in a content, but ids, and the count of custom
 *                    bytes, are varints; the text of a refusal
 *     windows:       as in a content, if they are not those before after the commands
 *     ids:           varint folded difference of the next body id
 *     the world      (world_delta.h)
 *
 * The names, frame and step count follow from the tick before. "The windows" of a command are those
 * after the commands before it: each uses its number as load 2 does, if it can be used. Frozen, as
 * the predictions are: golden deltas hold both to it.
 *
 * Nothing in a delta but the frame says what it is against: D of the content does. Pure; the memory
 * is the caller's. */
#ifndef LQ_TICK_DELTA_H
#define LQ_TICK_DELTA_H

#include "base/view.h"
#include "world/tick.h"
#include "world/world_delta.h"

#define LQ_TICK_DELTA_VERSION 1u

/* A delta is at most so much larger than the content that it stands for. */
#define LQ_TICK_DELTA_BYTES_OVER 1024u

/* Working memory, about 100 KB; nothing of it matters between two calls. */
struct lq_tick_delta_scratch {
    struct lq_world_delta_scratch world;
    struct lq_client_windows windows;
};

/* Where a delta goes. */
struct lq_tick_delta_room {
    uint8_t *to;
    size_t bytes_max;
};

/* Write `after` against `before`; *written is the length. Both have well-formed worlds and windows.
 * LQ_ERR_STATE: it is not the frame behind `before` of the same session. LQ_ERR_LIMIT: no room.
 * LQ_ERR_INVALID: what no record can hold, as of lq_canonical_encode(). On an error `room` holds
 * rubbish. */
LQ_MUST_CHECK enum lq_result lq_tick_delta_encode(const struct lq_tick *before,
                                                  const struct lq_tick *after,
                                                  struct lq_tick_delta_scratch *scratch,
                                                  struct lq_tick_delta_room room, size_t *written);

/* Read the tick behind `before`, which is another object. Custom bytes point into `delta`.
 * LQ_ERR_STATE: it is against another frame. LQ_ERR_VERSION. LQ_ERR_MALFORMED: anything but a delta
 * whose tick lq_canonical_decode() would take; then *where names the field (static text). On an
 * error `after` is undefined. */
LQ_MUST_CHECK enum lq_result
lq_tick_delta_decode(struct lq_view delta, const struct lq_tick *before, struct lq_tick *after,
                     struct lq_tick_delta_scratch *scratch, const char **where);

#endif
