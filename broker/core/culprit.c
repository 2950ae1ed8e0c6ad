// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/culprit.h"

#include "broker/core/dead_letter.h"
#include "broker/core/effect_list.h"
#include "broker/core/execution.h"
#include "broker/core/grid.h"
#include "broker/core/mailbox.h"
#include "broker/core/parking.h"

/* Take the command at fault out; the others go back to the front of the mailbox, uncharged. */
static void single_out(struct lq_broker_core *core, uint32_t index, uint32_t place)
{
    struct lq_core_execution *execution = &core->executions[index];
    uint32_t previous = 0;
    uint32_t chosen = execution->commands_first;

    for (uint32_t step = 0; step < place; step++) {
        previous = chosen;
        chosen = core->commands[chosen].next;
    }
    if (previous == 0) {
        execution->commands_first = core->commands[chosen].next;
    } else {
        core->commands[previous].next = core->commands[chosen].next;
    }
    core->commands[chosen].next = 0;
    lq_mailbox_put_back(core, execution->session, execution->commands_first,
                        execution->command_count - 1);
    execution->commands_first = chosen;
    execution->command_count = 1;
}

/* Nobody knows which command it was: put all back and try halves. */
static void bisect(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->session];

    if (session->bisect_left < execution->command_count) {
        session->bisect_left = execution->command_count;
    }
    session->bisect_limit = execution->command_count / 2;
    lq_mailbox_put_back(core, execution->session, execution->commands_first,
                        execution->command_count);
    execution->commands_first = 0;
    execution->command_count = 0;
    lq_grid_restore(core, index);
    lq_execution_close(core, index, out);
}

void lq_culprit_find(struct lq_broker_core *core, uint32_t index, uint32_t command_at_fault,
                     struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    uint32_t session = execution->session;

    if (session == 0) {
        const char *why = execution->cause[0] != '\0' ? execution->cause : execution->error;
        lq_effect_list_admin_failed(out, execution->peer, execution->tag, LQ_ERR_STATE,
                                    lq_view_text(why));
        lq_execution_close(core, index, out);
        return;
    }
    if (core->sessions[session].parked) {
        /* Only looked up: no letter. What waits behind it would end like it. */
        lq_parking_park(core, session, (uint8_t)core->config.pipeline.start, out);
        lq_execution_parked(core, index, LQ_PARKING_UNDECIDED, out);
        return;
    }
    if (command_at_fault >= 1 && command_at_fault <= execution->command_count) {
        single_out(core, index, command_at_fault - 1);
    } else if (execution->command_count > 1) {
        bisect(core, index, out);
        return;
    }
    lq_dead_letter_begin(core, index, out);
}
