// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mirror_chaos.h - a mirror for core_chaos.h: durabilities change, streams come on by bits, writers
 * follow one another and lose their claims; and what must never be told before the table has it. */
#ifndef LQ_MIRROR_CHAOS_H
#define LQ_MIRROR_CHAOS_H

#include "tests/property/core_chaos.h"

/* One thing happens. */
void lq_mirror_chaos_step(struct lq_core_chaos *chaos);

/* All that was committed is in the table. */
void lq_mirror_chaos_all(struct lq_core_chaos *chaos);

/* A frame of the session was told of (0: none), a letter of it, notices of frames. */
void lq_mirror_chaos_check(const struct lq_core_chaos *chaos, uint32_t session, uint64_t frame);
void lq_mirror_chaos_check_letter(const struct lq_core_chaos *chaos, uint32_t session, uint64_t id);
void lq_mirror_chaos_check_notices(struct lq_core_chaos *chaos);

#endif
