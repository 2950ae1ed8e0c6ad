// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/domain/load_v1.h"

#include "actors/load/domain/admission.h"
#include "actors/load/domain/client_window_v1.h"

static enum lq_window_verdict judge(const struct lq_tick *tick, const struct lq_command *command,
                                    uint64_t *used_frame)
{
    return lq_client_window_v1_judge(&tick->windows, &command->client, command->sequence,
                                     tick->frame, used_frame);
}

void lq_load_v1_step(struct lq_tick *tick)
{
    static const struct lq_admission_rules rules = {judge, lq_client_window_v1_use};

    lq_admission_judge(tick, &rules);
}
