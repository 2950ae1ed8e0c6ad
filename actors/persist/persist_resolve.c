// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The end of a doubt: did this execution make this frame? The ledger knows, and because older
 * writers are fenced by the writer epoch its no is final. */
#include "actors/persist/persist_handler.h"
#include "base/error_message.h"
#include "base/log.h"
#include "store/lmdb/ledger_feed.h"
#include "world/canonical.h"

/* Outcomes as far as the record has them: duplicates and unused commands are not part of a record,
 * so there may be fewer than the execution had commands. The broker then sends its commands again
 * through load, where they are duplicates. */
static enum lq_result read_outcomes(struct lq_persist_handler *handler,
                                    const struct lq_resolve_item *item, uint64_t sequence,
                                    struct lq_answer *answer, struct lq_out_buffer *out)
{
    struct lq_record_buffer buffer = {.memory = handler->record, .bytes_max = LQ_TICK_BYTES_MAX};
    struct lq_record_info info;
    struct lq_error_message message = {""};
    const char *where = "";
    enum lq_result result =
        lq_ledger_read_record(handler->ledger, item->names, sequence, &buffer, &info, &message);

    if (result == LQ_OK) {
        answer->frame = info.frame;
        memcpy(answer->hash, info.hash, sizeof answer->hash);
        result = lq_canonical_decode(buffer.content, &handler->scratch.tick, &where);
    }
    if (result != LQ_OK) {
        /* Committed all the same. Without outcomes the broker sends the commands again. */
        lq_log_rarely(LQ_LOG_ERROR, "record %llu was committed and does not open: %s%s",
                      (unsigned long long)sequence, message.text, where);
        return LQ_OK;
    }
    lq_answer_take_outcomes(answer, &handler->scratch.tick, out);
    return LQ_OK;
}

/* It may have decided letters, or given a name: the newest note of all is not before its own. */
static enum lq_result place_note(struct lq_persist_handler *handler, struct lq_answer *answer)
{
    struct lq_feed_state state;
    enum lq_result result = lq_ledger_read_begin(handler->ledger);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_feed_state(handler->ledger, &state);
    lq_ledger_read_end(handler->ledger);
    answer->outbox_sequence = result == LQ_OK ? state.newest.outbox_sequence : 0;
    return result;
}

enum lq_result lq_persist_resolve_item(void *state, const struct lq_resolve_item *item,
                                       bool *committed, struct lq_answer *answer,
                                       struct lq_out_buffer *out)
{
    struct lq_persist_handler *handler = state;
    if (item->kind == LQ_EXECUTION_SET_CURSOR || item->kind == LQ_EXECUTION_SHRED_TENANT ||
        item->kind == LQ_EXECUTION_SET_RETENTION || item->kind == LQ_EXECUTION_DELETE_SESSION) {
        *committed = false; /* done again, it is as it was */
        return LQ_OK;
    }
    bool of_tenant = item->kind == LQ_EXECUTION_CREATE_TENANT;
    struct lq_session_names names = {item->names.tenant,
                                     of_tenant ? lq_view_of(NULL, 0) : item->names.session};
    uint64_t sequence = 0;
    enum lq_result result = lq_ledger_resolve(handler->ledger, item->execution, names, item->frame,
                                              committed, &sequence);

    if (result != LQ_OK || !*committed) {
        return result;
    }
    answer->frame = item->frame;
    answer->ledger_sequence = sequence;
    result = place_note(handler, answer);
    if (result != LQ_OK) {
        return result;
    }
    return of_tenant ? LQ_OK : read_outcomes(handler, item, sequence, answer, out);
}
