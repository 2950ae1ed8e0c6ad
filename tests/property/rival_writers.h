// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* rival_writers.h - two or three writers at one table: the real logs, packers and reader, around a
 * model of everything else.
 *
 * The table takes puts on a condition and lets old segments expire. A request is signed, sent,
 * applied, answered: between any two of these there may be any number of other steps, it may be
 * lost, and it may be given up by who sent it and be applied all the same. Hosts have stores that
 * grow; a store may be replaced, while its writer is down, by a copy of another's, by an old copy,
 * or by what is restored from the table. Writers crash and start again at any point, and time may
 * jump by hours or days.
 */
#ifndef LQ_RIVAL_WRITERS_H
#define LQ_RIVAL_WRITERS_H

#include "mirror/domain/segment_reader.h"
#include "mirror/domain/stream_set.h"

/* Planted: each has to be found. */
enum lq_rival_fault {
    LQ_RIVAL_NO_FAULT,
    LQ_RIVAL_WITHOUT_CLAIM,     /* a writer goes on behind the newest segment as it is */
    LQ_RIVAL_FENCE_ON_HEADS,    /* a put is conditional on an item with the newest claim, and then
                                   made without a condition on its own number */
    LQ_RIVAL_NEVER_LOOKS_AGAIN, /* after however long a silence */
    LQ_RIVAL_FAULTS
};

/* What happened over all runs: that the runs were worth something. */
struct lq_rival_tally {
    uint64_t steps, segments, entries, claims, durables;
    uint64_t ended, refused, survivors; /* writers */
    uint64_t own_found;                 /* a put whose answer was lost, and that was found */
    uint64_t late, expired, restored;   /* puts given up and applied later; segments; stores */
};

/* One run. NULL: all held. Else what did not, in memory that the next run overwrites. */
const char *lq_rival_writers_run(uint64_t seed, enum lq_rival_fault fault,
                                 struct lq_rival_tally *tally);

#endif
