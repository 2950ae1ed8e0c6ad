// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/retention.h"
#include "store/lmdb/commit_group.h"

enum lq_result lq_commit_retention_put(struct lq_commit_group *group, struct lq_view key,
                                       struct lq_view value, uint64_t retention_s)
{
    uint8_t bytes[LQ_TENANT_VALUE_BYTES_MAX];
    uint8_t digest[LQ_HASH_BYTES];
    struct lq_tenant_value tenant;
    enum lq_result result = lq_ledger_key_get_tenant(value, &tenant);

    if (result != LQ_OK) {
        return result;
    }
    memset(group->ledger->ages, 0, sizeof group->ledger->ages);
    lq_entry_proof_digest(key, value, digest);
    lq_digest_sum_subtract(&group->state.names, digest);
    tenant.has_retention = true;
    tenant.retention_s = retention_s;
    size_t count = lq_ledger_key_put_tenant(&tenant, bytes);
    lq_commit_group_tag(group, LQ_LEDGER_NAMES, key, bytes, count);
    return lq_commit_group_add(group, LQ_LEDGER_NAMES, key, lq_view_of(bytes, count),
                               &group->state.names);
}

static enum lq_result note(struct lq_commit_group *group, uint64_t tenant_number,
                           uint64_t retention_s)
{
    struct lq_outbox_entry entry = {.kind = LQ_OUTBOX_RETENTION, .tenant_number = tenant_number};

    return lq_commit_outbox_note(group, &entry,
                                 &(struct lq_outbox_note){.retention_s = retention_s});
}

enum lq_result lq_commit_retention_set(struct lq_commit_group *group, struct lq_commit *item)
{
    uint8_t name[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    struct lq_view key = lq_view_of(name, lq_ledger_key_tenant(item->names.tenant, name));
    struct lq_tenant_value tenant;
    struct lq_view value;

    LQ_ASSERT(lq_retention_valid(item->retention_s));
    enum lq_result result = key.bytes == 0 ? LQ_ERR_NOT_FOUND
                                           : lq_ledger_lookup_entry(group->ledger, group->txn,
                                                                    LQ_LEDGER_NAMES, key, &value);
    if (result == LQ_ERR_NOT_FOUND) {
        lq_commit_group_decide(item, LQ_COMMIT_UNKNOWN, 0, NULL);
        return LQ_OK;
    }
    if (result == LQ_OK) {
        result = lq_ledger_key_get_tenant(value, &tenant);
    }
    if (result != LQ_OK) {
        return lq_commit_group_decide_broken(item, result);
    }
    bool same = tenant.has_retention && tenant.retention_s == item->retention_s;
    if (!same) {
        result = lq_commit_retention_put(group, key, value, item->retention_s);
        result = result == LQ_OK ? note(group, tenant.number, item->retention_s) : result;
    }
    lq_commit_group_decide(item, same ? LQ_COMMIT_ALREADY : LQ_COMMIT_DONE, 0, NULL);
    lq_commit_group_place_note(group, item);
    return result;
}
