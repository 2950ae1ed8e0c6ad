// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/event_audit.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/seal/digest.h"

#include <inttypes.h>
#include <stdlib.h>

#define RETRY_NS (5 * LQ_NS_PER_S)

enum lq_result lq_event_audit_open(struct lq_event_audit *audit,
                                   const struct lq_event_audit_options *options,
                                   struct lq_error_message *message)
{
    const struct lq_dynamodb_gateway_options gateway = {.table = options->table,
                                                        .environment = options->environment,
                                                        .credentials = options->credentials,
                                                        .calls_max = 1,
                                                        .questions_max = 1};

    audit->table = options->table;
    audit->ledger = options->ledger;
    audit->streams = options->streams;
    audit->lane = options->lane;
    audit->by_place = lq_alloc(options->streams->set.stream_max, sizeof *audit->by_place);
    return lq_dynamodb_gateway_new(&gateway, &audit->gateway, message);
}

void lq_event_audit_close(struct lq_event_audit *audit)
{
    lq_dynamodb_gateway_destroy(&audit->gateway);
    free(audit->by_place);
    audit->by_place = NULL;
}

void lq_event_audit_start(struct lq_event_audit *audit, uint64_t from)
{
    audit->from = audit->marked = from;
    lq_bus_lane_start(audit->lane, 0);
}

/* ---- the audit of one segment ---- */

/* A record that began in a segment before this one. */
static bool add_from_ledger(struct lq_event_audit *audit, uint64_t ledger_sequence)
{
    uint8_t *memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
    struct lq_feed_entry record = {.is_record = true, .sequence = ledger_sequence};
    struct lq_record_header header;
    bool there =
        lq_ledger_feed_get(audit->ledger, &record, memory, LQ_FEED_RUN_BYTES_MIN) == LQ_OK &&
        lq_record_decode_header(record.value, &header) == LQ_OK;

    if (there) {
        lq_segment_audit_add(&audit->audit, &header, record.value.data + LQ_RECORD_HASH_AT);
    }
    free(memory);
    return there;
}

static bool add_piece(struct lq_event_audit *audit, const struct lq_segment_piece *piece)
{
    struct lq_record_header header;

    if (piece->kind != LQ_SEGMENT_RECORD || !piece->last) {
        return true;
    }
    if (!piece->first) {
        return add_from_ledger(audit, piece->sequence);
    }
    if (lq_record_decode_header(piece->bytes, &header) != LQ_OK) {
        return false;
    }
    lq_segment_audit_add(&audit->audit, &header, piece->bytes.data + LQ_RECORD_HASH_AT);
    return true;
}

/* The audit of a segment goes into the lane, if it has one. */
static void tell(struct lq_event_audit *audit, uint32_t place,
                 const struct lq_segment_header *segment, struct lq_view body)
{
    struct lq_segment_key key = audit->streams->streams[place].key;
    char reference[LQ_CLOUD_EVENT_REFERENCE_BYTES_MAX + 1];
    struct lq_segment_piece piece;
    struct lq_cloud_event event;
    bool is_whole = true;

    lq_segment_audit_begin(&audit->audit);
    while (is_whole && lq_segment_next_piece(&body, &piece) == LQ_OK) {
        is_whole = add_piece(audit, &piece);
    }
    if (!is_whole) {
        lq_log_rarely(LQ_LOG_ERROR, "segment %" PRIu64 " of %s cannot be told of", segment->number,
                      key.pk);
        audit->lane->untold++;
        return;
    }
    if (!lq_segment_audit_set(&audit->audit, segment,
                              lq_view_text(audit->streams->streams[place].tenant), lq_digest,
                              &event)) {
        return;
    }
    lq_segment_key_set_number(&key, segment->number);
    lq_cloud_event_reference(audit->table, &key, reference);
    uint32_t slot = lq_bus_lane_add(audit->lane, ++audit->tickets, lq_view_of("", 0));
    if (lq_bus_lane_write(audit->lane, slot, &event, reference)) {
        lq_bus_lane_let(audit->lane, slot);
    }
}

