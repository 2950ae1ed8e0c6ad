// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/commit_group.h"

#include "base/little_endian.h"

static enum lq_result put(struct lq_commit_group *group, enum lq_ledger_database database,
                          struct lq_view key, struct lq_view value)
{
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);
    MDB_val data = lq_lmdb_environment_value(value.data, value.bytes);
    int code = mdb_put(group->txn, group->ledger->environment.databases[database], &name, &data, 0);

    return lq_lmdb_environment_result(code, "put");
}

enum lq_result lq_commit_group_add(struct lq_commit_group *group, enum lq_ledger_database database,
                                   struct lq_view key, struct lq_view value,
                                   struct lq_digest_sum *sum)
{
    uint8_t digest[LQ_HASH_BYTES];

    lq_entry_proof_digest(key, value, digest);
    lq_digest_sum_add(sum, digest);
    return put(group, database, key, value);
}

void lq_commit_group_tag(struct lq_commit_group *group, enum lq_ledger_database database,
                         struct lq_view key, uint8_t *value, size_t value_bytes)
{
    const struct lq_entry_place place = {lq_ledger_databases[database].name,
                                         group->ledger->partition, key};
    uint8_t tag[LQ_HASH_BYTES];

    LQ_ASSERT(value_bytes > LQ_ENTRY_TAG_BYTES);
    lq_keyring_tag(group->ledger->keyring, &place,
                   lq_view_of(value, value_bytes - LQ_ENTRY_TAG_BYTES), tag);
    memcpy(value + value_bytes - LQ_ENTRY_TAG_BYTES, tag, LQ_ENTRY_TAG_BYTES);
}

/* Room for a value in the page itself, to be filled before the next write. */
static enum lq_result reserve(MDB_cursor *cursor, uint64_t number, size_t bytes, unsigned flags,
                              uint8_t **room)
{
    MDB_val key = lq_lmdb_environment_value(&number, sizeof number);
    MDB_val value = {bytes, NULL};
    int code = mdb_cursor_put(cursor, &key, &value, MDB_RESERVE | flags);

    *room = value.mv_data;
    return lq_lmdb_environment_result(code, "reserve");
}

void lq_commit_group_decide(struct lq_commit *item, enum lq_commit_verdict verdict, uint64_t frame,
                            const uint8_t *hash)
{
    item->verdict = verdict;
    item->committed_frame = frame;
    if (hash == NULL) {
        memset(item->hash, 0, LQ_HASH_BYTES);
    } else {
        memcpy(item->hash, hash, LQ_HASH_BYTES);
    }
}

void lq_commit_group_place_note(const struct lq_commit_group *group, struct lq_commit *item)
{
    item->outbox_sequence = group->state.next_outbox_sequence - 1;
}

/* A failed look-up for one item: if the store itself is well, only this item is broken. */
enum lq_result lq_commit_group_decide_broken(struct lq_commit *item, enum lq_result result)
{
    if (result == LQ_ERR_CORRUPT || result == LQ_ERR_KEY || result == LQ_ERR_VERSION ||
        result == LQ_ERR_NOT_FOUND) {
        lq_commit_group_decide(item, LQ_COMMIT_BROKEN, 0, NULL);
        return LQ_OK;
    }
    return result;
}

enum lq_result lq_commit_group_decide_keyless(struct lq_commit_group *group,
                                              const struct lq_record_header *header,
                                              struct lq_commit *item, enum lq_result result)
{
    if (result == LQ_ERR_KEY &&
        lq_ledger_lookup_is_destroyed(group->ledger, group->txn, header->tenant_number,
                                      header->key_generation)) {
        lq_commit_group_decide(item, LQ_COMMIT_SHREDDED, 0, NULL);
        return LQ_OK;
    }
    return lq_commit_group_decide_broken(item, result);
}

/* A letter is decided once; if it is decided again all the same, the newer frame stands. */
static enum lq_result forget_letter(struct lq_commit_group *group, struct lq_view key)
{
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);
    uint8_t digest[LQ_HASH_BYTES];
    MDB_val value;
    int code =
        mdb_get(group->txn, group->ledger->environment.databases[LQ_LEDGER_LETTERS], &name, &value);

    if (code == MDB_NOTFOUND) {
        group->state.letter_count++;
        return LQ_OK;
    }
    if (code != 0) {
        return lq_lmdb_environment_result(code, "get a letter");
    }
    lq_entry_proof_digest(key, lq_lmdb_environment_view(value), digest);
    lq_digest_sum_subtract(&group->state.letters, digest);
    return LQ_OK;
}

static enum lq_result note_letter(struct lq_commit_group *group,
                                  const struct lq_record_header *header, uint64_t letter_id)
{
    struct lq_outbox_entry entry = {.kind = LQ_OUTBOX_LETTER,
                                    .tenant_number = header->tenant_number,
                                    .session_number = header->session_number,
                                    .frame = header->frame};

    return lq_commit_outbox_note(group, &entry, &(struct lq_outbox_note){.letter_id = letter_id});
}

static enum lq_result put_letters(struct lq_commit_group *group, const struct lq_commit *item,
                                  const struct lq_record_header *header)
{
    const struct lq_letter_value letter = {header->session_number, header->frame};
    uint8_t value[LQ_LETTER_VALUE_BYTES];
    enum lq_result result = LQ_OK;

    lq_ledger_key_put_letter(&letter, value);
    for (uint32_t index = 0; result == LQ_OK && index < item->letter_count; index++) {
        struct lq_view key = lq_view_of(&item->letter_ids[index], sizeof item->letter_ids[index]);
        lq_commit_group_tag(group, LQ_LEDGER_LETTERS, key, value, sizeof value);
        result = forget_letter(group, key);
        if (result == LQ_OK) {
            result = lq_commit_group_add(group, LQ_LEDGER_LETTERS, key,
                                         lq_view_of(value, sizeof value), &group->state.letters);
        }
        if (result == LQ_OK) {
            result = note_letter(group, header, item->letter_ids[index]);
        }
    }
    return result;
}

