// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* content_prefix.h - what the store knows of a content: it begins with the names of its session, so
 * that a record sealed for one session can never pass for another's; and behind them lies the wall
 * time by which its age is told.
 *
 *     canonical version u32, then tenant and session, each as a length u8 and its bytes, frame u64,
 *     steps u32, step count u64, missed u64, wall time u64
 *
 * Pure; depends on base/.
 */
#ifndef LQ_CONTENT_PREFIX_H
#define LQ_CONTENT_PREFIX_H

#include "base/result.h"
#include "world/identity.h"

/* The names at the front of `content`; they point into it. LQ_ERR_MALFORMED: it is too short. */
LQ_MUST_CHECK enum lq_result lq_content_prefix_read(struct lq_view content,
                                                    struct lq_session_names *names);

/* The wall time of a content, in ns since 1970. LQ_ERR_MALFORMED: it is too short. */
LQ_MUST_CHECK enum lq_result lq_content_prefix_wall(struct lq_view content, uint64_t *wall_ns);

/* Whether `content` begins with exactly these names. */
bool lq_content_prefix_matches(struct lq_view content, struct lq_session_names names);

#endif
