// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/stored_events.h"

#include "base/log.h"
#include "proto/wire_cursor.h"

enum { KEY_BYTES_MAX = 1 + LQ_TENANT_NAME_BYTES_MAX, LETTER_STATE = 2, LETTER_TENANT = 4 };

static struct lq_view write_key(struct lq_view tenant, uint8_t to[KEY_BYTES_MAX])
{
    to[0] = '+';
    memcpy(to + 1, tenant.data, tenant.bytes);
    return lq_view_of(to, 1 + tenant.bytes);
}

enum lq_result lq_stored_events_put(lq_broker_store_t *store, const struct lq_storage_job *job,
                                    struct lq_storage_news_list *news)
{
    uint8_t memory[KEY_BYTES_MAX];
    struct lq_view key = write_key(lq_view_text(job->tenant), memory);
    enum lq_result result;

    if (job->events.own) {
        result =
            lq_broker_store_put(store, LQ_BROKER_TABLE_QUOTAS, key, lq_view_text(job->events.text));
    } else {
        result = lq_broker_store_delete(store, LQ_BROKER_TABLE_QUOTAS, key);
        result = result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
    }
    if (result != LQ_OK) {
        return result;
    }
    struct lq_storage_news *set = lq_storage_news_add(news, LQ_STORAGE_NEWS_EVENTS);
    memcpy(set->tenant, job->tenant, sizeof set->tenant);
    set->events = job->events;
    set->peer = job->peer;
    set->tag = job->tag;
    return LQ_OK;
}

bool lq_stored_events_read(struct lq_view key, struct lq_view value, struct lq_view *tenant,
                           struct lq_event_subscription *subscription)
{
    char reason[LQ_REASON_BYTES_MAX];

    if (!lq_stored_events_is_key(key) || lq_event_subscription_check(value, reason) != LQ_OK) {
        return false;
    }
    *tenant = lq_view_of(key.data + 1, key.bytes - 1);
    *subscription = (struct lq_event_subscription){.own = true};
    memcpy(subscription->text, value.data, value.bytes);
    return lq_tenant_name_valid(*tenant);
}

/* ---- which entries are quiet ---- */

static const char *type_of_letter(struct lq_view letter, struct lq_view *tenant)
{
    struct lq_wire_cursor cursor = lq_wire_cursor_open(letter);
    struct lq_wire_field field;
    uint64_t state = 0;

    while (lq_wire_cursor_next(&cursor, &field)) {
        if (field.number == LETTER_STATE) {
            state = field.value;
        } else if (field.number == LETTER_TENANT) {
            *tenant = lq_view_of(field.data, field.bytes);
        }
    }
    if (state == LQ_LETTER_DONE) {
        return LQ_EVENT_LETTER_REDRIVEN;
    }
    return state == LQ_LETTER_OPEN ? LQ_EVENT_LETTER_STORED : NULL;
}

/* A key "tenant NUL session". */
static struct lq_view tenant_of_key(struct lq_view key)
{
    const uint8_t *nul = key.bytes > 0 ? memchr(key.data, 0, key.bytes) : NULL;

    return lq_view_of(key.data, nul != NULL ? (size_t)(nul - key.data) : 0);
}

const char *lq_stored_events_type(const struct lq_broker_entry *entry,
                                  const struct lq_broker_entry_body *body, struct lq_view *tenant)
{
    bool is_put = entry->kind == LQ_BROKER_ENTRY_PUT;

    *tenant = body->tenant;
    switch (entry->kind) {
    case LQ_BROKER_ENTRY_PUT:
    case LQ_BROKER_ENTRY_DELETE:
        if (is_put && entry->table == LQ_BROKER_TABLE_LETTERS) {
            return type_of_letter(body->value, tenant);
        }
        *tenant = tenant_of_key(body->key);
        if (entry->table != LQ_BROKER_TABLE_PARKED) {
            return NULL;
        }
        return is_put ? LQ_EVENT_SESSION_PARKED : LQ_EVENT_SESSION_RESUMED;
    case LQ_BROKER_ENTRY_ACTION:
        return lq_view_equal(body->action, lq_view_text("letter.purge")) ? LQ_EVENT_LETTER_PURGED
                                                                         : NULL;
    case LQ_BROKER_ENTRY_QUOTA:
        return LQ_EVENT_QUOTA_EXCEEDED;
    case LQ_BROKER_ENTRY_EPOCH:
    case LQ_BROKER_ENTRY_AGAIN:
    case LQ_BROKER_ENTRY_TOLD:
        break;
    }
    return NULL;
}

/* The tenant's own list as it is in the store; empty: the usual one. */
static struct lq_view read_list(lq_broker_store_t *store, struct lq_view tenant,
                                uint8_t buffer[LQ_EVENT_SUBSCRIPTION_BYTES_MAX])
{
    uint8_t key[KEY_BYTES_MAX];
    struct lq_view list = {NULL, 0};
    enum lq_result result =
        lq_broker_store_get(store, LQ_BROKER_TABLE_QUOTAS, write_key(tenant, key), buffer,
                            LQ_EVENT_SUBSCRIPTION_BYTES_MAX, &list);

    if (result == LQ_OK) {
        return list;
    }
    if (result != LQ_ERR_NOT_FOUND) {
        lq_log_rarely(LQ_LOG_ERROR, "the events that %.*s subscribes to cannot be read: %s",
                      (int)tenant.bytes, (const char *)tenant.data, lq_result_text(result));
    }
    return lq_view_of(NULL, 0);
}

bool lq_stored_events_is_quiet(void *context, const struct lq_broker_entry *entry,
                               const struct lq_broker_entry_body *body)
{
    uint8_t buffer[LQ_EVENT_SUBSCRIPTION_BYTES_MAX];
    struct lq_view tenant;
    const char *type = lq_stored_events_type(entry, body, &tenant);

    if (type == NULL || !lq_tenant_name_valid(tenant)) {
        return false;
    }
    return !lq_event_subscription_wants(read_list(context, tenant, buffer), lq_view_text(type));
}
