// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Records that come back: each behind the one before it, its seal, D and H checked. */
#include "base/little_endian.h"
#include "store/core/content_prefix.h"
#include "store/lmdb/ledger_content.h"
#include "store/lmdb/restore_tables.h"

/* The head of a record's session, and whose that is: as its note says, then as its last record. Of
 * one without records the frame is the one that it begins with, and a keyframe sequence says that
 * it waits. */
static enum lq_result find_head(lq_ledger_restore_t *restore, uint64_t session_number,
                                struct lq_head_state *head, uint64_t *tenant_number)
{
    struct lq_record_header last;
    struct lq_view value;
    struct lq_view record;

    *head = (struct lq_head_state){.record_count = 0};
    enum lq_result result = lq_restore_tables_get(
        restore, LQ_LEDGER_HEADS, lq_view_of(&session_number, sizeof session_number), &value);

    if (result != LQ_OK) {
        return result == LQ_ERR_NOT_FOUND
                   ? lq_restore_tables_refuse(restore, "a record of a session that no note names")
                   : result;
    }
    if (!lq_restore_tables_has_records(value, head)) {
        *head = (struct lq_head_state){.frame = lq_get_u64(value.data + LQ_RESTORE_EMPTY_FRAME_AT),
                                       .keyframe_sequence =
                                           lq_get_u64(value.data + LQ_RESTORE_WAITS_AT),
                                       .life = value.data[LQ_HEAD_LIFE_AT]};
        *tenant_number = lq_get_u64(value.data);
        return LQ_OK;
    }
    result = lq_ledger_lookup_record(restore->group.ledger, restore->group.txn,
                                     head->ledger_sequence, &record, &last);
    *tenant_number = last.tenant_number;
    return result;
}

/* Whether its kind fits what its session has before it: a delta needs a keyframe, not too far. */
static bool keyframe_fits(const struct lq_record_header *header, const struct lq_head_state *head)
{
    if (header->kind == LQ_RECORD_KEYFRAME) {
        return header->keyframe_sequence == header->ledger_sequence;
    }
    return head->record_count > 0 && header->keyframe_sequence == head->keyframe_sequence &&
           header->frame - head->keyframe_frame < LQ_RECORD_SPAN_MAX;
}

/* Whether it goes on where its session's chain ended. */
static enum lq_result check_place(lq_ledger_restore_t *restore, struct lq_view record,
                                  const struct lq_record_header *header,
                                  const struct lq_head_state *head, bool begins_late)
{
    bool first = head->record_count == 0;

    if (header->partition != restore->group.ledger->partition) {
        return lq_restore_tables_refuse(restore, "a record of another partition");
    }
    if (first && header->frame > 0 && (begins_late || header->frame == head->frame)) {
        return header->previous_sequence > 0 &&
                       header->previous_sequence < header->ledger_sequence &&
                       keyframe_fits(header, head)
                   ? LQ_OK
                   : lq_restore_tables_refuse(restore,
                                              "the first record of a session that is no keyframe");
    }
    if (header->frame != (first ? 0 : head->frame + 1)) {
        return lq_restore_tables_refuse(
            restore, first ? "the first record of a session that is not its frame 0"
                           : "a record that is not its session's next frame");
    }
    if (header->previous_sequence != head->ledger_sequence || !keyframe_fits(header, head) ||
        header->ledger_sequence <= head->ledger_sequence) {
        return lq_restore_tables_refuse(restore, "a record that names others before it");
    }
    return lq_record_seal_follows(record, head->hash)
               ? LQ_OK
               : lq_restore_tables_refuse(restore, "H does not follow");
}