/* ---- streams as they go on ---- */

static const struct lq_segment_header *newest(const struct lq_event_audit *audit, uint32_t place)
{
    return &audit->streams->set.streams[place].table;
}

static bool is_behind(const struct lq_audit_stream *stream)
{
    return stream->state == LQ_AUDIT_BEHIND || stream->state == LQ_AUDIT_SEARCHING;
}

static void open(struct lq_event_audit *audit, uint32_t place)
{
    struct lq_audit_stream *stream = &audit->by_place[place];
    const struct lq_segment_header *head = newest(audit, place);

    audit->open_count++;
    *stream = (struct lq_audit_stream){.state = LQ_AUDIT_FOLLOWING, .told = head->number};
    if (place != LQ_STREAM_SET_CONTROL &&
        head->after.sequence[LQ_SEGMENT_RECORD - 1] > audit->from) {
        *stream = (struct lq_audit_stream){.state = LQ_AUDIT_SEARCHING, .above = head->number};
        audit->behind_count++;
    }
}

static bool has_room(const struct lq_event_audit *audit)
{
    return lq_bus_lane_has_room(audit->lane) && lq_bus_lane_may_write(audit->lane);
}

void lq_event_audit_progress(struct lq_event_audit *audit, uint32_t place)
{
    struct lq_audit_stream *stream = &audit->by_place[place];
    const struct lq_mirror_stream *from = &audit->streams->streams[place];
    const struct lq_segment_header *segment = newest(audit, place);

    if (stream->state == LQ_AUDIT_UNKNOWN) {
        open(audit, place);
        return;
    }
    if (stream->state != LQ_AUDIT_FOLLOWING || segment->number == stream->told) {
        return;
    }
    if (place != LQ_STREAM_SET_CONTROL) {
        if (!has_room(audit)) {
            stream->state = LQ_AUDIT_BEHIND;
            audit->behind_count++;
            return;
        }
        LQ_ASSERT(from->put_body != NULL);
        tell(audit, place, segment, lq_view_of(from->put_body, from->put.body_bytes));
    }
    stream->told = segment->number;
}

/* ---- catching up ---- */

static void follow_again(struct lq_event_audit *audit, uint32_t place)
{
    struct lq_audit_stream *stream = &audit->by_place[place];

    if (stream->state == LQ_AUDIT_SEARCHING && stream->told + 1 >= stream->above) {
        stream->state = LQ_AUDIT_BEHIND; /* from there on */
    }
    if (stream->state == LQ_AUDIT_BEHIND && stream->told == newest(audit, place)->number) {
        stream->state = LQ_AUDIT_FOLLOWING;
        audit->behind_count--;
    }
}

static void ask(struct lq_event_audit *audit, uint32_t place)
{
    const struct lq_audit_stream *stream = &audit->by_place[place];
    struct lq_segment_key key = audit->streams->streams[place].key;

    audit->asked_place = place;
    audit->asked_number = stream->state == LQ_AUDIT_SEARCHING
                              ? stream->told + (stream->above - stream->told) / 2
                              : stream->told + 1;
    lq_segment_key_set_number(&key, audit->asked_number);
    audit->is_asked = lq_dynamodb_gateway_get(audit->gateway, lq_view_text(key.pk),
                                              lq_view_text(key.sk), 0) == LQ_OK;
}

/* What the table has under the number that was asked for; NULL: nothing that can be read. It may
 * have expired. */
static const struct lq_table_attribute *find(const struct lq_dynamodb_answer *answer,
                                             struct lq_segment_header *header)
{
    static const struct lq_table_attribute nothing = {.name = "b"};

    if (answer->item_count == 0) {
        return NULL;
    }
    const struct lq_table_item *item = &answer->items[0];
    const struct lq_table_attribute *bytes = lq_table_item_find(item, "h", LQ_TABLE_BYTES);
    const struct lq_table_attribute *body = lq_table_item_find(item, "b", LQ_TABLE_BYTES);
    body = body != NULL ? body : &nothing; /* a claim */
    if (bytes == NULL || lq_segment_decode_header(bytes->view, lq_digest, header) != LQ_OK ||
        (header->kind == LQ_SEGMENT_DATA &&
         lq_segment_check_body(header, lq_digest, body->view) != LQ_OK)) {
        return NULL;
    }
    return body;
}

