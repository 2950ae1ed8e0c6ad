// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/mailbox.h"

#include "broker/core/effect_list.h"
#include "broker/core/tenant_ring.h"

void lq_mailbox_post(struct lq_broker_core *core, uint32_t session, uint32_t command)
{
    lq_index_list_append(&core->sessions[session].mailbox, lq_core_tables_command_links(core),
                         command);
    lq_tenant_ring_consider(core, session);
}

void lq_mailbox_put_back(struct lq_broker_core *core, uint32_t session,
                         struct lq_index_list *commands)
{
    struct lq_index_list *mailbox = &core->sessions[session].mailbox;

    *mailbox = lq_index_list_join(lq_core_tables_command_links(core), *commands, *mailbox);
    *commands = (struct lq_index_list){0};
}

void lq_mailbox_drop(struct lq_broker_core *core, uint32_t tenant, uint32_t command,
                     struct lq_broker_effects *out)
{
    core->tenants[tenant].mailbox_bytes -= core->commands[command].payload.bytes;
    lq_effect_list_release(core, tenant, &core->commands[command].payload, out);
    lq_record_pool_give(&core->command_pool, lq_core_tables_command_links(core), command);
    core->tenants[tenant].commands--;
    core->commands_held--;
}
