// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What was dropped of the front of chains. A writer drops more while the rest is walked: whatever
 * is not there then is looked for once more in the end, among the proofs as they are by then. */
#include "store/lmdb/ledger_lookup.h"
#include "store/lmdb/ledger_state.h"
#include "store/lmdb/verification.h"

#include <inttypes.h>

bool lq_verification_tag_fits(const struct lq_verification *verification,
                              enum lq_ledger_database database, struct lq_view key,
                              struct lq_view value)
{
    const struct lq_entry_place place = {lq_ledger_databases[database].name,
                                         verification->ledger->partition, key};
    size_t bytes = value.bytes - LQ_ENTRY_TAG_BYTES;
    uint8_t tag[LQ_HASH_BYTES];

    if (!verification->with_key) {
        return true;
    }
    LQ_ASSERT(value.bytes > LQ_ENTRY_TAG_BYTES);
    lq_keyring_tag(verification->ledger->keyring, &place, lq_view_of(value.data, bytes), tag);
    return memcmp(tag, value.data + bytes, LQ_ENTRY_TAG_BYTES) == 0;
}

/* ---- in the snapshot ---- */

/* Whether head and proof tell the same. */
static void compare_with_head(struct lq_verification *verification,
                              const struct lq_verified_chain *chain)
{
    const struct lq_drop_proof *proof = &chain->proof;
    const struct lq_head_state *head = &chain->head;
    uint64_t first_frame = lq_head_first_frame(head);

    if (proof->last_frame + 1 != first_frame) {
        lq_verification_fault(verification, LQ_LEDGER_PROOFS, chain, proof->last_frame,
                              "frames up to %" PRIu64
                              " were dropped, the head says that frame %" PRIu64 " is the first",
                              proof->last_frame, first_frame);
    } else if (first_frame > head->frame &&
               (proof->last_sequence != head->ledger_sequence ||
                memcmp(proof->last_hash, head->hash, LQ_HASH_BYTES) != 0)) {
        lq_verification_fault(verification, LQ_LEDGER_PROOFS, chain, proof->last_frame,
                              "what was dropped last is not what the head names");
    }
}

static void take_proof(struct lq_verification *verification, struct lq_view key,
                       struct lq_view value)
{
    struct lq_drop_proof proof;
    uint64_t number = 0;

    if (key.bytes == sizeof number) {
        memcpy(&number, key.data, sizeof number);
    }
    struct lq_verified_chain *chain = lq_verification_chain(verification, number);
    if (chain == NULL || !chain->has_head || lq_drop_proof_decode(value, &proof) != LQ_OK) {
        lq_verification_fault(
            verification, LQ_LEDGER_PROOFS, NULL, 0,
            "the proof of session number %" PRIu64 " is unreadable, or of no session", number);
        return;
    }
    if (!lq_verification_tag_fits(verification, LQ_LEDGER_PROOFS, key, value)) {
        lq_verification_fault(
            verification, LQ_LEDGER_PROOFS, NULL, 0,
            "the proof of session number %" PRIu64 " was not written with the master key", number);
    }
    chain->proof = proof;
    compare_with_head(verification, chain);
}

/* What all proofs are in the snapshot. */
struct proof_total {
    uint64_t count, dropped;
    struct lq_digest_sum sum;
};

