// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/stored_durability.h"

#include "base/little_endian.h"

/* policy u8, three zeros, flush_ms u32, history_days u32 */
enum { FLUSH_AT = 4, HISTORY_AT = 8, VALUE_BYTES = 12 };

enum lq_result lq_stored_durability_put(lq_broker_store_t *store, const struct lq_storage_job *job,
                                        struct lq_storage_news_list *news)
{
    const struct lq_durability *durability = &job->durability;
    size_t bytes = strlen(job->tenant);
    uint8_t key[1 + LQ_TENANT_NAME_BYTES_MAX];
    uint8_t value[VALUE_BYTES] = {durability->policy};
    enum lq_result result;

    key[0] = '/';
    memcpy(key + 1, job->tenant, bytes);
    lq_put_u32(value + FLUSH_AT, durability->flush_ms);
    lq_put_u32(value + HISTORY_AT, durability->history_days);
    if (durability->own) {
        result = lq_broker_store_put(store, LQ_BROKER_TABLE_QUOTAS, lq_view_of(key, 1 + bytes),
                                     lq_view_of(value, sizeof value));
    } else {
        result = lq_broker_store_delete(store, LQ_BROKER_TABLE_QUOTAS, lq_view_of(key, 1 + bytes));
        result = result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
    }
    if (result != LQ_OK) {
        return result;
    }
    struct lq_storage_news *set = lq_storage_news_add(news, LQ_STORAGE_NEWS_DURABILITY);
    memcpy(set->tenant, job->tenant, sizeof set->tenant);
    set->durability = *durability;
    set->peer = job->peer;
    set->tag = job->tag;
    return LQ_OK;
}

bool lq_stored_durability_read(struct lq_view key, struct lq_view value, struct lq_view *tenant,
                               struct lq_durability *durability)
{
    if (!lq_stored_durability_is_key(key) || value.bytes != VALUE_BYTES || value.data[1] != 0 ||
        value.data[2] != 0 || value.data[3] != 0) {
        return false;
    }
    *tenant = lq_view_of(key.data + 1, key.bytes - 1);
    *durability = (struct lq_durability){.own = true,
                                         .policy = value.data[0],
                                         .flush_ms = lq_get_u32(value.data + FLUSH_AT),
                                         .history_days = lq_get_u32(value.data + HISTORY_AT)};
    return lq_tenant_name_valid(*tenant) && lq_durability_valid(durability);
}
