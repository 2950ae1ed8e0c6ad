// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/ledger_event.h"

bool lq_ledger_event_is_told(const struct lq_outbox_entry *entry,
                             struct lq_ledger_event_needs *needs)
{
    *needs = (struct lq_ledger_event_needs){.is_in_control = entry->kind != LQ_OUTBOX_EVENT,
                                            .tenant_number = entry->tenant_number,
                                            .frame_ledger = entry->ledger_sequence};
    switch (entry->kind) {
    case LQ_OUTBOX_EVENT:
        return true;
    case LQ_OUTBOX_SESSION:
    case LQ_OUTBOX_DELETED:
        return !lq_outbox_entry_is_again(entry); /* that one has left, or was too late to */
    case LQ_OUTBOX_TENANT:
    case LQ_OUTBOX_KEY:
    case LQ_OUTBOX_LETTER:
    case LQ_OUTBOX_AGAIN:
    case LQ_OUTBOX_RETENTION:
        return false;
    }
    return false;
}

uint64_t lq_ledger_event_record(const struct lq_outbox_entry *entry, struct lq_view value)
{
    struct lq_outbox_note note;
    bool is_named =
        entry->kind == LQ_OUTBOX_DELETED && lq_outbox_note_decode(value, entry, &note) == LQ_OK;

    return is_named ? note.ledger_sequence : entry->ledger_sequence;
}

static void begin(enum lq_cloud_event_type type, const struct lq_outbox_entry *entry,
                  const struct lq_ledger_event_frame *frame, struct lq_cloud_event *event)
{
    *event = (struct lq_cloud_event){.type = type,
                                     .tenant = frame->names.tenant,
                                     .session = frame->names.session,
                                     .order = entry->outbox_sequence,
                                     .wall_ns = frame->wall_ns};
}

void lq_ledger_event_of_tick(const struct lq_outbox_entry *entry, const struct lq_tick_event *tick,
                             const struct lq_ledger_event_frame *frame, lq_digest_fn digest,
                             struct lq_cloud_event *event)
{
    static const struct lq_client_id none;

    LQ_ASSERT(entry->kind == LQ_OUTBOX_EVENT);
    begin(LQ_CLOUD_EVENT_TICK, entry, frame, event);
    event->data.tick.name = lq_view_text(tick->type);
    event->data.tick.frame = entry->frame;
    event->data.tick.index = entry->event_index;
    event->data.tick.body = tick->body_id;
    memcpy(event->data.tick.hash, frame->hash, LQ_HASH_BYTES);
    if (memcmp(&tick->client, &none, sizeof none) != 0) {
        event->data.tick.client = tick->client.bytes;
    }
    lq_cloud_event_set_id(event, digest, frame->hash, entry->event_index);
}

void lq_ledger_event_of_session(const struct lq_outbox_entry *entry,
                                const struct lq_ledger_event_frame *frame, lq_digest_fn digest,
                                const uint8_t root[LQ_HASH_BYTES], struct lq_cloud_event *event)
{
    bool ended = entry->kind == LQ_OUTBOX_DELETED;

    LQ_ASSERT(ended || entry->kind == LQ_OUTBOX_SESSION);
    begin(ended ? LQ_CLOUD_EVENT_SESSION_ENDED : LQ_CLOUD_EVENT_SESSION_CREATED, entry, frame,
          event);
    event->data.session.frame = entry->frame;
    memcpy(event->data.session.hash, frame->hash, LQ_HASH_BYTES);
    lq_cloud_event_set_id(event, digest, root, 0);
}