static enum lq_result put_frame_index(struct lq_commit_group *group,
                                      const struct lq_record_header *header)
{
    uint8_t key[LQ_LEDGER_KEY_FRAME_BYTES];
    uint8_t value[8];

    lq_ledger_key_frame(header->session_number, header->frame, key);
    lq_put_u64(value, header->ledger_sequence);
    group->state.frame_count++;
    return put(group, LQ_LEDGER_FRAMES, lq_view_of(key, sizeof key),
               lq_view_of(value, sizeof value));
}

/* Whether the delta of `item` can be written: it is against the head's content, which no look at
 * the head's record is needed for; its keyframe has not enough on it; and it is small. */
static bool delta_fits(const struct lq_commit_group *group, const struct lq_commit *item,
                       const struct lq_head_state *head)
{
    return item->delta.bytes > 0 && head->record_count > 0 &&
           memcmp(item->delta_against, head->digest, LQ_HASH_BYTES) == 0 &&
           item->frame - head->keyframe_frame < group->ledger->keyframe_every &&
           lq_record_delta_pays(item->delta.bytes, item->content.bytes);
}

/* H and D go to the head. */
static void write_record(struct lq_commit_group *group, const struct lq_commit *item,
                         const struct lq_record_header *header, struct lq_head_state *head,
                         const uint8_t *key, uint8_t *room)
{
    const struct lq_record_secret *secret = &group->ledger->secrets[group->secret_count++];
    struct lq_salted_digest own;
    struct lq_record_parts parts = {
        .header = header,
        .body = header->kind == LQ_RECORD_DELTA ? item->delta : item->content,
        .digest = item->digest,
        .previous_hash = head->hash,
        .nonce = secret->nonce,
        .key = key,
    };

    if (parts.digest == NULL) {
        memcpy(own.salt, secret->salt, sizeof own.salt);
        lq_salted_digest_make(&own, item->content);
        parts.digest = &own;
    }
    lq_record_seal_write(&parts, room, head->hash);
    memcpy(head->digest, parts.digest->digest, LQ_HASH_BYTES);
}

/* Append the record that `header` describes and make it the head. `head` is the one before; zeroed
 * for a session's first record. */
enum lq_result lq_commit_group_append(struct lq_commit_group *group, struct lq_commit *item,
                                      struct lq_record_header *header, struct lq_head_state *head,
                                      const uint8_t *key)
{
    uint8_t *room;
    bool first = head->record_count == 0;
    bool is_delta = delta_fits(group, item, head);

    header->version = LQ_RECORD_VERSION;
    header->seal_version = LQ_RECORD_SEAL_VERSION;
    header->form = LQ_RECORD_WHOLE;
    header->seal_generation = header->key_generation;
    header->kind = is_delta ? LQ_RECORD_DELTA : LQ_RECORD_KEYFRAME;
    header->body_bytes = (uint32_t)(is_delta ? item->delta.bytes : item->content.bytes);
    header->partition = group->ledger->partition;
    header->content_bytes = (uint32_t)item->content.bytes;
    header->ledger_sequence = group->state.next_ledger_sequence;
    header->frame = item->frame;
    header->previous_sequence = head->ledger_sequence;
    header->keyframe_sequence = is_delta ? head->keyframe_sequence : header->ledger_sequence;
    header->execution = item->execution;
    enum lq_result result = reserve(group->records, header->ledger_sequence,
                                    lq_record_bytes(header->body_bytes), MDB_APPEND, &room);
    if (result != LQ_OK) {
        return result;
    }
    write_record(group, item, header, head, key, room);
    group->state.next_ledger_sequence++;
    group->state.record_count++;
    group->appended++;
    head->frame = header->frame;
    head->ledger_sequence = header->ledger_sequence;
    head->keyframe_sequence = header->keyframe_sequence;
    head->keyframe_frame = is_delta ? head->keyframe_frame : header->frame;
    head->execution = header->execution;
    head->record_count++;
    lq_digest_sum_add(&head->rolling, head->hash);
    lq_digest_sum_add(&group->state.records, head->hash);
    result =
        reserve(group->heads, header->session_number, LQ_HEAD_BYTES, first ? MDB_APPEND : 0, &room);
    if (result == LQ_OK) {
        lq_head_encode(head, room);
    }
    if (result == LQ_OK && lq_record_is_indexed(header)) {
        result = put_frame_index(group, header);
    }
    if (result == LQ_OK && item->event_count > 0) {
        result = lq_commit_outbox_events(group, item, header, key);
    }
    if (result == LQ_OK && item->letter_count > 0) {
        result = put_letters(group, item, header);
    }
    lq_commit_group_decide(item, LQ_COMMIT_DONE, header->frame, head->hash);
    item->ledger_sequence = header->ledger_sequence;
    if (item->letter_count > 0 || item->tells_of_letters) {
        lq_commit_group_place_note(group, item);
    }
    return result;
}

enum lq_result lq_commit_group_find_key(struct lq_commit_group *group,
                                        struct lq_record_header *header, const uint8_t **key)
{
    enum lq_result result = lq_ledger_lookup_generation(
        group->ledger, group->txn, header->tenant_number, &header->key_generation);

    return result == LQ_OK ? lq_ledger_lookup_key(group->ledger, group->txn, header->tenant_number,
                                                  header->key_generation, key)
                           : result;
}
