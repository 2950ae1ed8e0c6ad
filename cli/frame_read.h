// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* frame_read.h - frames of a session from the running cluster, by READ: answer by answer, each of
 * them checked to be the one that was asked for. What goes wrong is said on stderr. */
#ifndef LQ_FRAME_READ_H
#define LQ_FRAME_READ_H

#include "cli/broker_call.h"
#include "proto/reading.h"

/* Which frames a session has. */
struct lq_frame_bounds {
    uint64_t oldest; /* that is kept */
    uint64_t newest; /* when it was asked */
};
enum lq_exit_code lq_frame_read_bounds(struct lq_broker_call *call,
                                       const struct lq_session_path *path,
                                       struct lq_frame_bounds *bounds);

/* Whether `from` to `to` lie within the bounds; else LQ_EXIT_NOT_FOUND, said on stderr. */
enum lq_exit_code lq_frame_read_check(const struct lq_session_path *path,
                                      const struct lq_frame_bounds *bounds, uint64_t from,
                                      uint64_t to);

/* Calls `each` for the frames `from` to `to` in order, which lie within the bounds; both live for
 * the call; `world` is empty `without_worlds`. Stops at anything but LQ_EXIT_OK, and when an
 * interrupt was asked for. */
struct lq_frame_span {
    uint64_t from, to;
    bool without_worlds;
};
typedef enum lq_exit_code (*lq_frame_read_fn)(void *context, const struct lq_frame_entry *frame,
                                              struct lq_view world);
enum lq_exit_code lq_frame_read_each(struct lq_broker_call *call,
                                     const struct lq_session_path *path,
                                     const struct lq_frame_span *span, lq_frame_read_fn each,
                                     void *context);

#endif
