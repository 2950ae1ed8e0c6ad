// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_state.h"

#include "base/little_endian.h"
#include "store/core/head.h"
#include "store/seal/digest.h"

#define STATE_KEY "partition"
#define STATE_DATABASE "meta"

static MDB_val state_key(void)
{
    return lq_lmdb_environment_value(STATE_KEY, sizeof STATE_KEY - 1);
}

static enum lq_result get_value(lq_ledger_t *ledger, MDB_txn *txn, struct lq_view *value)
{
    MDB_val key = state_key();
    MDB_val found;
    int code = mdb_get(txn, ledger->environment.databases[LQ_LEDGER_META], &key, &found);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "get the state of the partition");
    }
    *value = lq_lmdb_environment_view(found);
    return LQ_OK;
}

static void make_tag(const lq_ledger_t *ledger, const uint8_t *value, uint8_t tag[LQ_HASH_BYTES])
{
    const struct lq_entry_place place = {STATE_DATABASE, ledger->partition,
                                         lq_view_text(STATE_KEY)};

    lq_keyring_tag(ledger->keyring, &place, lq_view_of(value, LQ_PARTITION_STATE_TAG_AT), tag);
}

enum lq_result lq_ledger_state_get(lq_ledger_t *ledger, MDB_txn *txn,
                                   struct lq_partition_state *state)
{
    struct lq_view value;
    enum lq_result result = get_value(ledger, txn, &value);

    return result == LQ_OK ? lq_partition_state_decode(value, lq_digest, state) : result;
}

uint32_t lq_ledger_state_format(lq_ledger_t *ledger, MDB_txn *txn)
{
    struct lq_view value = {NULL, 0};
    enum lq_result result = get_value(ledger, txn, &value);

    LQ_ASSERT(result == LQ_OK);
    LQ_ASSERT(value.bytes >= sizeof(uint32_t));
    return lq_get_u32(value.data);
}

enum lq_result lq_ledger_state_put(lq_ledger_t *ledger, MDB_txn *txn,
                                   struct lq_partition_state *state)
{
    uint8_t value[LQ_PARTITION_STATE_BYTES];
    MDB_val key = state_key();
    MDB_val stored = lq_lmdb_environment_value(value, sizeof value);

    LQ_ASSERT(ledger->writing);
    state->transaction = mdb_txn_id(txn);
    enum lq_result result =
        lq_lmdb_environment_note_before(&ledger->environment, txn, state->meta_before);
    if (result != LQ_OK) {
        return LQ_ERR_CORRUPT;
    }
    lq_partition_state_encode(state, value);
    make_tag(ledger, value, value + LQ_PARTITION_STATE_TAG_AT);
    lq_partition_state_check(lq_digest, value);
    return lq_lmdb_environment_result(
        mdb_put(txn, ledger->environment.databases[LQ_LEDGER_META], &key, &stored, 0),
        "put the state of the partition");
}

enum lq_result lq_ledger_state_prove(lq_ledger_t *ledger, MDB_txn *txn)
{
    uint8_t tag[LQ_HASH_BYTES];
    struct lq_view value = {NULL, 0};

    if (ledger->keyring == NULL) {
        return LQ_OK;
    }
    enum lq_result result = get_value(ledger, txn, &value);
    if (result != LQ_OK || value.bytes != LQ_PARTITION_STATE_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    make_tag(ledger, value.data, tag);
    return memcmp(tag, value.data + LQ_PARTITION_STATE_TAG_AT, sizeof tag) == 0 ? LQ_OK
                                                                                : LQ_ERR_CORRUPT;
}

bool lq_ledger_state_keys_changed(lq_ledger_t *ledger, MDB_txn *txn, uint8_t seen[LQ_HASH_BYTES])
{
    struct lq_view value = {NULL, 0};

    if (get_value(ledger, txn, &value) != LQ_OK || value.bytes != LQ_PARTITION_STATE_BYTES) {
        return true;
    }
    bool changed = memcmp(seen, value.data + LQ_PARTITION_STATE_KEYS_AT, LQ_HASH_BYTES) != 0;
    memcpy(seen, value.data + LQ_PARTITION_STATE_KEYS_AT, LQ_HASH_BYTES);
    return changed;
}

enum lq_result lq_ledger_state_compare_heads(lq_ledger_t *ledger, MDB_txn *txn,
                                             const struct lq_partition_state *state)
{
    struct lq_digest_sum sum = {{0}};
    struct lq_head_state head;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    enum lq_result result = LQ_OK;
    int code = mdb_cursor_open(txn, ledger->environment.databases[LQ_LEDGER_HEADS], &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of heads");
    }
    while (result == LQ_OK && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        result = lq_head_decode(lq_lmdb_environment_view(value), &head);
        if (result == LQ_OK) {
            lq_digest_sum_join(&sum, &head.rolling);
        }
    }
    mdb_cursor_close(cursor);
    if (result == LQ_OK && code != MDB_NOTFOUND) {
        return lq_lmdb_environment_result(code, "next head");
    }
    return result == LQ_OK && lq_digest_sum_equal(&sum, &state->records) ? LQ_OK : LQ_ERR_CORRUPT;
}

uint64_t lq_ledger_state_count(const struct lq_partition_state *state,
                               enum lq_ledger_database database)
{
    switch (database) {
    case LQ_LEDGER_RECORDS:
        return state->record_count;
    case LQ_LEDGER_HEADS:
        return state->session_count;
    case LQ_LEDGER_NAMES:
        return state->name_count;
    case LQ_LEDGER_KEYS:
        return state->key_count;
    case LQ_LEDGER_FRAMES:
        return state->frame_count;
    case LQ_LEDGER_OUTBOX:
        return state->outbox_count;
    case LQ_LEDGER_CURSORS:
        return state->cursor_count;
    case LQ_LEDGER_LETTERS:
        return state->letter_count;
    case LQ_LEDGER_PROOFS:
        return state->proof_count;
    case LQ_LEDGER_META:
        return 1;
    case LQ_LEDGER_DATABASES:
        break;
    }
    LQ_ASSERT(false);
    return 0;
}
