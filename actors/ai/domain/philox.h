// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* philox.h - Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
 *
 * A random generator without state: the same key and counter yield the same four words, so nothing
 * of it needs to be carried from tick to tick. Not for secrets. Pure. */
#ifndef LQ_PHILOX_H
#define LQ_PHILOX_H

#include <stdint.h>

struct lq_philox_words {
    uint32_t word[4];
};

struct lq_philox_words lq_philox_draw(uint64_t key, struct lq_philox_words counter);

#endif
