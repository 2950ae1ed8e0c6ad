// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/culprit.h"

#include "broker/core/dead_letter.h"
#include "broker/core/effect_list.h"
#include "broker/core/execution.h"
#include "broker/core/mailbox.h"
#include "broker/core/parking.h"
#include "broker/core/session_standing.h"

/* Take the command at fault out; the others go back to the front of the mailbox, uncharged. */
static void single_out(struct lq_broker_core *core, uint32_t index, uint32_t place)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_index_links links = lq_core_tables_command_links(core);
    struct lq_index_list before = lq_index_list_take_front(&execution->tick.commands, links, place);
    struct lq_index_list chosen = lq_index_list_take_front(&execution->tick.commands, links, 1);
    struct lq_index_list others = lq_index_list_join(links, before, execution->tick.commands);

    lq_mailbox_put_back(core, execution->tick.session, &others);
    execution->tick.commands = chosen;
}

/* Nobody knows which command it was: put all back and try halves. */
static void bisect(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->tick.session];

    if (session->bisect_left < execution->tick.commands.count) {
        session->bisect_left = execution->tick.commands.count;
    }
    session->bisect_limit = execution->tick.commands.count / 2;
    lq_execution_reopen(core, index, out);
}

void lq_culprit_find(struct lq_broker_core *core, uint32_t index, uint32_t command_at_fault,
                     struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    uint32_t session = execution->tick.session;

    if (session == 0) {
        const struct lq_core_task *task = &core->tasks[execution->task];
        const char *why = task->cause[0] != '\0' ? task->cause : task->error;
        lq_effect_list_admin_failed(out, execution->request.peer, execution->request.tag,
                                    LQ_ERR_STATE, lq_view_text(why));
        lq_execution_close(core, index, out);
        return;
    }
    if (lq_execution_only_looks(core, index)) {
        /* No letter. What waits behind it in a parked session would end like it. */
        if (core->sessions[session].parked) {
            lq_parking_park(core, session, (uint8_t)core->config.pipeline.start, out);
        }
        lq_execution_looked_up(core, index, lq_session_standing_undecided(&core->sessions[session]),
                               out);
        return;
    }
    if (command_at_fault >= 1 && command_at_fault <= execution->tick.commands.count) {
        single_out(core, index, command_at_fault - 1);
    } else if (execution->tick.commands.count > 1) {
        bisect(core, index, out);
        return;
    }
    lq_dead_letter_begin(core, index, out);
}
