// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_lookup.h"

#include "base/little_endian.h"
#include "store/core/record.h"

#include <assert.h>

enum lq_result lq_ledger_lookup_entry(lq_ledger_t *ledger, MDB_txn *txn,
                                      enum lq_ledger_database database, struct lq_view key,
                                      struct lq_view *value)
{
    MDB_val name = lq_lmdb_environment_value(key.data, key.bytes);
    MDB_val found;
    int code = mdb_get(txn, ledger->environment.databases[database], &name, &found);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "get");
    }
    *value = lq_lmdb_environment_view(found);
    return LQ_OK;
}

static enum lq_result get(lq_ledger_t *ledger, MDB_txn *txn, enum lq_ledger_database database,
                          const void *key_data, size_t key_bytes, struct lq_view *view)
{
    return lq_ledger_lookup_entry(ledger, txn, database, lq_view_of(key_data, key_bytes), view);
}

enum lq_result lq_ledger_lookup_tenant(lq_ledger_t *ledger, MDB_txn *txn, struct lq_view tenant,
                                       struct lq_tenant_value *value)
{
    uint8_t key[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    size_t bytes = lq_ledger_key_tenant(tenant, key);
    struct lq_view found;

    if (bytes == 0) {
        return LQ_ERR_NOT_FOUND;
    }
    enum lq_result result = get(ledger, txn, LQ_LEDGER_NAMES, key, bytes, &found);
    return result == LQ_OK ? lq_ledger_key_get_tenant(found, value) : result;
}

enum lq_result lq_ledger_lookup_session(lq_ledger_t *ledger, MDB_txn *txn,
                                        struct lq_session_names names,
                                        struct lq_session_value *value)
{
    uint8_t key[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    size_t bytes = lq_ledger_key_session(names, key);
    struct lq_view found;

    if (bytes == 0) {
        return LQ_ERR_NOT_FOUND;
    }
    enum lq_result result = get(ledger, txn, LQ_LEDGER_NAMES, key, bytes, &found);
    return result == LQ_OK ? lq_ledger_key_get_session(found, value) : result;
}

enum lq_result lq_ledger_lookup_head(lq_ledger_t *ledger, MDB_txn *txn, uint64_t session_number,
                                     struct lq_head_state *head)
{
    struct lq_view value;
    enum lq_result result =
        get(ledger, txn, LQ_LEDGER_HEADS, &session_number, sizeof session_number, &value);

    return result == LQ_OK ? lq_head_decode(value, head) : result;
}

enum lq_result lq_ledger_lookup_record(lq_ledger_t *ledger, MDB_txn *txn, uint64_t ledger_sequence,
                                       struct lq_view *record, struct lq_record_header *header)
{
    enum lq_result result =
        get(ledger, txn, LQ_LEDGER_RECORDS, &ledger_sequence, sizeof ledger_sequence, record);

