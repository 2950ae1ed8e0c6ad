// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/stored_quotas.h"

#include "base/little_endian.h"
#include "base/log.h"

/* Which are the tenant's own, then the limit of each kind, 0 for those that are not. A kind that is
 * added later stands behind these: an entry may have fewer. */
enum { LIMITS_AT = 4, VALUE_BYTES_MAX = LIMITS_AT + 8 * LQ_QUOTA_KINDS };

static size_t write_value(const struct lq_quota *quota, uint8_t to[VALUE_BYTES_MAX])
{
    lq_put_u32(to, quota->own);
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        lq_put_u64(to + LIMITS_AT + 8 * kind, quota->limits[kind]);
    }
    return VALUE_BYTES_MAX;
}

static bool read_value(struct lq_view value, struct lq_quota *quota)
{
    *quota = (struct lq_quota){0};
    if (value.bytes <= LIMITS_AT || value.bytes > VALUE_BYTES_MAX ||
        (value.bytes - LIMITS_AT) % 8 != 0) {
        return false;
    }
    uint32_t kinds = (uint32_t)(value.bytes - LIMITS_AT) / 8;
    quota->own = lq_get_u32(value.data);
    for (uint32_t kind = 0; kind < kinds; kind++) {
        quota->limits[kind] = lq_get_u64(value.data + LIMITS_AT + 8 * kind);
        if (lq_quota_is_own(quota, (enum lq_quota_kind)kind) &&
            !lq_quota_valid((enum lq_quota_kind)kind, quota->limits[kind])) {
            return false;
        }
    }
    return quota->own != 0 && quota->own >> kinds == 0;
}

/* The tenant's own as they are on disk; none: it has no entry, or one that does not open. */
static enum lq_result read_entry(lq_broker_store_t *store, struct lq_view key,
                                 struct lq_quota *quota)
{
    uint8_t buffer[VALUE_BYTES_MAX];
    struct lq_view value;
    enum lq_result result =
        lq_broker_store_get(store, LQ_BROKER_TABLE_QUOTAS, key, buffer, sizeof buffer, &value);

    *quota = (struct lq_quota){0};
    if (result == LQ_ERR_NOT_FOUND) {
        return LQ_OK;
    }
    if (result == LQ_ERR_CORRUPT || result == LQ_ERR_KEY || result == LQ_ERR_LIMIT ||
        (result == LQ_OK && !read_value(value, quota))) {
        lq_log_error("the quotas of %.*s on disk do not open; a new entry takes their place",
                     (int)key.bytes, (const char *)key.data);
        *quota = (struct lq_quota){0};
        return LQ_OK;
    }
    return result;
}

enum lq_result lq_stored_quotas_put(lq_broker_store_t *store, const struct lq_storage_job *job,
                                    struct lq_storage_news_list *news)
{
    struct lq_view key = lq_view_text(job->tenant);
    uint8_t value[VALUE_BYTES_MAX];
    struct lq_quota quota;
    enum lq_result result = read_entry(store, key, &quota);

    if (result != LQ_OK) {
        return result;
    }
    lq_quota_apply(&quota, &job->quota);
    if (quota.own != 0) {
        result = lq_broker_store_put(store, LQ_BROKER_TABLE_QUOTAS, key,
                                     lq_view_of(value, write_value(&quota, value)));
    } else {
        result = lq_broker_store_delete(store, LQ_BROKER_TABLE_QUOTAS, key);
        result = result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
    }
    if (result != LQ_OK) {
        return result;
    }
    struct lq_storage_news *set = lq_storage_news_add(news, LQ_STORAGE_NEWS_QUOTA);
    memcpy(set->tenant, job->tenant, sizeof set->tenant);
    set->quota = quota;
    set->peer = job->peer;
    set->tag = job->tag;
    return LQ_OK;
}

enum lq_result lq_stored_quotas_tell_exceeded(lq_broker_store_t *store,
                                              const struct lq_storage_job *job)
{
    const struct lq_broker_entry_body body = {
        .tenant = lq_view_text(job->tenant),
        .quota = lq_view_text(lq_quota_name((enum lq_quota_kind)job->exceeded)),
        .limit = job->limit,
        .refused = job->refused};

    return lq_broker_store_tell(store, LQ_BROKER_ENTRY_QUOTA, &body);
}

bool lq_stored_quotas_read(struct lq_view key, struct lq_view value, struct lq_view *tenant,
                           struct lq_quota *quota)
{
    *tenant = key;
    return lq_tenant_name_valid(key) && read_value(value, quota);
}
