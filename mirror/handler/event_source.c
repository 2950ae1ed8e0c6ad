// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/event_source.h"

#include "base/alloc.h"
#include "mirror/domain/segment_packer.h"
#include "proto/tick_codec.h"
#include "store/seal/digest.h"
#include "world/canonical.h"

#include <stdlib.h>

void lq_event_source_open(struct lq_event_source *source, lq_ledger_t *ledger,
                          const uint8_t history[LQ_HISTORY_ID_BYTES])
{
    *source = (struct lq_event_source){.ledger = ledger,
                                       .record = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1),
                                       .content = lq_alloc(LQ_FEED_PLAIN_BYTES_MAX, 1),
                                       .plain = lq_alloc(LQ_FEED_PLAIN_BYTES_MAX, 1),
                                       .tick = lq_alloc(1, sizeof *source->tick)};
    memcpy(source->history, history, LQ_HISTORY_ID_BYTES);
}

void lq_event_source_close(struct lq_event_source *source)
{
    free(source->record);
    free(source->content);
    free(source->plain);
    free(source->tick);
    *source = (struct lq_event_source){.ledger = NULL};
}

static enum lq_result read_frame(struct lq_event_source *source, uint64_t ledger_sequence)
{
    struct lq_feed_entry record = {.is_record = true, .sequence = ledger_sequence};
    struct lq_feed_plain opened;
    const char *where;

    if (source->ledger_sequence == ledger_sequence) {
        return LQ_OK;
    }
    source->ledger_sequence = 0;
    enum lq_result result =
        lq_ledger_feed_get(source->ledger, &record, source->record, LQ_FEED_RUN_BYTES_MIN);
    if (result == LQ_OK) {
        result = lq_ledger_feed_open(source->ledger, &record, source->content, &opened);
    }
    if (result == LQ_OK && lq_canonical_decode(opened.content, source->tick, &where) != LQ_OK) {
        result = LQ_ERR_CORRUPT;
    }
    if (result != LQ_OK) {
        return result;
    }
    source->frame = (struct lq_ledger_event_frame){.names = opened.names,
                                                   .wall_ns = source->tick->wall_time_ns};
    memcpy(source->frame.hash, record.value.data + LQ_RECORD_HASH_AT, LQ_HASH_BYTES);
    source->ledger_sequence = ledger_sequence;
    return LQ_OK;
}

static enum lq_result tell_tick(struct lq_event_source *source, const struct lq_feed_entry *entry,
                                const struct lq_outbox_entry *head, struct lq_cloud_event *event)
{
    struct lq_feed_plain opened;
    enum lq_result result = lq_ledger_feed_open(source->ledger, entry, source->plain, &opened);

    if (result != LQ_OK) {
        return result;
    }
    if (lq_tick_event_decode(opened.content, &source->event) != LQ_OK) {
        return LQ_ERR_CORRUPT;
    }
    lq_ledger_event_of_tick(head, &source->event, &source->frame, lq_digest, event);
    return LQ_OK;
}

static void tell_session(const struct lq_event_source *source, const struct lq_feed_entry *entry,
                         const struct lq_outbox_entry *head, struct lq_cloud_event *event)
{
    struct lq_segment_entry note = {
        .kind = LQ_SEGMENT_OUTBOX, .sequence = entry->sequence, .bytes = entry->value};
    uint8_t root[LQ_HASH_BYTES];

    lq_segment_plain_identity(lq_digest, entry->value, note.identity);
    lq_cloud_event_root(lq_digest, lq_view_of(source->history, sizeof source->history), &note,
                        root);
    lq_ledger_event_of_session(head, &source->frame, lq_digest, root, event);
}

enum lq_result lq_event_source_tell(struct lq_event_source *source,
                                    const struct lq_feed_entry *entry, struct lq_cloud_event *event)
{
    struct lq_outbox_entry head;
    enum lq_result result = lq_outbox_entry_decode(entry->value, &head);

    if (result == LQ_OK) {
        result = read_frame(source, lq_ledger_event_record(&head, entry->value));
    }
    if (result != LQ_OK) {
        return result;
    }
    if (head.kind == LQ_OUTBOX_EVENT) {
        return tell_tick(source, entry, &head, event);
    }
    tell_session(source, entry, &head, event);
    return LQ_OK;
}
