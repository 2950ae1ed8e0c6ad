// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* retention.h - for how long frames are kept: a span of wall time, as an operator writes it and as
 * a frame is judged by it. The only place where wall time is compared; whether the clock may be
 * believed is the business of wall_guard.h.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_RETENTION_H
#define LQ_RETENTION_H

#include "base/result.h"
#include "base/view.h"

#define LQ_RETENTION_FOREVER UINT64_C(0)
#define LQ_RETENTION_S_MIN UINT64_C(60)
#define LQ_RETENTION_S_MAX (UINT64_C(36500) * 86400)

enum { LQ_RETENTION_TEXT_BYTES = 24 };

/* "90m", "36h", "7d", "2w" or "forever", to seconds. LQ_ERR_INVALID: none of these. LQ_ERR_LIMIT:
 * shorter than LQ_RETENTION_S_MIN, or longer than LQ_RETENTION_S_MAX. */
LQ_MUST_CHECK enum lq_result lq_retention_parse(struct lq_view text, uint64_t *seconds);

/* In days, else in the largest unit without a rest. */
void lq_retention_text(uint64_t seconds, char text[LQ_RETENTION_TEXT_BYTES]);

/* What a table or a message may say: FOREVER, or a span within the limits. */
bool lq_retention_valid(uint64_t seconds);

/* Whether a frame of `wall_ns` is older than what is kept. One of the future is not. */
bool lq_retention_is_over(uint64_t seconds, uint64_t now_ns, uint64_t wall_ns);

#endif
