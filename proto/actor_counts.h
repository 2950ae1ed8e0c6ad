// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* actor_counts.h - what an actor has done since its process began: ActorCounts of actor.proto, by
 * the same names and in the same order. */
#ifndef LQ_ACTOR_COUNTS_H
#define LQ_ACTOR_COUNTS_H

#include <stdint.h>

struct lq_actor_counts {
    uint64_t batches;
    uint64_t done, ended, failed, returned, conflicts; /* items */
    uint64_t bytes_in, bytes_out;                      /* of payloads */
    uint64_t work_us, end_us;
    uint64_t commits, records; /* persist */
};

#endif
