// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/compaction_piece.h"

#include "base/little_endian.h"
#include "store/seal/digest.h"

/* From a keyframe, or the head, back to the first record that is there: no index entry lies
 * between. More is not what a writer makes. */
enum { PIECE_RECORDS_MAX = LQ_LOOKUP_STEPS_MAX };

/* What goes, last record first. */
struct piece {
    uint64_t sequences[PIECE_RECORDS_MAX];
    struct lq_view records[PIECE_RECORDS_MAX]; /* until the first one is dropped */
    uint32_t count;
    uint64_t bytes;
    struct lq_digest_sum sum; /* of H */
};

static MDB_dbi database(const struct lq_commit_group *group, enum lq_ledger_database which)
{
    return group->ledger->environment.databases[which];
}

enum lq_result lq_compaction_piece_read_entry(const struct lq_compaction_visit *visit, int code,
                                              MDB_val key, MDB_val value, uint64_t *frame,
                                              uint64_t *sequence)
{
    uint64_t session = 0;
    enum lq_result result = lq_lmdb_environment_result(code, "next entry of frames");

    if (result == LQ_OK) {
        result = lq_ledger_key_read_frame(lq_lmdb_environment_view(key), &session, frame);
    }
    if (result == LQ_OK && session != visit->session_number) {
        return LQ_ERR_NOT_FOUND;
    }
    if (result == LQ_OK && value.mv_size != sizeof *sequence) {
        return LQ_ERR_CORRUPT;
    }
    *sequence = result == LQ_OK ? lq_get_u64(value.mv_data) : 0;
    return result;
}

/* The records from the last one that goes back to the first that is there. */
static enum lq_result find_piece(struct lq_commit_group *group,
                                 const struct lq_compaction_visit *visit, uint64_t last_frame,
                                 struct piece *piece)
{
    uint64_t sequence = visit->last_sequence;
    uint64_t count = last_frame - visit->seen.first_frame + 1;
    struct lq_record_header header;
    struct lq_view record;

    piece->count = 0;
    piece->bytes = 0;
    piece->sum = (struct lq_digest_sum){{0}};
    if (count > PIECE_RECORDS_MAX) {
        return LQ_ERR_CORRUPT;
    }
    for (uint64_t frame = last_frame; piece->count < count; frame--) {
        enum lq_result result =
            lq_ledger_lookup_record(group->ledger, group->txn, sequence, &record, &header);
        if (result != LQ_OK) {
            return result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
        }
        if (header.session_number != visit->session_number || header.frame != frame) {
            return LQ_ERR_CORRUPT;
        }
        piece->records[piece->count] = record;
        piece->sequences[piece->count++] = sequence;
        piece->bytes += record.bytes;
        lq_digest_sum_add(&piece->sum, record.data + LQ_RECORD_HASH_AT);
        sequence = header.previous_sequence;
    }
    return LQ_OK;
}

/* What does not follow cannot be proven, and so does not go. */
static enum lq_result prove_piece(const struct piece *piece, struct lq_drop_proof *proof)
{
    enum lq_result result = LQ_OK;

    for (uint32_t index = piece->count; result == LQ_OK && index-- > 0;) {
        struct lq_view record = piece->records[index];
        struct lq_record_header header;
        result = lq_record_decode_header(record, &header);
        if (result == LQ_OK) {
            const struct lq_chain_link link = {&header, record.data + LQ_RECORD_HEADER_AT,
                                               record.data + LQ_RECORD_DIGEST_AT,
                                               record.data + LQ_RECORD_HASH_AT};
            result = lq_drop_proof_extend(proof, &link, lq_digest);
        }
    }
    return result;
}

static enum lq_result put_proof(struct lq_commit_group *group, uint64_t session_number,
                                const struct lq_drop_proof *proof)
{
    struct lq_view key = lq_view_of(&session_number, sizeof session_number);
    struct lq_partition_state *state = &group->state;
    uint8_t value[LQ_DROP_PROOF_BYTES];
    uint8_t digest[LQ_HASH_BYTES];
    struct lq_view before;
    enum lq_result result =
        lq_ledger_lookup_entry(group->ledger, group->txn, LQ_LEDGER_PROOFS, key, &before);

    if (result == LQ_OK) {
        lq_entry_proof_digest(key, before, digest);
        lq_digest_sum_subtract(&state->proofs, digest);
    } else if (result == LQ_ERR_NOT_FOUND) {
        state->proof_count++;
    } else {
        return result;
    }
    lq_drop_proof_encode(proof, value);
    lq_commit_group_tag(group, LQ_LEDGER_PROOFS, key, value, sizeof value);
    return lq_commit_group_add(group, LQ_LEDGER_PROOFS, key, lq_view_of(value, sizeof value),
                               &state->proofs);
}