static void take(struct lq_event_audit *audit, const struct lq_dynamodb_answer *answer)
{
    struct lq_audit_stream *stream = &audit->by_place[audit->asked_place];
    struct lq_segment_header header;
    const struct lq_table_attribute *body = find(answer, &header);

    audit->read_count++;
    if (stream->state == LQ_AUDIT_SEARCHING) {
        bool is_above = body != NULL && header.after.sequence[LQ_SEGMENT_RECORD - 1] > audit->from;
        *(is_above ? &stream->above : &stream->told) = audit->asked_number;
    } else {
        if (body == NULL) {
            audit->lane->untold++;
        } else if (header.kind == LQ_SEGMENT_DATA) {
            tell(audit, audit->asked_place, &header, body->view);
        }
        stream->told = audit->asked_number;
    }
    follow_again(audit, audit->asked_place);
}

static void hear(struct lq_event_audit *audit, uint64_t now_ns)
{
    struct lq_dynamodb_answer *answer;

    while ((answer = lq_dynamodb_gateway_take(audit->gateway)) != NULL) {
        audit->is_asked = false;
        if (answer->verdict == LQ_VERDICT_DONE) {
            take(audit, answer);
        } else {
            lq_log_rarely(LQ_LOG_WARNING, "a segment cannot be read for its event: %s %s",
                          answer->error_code, answer->text);
            audit->retry_ns = now_ns + RETRY_NS;
        }
        lq_dynamodb_gateway_release(&answer);
    }
}

/* The next stream that is behind, each in its turn. */
static void catch_up(struct lq_event_audit *audit)
{
    uint32_t count = audit->streams->set.stream_count;

    for (uint32_t step = 0; step < count; step++) {
        uint32_t place = (audit->next_place + step) % count;
        if (is_behind(&audit->by_place[place])) {
            follow_again(audit, place);
        }
        if (is_behind(&audit->by_place[place])) {
            audit->next_place = place + 1;
            ask(audit, place);
            return;
        }
    }
}

/* What was told of up to `durable` counts once it has left. */
static void move_mark(struct lq_event_audit *audit, uint64_t durable)
{
    if (durable > audit->newest.ledger_sequence && audit->behind_count == 0 &&
        audit->open_count == audit->streams->set.stream_count) {
        audit->newest = (struct lq_audit_mark){durable, audit->tickets};
    }
    if (audit->pending.ledger_sequence <= audit->marked) {
        audit->pending = audit->newest;
    }
    while (audit->pending.ledger_sequence > audit->marked &&
           audit->lane->window.position >= audit->pending.ticket) {
        audit->marked = audit->pending.ledger_sequence;
        audit->pending = audit->newest;
    }
}

void lq_event_audit_turn(struct lq_event_audit *audit, uint64_t durable, uint64_t now_ns)
{
    lq_dynamodb_gateway_turn(audit->gateway);
    hear(audit, now_ns);
    if (audit->behind_count > 0 && !audit->is_asked && has_room(audit) &&
        now_ns >= audit->retry_ns && !audit->streams->set.over) {
        catch_up(audit);
        lq_dynamodb_gateway_turn(audit->gateway);
    }
    move_mark(audit, durable);
}

bool lq_event_audit_is_done(const struct lq_event_audit *audit)
{
    return audit->behind_count == 0 && lq_event_window_is_empty(&audit->lane->window);
}

uint64_t lq_event_audit_next_ns(const struct lq_event_audit *audit)
{
    uint64_t next_ns = lq_dynamodb_gateway_next_timer_ns(audit->gateway);
    bool waits = audit->behind_count > 0 && !audit->is_asked && has_room(audit);

    return waits && audit->retry_ns < next_ns ? audit->retry_ns : next_ns;
}
