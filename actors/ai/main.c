// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-ai: serves stage ai. */
#include "actors/ai/ai_handler.h"
#include "actors/ai/domain/ai_v1.h"

int main(int argc, char **argv)
{
    return lq_actor_run_tick_stage(argc, argv, LQ_AI_V1_NAME, LQ_AI_V1_VERSION, lq_ai_handler_step);
}
