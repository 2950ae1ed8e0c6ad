// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/mailbox.h"

#include "broker/core/effect_list.h"
#include "broker/core/tenant_ring.h"

void lq_mailbox_post(struct lq_broker_core *core, uint32_t index, uint32_t command)
{
    struct lq_core_session *session = &core->sessions[index];

    core->commands[command].next = 0;
    if (session->mailbox_last != 0) {
        core->commands[session->mailbox_last].next = command;
    } else {
        session->mailbox_first = command;
    }
    session->mailbox_last = command;
    session->mailbox_count++;
    lq_tenant_ring_consider(core, index);
}

void lq_mailbox_put_back(struct lq_broker_core *core, uint32_t index, uint32_t first,
                         uint32_t count)
{
    struct lq_core_session *session = &core->sessions[index];
    uint32_t last = first;

    if (first == 0) {
        return;
    }
    while (core->commands[last].next != 0) {
        last = core->commands[last].next;
    }
    core->commands[last].next = session->mailbox_first;
    session->mailbox_first = first;
    if (session->mailbox_last == 0) {
        session->mailbox_last = last;
    }
    session->mailbox_count += count;
}

void lq_mailbox_move(struct lq_broker_core *core, struct lq_core_session *session,
                     struct lq_core_execution *execution, uint32_t count_max)
{
    uint32_t last = 0;
    uint32_t command = session->mailbox_first;

    execution->commands_first = command;
    while (command != 0 && execution->command_count < count_max) {
        execution->command_count++;
        last = command;
        command = core->commands[command].next;
    }
    if (last != 0) {
        core->commands[last].next = 0;
    } else {
        execution->commands_first = 0;
    }
    session->mailbox_first = command;
    session->mailbox_count -= execution->command_count;
    if (command == 0) {
        session->mailbox_last = 0;
    }
}

void lq_mailbox_drop(struct lq_broker_core *core, uint32_t tenant, uint32_t command,
                     struct lq_broker_effects *out)
{
    lq_effect_list_release(core, &core->commands[command].payload, out);
    lq_core_tables_give_command(core, command);
    core->tenants[tenant].commands--;
    core->commands_held--;
}
