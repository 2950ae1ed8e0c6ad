// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/log.h"
#include "store/lmdb/commit_group.h"
#include "store/seal/sealed_box.h"

#include <inttypes.h>

enum { TRIMMED_LEAST = 64 };

/* Room for the next entry, of which all but body and tag is written. */
static enum lq_result reserve(struct lq_commit_group *group, struct lq_outbox_entry *entry,
                              size_t beside, MDB_val *value)
{
    entry->outbox_sequence = group->state.next_outbox_sequence;
    MDB_val name =
        lq_lmdb_environment_value(&entry->outbox_sequence, sizeof entry->outbox_sequence);
    *value = (MDB_val){beside + entry->body_bytes, NULL};
    int code = mdb_put(group->txn, group->ledger->environment.databases[LQ_LEDGER_OUTBOX], &name,
                       value, MDB_RESERVE | MDB_APPEND);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "put an entry of the outbox");
    }
    lq_outbox_entry_encode(entry, value->mv_data);
    return LQ_OK;
}

static uint64_t entry_bytes(size_t value_bytes)
{
    return sizeof(uint64_t) + value_bytes;
}

/* The entry is whole: count it. */
static void count(struct lq_commit_group *group, const struct lq_outbox_entry *entry, MDB_val value)
{
    uint8_t digest[LQ_HASH_BYTES];

    lq_entry_proof_digest(lq_view_of(&entry->outbox_sequence, sizeof entry->outbox_sequence),
                          lq_lmdb_environment_view(value), digest);
    lq_digest_sum_add(&group->state.outbox, digest);
    group->state.next_outbox_sequence++;
    group->state.outbox_count++;
    group->state.outbox_bytes += entry_bytes(value.mv_size);
    group->outbox_puts++;
}

enum lq_result lq_commit_outbox_events(struct lq_commit_group *group, const struct lq_commit *item,
                                       const struct lq_record_header *header, const uint8_t *key)
{
    MDB_val value;

    for (uint32_t index = 0; index < item->event_count; index++) {
        struct lq_outbox_entry entry = {
            .kind = LQ_OUTBOX_EVENT,
            .key_generation = header->key_generation,
            .event_index = item->events[index].index,
            .is_quiet = item->events[index].is_quiet,
            .body_bytes = (uint32_t)item->events[index].bytes.bytes,
            .tenant_number = header->tenant_number,
            .session_number = header->session_number,
            .frame = header->frame,
            .ledger_sequence = header->ledger_sequence,
        };
        enum lq_result result = reserve(group, &entry, LQ_OUTBOX_ENTRY_SEALED_BYTES, &value);
        if (result != LQ_OK) {
            return result;
        }
        lq_sealed_box_write(key, lq_view_of(value.mv_data, LQ_OUTBOX_ENTRY_HEADER_BYTES),
                            item->events[index].bytes,
                            (uint8_t *)value.mv_data + LQ_OUTBOX_ENTRY_HEADER_BYTES);
        count(group, &entry, value);
    }
    return LQ_OK;
}

enum lq_result lq_commit_outbox_note(struct lq_commit_group *group, struct lq_outbox_entry *entry,
                                     const struct lq_outbox_note *note)
{
    uint8_t body[LQ_OUTBOX_NOTE_BODY_BYTES_MAX];
    MDB_val value;

    entry->body_bytes = (uint32_t)lq_outbox_note_encode(entry->kind, note, body);
    if (entry->ledger_sequence == 0) {
        entry->ledger_sequence = group->state.next_ledger_sequence - 1;
    }
    enum lq_result result = reserve(group, entry, LQ_OUTBOX_ENTRY_TAGGED_BYTES, &value);
    if (result != LQ_OK) {
        return result;
    }
    memcpy((uint8_t *)value.mv_data + LQ_OUTBOX_ENTRY_HEADER_BYTES, body, entry->body_bytes);
    lq_commit_group_tag(group, LQ_LEDGER_OUTBOX,
                        lq_view_of(&entry->outbox_sequence, sizeof entry->outbox_sequence),
                        value.mv_data, value.mv_size);
    count(group, entry, value);
    return LQ_OK;
}