static enum lq_result remove_records(struct lq_commit_group *group, const struct piece *piece)
{
    for (uint32_t index = 0; index < piece->count; index++) {
        uint64_t sequence = piece->sequences[index];
        MDB_val key = lq_lmdb_environment_value(&sequence, sizeof sequence);
        enum lq_result result = lq_lmdb_environment_result(
            mdb_del(group->txn, database(group, LQ_LEDGER_RECORDS), &key, NULL), "drop a record");
        if (result != LQ_OK) {
            return result;
        }
    }
    return LQ_OK;
}

/* The entries of the index that lead to what went. */
static enum lq_result remove_index_entries(struct lq_commit_group *group,
                                           const struct lq_compaction_visit *visit,
                                           uint64_t last_frame)
{
    uint8_t name[LQ_LEDGER_KEY_FRAME_BYTES];
    MDB_val key = lq_lmdb_environment_value(name, sizeof name);
    MDB_val value = {0, NULL};
    MDB_cursor *cursor;
    uint64_t frame = 0;
    uint64_t sequence = 0;
    int code = mdb_cursor_open(group->txn, database(group, LQ_LEDGER_FRAMES), &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of frames");
    }
    lq_ledger_key_frame(visit->session_number, visit->seen.first_frame, name);
    code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    enum lq_result result =
        lq_compaction_piece_read_entry(visit, code, key, value, &frame, &sequence);
    while (result == LQ_OK && frame <= last_frame) {
        result = lq_lmdb_environment_result(mdb_cursor_del(cursor, 0), "drop an entry of frames");
        if (result == LQ_OK) {
            group->state.frame_count--;
            code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
            result = lq_compaction_piece_read_entry(visit, code, key, value, &frame, &sequence);
        }
    }
    mdb_cursor_close(cursor);
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

static enum lq_result put_head(struct lq_commit_group *group, struct lq_compaction_visit *visit,
                               const struct piece *piece)
{
    MDB_val key = lq_lmdb_environment_value(&visit->session_number, sizeof visit->session_number);
    uint8_t bytes[LQ_HEAD_BYTES];
    MDB_val value = lq_lmdb_environment_value(bytes, sizeof bytes);

    visit->head.record_count -= piece->count;
    lq_digest_sum_part(&visit->head.rolling, &piece->sum);
    lq_head_encode(&visit->head, bytes);
    return lq_lmdb_environment_result(
        mdb_put(group->txn, database(group, LQ_LEDGER_HEADS), &key, &value, 0), "put a head");
}

static enum lq_result take_away(struct lq_commit_group *group, struct lq_compaction_visit *visit,
                                const struct piece *piece, const struct lq_drop_proof *proof)
{
    enum lq_result result = remove_records(group, piece);

    if (result == LQ_OK) {
        result = remove_index_entries(group, visit, proof->last_frame);
    }
    if (result == LQ_OK) {
        result = put_proof(group, visit->session_number, proof);
    }
    if (result == LQ_OK) {
        result = put_head(group, visit, piece);
    }
    group->state.record_count -= piece->count;
    group->state.dropped_count += piece->count;
    lq_digest_sum_part(&group->state.records, &piece->sum);
    return result;
}

enum lq_result lq_compaction_piece_drop(struct lq_commit_group *group,
                                        struct lq_compaction_visit *visit, uint64_t last_frame,
                                        uint64_t *records, uint64_t *bytes)
{
    struct piece piece;
    struct lq_drop_proof proof = {.tenant_number = 0};
    enum lq_result result = find_piece(group, visit, last_frame, &piece);

    if (result == LQ_OK) {
        result = lq_ledger_lookup_proof(group->ledger, group->txn, visit->session_number, &proof);
        result = result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
    }
    if (result == LQ_OK) {
        result = prove_piece(&piece, &proof);
    }
    *records = piece.count;
    *bytes = piece.bytes;
    return result == LQ_OK ? take_away(group, visit, &piece, &proof) : result;
}