/* The seal, D, and the names inside. */
static enum lq_result check_content(lq_ledger_restore_t *restore, struct lq_view record,
                                    const struct lq_record_header *header, bool *is_destroyed)
{
    const struct lq_content_wanted wanted = {.reader = LQ_CONTENT_OF_RECORDS,
                                             .txn = restore->group.txn,
                                             .header = header,
                                             .record = record,
                                             .proven = true};
    struct lq_content_found found;
    struct lq_session_names names;
    struct lq_session_value session;
    const uint8_t *key;
    enum lq_result result =
        lq_restore_tables_find_key(restore, header->tenant_number, header->seal_generation, &key);

    *is_destroyed = result == LQ_OK && key == NULL;
    if (result != LQ_OK || key == NULL) {
        return result;
    }
    if (lq_ledger_content_read(restore->group.ledger, &wanted, &found).result != LQ_OK) {
        return lq_restore_tables_refuse(restore, "a record that does not open");
    }
    result = lq_content_prefix_read(found.content, &names);
    if (result == LQ_OK) {
        result =
            lq_ledger_lookup_session(restore->group.ledger, restore->group.txn, names, &session);
    }
    return result == LQ_OK && session.number == header->session_number &&
                   session.tenant_number == header->tenant_number
               ? LQ_OK
               : lq_restore_tables_refuse(restore, "the names inside a seal are another session's");
}

static enum lq_result add_record(lq_ledger_restore_t *restore, struct lq_view record,
                                 const struct lq_record_header *header, struct lq_head_state *head)
{
    struct lq_commit_group *group = &restore->group;
    struct lq_view number = lq_view_of(&header->session_number, sizeof header->session_number);
    uint8_t bytes[LQ_HEAD_BYTES];
    uint8_t key[LQ_LEDGER_KEY_FRAME_BYTES];
    uint8_t sequence[8];

    memcpy(head->hash, record.data + LQ_RECORD_HASH_AT, LQ_HASH_BYTES);
    head->frame = header->frame;
    head->ledger_sequence = header->ledger_sequence;
    head->keyframe_sequence = header->keyframe_sequence;
    head->keyframe_frame =
        header->kind == LQ_RECORD_KEYFRAME ? header->frame : head->keyframe_frame;
    memcpy(head->digest, record.data + LQ_RECORD_DIGEST_AT, LQ_HASH_BYTES);
    head->execution = header->execution;
    group->state.session_count += head->record_count == 0;
    head->record_count++;
    lq_digest_sum_add(&head->rolling, head->hash);
    lq_digest_sum_add(&group->state.records, head->hash);
    group->state.record_count++;
    lq_head_encode(head, bytes);
    enum lq_result result = lq_restore_tables_put_new(
        restore, LQ_LEDGER_RECORDS,
        lq_view_of(&header->ledger_sequence, sizeof header->ledger_sequence), record);
    if (result == LQ_OK) {
        result = lq_restore_tables_put(restore, LQ_LEDGER_HEADS, number,
                                       lq_view_of(bytes, sizeof bytes));
    }
    if (result == LQ_OK && lq_record_is_indexed(header)) {
        lq_ledger_key_frame(header->session_number, header->frame, key);
        lq_put_u64(sequence, header->ledger_sequence);
        group->state.frame_count++;
        result = lq_restore_tables_put_new(restore, LQ_LEDGER_FRAMES, lq_view_of(key, sizeof key),
                                           lq_view_of(sequence, sizeof sequence));
    }
    return result;
}

/* Where a record comes from. */
enum origin { FROM_STREAM = 1, FROM_STREAM_THAT_BEGINS_LATE, FROM_BASE };

/* The session's first record is a delta, and what it builds on is not there. */
static enum lq_result begin_to_wait(lq_ledger_restore_t *restore, uint64_t session_number)
{
    struct lq_view number = lq_view_of(&session_number, sizeof session_number);
    uint8_t head[LQ_HEAD_BYTES];
    struct lq_view value;
    enum lq_result result = lq_restore_tables_get(restore, LQ_LEDGER_HEADS, number, &value);

    if (result != LQ_OK) {
        return result;
    }
    LQ_ASSERT(value.bytes == sizeof head);
    memcpy(head, value.data, sizeof head);
    lq_put_u64(head + LQ_RESTORE_WAITS_AT, 1);
    restore->wait_count++;
    restore->late_count++; /* until its base says otherwise */
    return lq_restore_tables_put(restore, LQ_LEDGER_HEADS, number, lq_view_of(head, sizeof head));
}

