// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/ledger/feed_items.h"

#include "proto/tick_codec.h"
#include "store/core/record.h"

_Static_assert((int)LQ_FEED_ITEM_EVENT == (int)LQ_OUTBOX_EVENT + 2 &&
                   (int)LQ_FEED_ITEM_KIND_LAST == (int)LQ_OUTBOX_KIND_LAST + 2,
               "kinds of the outbox are told by their numbers plus 2");

static const struct lq_feed_known_names *find_names(const struct lq_feed_items *items,
                                                    uint64_t session_number)
{
    for (uint32_t index = 0; index < items->name_count; index++) {
        if (items->names[index].session_number == session_number) {
            return &items->names[index];
        }
    }
    return NULL;
}

static const struct lq_feed_known_names *learn_names(struct lq_feed_items *items,
                                                     uint64_t session_number,
                                                     const struct lq_session_names *names)
{
    struct lq_feed_known_names *known = &items->names[items->name_next];

    items->name_next = (items->name_next + 1) % LQ_FEED_ITEMS_NAMES_MAX;
    items->name_count += items->name_count < LQ_FEED_ITEMS_NAMES_MAX;
    *known = (struct lq_feed_known_names){.session_number = session_number};
    memcpy(known->tenant, names->tenant.data, names->tenant.bytes);
    memcpy(known->session, names->session.data, names->session.bytes);
    return known;
}

static bool keep(struct lq_arena *arena, struct lq_view text, struct lq_view *kept)
{
    uint8_t *memory = lq_arena_take(arena, text.bytes + 1);

    if (memory == NULL) {
        return false;
    }
    if (text.bytes > 0) { /* most notes are about what has no name */
        memcpy(memory, text.data, text.bytes);
    }
    *kept = lq_view_of(memory, text.bytes);
    return true;
}

/* The names of the session that a record is of stand at the front of its content; where that cannot
 * be had any more, because what it builds on was let go, there are none. */
static enum lq_result name_item(struct lq_feed_items *items, const struct lq_feed_entry *record,
                                struct lq_arena *arena, struct lq_feed_item *item)
{
    const struct lq_feed_known_names *known = find_names(items, item->session_number);

    if (known == NULL) {
        struct lq_feed_plain opened;
        enum lq_result result = lq_ledger_feed_open(items->ledger, record, items->plain, &opened);
        if (result != LQ_OK) {
            return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
        }
        known = learn_names(items, item->session_number, &opened.names);
    }
    return keep(arena, lq_view_text(known->tenant), &item->tenant) &&
                   keep(arena, lq_view_text(known->session), &item->session)
               ? LQ_OK
               : LQ_ERR_LIMIT;
}

static enum lq_result take_record(struct lq_feed_items *items, const struct lq_feed_entry *entry,
                                  struct lq_arena *arena, struct lq_feed_item *item)
{
    struct lq_record_header header;
    enum lq_result result = lq_record_decode_header(entry->value, &header);

    if (result != LQ_OK) {
        return result;
    }
    item->record = entry->sequence;
    item->tenant_number = header.tenant_number;
    item->session_number = header.session_number;
    item->frame = header.frame;
    item->record_bytes = (uint32_t)entry->value.bytes;
    memcpy(item->hash, entry->value.data + LQ_RECORD_HASH_AT, sizeof item->hash);
    return name_item(items, entry, arena, item);
}

/* Its names are those of its frame's record; where that is not there any more it has none. */
static enum lq_result take_event(struct lq_feed_items *items, const struct lq_feed_entry *entry,
                                 struct lq_arena *arena, struct lq_feed_item *item)
{
    struct lq_feed_entry record = {.is_record = true, .sequence = item->record};
    struct lq_feed_plain opened;
    enum lq_result result = lq_ledger_feed_open(items->ledger, entry, items->plain, &opened);

    if (result == LQ_OK) {
        result = lq_tick_event_decode(opened.content, &item->event);
    }
    if (result == LQ_OK && find_names(items, item->session_number) == NULL) {
        result = lq_ledger_feed_get(items->ledger, &record, items->record, LQ_FEED_RUN_BYTES_MIN);
        if (result == LQ_ERR_NOT_FOUND) {
            return LQ_OK;
        }
    }
    return result == LQ_OK ? name_item(items, &record, arena, item) : result;
}

static enum lq_result take_note(const struct lq_feed_entry *entry,
                                const struct lq_outbox_entry *header, struct lq_arena *arena,
                                struct lq_feed_item *item)
{
    struct lq_outbox_note note;
    enum lq_result result = lq_outbox_note_decode(entry->value, header, &note);

    if (result != LQ_OK) {
        return result;
    }
    item->key_generation = header->key_generation;
    item->letter_id = note.letter_id;
    item->retention_s = note.retention_s;
    memcpy(item->hash, note.hash, sizeof item->hash);
    return keep(arena, note.name, header->kind == LQ_OUTBOX_TENANT ? &item->tenant : &item->session)
               ? LQ_OK
               : LQ_ERR_LIMIT;
}

static enum lq_result take_outbox(struct lq_feed_items *items, const struct lq_feed_entry *entry,
                                  struct lq_arena *arena, struct lq_feed_item *item)
{
    struct lq_outbox_entry header;
    enum lq_result result = lq_outbox_entry_decode(entry->value, &header);

    if (result != LQ_OK) {
        return result;
    }
    item->kind = (enum lq_feed_item_kind)(header.kind + 2);
    item->record = header.ledger_sequence;
    item->tenant_number = header.tenant_number;
    item->session_number = header.session_number;
    item->frame = header.frame;
    item->again = lq_outbox_entry_is_again(&header);
    item->quiet = header.is_quiet;
    if (header.kind != LQ_OUTBOX_EVENT) {
        return take_note(entry, &header, arena, item);
    }
    item->event_index = header.event_index;
    return take_event(items, entry, arena, item);
}

enum lq_result lq_feed_items_take(struct lq_feed_items *items, const struct lq_feed_entry *entry,
                                  struct lq_arena *arena, struct lq_feed_item *item)
{
    *item = (struct lq_feed_item){.kind = LQ_FEED_ITEM_RECORD};
    *(entry->is_record ? &items->at.ledger_sequence : &items->at.outbox_sequence) = entry->sequence;
    item->behind = items->at;
    enum lq_result result = entry->is_record ? take_record(items, entry, arena, item)
                                             : take_outbox(items, entry, arena, item);

    if (result ==
        LQ_ERR_KEY) { /* destroyed, or not given: that something was there is still told */
        item->closed = true;
        return LQ_OK;
    }
    return result == LQ_OK || result == LQ_ERR_LIMIT || result == LQ_ERR_IO ? result
                                                                            : LQ_ERR_CORRUPT;
}
