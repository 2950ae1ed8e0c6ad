// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "store/core/content_prefix.h"
#include "store/lmdb/ledger_content.h"
#include "store/lmdb/ledger_state.h"
#include "store/lmdb/map_guard.h"

#include <inttypes.h>
#include <stdio.h>

enum lq_result lq_ledger_read_begin(lq_ledger_t *ledger)
{
    enum lq_result result;

    LQ_ASSERT(!ledger->reading);
    if (ledger->read_txn == NULL) {
        result = lq_lmdb_environment_begin(&ledger->environment, MDB_RDONLY, &ledger->read_txn);
        if (result != LQ_OK) {
            ledger->read_txn = NULL;
        }
    } else {
        result = lq_lmdb_environment_renew(&ledger->environment, ledger->read_txn);
    }
    ledger->reading = result == LQ_OK;
    if (ledger->reading) {
        lq_map_guard_enter(ledger->folder, "names, heads or records");
        if (ledger->keyring != NULL &&
            lq_ledger_state_keys_changed(ledger, ledger->read_txn, ledger->keys_seen)) {
            lq_keyring_forget(ledger->keyring);
            lq_ledger_content_forget(ledger);
        }
    }
    return result;
}

void lq_ledger_read_end(lq_ledger_t *ledger)
{
    LQ_ASSERT(ledger->reading);
    lq_map_guard_leave();
    mdb_txn_reset(ledger->read_txn);
    ledger->reading = false;
}

/* Number and head of a session by its names. */
static enum lq_result find_session(lq_ledger_t *ledger, struct lq_session_names names,
                                   struct lq_session_value *numbers, struct lq_head_state *head)
{
    LQ_ASSERT(ledger->reading);
    enum lq_result result = lq_ledger_lookup_session(ledger, ledger->read_txn, names, numbers);
    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_lookup_head(ledger, ledger->read_txn, numbers->number, head);
    return result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
}

static void describe_head(const struct lq_session_value *numbers, const struct lq_head_state *state,
                          struct lq_head *head)
{
    head->session_number = numbers->number;
    head->frame = state->frame;
    head->ledger_sequence = state->ledger_sequence;
    head->record_count = state->record_count;
    head->execution = state->execution;
    memcpy(head->hash, state->hash, LQ_HASH_BYTES);
    head->deleted = state->life == LQ_HEAD_DELETED;
}

enum lq_result lq_ledger_head(lq_ledger_t *ledger, struct lq_session_names names,
                              struct lq_head *head)
{
    struct lq_session_value numbers;
    struct lq_head_state state;
    enum lq_result result = find_session(ledger, names, &numbers, &state);

    if (result == LQ_OK) {
        describe_head(&numbers, &state, head);
    }
    return result;
}

/* The record that a head names. */
static struct lq_record_fault find_newest(lq_ledger_t *ledger,
                                          const struct lq_session_value *numbers,
                                          const struct lq_head_state *head, struct lq_view *record,
                                          struct lq_record_header *header)
{
    enum lq_result result =
        lq_ledger_lookup_record(ledger, ledger->read_txn, head->ledger_sequence, record, header);

    if (result != LQ_OK) {
        return (struct lq_record_fault){result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result,
                                        "header"};
    }
    if (header->session_number != numbers->number ||
        header->tenant_number != numbers->tenant_number || header->frame != head->frame) {
        return (struct lq_record_fault){LQ_ERR_CORRUPT,
                                        "owner: it is not the record that the head names"};
    }
    if (memcmp(record->data + LQ_RECORD_HASH_AT, head->hash, LQ_HASH_BYTES) != 0) {
        return (struct lq_record_fault){LQ_ERR_CORRUPT, "hash: not the head's"};
    }
    return (struct lq_record_fault){LQ_OK, NULL};
}

static enum lq_result report(struct lq_record_fault fault, uint64_t ledger_sequence,
                             struct lq_session_names names, struct lq_error_message *message)
{
    lq_error_message_set(message, "record %" PRIu64 " of %.*s/%.*s: %s: %s", ledger_sequence,
                         (int)names.tenant.bytes, (const char *)names.tenant.data,
                         (int)names.session.bytes, (const char *)names.session.data, fault.what,
                         lq_result_text(fault.result));
    return fault.result;
}

enum lq_result lq_ledger_read_newest(lq_ledger_t *ledger, struct lq_session_names names,
                                     struct lq_head *head, struct lq_tick *tick,
                                     struct lq_view *content, struct lq_error_message *message)
{
    struct lq_session_value numbers;
    struct lq_head_state state;
    struct lq_record_header header;
    struct lq_content_wanted wanted = {
        .reader = LQ_CONTENT_OF_HEADS, .txn = ledger->read_txn, .header = &header, .tick = tick};
    struct lq_content_found found;
    enum lq_result result = find_session(ledger, names, &numbers, &state);

