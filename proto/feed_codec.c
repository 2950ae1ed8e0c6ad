// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/feed_codec.h"

#include "proto/event_codec.h"
#include "proto/schema_enum.h"
#include "proto/wire_in.h"

#include "ledgerquest/v1/client.pb-c.h"

LQ_SCHEMA_ENUM(LQ_FEED_ITEM_RECORD, FEED_ITEM_KIND__FEED_ITEM_KIND_RECORD);
LQ_SCHEMA_ENUM(LQ_FEED_ITEM_EVENT, FEED_ITEM_KIND__FEED_ITEM_KIND_EVENT);
LQ_SCHEMA_ENUM(LQ_FEED_ITEM_TENANT, FEED_ITEM_KIND__FEED_ITEM_KIND_TENANT);
LQ_SCHEMA_ENUM(LQ_FEED_ITEM_SESSION, FEED_ITEM_KIND__FEED_ITEM_KIND_SESSION);
LQ_SCHEMA_ENUM(LQ_FEED_ITEM_KEY, FEED_ITEM_KIND__FEED_ITEM_KIND_KEY);
LQ_SCHEMA_ENUM(LQ_FEED_ITEM_LETTER, FEED_ITEM_KIND__FEED_ITEM_KIND_LETTER);
LQ_SCHEMA_ENUM(LQ_FEED_ITEM_AGAIN, FEED_ITEM_KIND__FEED_ITEM_KIND_AGAIN);
LQ_SCHEMA_ENUM(LQ_FEED_ITEM_RETENTION, FEED_ITEM_KIND__FEED_ITEM_KIND_RETENTION);
LQ_SCHEMA_ENUM(LQ_FEED_ITEM_DELETED, FEED_ITEM_KIND__FEED_ITEM_KIND_DELETED);

void lq_feed_codec_put_cursor(struct lq_wire_out *out, uint32_t number,
                              const struct lq_cursor_entry *cursor)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    lq_wire_out_view(out, 1, cursor->name);
    lq_wire_out_fixed64(out, 2, cursor->ledger_sequence);
    lq_wire_out_fixed64(out, 3, cursor->outbox_sequence);
    lq_wire_out_end(out, content, 0);
}

enum lq_result lq_feed_codec_take_cursor(const Ledgerquest__V1__FeedCursor *from,
                                         struct lq_cursor_entry *cursor, const char **where)
{
    *cursor = (struct lq_cursor_entry){.ledger_sequence = from->ledger_sequence,
                                       .outbox_sequence = from->outbox_sequence};
    return lq_wire_in_require(lq_wire_in_view(&cursor->name, LQ_TENANT_NAME_BYTES_MAX, from->name),
                              "cursor.name", where)
               ? LQ_OK
               : LQ_ERR_MALFORMED;
}

void lq_feed_codec_put(struct lq_wire_out *out, uint32_t number, const struct lq_feed_report *feed)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    LQ_ASSERT(feed->cursor_count <= LQ_ADMIN_CURSORS_MAX);
    lq_wire_out_bytes(out, 1, feed->history, sizeof feed->history);
    lq_wire_out_fixed64(out, 2, feed->ledger_sequence);
    lq_wire_out_fixed64(out, 3, feed->outbox_sequence);
    lq_wire_out_fixed64(out, 4, feed->first_outbox_sequence);
    lq_wire_out_fixed64(out, 5, feed->outbox_count);
    lq_wire_out_fixed64(out, 6, feed->outbox_bytes);
    for (uint32_t index = 0; index < feed->cursor_count; index++) {
        lq_feed_codec_put_cursor(out, 7, &feed->cursors[index]);
    }
    lq_wire_out_end(out, content, 0);
}

enum lq_result lq_feed_codec_take(const Ledgerquest__V1__FeedState *from,
                                  struct lq_feed_report *feed, const char **where)
{
    enum lq_result result = LQ_OK;

    *feed = (struct lq_feed_report){.ledger_sequence = from->ledger_sequence,
                                    .outbox_sequence = from->outbox_sequence,
                                    .first_outbox_sequence = from->first_outbox_sequence,
                                    .outbox_count = from->outbox_count,
                                    .outbox_bytes = from->outbox_bytes,
                                    .cursor_count = (uint32_t)from->n_cursors};
    if (!lq_wire_in_require(from->history.len == sizeof feed->history, "feed.history", where)) {
        return LQ_ERR_MALFORMED;
    }
    if (!lq_wire_in_require(from->n_cursors <= LQ_ADMIN_CURSORS_MAX, "feed.cursors", where)) {
        return LQ_ERR_LIMIT;
    }
    memcpy(feed->history, from->history.data, sizeof feed->history);
    for (uint32_t index = 0; result == LQ_OK && index < feed->cursor_count; index++) {
        result = lq_feed_codec_take_cursor(from->cursors[index], &feed->cursors[index], where);
    }
    return result;
}

static void put_event(struct lq_wire_out *out, const struct lq_tick_event *event)
{
    uint8_t *content = lq_wire_out_begin(out, 12, 0);

    lq_event_codec_put_fields(out, event);
    lq_wire_out_end(out, content, 0);
}

static bool has_hash(uint32_t kind)
{
    return kind == LQ_FEED_ITEM_RECORD || kind == LQ_FEED_ITEM_DELETED;
}

