// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/feed_codec.h"

#include "proto/wire_in.h"

#include "ledgerquest/v1/client.pb-c.h"

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
