// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-persist: serves stage persist, the one writer of its partition. */
#include "actors/persist/persist_handler.h"

int main(int argc, char **argv)
{
    struct lq_batch_stage stage;

    lq_persist_handler_stage(&stage);
    return lq_actor_run_batch_stage(argc, argv, &stage);
}