void lq_feed_codec_put_item(struct lq_wire_out *out, uint32_t number,
                            const struct lq_feed_item *item)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    lq_wire_out_uint32(out, 1, item->kind);
    lq_wire_out_fixed64(out, 2, item->behind.ledger_sequence);
    lq_wire_out_fixed64(out, 3, item->behind.outbox_sequence);
    lq_wire_out_fixed64(out, 4, item->record);
    lq_wire_out_fixed64(out, 5, item->tenant_number);
    lq_wire_out_fixed64(out, 6, item->session_number);
    lq_wire_out_fixed64(out, 7, item->frame);
    lq_wire_out_view(out, 8, item->tenant);
    lq_wire_out_view(out, 9, item->session);
    if (has_hash(item->kind)) {
        lq_wire_out_bytes(out, 10, item->hash, sizeof item->hash);
    }
    lq_wire_out_uint32(out, 11, item->record_bytes);
    if (item->kind == LQ_FEED_ITEM_EVENT && !item->closed) {
        put_event(out, &item->event);
    }
    lq_wire_out_uint32(out, 13, item->event_index);
    lq_wire_out_uint32(out, 14, item->key_generation);
    lq_wire_out_fixed64(out, 15, item->letter_id);
    lq_wire_out_uint32(out, 16, item->again);
    lq_wire_out_uint32(out, 17, item->closed);
    lq_wire_out_uint32(out, 18, item->quiet);
    lq_wire_out_fixed64(out, 19, item->retention_s);
    lq_wire_out_end(out, content, 0);
}

static bool take_names(const Ledgerquest__V1__FeedItem *from, struct lq_feed_item *item,
                       const char **where)
{
    return lq_wire_in_require(
               lq_wire_in_view(&item->tenant, LQ_TENANT_NAME_BYTES_MAX, from->tenant),
               "feed_items.tenant", where) &&
           lq_wire_in_require(
               lq_wire_in_view(&item->session, LQ_SESSION_NAME_BYTES_MAX, from->session),
               "feed_items.session", where);
}

static enum lq_result take_event(const Ledgerquest__V1__FeedItem *from, struct lq_arena *arena,
                                 struct lq_feed_item *item, const char **where)
{
    struct lq_tick_event *events = NULL;
    uint32_t count = 0;
    enum lq_result result = lq_event_codec_take(&from->event, 1, arena, &events, &count, where);

    if (result == LQ_OK) {
        item->event = events[0];
    }
    return result;
}

enum lq_result lq_feed_codec_take_item(const Ledgerquest__V1__FeedItem *from,
                                       struct lq_arena *arena, struct lq_feed_item *item,
                                       const char **where)
{
    uint32_t kind = from->kind;
    bool has_event = kind == LQ_FEED_ITEM_EVENT && !from->closed;

    if (!lq_wire_in_require(kind >= LQ_FEED_ITEM_RECORD && kind <= LQ_FEED_ITEM_KIND_LAST,
                            "feed_items.kind", where) ||
        !lq_wire_in_require(from->hash.len == (has_hash(kind) ? sizeof item->hash : 0),
                            "feed_items.hash", where) ||
        !lq_wire_in_require((from->event != NULL) == has_event, "feed_items.event", where)) {
        return LQ_ERR_MALFORMED;
    }
    *item = (struct lq_feed_item){.kind = (enum lq_feed_item_kind)kind,
                                  .behind = {from->ledger_sequence, from->outbox_sequence},
                                  .record = from->record,
                                  .tenant_number = from->tenant_number,
                                  .session_number = from->session_number,
                                  .frame = from->frame,
                                  .record_bytes = from->record_bytes,
                                  .event_index = from->event_index,
                                  .key_generation = from->key_generation,
                                  .letter_id = from->letter_id,
                                  .again = from->again != 0,
                                  .closed = from->closed != 0,
                                  .quiet = from->quiet != 0,
                                  .retention_s = from->retention_s};
    if (has_hash(kind)) {
        memcpy(item->hash, from->hash.data, sizeof item->hash);
    }
    if (!take_names(from, item, where)) {
        return LQ_ERR_MALFORMED;
    }
    return has_event ? take_event(from, arena, item, where) : LQ_OK;
}

void lq_feed_codec_put_telling(struct lq_wire_out *out, uint32_t number,
                               const struct lq_telling_report *telling)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    LQ_ASSERT(telling->place.bytes <= LQ_ADMIN_PLACE_BYTES_MAX);
    lq_wire_out_view(out, 1, telling->place);
    lq_wire_out_fixed64(out, 2, telling->first);
    lq_wire_out_fixed64(out, 3, telling->last);
    lq_wire_out_uint32(out, 4, telling->told);
    lq_wire_out_fixed64(out, 5, telling->all);
    lq_wire_out_end(out, content, 0);
}

enum lq_result lq_feed_codec_take_telling(const Ledgerquest__V1__Telling *from,
                                          struct lq_telling_report *telling, const char **where)
{
    *telling = (struct lq_telling_report){.place = lq_view_of(from->place.data, from->place.len),
                                          .first = from->first,
                                          .last = from->last,
                                          .told = from->told,
                                          .all = from->all};
    return lq_wire_in_require(from->place.len <= LQ_ADMIN_PLACE_BYTES_MAX, "telling.place", where)
               ? LQ_OK
               : LQ_ERR_LIMIT;
}
