// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-NAME of every built-in stage that is a pure function over a tick. Name, version, function and
 * its header are those of the stage's line in stages.def; make passes them. */
#include "actors/runtime/actor_runtime.h"

#include LQ_STAGE_HEADER

static enum lq_result step_tick(struct lq_tick *tick, struct lq_stage_failure *failure)
{
    void (*const step)(struct lq_tick *) = LQ_STAGE_STEP; /* of this type, as replay calls it */

    (void)failure; /* such a stage refuses commands; it never fails */
    step(tick);
    return LQ_OK;
}

int main(int argc, char **argv)
{
    return lq_actor_run_tick_stage(argc, argv, LQ_STAGE_NAME, LQ_STAGE_VERSION, step_tick);
}