    if (result == LQ_OK) {
        result = lq_record_decode_header(*record, header);
    }
    if (result == LQ_OK &&
        (header->ledger_sequence != ledger_sequence ||
         header->previous_sequence >= ledger_sequence || header->partition != ledger->partition)) {
        result = LQ_ERR_CORRUPT;
    }
    return result;
}

/* The frame and sequence of the entry of the index that `key` came to, if it is one of this chain
 * at or below the head. */
static enum lq_result read_entry(const struct lq_ledger_chain *chain, int code, MDB_val key,
                                 MDB_val value, uint64_t *frame, uint64_t *ledger_sequence)
{
    struct lq_view found = lq_lmdb_environment_view(value);
    uint64_t session_number = 0;

    if (code != 0) {
        return lq_lmdb_environment_result(code, "find an entry of the index of frames");
    }
    enum lq_result result =
        lq_ledger_key_read_frame(lq_lmdb_environment_view(key), &session_number, frame);
    if (result == LQ_OK && found.bytes != sizeof *ledger_sequence) {
        result = LQ_ERR_CORRUPT;
    }
    if (result != LQ_OK) {
        return result;
    }
    if (session_number != chain->session_number || *frame > chain->head->frame) {
        return LQ_ERR_NOT_FOUND;
    }
    *ledger_sequence = lq_get_u64(found.data);
    return LQ_OK;
}

/* Where to begin the walk back to `frame`: at the last entry of the index that is no more than
 * `reach` frames above it, else at the first above; at the head where there is none. */
static enum lq_result walk_index(MDB_cursor *cursor, const struct lq_ledger_chain *chain,
                                 uint64_t frame, uint64_t reach, uint64_t *ledger_sequence)
{
    uint8_t name[LQ_LEDGER_KEY_FRAME_BYTES];
    uint64_t end = chain->head->frame - frame < reach ? chain->head->frame : frame + reach;
    uint64_t reached = 0;
    uint64_t sequence = 0;
    MDB_val value = {0, NULL};

    lq_ledger_key_frame(chain->session_number, frame, name);
    MDB_val key = lq_lmdb_environment_value(name, sizeof name);
    int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    enum lq_result result = read_entry(chain, code, key, value, &reached, ledger_sequence);
    if (result == LQ_ERR_NOT_FOUND) {
        *ledger_sequence = chain->head->ledger_sequence;
        return LQ_OK;
    }
    while (result == LQ_OK && reached < end) {
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        result = read_entry(chain, code, key, value, &reached, &sequence);
        if (result == LQ_ERR_NOT_FOUND && end == chain->head->frame) {
            *ledger_sequence = chain->head->ledger_sequence;
        }
        if (result == LQ_OK && reached <= end) {
            *ledger_sequence = sequence;
        }
    }
    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

static enum lq_result find_start(lq_ledger_t *ledger, MDB_txn *txn, struct lq_ledger_chain chain,
                                 uint64_t frame, uint64_t reach, uint64_t *ledger_sequence)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, ledger->environment.databases[LQ_LEDGER_FRAMES], &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of frames");
    }
    enum lq_result result = walk_index(cursor, &chain, frame, reach, ledger_sequence);
    mdb_cursor_close(cursor);
    return result;
}

enum lq_result lq_ledger_lookup_frame(lq_ledger_t *ledger, MDB_txn *txn,
                                      struct lq_ledger_chain chain, uint64_t frame,
                                      struct lq_view *record, struct lq_record_header *header)
{
    uint64_t ledger_sequence;

