// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/broker/core/ledger_model.h"

#include <stdio.h>

uint32_t lq_ledger_model_session(struct lq_ledger_model *ledger, const char *tenant,
                                 const char *session)
{
    char name[100];

    snprintf(name, sizeof name, "%s/%s", tenant, session);
    for (uint32_t index = 0; index < ledger->session_count; index++) {
        if (strcmp(ledger->sessions[index].name, name) == 0) {
            return index;
        }
    }
    LQ_ASSERT(ledger->session_count < LQ_MODEL_SESSIONS_MAX);
    memcpy(ledger->sessions[ledger->session_count].name, name, sizeof name);
    return ledger->session_count++;
}

uint64_t lq_ledger_model_find(const struct lq_ledger_model *ledger, uint32_t session,
                              uint32_t client, uint64_t sequence)
{
    for (uint32_t index = ledger->entry_count; index-- > 0;) {
        const struct lq_model_entry *entry = &ledger->entries[index];
        if (entry->session == session && entry->client == client && entry->sequence == sequence) {
            return entry->frame;
        }
    }
    return 0;
}

uint32_t lq_ledger_model_judge(const struct lq_ledger_model *ledger, uint32_t session,
                               uint64_t frame, const struct lq_model_command *commands,
                               uint32_t count, struct lq_outcome_entry *outcomes)
{
    uint32_t fresh = 0;

    for (uint32_t index = 0; index < count; index++) {
        uint64_t found =
            lq_ledger_model_find(ledger, session, commands[index].client, commands[index].sequence);
        bool known = found != 0 && found != frame;
        outcomes[index] = (struct lq_outcome_entry){
            known ? LQ_OUTCOME_DUPLICATE : LQ_OUTCOME_APPLIED, known ? found : 0, {NULL, 0}};
        fresh += !known;
    }
    return fresh;
}

uint64_t lq_ledger_model_sequence(const struct lq_ledger_model *ledger, uint32_t session,
                                  uint64_t frame)
{
    for (uint64_t sequence = ledger->ledger_sequence; sequence > 0; sequence--) {
        const struct lq_model_record *record = &ledger->records[sequence];
        if (record->session == session && record->frame == frame) {
            return sequence;
        }
    }
    return 0;
}

enum lq_item_verdict lq_ledger_model_commit(struct lq_ledger_model *ledger,
                                            const struct lq_model_tick *tick,
                                            struct lq_outcome_entry *outcomes)
{
    struct lq_model_session *record = &ledger->sessions[tick->session];
    bool made = record->head == tick->frame && record->last_execution == tick->execution;

    if (!made && record->head + 1 != tick->frame) {
        return LQ_ITEM_CONFLICT;
    }
    lq_ledger_model_judge(ledger, tick->session, tick->frame, tick->commands, tick->command_count,
                          outcomes);
    if (made) {
        return LQ_ITEM_DONE;
    }
    for (uint32_t index = 0; index < tick->command_count; index++) {
        if (outcomes[index].outcome == LQ_OUTCOME_APPLIED) {
            LQ_ASSERT(ledger->entry_count < LQ_MODEL_ENTRIES_MAX);
            ledger->entries[ledger->entry_count++] =
                (struct lq_model_entry){tick->session, tick->commands[index].client,
                                        tick->commands[index].sequence, tick->frame};
            record->applied++;
        }
    }
    LQ_ASSERT(ledger->ledger_sequence + 1 < LQ_MODEL_ENTRIES_MAX);
    record->ledger_sequence = ++ledger->ledger_sequence;
    ledger->records[record->ledger_sequence] = (struct lq_model_record){tick->session, tick->frame};
    record->head = tick->frame;
    record->last_execution = tick->execution;
    record->steps += tick->steps;
    record->missed += tick->missed;
    if (tick->rate.denominator != 0) {
        record->rate = tick->rate;
    }
    return LQ_ITEM_DONE;
}
