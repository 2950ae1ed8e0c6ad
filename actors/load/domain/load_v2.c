// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/domain/load_v2.h"

#include "actors/load/domain/admission.h"

static enum lq_window_verdict judge(const struct lq_tick *tick, const struct lq_command *command,
                                    uint64_t *used_frame)
{
    return lq_client_windows_judge(&tick->windows, &command->client, command->sequence, used_frame);
}

void lq_load_v2_step(struct lq_tick *tick)
{
    static const struct lq_admission_rules rules = {judge, lq_client_windows_use};

    lq_admission_judge(tick, &rules);
}
