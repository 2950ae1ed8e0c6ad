// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-load: serves stage load. */
#include "actors/load/load_handler.h"

int main(int argc, char **argv)
{
    struct lq_batch_stage stage;

    lq_load_handler_stage(&stage);
    return lq_actor_run_batch_stage(argc, argv, &stage);
}
