// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* content_prefix.h - the one thing the store knows of a content: it begins with the names of its
 * session, so that a record sealed for one session can never pass for another's.
 *
 *     canonical version u32, then tenant and session, each as a length u8 and its bytes
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

/* Whether `content` begins with exactly these names. */
bool lq_content_prefix_matches(struct lq_view content, struct lq_session_names names);

#endif
