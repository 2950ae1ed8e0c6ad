// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Where a command is that was not answered, or not for good: for who asks about one. Reads only. */
#include "broker/core/broker_core.h"
#include "broker/core/core_tables.h"
#include "broker/core/session.h"

/* The command in a list, or 0; *ahead: commands before it. */
static uint32_t find_in_list(const struct lq_broker_core *core, const struct lq_index_list *list,
                             const struct lq_command_name *name, uint32_t *ahead)
{
    *ahead = 0;
    for (uint32_t index = list->first; index != 0; index = core->commands[index].next) {
        if (core->commands[index].sequence == name->sequence &&
            lq_client_id_equal(&core->commands[index].client, &name->client)) {
            return index;
        }
        ++*ahead;
    }
    return 0;
}

static void find_in_session(const struct lq_broker_core *core,
                            const struct lq_core_session *session,
                            const struct lq_command_name *name,
                            struct lq_command_sighting *sighting)
{
    uint32_t command = find_in_list(core, &session->mailbox, name, &sighting->ahead);

    if (session->parked) {
        sighting->parked_by = lq_view_text(core->config.pipeline.states[session->parked_by].stage);
    }
    if (command != 0) {
        sighting->place = LQ_COMMAND_IN_MAILBOX;
        sighting->letter_id = core->commands[command].letter_id;
        return;
    }
    sighting->ahead = 0;
    if (session->execution == 0) {
        return;
    }
    const struct lq_core_execution *execution = &core->executions[session->execution];
    uint32_t before = 0;
    command = find_in_list(core, &execution->tick.commands, name, &before);
    if (command != 0) {
        sighting->place = LQ_COMMAND_UNDER_WAY;
        sighting->letter_id = core->commands[command].letter_id;
        sighting->stage =
            lq_view_text(core->config.pipeline.states[core->tasks[execution->task].state].stage);
    }
}

void lq_broker_core_find_command(const lq_broker_core_t *core, struct lq_session_names names,
                                 const struct lq_command_name *name,
                                 struct lq_command_sighting *sighting)
{
    struct lq_hashed_names key = lq_hashed_names_of(names);
    uint32_t session = lq_session_find(core, &key);

    *sighting = (struct lq_command_sighting){.place = LQ_COMMAND_NOWHERE};
    if (session != 0) {
        find_in_session(core, &core->sessions[session], name, sighting);
    }
    if (sighting->place != LQ_COMMAND_NOWHERE) {
        return;
    }
    /* As SUBMIT looks for it: a held answer is the news, the letter may be what it tells of. */
    if (lq_letter_index_find(&core->held_commands, &name->client, name->sequence, key.hash) != 0) {
        sighting->place = LQ_COMMAND_HELD;
        return;
    }
    sighting->letter_id =
        lq_letter_index_find(&core->letters, &name->client, name->sequence, key.hash);
    if (sighting->letter_id != 0) {
        sighting->place = LQ_COMMAND_IN_LETTER;
    }
}
