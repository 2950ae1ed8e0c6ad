// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/commit_group.h"

static enum lq_result put(struct lq_commit_group *group, MDB_val *key, struct lq_view bytes)
{
    MDB_val value = lq_lmdb_environment_value(bytes.data, bytes.bytes);

    return lq_lmdb_environment_result(
        mdb_put(group->txn, group->ledger->environment.databases[LQ_LEDGER_KEYS], key, &value, 0),
        "destroy a key");
}

static enum lq_result note_destroyed(struct lq_commit_group *group, uint64_t tenant_number,
                                     uint32_t generation)
{
    struct lq_outbox_entry entry = {
        .kind = LQ_OUTBOX_KEY, .tenant_number = tenant_number, .key_generation = generation};

    return lq_commit_outbox_note(group, &entry, &(struct lq_outbox_note){.letter_id = 0});
}

/* One generation. `wrapped` points into the map and dies with the first put. */
static enum lq_result destroy(struct lq_commit_group *group, uint64_t tenant_number,
                              uint32_t generation, struct lq_view wrapped)
{
    static const uint8_t zeros[LQ_WRAPPED_KEY_BYTES];
    uint8_t name[LQ_LEDGER_KEY_GENERATION_BYTES];
    uint8_t rest[LQ_WRAPPED_KEY_HEADER_BYTES];
    uint8_t digest[LQ_HASH_BYTES];
    struct lq_view key = lq_view_of(name, sizeof name);

    lq_ledger_key_generation(tenant_number, generation, name);
    lq_entry_proof_digest(key, wrapped, digest);
    lq_digest_sum_subtract(&group->state.keys, digest);
    MDB_val at = lq_lmdb_environment_value(name, sizeof name);
    /* A value of the same length is written over the old one; a shorter one would be put elsewhere
     * in the page, and the old one stay where it was. */
    size_t bytes = wrapped.bytes < sizeof zeros ? wrapped.bytes : sizeof zeros;
    enum lq_result result = put(group, &at, lq_view_of(zeros, bytes));
    if (result == LQ_OK) {
        lq_keyring_write_destroyed(tenant_number, generation, rest);
        result = lq_commit_group_add(group, LQ_LEDGER_KEYS, key, lq_view_of(rest, sizeof rest),
                                     &group->state.keys);
    }
    return result == LQ_OK ? note_destroyed(group, tenant_number, generation) : result;
}

/* All that are there, from the newest one down; generations begin with 1. */
static enum lq_result destroy_all(struct lq_commit_group *group, uint64_t tenant_number,
                                  uint32_t newest, uint32_t *destroyed)
{
    enum lq_result result = LQ_OK;

    for (uint32_t generation = newest; result == LQ_OK && generation > 0; generation--) {
        struct lq_view wrapped;
        result = lq_ledger_lookup_wrapped(group->ledger, group->txn, tenant_number, generation,
                                          &wrapped);
        if (result == LQ_OK && !lq_keyring_is_destroyed(wrapped)) {
            result = destroy(group, tenant_number, generation, wrapped);
            (*destroyed)++;
        }
        result = result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
    }
    return result;
}

enum lq_result lq_commit_shred(struct lq_commit_group *group, struct lq_commit *item)
{
    struct lq_tenant_value tenant;
    uint32_t newest = 0;
    uint32_t destroyed = 0;
    enum lq_result result =
        lq_ledger_lookup_tenant(group->ledger, group->txn, item->names.tenant, &tenant);

    if (result == LQ_ERR_NOT_FOUND) {
        lq_commit_group_decide(item, LQ_COMMIT_UNKNOWN, 0, NULL);
        return LQ_OK;
    }
    if (result == LQ_OK) {
        result = lq_ledger_lookup_generation(group->ledger, group->txn, tenant.number, &newest);
    }
    if (result != LQ_OK) {
        return lq_commit_group_decide_broken(item, result);
    }
    /* What was opened of it lies in memory too. */
    lq_keyring_forget(group->ledger->keyring);
    result = destroy_all(group, tenant.number, newest, &destroyed);
    lq_commit_group_decide(item, destroyed > 0 ? LQ_COMMIT_DONE : LQ_COMMIT_ALREADY, 0, NULL);
    lq_commit_group_place_note(group, item);
    return result;
}
