// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/ledger/session_entry.h"

#include <inttypes.h>
#include <stdio.h>

/* The record opens and is well formed; now it must also be the one that was asked for. */
static enum lq_result check_tick(const struct lq_tick *tick, struct lq_session_names names,
                                 const struct lq_head *head, struct lq_error_message *message)
{
    if (!lq_view_equal(lq_view_text(tick->tenant), names.tenant) ||
        !lq_view_equal(lq_view_text(tick->session), names.session) || tick->frame != head->frame) {
        lq_error_message_set(
            message, "record %" PRIu64 " holds frame %" PRIu64 " of %s/%s, not what its place says",
            head->ledger_sequence, tick->frame, tick->tenant, tick->session);
        return LQ_ERR_CORRUPT;
    }
    return LQ_OK;
}

enum lq_result lq_session_entry_read_head(lq_ledger_t *ledger, struct lq_session_names names,
                                          struct lq_record_scratch *scratch, struct lq_head *head,
                                          struct lq_error_message *message)
{
    struct lq_view content;

    message->text[0] = '\0';
    enum lq_result result =
        lq_ledger_read_newest(ledger, names, head, &scratch->tick, &content, message);
    if (result != LQ_OK) {
        return result;
    }
    return check_tick(&scratch->tick, names, head, message);
}

enum lq_result lq_session_entry_read(lq_ledger_t *ledger, struct lq_session_names names,
                                     struct lq_record_scratch *scratch,
                                     struct lq_session_entry *entry, uint64_t *ledger_sequence,
                                     struct lq_error_message *message)
{
    const struct lq_tick *tick = &scratch->tick;
    struct lq_head head;
    enum lq_result result = lq_session_entry_read_head(ledger, names, scratch, &head, message);

    if (result == LQ_ERR_STATE) {
        *entry = (struct lq_session_entry){.tenant = names.tenant,
                                           .name = names.session,
                                           .frame = head.frame,
                                           .record_count = head.record_count,
                                           .deleted = true};
        memcpy(entry->hash, head.hash, sizeof entry->hash);
        *ledger_sequence = head.ledger_sequence;
        return LQ_OK;
    }
    if (result != LQ_OK) {
        return result;
    }
    *entry = (struct lq_session_entry){
        .tenant = names.tenant,
        .name = names.session,
        .frame = head.frame,
        .record_count = head.record_count,
        .has_config = true,
        .config = tick->config,
        .body_count = tick->world.body_count,
        .agent_count = tick->world.agent_count,
        .player_count = tick->world.player_count,
        .client_count = tick->windows.count,
        .step_count = tick->step_count + tick->steps,
        .missed_count = tick->missed_count,
    };
    memcpy(entry->hash, head.hash, sizeof entry->hash);
    *ledger_sequence = head.ledger_sequence;
    return LQ_OK;
}
