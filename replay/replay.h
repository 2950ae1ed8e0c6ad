// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* replay.h - load -> stages -> compare, without a broker, a socket or a disk.
 *
 * actors/stages.def names every stage version this program can run. Recomputing frame n takes the
 * tick of record n-1 (its world and windows), the inputs of record n, and the stages named in
 * record n. The simulator, lqctl and the tests share it. Pure; depends on world/ and the
 * stages of the table.
 */
#ifndef LQ_REPLAY_H
#define LQ_REPLAY_H

#include "world/tick.h"

typedef void (*lq_stage_fn)(struct lq_tick *tick);

struct lq_replay_stage {
    const char *name;
    uint32_t version;
    lq_stage_fn step; /* of load and persist, the pure part of what they do */
};

/* The frozen stage versions of this build; the caller borrows it for ever. */
const struct lq_replay_stage *lq_replay_stages(size_t *count);

enum lq_replay_verdict {
    LQ_REPLAY_RECOMPUTED = 1, /* `tick` is what the stages make of it; compare digests */
    LQ_REPLAY_AS_RECORDED, /* a stage named in the record cannot be run here: nothing to compare */
};

/* Turn `tick` from the content of record n-1 into the recomputed content of record n, whose decoded
 * content is `recorded`. On AS_RECORDED, *missing names the stage (points into `recorded`) and
 * `tick` is undefined. */
enum lq_replay_verdict lq_replay_frame(struct lq_tick *tick, const struct lq_tick *recorded,
                                       const struct lq_stage_version **missing);

#endif
