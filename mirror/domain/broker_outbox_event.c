// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/broker_outbox_event.h"

enum { LETTER_NAME_BYTES = 4 + 16 };

static enum lq_cloud_event_type type_of_put(const struct lq_broker_entry *entry,
                                            const struct lq_broker_outbox_event_letter *letter)
{
    if (entry->table == LQ_BROKER_TABLE_PARKED) {
        return LQ_CLOUD_EVENT_SESSION_PARKED;
    }
    if (entry->table != LQ_BROKER_TABLE_LETTERS) {
        return LQ_CLOUD_EVENT_NONE;
    }
    LQ_ASSERT(letter != NULL);
    if (letter->is_done) {
        return LQ_CLOUD_EVENT_LETTER_REDRIVEN;
    }
    return letter->is_open ? LQ_CLOUD_EVENT_LETTER_STORED : LQ_CLOUD_EVENT_NONE;
}

enum lq_cloud_event_type
lq_broker_outbox_event_type(const struct lq_broker_entry *entry,
                            const struct lq_broker_entry_body *body,
                            const struct lq_broker_outbox_event_letter *letter)
{
    if (entry->is_quiet) {
        return LQ_CLOUD_EVENT_NONE;
    }
    switch (entry->kind) {
    case LQ_BROKER_ENTRY_PUT:
        return type_of_put(entry, letter);
    case LQ_BROKER_ENTRY_DELETE:
        return entry->table == LQ_BROKER_TABLE_PARKED ? LQ_CLOUD_EVENT_SESSION_RESUMED
                                                      : LQ_CLOUD_EVENT_NONE;
    case LQ_BROKER_ENTRY_ACTION:
        return lq_view_equal(body->action, lq_view_text(LQ_BROKER_OUTBOX_EVENT_PURGE))
                   ? LQ_CLOUD_EVENT_LETTER_PURGED
                   : LQ_CLOUD_EVENT_OPERATOR_ACTION;
    case LQ_BROKER_ENTRY_QUOTA:
        return LQ_CLOUD_EVENT_QUOTA_EXCEEDED;
    case LQ_BROKER_ENTRY_EPOCH:
    case LQ_BROKER_ENTRY_AGAIN:
    case LQ_BROKER_ENTRY_TOLD:
        break;
    }
    return LQ_CLOUD_EVENT_NONE;
}

/* A key "tenant NUL session". */
static bool split_key(struct lq_view key, struct lq_cloud_event *event)
{
    const uint8_t *nul = key.bytes > 0 ? memchr(key.data, 0, key.bytes) : NULL;

    if (nul == NULL) {
        return false;
    }
    event->tenant = lq_view_of(key.data, (size_t)(nul - key.data));
    event->session = lq_view_of(nul + 1, key.bytes - event->tenant.bytes - 1);
    return lq_tenant_name_valid(event->tenant) && lq_session_name_valid(event->session);
}

/* "dlq_" and 16 hexadecimal digits. */
static bool read_letter(struct lq_view name, uint64_t *letter)
{
    *letter = 0;
    if (name.bytes != LETTER_NAME_BYTES || memcmp(name.data, "dlq_", 4) != 0) {
        return false;
    }
    for (size_t at = 4; at < LETTER_NAME_BYTES; at++) {
        uint8_t byte = name.data[at];
        bool is_digit = byte >= '0' && byte <= '9';
        if (!is_digit && (byte < 'a' || byte > 'f')) {
            return false;
        }
        *letter = *letter << 4 | (uint64_t)(is_digit ? byte - '0' : byte - 'a' + 10);
    }
    return true;
}

static void set_letter(const struct lq_broker_outbox_event_letter *letter,
                       struct lq_cloud_event *event)
{
    event->tenant = letter->names.tenant;
    event->session = letter->names.session;
    event->data.letter.letter = letter->id;
    event->data.letter.frame = letter->is_done ? letter->done_frame : 0;
    event->data.letter.error = letter->error;
    event->data.letter.cause = letter->cause;
}

static bool set_data(const struct lq_broker_entry_body *body,
                     const struct lq_broker_outbox_event_letter *letter,
                     struct lq_cloud_event *event)
{
    switch (event->type) {
    case LQ_CLOUD_EVENT_LETTER_STORED:
    case LQ_CLOUD_EVENT_LETTER_REDRIVEN:
        set_letter(letter, event);
        return true;
    case LQ_CLOUD_EVENT_LETTER_PURGED:
        return read_letter(body->detail, &event->data.letter.letter);
    case LQ_CLOUD_EVENT_SESSION_PARKED:
        event->data.parked.reason = body->value;
        return split_key(body->key, event);
    case LQ_CLOUD_EVENT_SESSION_RESUMED:
        return split_key(body->key, event);
    case LQ_CLOUD_EVENT_OPERATOR_ACTION:
        event->data.action.action = body->action;
        event->data.action.operator_name = body->operator_name;
        event->data.action.detail = body->detail;
        event->data.action.reason = body->reason;
        return true;
    case LQ_CLOUD_EVENT_QUOTA_EXCEEDED:
        event->data.quota.quota = body->quota;
        event->data.quota.limit = body->limit;
        event->data.quota.refused = body->refused;
        return true;
    default:
        return false;
    }
}

enum lq_result lq_broker_outbox_event_set(const struct lq_broker_entry *entry,
                                          const struct lq_broker_entry_body *body,
                                          const struct lq_broker_outbox_event_letter *letter,
                                          struct lq_cloud_event *event)
{
    *event = (struct lq_cloud_event){.type = lq_broker_outbox_event_type(entry, body, letter),
                                     .tenant = body->tenant,
                                     .session = body->session,
                                     .order = entry->sequence,
                                     .wall_ns = entry->wall_ns};
    LQ_ASSERT(event->type != LQ_CLOUD_EVENT_NONE);
    return set_data(body, letter, event) ? LQ_OK : LQ_ERR_CORRUPT;
}