    if (result != LQ_OK) {
        return result;
    }
    if (state.life == LQ_HEAD_DELETED) { /* its newest record may be gone */
        describe_head(&numbers, &state, head);
        lq_error_message_set(message, LQ_LEDGER_DELETED_TEXT, head->frame);
        return LQ_ERR_STATE;
    }
    struct lq_record_fault fault = find_newest(ledger, &numbers, &state, &wanted.record, &header);
    if (fault.result == LQ_OK) {
        fault = lq_ledger_content_read(ledger, &wanted, &found);
        fault.result = fault.result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : fault.result;
    }
    if (fault.result == LQ_OK) {
        *content = found.content;
        if (!lq_content_prefix_matches(*content, names)) {
            fault = (struct lq_record_fault){LQ_ERR_CORRUPT, "names inside the seal"};
        }
    }
    if (fault.result != LQ_OK) {
        return report(fault, state.ledger_sequence, names, message);
    }
    describe_head(&numbers, &state, head);
    return LQ_OK;
}

enum lq_result lq_ledger_is_shredded(lq_ledger_t *ledger, struct lq_view tenant, bool *shredded)
{
    struct lq_tenant_value value;
    uint32_t newest = 0;

    LQ_ASSERT(ledger->reading);
    *shredded = false;
    enum lq_result result = lq_ledger_lookup_tenant(ledger, ledger->read_txn, tenant, &value);
    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_lookup_generation(ledger, ledger->read_txn, value.number, &newest);
    if (result == LQ_OK) {
        *shredded = lq_ledger_lookup_is_destroyed(ledger, ledger->read_txn, value.number, newest);
    }
    return result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
}

enum lq_result lq_ledger_retention(lq_ledger_t *ledger, struct lq_view tenant, uint64_t *seconds,
                                   bool *own)
{
    struct lq_tenant_value value;

    LQ_ASSERT(ledger->reading);
    enum lq_result result = lq_ledger_lookup_tenant(ledger, ledger->read_txn, tenant, &value);
    if (result == LQ_OK) {
        *own = value.has_retention;
        *seconds = value.has_retention ? value.retention_s : *seconds;
    }
    return result;
}

enum lq_result lq_ledger_places(lq_ledger_t *ledger, struct lq_session_names names, uint64_t frame,
                                uint64_t places[LQ_PLACES_MAX], uint32_t *count)
{
    struct lq_session_value numbers;
    struct lq_head_state head;
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result != LQ_OK) {
        return result;
    }
    result = find_session(ledger, names, &numbers, &head);
    if (result == LQ_OK && (frame > head.frame || frame < lq_head_first_frame(&head))) {
        result = LQ_ERR_NOT_FOUND;
    } else if (result == LQ_OK) {
        result = lq_ledger_lookup_places(ledger, ledger->read_txn,
                                         (struct lq_ledger_chain){numbers.number, &head}, frame,
                                         places, count);
        result = result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
    }
    lq_ledger_read_end(ledger);
    return result;
}

enum lq_result lq_ledger_letter_frame(lq_ledger_t *ledger, uint64_t letter_id, uint64_t *frame)
{
    MDB_val key = lq_lmdb_environment_value(&letter_id, sizeof letter_id);
    MDB_val value;

    LQ_ASSERT(ledger->reading);
    int code =
        mdb_get(ledger->read_txn, ledger->environment.databases[LQ_LEDGER_LETTERS], &key, &value);
    if (code != 0) {
        return lq_lmdb_environment_result(code, "get a letter");
    }
    struct lq_letter_value letter;
    enum lq_result result = lq_ledger_key_get_letter(lq_lmdb_environment_view(value), &letter);
    if (result == LQ_OK) {
        *frame = letter.frame;
    }
    return result;
}

static enum lq_result resolve_session(lq_ledger_t *ledger, struct lq_execution_id execution,
                                      struct lq_session_names names, uint64_t frame,
                                      bool *committed, uint64_t *ledger_sequence)
{
    struct lq_session_value numbers;
    struct lq_record_header header;
    struct lq_head_state head;
    struct lq_view record;
    enum lq_result result = find_session(ledger, names, &numbers, &head);

    if (result == LQ_OK && frame <= head.frame && frame >= lq_head_first_frame(&head)) {
        result = lq_ledger_lookup_frame(ledger, ledger->read_txn,
                                        (struct lq_ledger_chain){numbers.number, &head}, frame,
                                        &record, &header);
        if (result != LQ_OK) {
            return LQ_ERR_CORRUPT;
        }
        *committed = lq_execution_id_equal(header.execution, execution);
        *ledger_sequence = *committed ? header.ledger_sequence : 0;
    }
    return result;
}

enum lq_result lq_ledger_resolve(lq_ledger_t *ledger, struct lq_execution_id execution,
                                 struct lq_session_names names, uint64_t frame, bool *committed,
                                 uint64_t *ledger_sequence)
{
    struct lq_partition_state state;
    struct lq_tenant_value value;

    *committed = false;
    *ledger_sequence = 0;
    enum lq_result result = lq_ledger_read_begin(ledger);
    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_state_get(ledger, ledger->read_txn, &state);
    if (result == LQ_OK && ledger->writing && state.writer_epoch != ledger->writer_epoch) {
        result = LQ_ERR_STALE;
    } else if (result == LQ_OK && names.session.bytes > 0) {
        result = resolve_session(ledger, execution, names, frame, committed, ledger_sequence);
    } else if (result == LQ_OK) {
        result = lq_ledger_lookup_tenant(ledger, ledger->read_txn, names.tenant, &value);
        *committed = result == LQ_OK && lq_execution_id_equal(value.execution, execution);
    }
    lq_ledger_read_end(ledger);
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}