    if (frame > chain.head->frame) {
        return LQ_ERR_NOT_FOUND;
    }
    enum lq_result result = find_start(ledger, txn, chain, frame, 0, &ledger_sequence);
    for (uint32_t steps = 0; result == LQ_OK && steps <= LQ_LOOKUP_STEPS_MAX; steps++) {
        result = lq_ledger_lookup_record(ledger, txn, ledger_sequence, record, header);
        if (result == LQ_OK && header->session_number != chain.session_number) {
            result = LQ_ERR_CORRUPT;
        }
        if (result != LQ_OK || header->frame == frame) {
            return result;
        }
        ledger_sequence = header->previous_sequence;
    }
    return result == LQ_OK ? LQ_ERR_CORRUPT : result;
}

static_assert((int)LQ_PLACES_MAX == (int)LQ_LOOKUP_STEPS_MAX + 1, "a run is one look-up's steps");

enum lq_result lq_ledger_lookup_places(lq_ledger_t *ledger, MDB_txn *txn,
                                       struct lq_ledger_chain chain, uint64_t frame,
                                       uint64_t places[LQ_PLACES_MAX], uint32_t *count)
{
    struct lq_record_header header;
    struct lq_view record;
    uint64_t sequence;

    if (frame > chain.head->frame) {
        return LQ_ERR_NOT_FOUND;
    }
    enum lq_result result = find_start(ledger, txn, chain, frame, LQ_RECORD_SPAN_MAX, &sequence);
    uint32_t taken = 0;
    for (; result == LQ_OK && taken < LQ_PLACES_MAX; taken++) {
        result = lq_ledger_lookup_record(ledger, txn, sequence, &record, &header);
        if (result != LQ_OK || header.session_number != chain.session_number ||
            header.frame < frame) {
            return result == LQ_OK ? LQ_ERR_CORRUPT : result;
        }
        places[taken] = sequence;
        if (header.frame == frame) {
            break;
        }
        sequence = header.previous_sequence;
    }
    if (result != LQ_OK || taken == LQ_PLACES_MAX) {
        return result == LQ_OK ? LQ_ERR_CORRUPT : result;
    }
    *count = taken + 1;
    for (uint32_t index = 0; index < *count / 2; index++) {
        uint64_t kept = places[index];
        places[index] = places[*count - 1 - index];
        places[*count - 1 - index] = kept;
    }
    return LQ_OK;
}

enum lq_result lq_ledger_lookup_wrapped(lq_ledger_t *ledger, MDB_txn *txn, uint64_t tenant_number,
                                        uint32_t generation, struct lq_view *wrapped)
{
    uint8_t name[LQ_LEDGER_KEY_GENERATION_BYTES];

    lq_ledger_key_generation(tenant_number, generation, name);
    return get(ledger, txn, LQ_LEDGER_KEYS, name, sizeof name, wrapped);
}

enum lq_result lq_ledger_lookup_key(lq_ledger_t *ledger, MDB_txn *txn, uint64_t tenant_number,
                                    uint32_t generation, const uint8_t **key)
{
    struct lq_view wrapped;

    if (ledger->keyring == NULL) {
        return LQ_ERR_KEY;
    }
    if (tenant_number == 0) {
        return LQ_ERR_CORRUPT;
    }
    *key = lq_keyring_find(ledger->keyring, tenant_number, generation);
    if (*key != NULL) {
        return LQ_OK;
    }
    enum lq_result result =
        lq_ledger_lookup_wrapped(ledger, txn, tenant_number, generation, &wrapped);
    if (result != LQ_OK) {
        return result;
    }
    return lq_keyring_add(ledger->keyring, wrapped, tenant_number, generation, key);
}

bool lq_ledger_lookup_is_destroyed(lq_ledger_t *ledger, MDB_txn *txn, uint64_t tenant_number,
                                   uint32_t generation)
{
    struct lq_view wrapped;

    return lq_ledger_lookup_wrapped(ledger, txn, tenant_number, generation, &wrapped) == LQ_OK &&
           lq_keyring_is_destroyed(wrapped);
}

/* The last entry before those of the next tenant. */
static enum lq_result find_newest(lq_ledger_t *ledger, MDB_txn *txn, uint64_t tenant_number,
                                  uint32_t *generation)
{
    uint8_t name[LQ_LEDGER_KEY_GENERATION_BYTES];
    MDB_cursor *cursor;
    MDB_val value;
    uint64_t found_tenant = 0;

    lq_ledger_key_generation(tenant_number + 1, 0, name);
    MDB_val key = lq_lmdb_environment_value(name, sizeof name);
    int code = mdb_cursor_open(txn, ledger->environment.databases[LQ_LEDGER_KEYS], &cursor);
    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of keys");
    }
    code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    code = mdb_cursor_get(cursor, &key, &value, code == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
    enum lq_result result = lq_lmdb_environment_result(code, "find the newest key");
    if (result == LQ_OK) {
        result =
            lq_ledger_key_read_generation(lq_lmdb_environment_view(key), &found_tenant, generation);
    }
    mdb_cursor_close(cursor);
    if (result == LQ_OK && found_tenant != tenant_number) {
        result = LQ_ERR_NOT_FOUND;
    }
    return result;
}

enum lq_result lq_ledger_lookup_generation(lq_ledger_t *ledger, MDB_txn *txn,
                                           uint64_t tenant_number, uint32_t *generation)
{
    struct lq_tenant_generation *cached =
        &ledger->generations[tenant_number % LQ_LEDGER_TENANTS_CACHED];

    LQ_ASSERT(tenant_number > 0);
    if (cached->tenant_number == tenant_number) {
        *generation = cached->generation;
        return LQ_OK;
    }
    enum lq_result result = find_newest(ledger, txn, tenant_number, generation);
    if (result == LQ_OK) {
        *cached = (struct lq_tenant_generation){tenant_number, *generation};
    }
    return result;
}

enum lq_result lq_ledger_lookup_proof(lq_ledger_t *ledger, MDB_txn *txn, uint64_t session_number,
                                      struct lq_drop_proof *proof)
{
    struct lq_view value;
    enum lq_result result =
        get(ledger, txn, LQ_LEDGER_PROOFS, &session_number, sizeof session_number, &value);

    return result == LQ_OK ? lq_drop_proof_decode(value, proof) : result;
}