/* ---- what goes ---- */

/* The oldest entry; the next one is then the first. */
static enum lq_result remove_first(struct lq_commit_group *group, MDB_cursor *cursor)
{
    struct lq_partition_state *state = &group->state;
    uint8_t digest[LQ_HASH_BYTES];
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);

    if (code == MDB_NOTFOUND) {
        state->first_outbox_sequence = state->next_outbox_sequence;
        return LQ_OK;
    }
    if (code == 0) {
        lq_entry_proof_digest(lq_lmdb_environment_view(key), lq_lmdb_environment_view(value),
                              digest);
        lq_digest_sum_subtract(&state->outbox, digest);
        state->outbox_count--;
        state->outbox_bytes -= entry_bytes(value.mv_size);
        memcpy(&state->first_outbox_sequence, key.mv_data, sizeof state->first_outbox_sequence);
        state->first_outbox_sequence++;
        code = mdb_cursor_del(cursor, 0);
    }
    return lq_lmdb_environment_result(code, "trim the outbox");
}

static bool has_too_much(const struct lq_commit_group *group)
{
    uint64_t most = group->ledger->outbox_bytes_max;

    return most > 0 && group->state.outbox_bytes > most;
}

/* Those before `passed`; that one stays: a reader that begins again compares it with what he has,
 * and so knows an old copy of this partition that has gone another way. */
static enum lq_result remove_some(struct lq_commit_group *group, uint64_t passed)
{
    uint32_t left = TRIMMED_LEAST + 2 * group->outbox_puts;
    const struct lq_partition_state *state = &group->state;
    MDB_cursor *cursor;
    int code = mdb_cursor_open(group->txn, group->ledger->environment.databases[LQ_LEDGER_OUTBOX],
                               &cursor);
    enum lq_result result = lq_lmdb_environment_result(code, "open a cursor of the outbox");

    while (result == LQ_OK && left-- > 0 &&
           state->first_outbox_sequence < state->next_outbox_sequence &&
           (state->first_outbox_sequence < passed || has_too_much(group))) {
        result = remove_first(group, cursor);
    }
    if (code == 0) {
        mdb_cursor_close(cursor);
    }
    return result;
}

/* Who is so far behind that what comes next for him is gone hears of it when he reads on. */
static enum lq_result drop_who_lags(struct lq_commit_group *group,
                                    const struct lq_outbox_cursors *cursors)
{
    enum lq_result result = LQ_OK;

    for (uint32_t index = 0; result == LQ_OK && index < cursors->count; index++) {
        uint64_t at = cursors->list[index].at.outbox_sequence;
        const char *name = cursors->list[index].name;
        if (at + 1 >= group->state.first_outbox_sequence) {
            continue;
        }
        lq_log_error(
            "cursor %s is dropped: the outbox may have %" PRIu64
            " bytes (store/outbox_bytes_max); it stood behind entry %" PRIu64 " of %" PRIu64,
            name, group->ledger->outbox_bytes_max, at, group->state.next_outbox_sequence - 1);
        result = lq_commit_cursor_remove(group, lq_view_text(name));
    }
    return result;
}

enum lq_result lq_commit_outbox_trim(struct lq_commit_group *group)
{
    struct lq_outbox_cursors cursors = {.count = 0};
    uint64_t passed = 0;
    enum lq_result result = LQ_OK;

    if (group->state.cursor_count > 0) {
        result = lq_commit_cursor_list(group, &cursors);
    }
    for (uint32_t index = 0; index < cursors.count; index++) {
        uint64_t at = cursors.list[index].at.outbox_sequence;
        passed = index == 0 || at < passed ? at : passed;
    }
    if (result != LQ_OK || (group->state.first_outbox_sequence >= passed && !has_too_much(group))) {
        return result;
    }
    result = remove_some(group, passed);
    return result == LQ_OK ? drop_who_lags(group, &cursors) : result;
}