static enum lq_result restore_record(lq_ledger_restore_t *restore, struct lq_view value,
                                     const struct lq_record_header *header,
                                     struct lq_head_state *head, enum origin origin)
{
    bool begins_late = origin != FROM_STREAM;
    bool is_destroyed = false;
    bool waits = head->record_count == 0 && head->keyframe_sequence != 0;

    if (origin == FROM_STREAM_THAT_BEGINS_LATE && waits) {
        return LQ_OK;
    }
    if (origin == FROM_STREAM_THAT_BEGINS_LATE && head->record_count == 0 &&
        header->kind == LQ_RECORD_DELTA) {
        return begin_to_wait(restore, header->session_number);
    }
    enum lq_result result = check_place(restore, value, header, head, begins_late);
    if (result == LQ_OK) {
        result = check_content(restore, value, header, &is_destroyed);
    }
    if (result != LQ_OK) {
        return result;
    }
    if (head->record_count == 0 && begins_late) {
        restore->late_count += (uint64_t)(header->frame > 0) - (uint64_t)waits;
    }
    restore->destroyed_count += is_destroyed;
    return add_record(restore, value, header, head);
}

/* Its header, and the head of its session. */
static enum lq_result read_record(lq_ledger_restore_t *restore, struct lq_view value,
                                  struct lq_record_header *header, struct lq_head_state *head)
{
    uint64_t tenant_number = 0;

    if (lq_record_decode_header(value, header) != LQ_OK || header->ledger_sequence == 0) {
        return lq_restore_tables_refuse(restore, "a record that cannot be read");
    }
    enum lq_result result = lq_restore_tables_begin(restore, value.bytes);
    if (result == LQ_OK) {
        result = find_head(restore, header->session_number, head, &tenant_number);
    }
    if (result == LQ_OK && tenant_number != header->tenant_number) {
        result = lq_restore_tables_refuse(restore, "a record of another tenant than its session's");
    }
    return result;
}

static enum lq_result take_record(lq_ledger_restore_t *restore, struct lq_view value,
                                  enum origin origin)
{
    struct lq_record_header header;
    struct lq_head_state head;
    enum lq_result result = read_record(restore, value, &header, &head);

    if (result == LQ_OK) {
        result = restore_record(restore, value, &header, &head, origin);
    }
    if (result == LQ_OK) {
        lq_restore_tables_raise(&restore->next.next_ledger_sequence, header.ledger_sequence);
        lq_restore_tables_see_epoch(restore, header.execution.epoch);
    }
    return result;
}

enum lq_result lq_ledger_restore_record(lq_ledger_restore_t *restore, struct lq_view value,
                                        bool begins_late)
{
    return take_record(restore, value, begins_late ? FROM_STREAM_THAT_BEGINS_LATE : FROM_STREAM);
}

enum lq_result lq_ledger_restore_base(lq_ledger_restore_t *restore, struct lq_view value)
{
    return take_record(restore, value, FROM_BASE);
}

enum lq_result lq_ledger_restore_again(lq_ledger_restore_t *restore, struct lq_view value)
{
    struct lq_record_header header;
    struct lq_head_state head;
    enum lq_result result = read_record(restore, value, &header, &head);

    return result != LQ_OK || head.record_count == 0 || header.frame <= head.frame
               ? result
               : restore_record(restore, value, &header, &head, FROM_STREAM);
}

enum lq_result lq_ledger_restore_session(lq_ledger_restore_t *restore, uint64_t session_number,
                                         struct lq_restored_session *session)
{
    struct lq_head_state head;
    enum lq_result result = lq_restore_tables_begin(restore, 0);

    *session = (struct lq_restored_session){.record_count = 0};
    if (result == LQ_OK) {
        result = find_head(restore, session_number, &head, &session->tenant_number);
    }
    if (result == LQ_ERR_CORRUPT && head.record_count == 0) {
        return LQ_ERR_NOT_FOUND;
    }
    if (result == LQ_OK && head.record_count > 0) {
        session->record_count = head.record_count;
        session->first_frame = lq_head_first_frame(&head);
        session->frame = head.frame;
        memcpy(session->hash, head.hash, sizeof session->hash);
    }
    return result;
}