static enum lq_result read_proofs(struct lq_verification *verification, struct proof_total *total)
{
    lq_ledger_t *ledger = verification->ledger;
    MDB_dbi dbi = ledger->environment.databases[LQ_LEDGER_PROOFS];
    uint8_t digest[LQ_HASH_BYTES];
    struct lq_drop_proof proof;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    MDB_val found;
    int code = mdb_cursor_open(ledger->read_txn, dbi, &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of proofs");
    }
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0 &&
           total->count <= verification->state.proof_count) {
        struct lq_view name = lq_lmdb_environment_view(key);
        struct lq_view bytes = lq_lmdb_environment_view(value);
        total->count++;
        lq_entry_proof_digest(name, bytes, digest);
        lq_digest_sum_add(&total->sum, digest);
        if (lq_drop_proof_decode(bytes, &proof) == LQ_OK) {
            total->dropped += lq_drop_proof_count(&proof);
        }
        if (mdb_get(ledger->read_txn, dbi, &key, &found) != 0) {
            lq_verification_fault(verification, LQ_LEDGER_PROOFS, NULL, 0,
                                  "a proof is not found by its key");
        }
        take_proof(verification, name, bytes);
    }
    mdb_cursor_close(cursor);
    return code == 0 || code == MDB_NOTFOUND ? LQ_OK : lq_lmdb_environment_result(code, "walk on");
}

enum lq_result lq_verification_proofs(struct lq_verification *verification)
{
    const struct lq_partition_state *state = &verification->state;
    struct proof_total total = {.count = 0};
    enum lq_result result = read_proofs(verification, &total);

    LQ_ASSERT(verification->ledger->reading);
    if (result != LQ_OK) {
        return result;
    }
    if (total.count != state->proof_count || total.dropped != state->dropped_count) {
        lq_verification_fault(verification, LQ_LEDGER_PROOFS, NULL, 0,
                              "%" PRIu64 " entries of %" PRIu64
                              " dropped records instead of %" PRIu64 " of %" PRIu64,
                              total.count, total.dropped, state->proof_count, state->dropped_count);
    }
    if (!lq_digest_sum_equal(&total.sum, &state->proofs)) {
        lq_verification_fault(verification, LQ_LEDGER_PROOFS, NULL, 0,
                              "the sum of the entries is not the one of the state");
    }
    return LQ_OK;
}

/* ---- in the end ---- */

/* Whether what is gone of a chain was dropped since the snapshot. */
static enum lq_result explain(struct lq_verification *verification,
                              const struct lq_verified_chain *chain)
{
    lq_ledger_t *ledger = verification->ledger;
    struct lq_view key = lq_view_of(&chain->number, sizeof chain->number);
    struct lq_drop_proof proof = chain->proof;
    struct lq_view value;
    enum lq_result result =
        lq_ledger_lookup_entry(ledger, ledger->read_txn, LQ_LEDGER_PROOFS, key, &value);
    bool is_proven = result == LQ_OK && lq_drop_proof_decode(value, &proof) == LQ_OK &&
                     proof.last_frame + 1 >= chain->gone &&
                     lq_verification_tag_fits(verification, LQ_LEDGER_PROOFS, key, value);

    if (!is_proven) {
        uint64_t first = proof.tenant_number == 0 ? 0 : proof.last_frame + 1;
        lq_verification_fault(verification, LQ_LEDGER_RECORDS, chain, first,
                              "frames before frame %" PRIu64
                              " are missing, and nothing proves that they were dropped",
                              chain->gone);
    }
    return result == LQ_OK || lq_verification_is_damage(result) ? LQ_OK : result;
}

static enum lq_result count_again(struct lq_verification *verification)
{
    struct lq_partition_state now;
    enum lq_result result =
        lq_ledger_state_get(verification->ledger, verification->ledger->read_txn, &now);

    if (result == LQ_OK) {
        verification->dropped_since = now.dropped_count - verification->state.dropped_count;
    }
    return result;
}

enum lq_result lq_verification_gone(struct lq_verification *verification)
{
    enum lq_result result = lq_ledger_read_begin(verification->ledger);

    if (result != LQ_OK) {
        return result;
    }
    result = count_again(verification);
    for (uint64_t place = 0; result == LQ_OK && place < verification->chain_count; place++) {
        const struct lq_verified_chain *chain = &verification->chains[place];
        if (chain->gone > 0) {
            result = explain(verification, chain);
        }
    }
    lq_ledger_read_end(verification->ledger);
    return result;
}
