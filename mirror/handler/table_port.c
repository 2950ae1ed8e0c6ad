// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/table_port.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "mirror/domain/key_item.h"
#include "mirror/domain/write_units.h"
#include "mirror/handler/table_tag.h"
#include "store/seal/digest.h"

#include <inttypes.h>
#include <stdlib.h>

#define RETRY_NS (5 * LQ_NS_PER_S)

static struct lq_stream_log *log_at(const struct lq_table_port *port, uint32_t place)
{
    return &port->streams->set.streams[place];
}

static uint64_t wall_s(void)
{
    return lq_clock_wall_ns() / LQ_NS_PER_S;
}

static void be_over(struct lq_table_port *port, const char *why)
{
    if (port->over == NULL) {
        port->over = why;
    }
}

/* ---- what the logs want ---- */

static enum lq_result ask_newest(struct lq_table_port *port, uint32_t place, uint64_t token,
                                 struct lq_view after)
{
    const struct lq_mirror_stream *stream = &port->streams->streams[place];
    const struct lq_table_query query = {.pk = lq_view_text(stream->key.pk),
                                         .sk_from = lq_view_text("L#00000000000000000000"),
                                         .sk_to = lq_view_text("L#99999999999999999999"),
                                         .after_sk = after,
                                         .is_descending = true,
                                         .limit = 1};

    return lq_dynamodb_gateway_query(port->gateway, &query,
                                     lq_table_tag_make(LQ_TABLE_TAG_STREAM, place, token));
}

static enum lq_result ask_item(struct lq_table_port *port, uint32_t place,
                               const struct lq_stream_log_effect *effect)
{
    struct lq_segment_key key = port->streams->streams[place].key;

    lq_segment_key_set_number(&key, effect->number);
    return lq_dynamodb_gateway_get(port->gateway, lq_view_text(key.pk), lq_view_text(key.sk),
                                   lq_table_tag_make(LQ_TABLE_TAG_STREAM, place, effect->token));
}

static enum lq_result ask_put(struct lq_table_port *port, uint32_t place,
                              const struct lq_stream_log_effect *effect, const uint8_t *header,
                              struct lq_view body)
{
    const struct lq_table_condition absent = {.requirement = LQ_TABLE_ABSENT};
    struct lq_segment_key key = port->streams->streams[place].key;
    struct lq_table_item item = {.attribute_count = 0};

    if (wall_s() > effect->not_after_s) {
        return LQ_ERR_TIMEOUT;
    }
    lq_segment_key_set_number(&key, effect->number);
    item.pk = lq_view_text(key.pk);
    item.sk = lq_view_text(key.sk);
    lq_table_item_add_bytes(&item, "h", lq_view_of(header, LQ_SEGMENT_HEADER_BYTES));
    if (body.bytes > 0) {
        lq_table_item_add_bytes(&item, "b", body);
    }
    port->requests++;
    enum lq_result result =
        lq_dynamodb_gateway_put(port->gateway, &item, &absent,
                                lq_table_tag_make(LQ_TABLE_TAG_STREAM, place, effect->token));
    if (result == LQ_OK) {
        static const struct lq_write_units_item nothing;
        const struct lq_write_units_item size =
            lq_write_units_segment(item.pk.bytes, body.bytes, 0);
        port->streams->streams[place].put_units = lq_write_units_of(&size, &nothing);
        lq_write_budget_spend(&port->upkeep->budget, port->streams->streams[place].put_units);
    }
    return result;
}

static void step(struct lq_table_port *port, uint32_t place,
                 const struct lq_stream_log_event *event, uint64_t now_ns);

/* The log is told in a while that there was no answer, and asks again. */
static void retry_later(struct lq_table_port *port, uint32_t place, uint64_t token, uint64_t now_ns)
{
    struct lq_mirror_stream *stream = &port->streams->streams[place];

    stream->retry_token = token;
    stream->retry_ns = now_ns + RETRY_NS;
    lq_mirror_streams_activate(port->streams, place);
}

static void compare(struct lq_table_port *port, uint32_t place,
                    const struct lq_stream_log_effect *effect, uint64_t now_ns)
{
    struct lq_stream_log_event event = {
        .kind = LQ_STREAM_LOG_ON_COMPARED, .token = effect->token, .now_s = wall_s()};
    const struct lq_segment_position *table = &log_at(port, place)->table.after;
    struct lq_stream_log_store store = {.known = {false}};
    enum lq_result result = lq_ledger_source_describe(port->source, table, &store);

    if (result == LQ_OK) {
        result = lq_broker_source_describe(port->broker, table, &store);
    }
    if (result != LQ_OK) {
        lq_log_rarely(LQ_LOG_ERROR, "the stores cannot be compared with the table: %s",
                      lq_result_text(result));
        retry_later(port, place, effect->token, now_ns);
        return;
    }
    event.verdict = lq_stream_log_compare(table, &store);
    step(port, place, &event, now_ns);
}

static void tell_over(struct lq_table_port *port, uint32_t place)
{
    lq_log_error("stream %s of the table: %s", port->streams->streams[place].key.pk,
                 log_at(port, place)->why);
    be_over(port, log_at(port, place)->why);
}

static void tell_progress(const struct lq_table_port *port, uint32_t place)
{
    if (port->on_progress != NULL) {
        port->on_progress(port->progress_context, place);
    }
}

static void carry_out(struct lq_table_port *port, uint32_t place,
                      const struct lq_stream_log_effect *effect, uint64_t now_ns)
{
    const struct lq_mirror_stream *stream = &port->streams->streams[place];
    enum lq_result result = LQ_OK;

    switch (effect->kind) {
    case LQ_STREAM_LOG_READ_NEWEST:
        result = ask_newest(port, place, effect->token, lq_view_of("", 0));
        break;
    case LQ_STREAM_LOG_READ_ITEM:
        result = ask_item(port, place, effect);
        break;
    case LQ_STREAM_LOG_COMPARE:
        compare(port, place, effect, now_ns);
        return;
    case LQ_STREAM_LOG_PUT_CLAIM:
        result = ask_put(port, place, effect, log_at(port, place)->put_header, lq_view_of("", 0));
        break;
    case LQ_STREAM_LOG_PUT_SEGMENT:
        result = ask_put(port, place, effect, stream->put_header,
                         lq_view_of(stream->put_body, stream->put.body_bytes));
        break;
    case LQ_STREAM_LOG_TELL_LOOKED:
        return;
    case LQ_STREAM_LOG_TELL_OPEN:
        lq_mirror_streams_start(port->streams, place);
        lq_log_debug("stream %s: claim %" PRIu64 " is segment %" PRIu64, stream->key.pk,
                     log_at(port, place)->claim, log_at(port, place)->table.number);
        tell_progress(port, place);
        return;
    case LQ_STREAM_LOG_TELL_DURABLE:
        tell_progress(port, place);
        lq_mirror_streams_durable(port->streams, place);
        return;
    case LQ_STREAM_LOG_TELL_REFUSED:
    case LQ_STREAM_LOG_TELL_ENDED:
        tell_over(port, place);
        return;
    }
    if (result != LQ_OK) { /* no room for a question: soon again */
        retry_later(port, place, effect->token, now_ns);
        port->streams->streams[place].retry_ns = now_ns + LQ_NS_PER_MS;
    }
}

static void step(struct lq_table_port *port, uint32_t place,
                 const struct lq_stream_log_event *event, uint64_t now_ns)
{
    struct lq_stream_log_effects effects;
    enum lq_result result = lq_stream_set_step(&port->streams->set, place, event, &effects);

    if (result != LQ_OK) {
        return; /* late, or the writer is over */
    }
    for (uint32_t index = 0; index < effects.count; index++) {
        carry_out(port, place, &effects.list[index], now_ns);
    }
}

static void turn_stream(struct lq_table_port *port, uint32_t place, uint64_t now_ns, bool ends)
{
    struct lq_mirror_stream *stream = &port->streams->streams[place];
    struct lq_stream_log_event event = {.now_s = wall_s()};

    if (stream->retry_token != 0) {
        if (now_ns < stream->retry_ns) {
            return;
        }
        event.kind = LQ_STREAM_LOG_ON_NO_ANSWER;
        event.token = stream->retry_token;
        stream->retry_token = 0;
        step(port, place, &event, now_ns);
        return;
    }
    switch (lq_stream_set_turn(&port->streams->set, place)) {
    case LQ_STREAM_SET_LOOK:
        event.kind = LQ_STREAM_LOG_ON_LOOK;
        step(port, place, &event, now_ns);
        return;
    case LQ_STREAM_SET_CLAIM:
        event.kind = LQ_STREAM_LOG_ON_CLAIM;
        step(port, place, &event, now_ns);
        return;
    case LQ_STREAM_SET_PUT:
        port->streams->held_until_ns =
            lq_write_budget_ready_ns(&port->upkeep->budget, LQ_WRITE_SEGMENT, now_ns);
        if (lq_mirror_streams_is_due(port->streams, place, now_ns, ends)) {
            lq_mirror_streams_seal(port->streams, place, lq_clock_wall_ns());
            event.kind = LQ_STREAM_LOG_ON_SEGMENT;
            event.segment = &stream->put;
            step(port, place, &event, now_ns);
        }
        return;
    case LQ_STREAM_SET_WAIT:
    case LQ_STREAM_SET_OVER:
        return;
    }
}

/* ---- keys of tenants ---- */

enum lq_result lq_table_port_change_keys(struct lq_table_port *port, uint64_t tenant_number,
                                         uint64_t outbox_sequence)
{
    if (port->key_count == LQ_TABLE_PORT_KEYS_MAX) {
        return LQ_ERR_FULL;
    }
    port->keys[port->key_count++] =
        (struct lq_key_change){tenant_number, outbox_sequence, false, 0};
    return LQ_OK;
}

/* A tenant's keys on their way into an item. */
struct gathered_keys {
    struct lq_key_item item;
    uint8_t body[LQ_TABLE_PORT_KEY_BYTES_MAX];
};

static enum lq_result gather_key(void *context, struct lq_view wrapped)
{
    struct gathered_keys *keys = context;

    return lq_key_item_add(&keys->item, wrapped, keys->body, sizeof keys->body);
}

static void put_keys(struct lq_table_port *port, struct lq_key_change *change,
                     const struct gathered_keys *keys)
{
    uint32_t place = port->streams->of_tenant[change->tenant_number];
    const struct lq_table_condition below = {
        .requirement = LQ_TABLE_ABSENT_OR_BELOW, .name = "n", .number = change->outbox_sequence};
    uint8_t header[LQ_KEY_ITEM_HEADER_BYTES];
    struct lq_segment_key key;
    struct lq_table_item item = {.attribute_count = 0};

    lq_key_item_encode(&keys->item, lq_digest, keys->body, header);
    lq_segment_key_of_keys(lq_view_text(port->streams->streams[place].tenant), &key);
    item.pk = lq_view_text(key.pk);
    item.sk = lq_view_text(key.sk);
    lq_table_item_add_number(&item, "n", change->outbox_sequence);
    lq_table_item_add_bytes(&item, "h", lq_view_of(header, sizeof header));
    lq_table_item_add_bytes(&item, "b", lq_view_of(keys->body, keys->item.body_bytes));
    change->is_asked = lq_dynamodb_gateway_put(port->gateway, &item, &below,
                                               lq_table_tag_make(LQ_TABLE_TAG_KEYS, 0,
                                                                 change->outbox_sequence)) == LQ_OK;
    port->requests += change->is_asked;
}

static void ask_keys(struct lq_table_port *port, struct lq_key_change *change)
{
    struct gathered_keys *keys = lq_alloc(1, sizeof *keys);

    keys->item = (struct lq_key_item){.partition = port->streams->partition,
                                      .tenant_number = change->tenant_number,
                                      .counter = change->outbox_sequence};
    enum lq_result result =
        lq_ledger_feed_each_key(port->source->ledger, change->tenant_number, gather_key, keys);
    if (result == LQ_OK) {
        put_keys(port, change, keys);
    } else {
        lq_log_rarely(LQ_LOG_ERROR, "the keys of tenant number %" PRIu64 " cannot be read: %s",
                      change->tenant_number, lq_result_text(result));
    }
    free(keys);
}

/* Once the control stream has the note: no earlier writer can put back what this removes. */
static void turn_keys(struct lq_table_port *port, uint64_t now_ns)
{
    for (uint32_t index = 0; index < port->key_count; index++) {
        struct lq_key_change *change = &port->keys[index];
        const uint64_t note[LQ_SEGMENT_SOURCES] = {[LQ_SEGMENT_OUTBOX - 1] =
                                                       change->outbox_sequence};
        if (!change->is_asked && now_ns >= change->retry_ns && port->mark.state >= LQ_MARK_SET &&
            lq_stream_set_covers(&port->streams->set, LQ_STREAM_SET_CONTROL, note)) {
            change->retry_ns = now_ns + RETRY_NS;
            ask_keys(port, change);
        }
    }
}

/* Newer keys may be there already: an earlier note says less than they do. What only says that it
 * is newer would keep a destroyed key in the table. */
static bool are_newer(const struct lq_dynamodb_answer *answer, uint64_t sequence)
{
    struct lq_key_item keys;

    if (answer->item_count == 0) {
        return true; /* the service does not show it */
    }
    const struct lq_table_item *item = &answer->items[0];
    const struct lq_table_attribute *header = lq_table_item_find(item, "h", LQ_TABLE_BYTES);
    const struct lq_table_attribute *body = lq_table_item_find(item, "b", LQ_TABLE_BYTES);
    const struct lq_table_attribute *number = lq_table_item_find(item, "n", LQ_TABLE_NUMBER);
    return header != NULL && body != NULL && number != NULL &&
           lq_key_item_decode(header->view, body->view, lq_digest, &keys) == LQ_OK &&
           number->number == keys.counter && keys.counter >= sequence;
}

static void hear_keys(struct lq_table_port *port, const struct lq_dynamodb_answer *answer,
                      uint64_t now_ns)
{
    uint64_t sequence = lq_table_tag_number(answer->tag);
    bool is_met = answer->verdict == LQ_VERDICT_CONDITION_FAILED;
    bool done = answer->verdict == LQ_VERDICT_DONE || (is_met && are_newer(answer, sequence));

    for (uint32_t index = 0; index < port->key_count; index++) {
        if (port->keys[index].outbox_sequence != sequence) {
            continue;
        }
        port->keys[index].is_asked = false;
        port->keys[index].retry_ns = now_ns + RETRY_NS;
        if (done) {
            port->keys[index] = port->keys[--port->key_count];
        } else if (is_met) {
            lq_log_rarely(LQ_LOG_ERROR,
                          "item K of tenant number %" PRIu64
                          " is in the way: it is damaged, or its "
                          "n is not its counter; delete it, and its keys are put anew",
                          port->keys[index].tenant_number);
        }
        return;
    }
}

uint64_t lq_table_port_next_ns(const struct lq_table_port *port)
{
    uint64_t next_ns = lq_partition_mark_next_ns(&port->mark);

    for (uint32_t index = 0; index < port->key_count; index++) {
        const struct lq_key_change *change = &port->keys[index];
        if (!change->is_asked && change->retry_ns != 0 && change->retry_ns < next_ns) {
            next_ns = change->retry_ns;
        }
    }
    return next_ns;
}

/* ---- answers ---- */

/* What lies in the table, as far as the answer shows it. */
static enum lq_stream_log_found find_segment(const struct lq_dynamodb_answer *answer,
                                             struct lq_segment_header *header)
{
    if (answer->item_count == 0) {
        return answer->verdict == LQ_VERDICT_CONDITION_FAILED ? LQ_STREAM_LOG_NOT_SHOWN
                                                              : LQ_STREAM_LOG_NOTHING;
    }
    const struct lq_table_attribute *bytes =
        lq_table_item_find(&answer->items[0], "h", LQ_TABLE_BYTES);
    return bytes != NULL && lq_segment_decode_header(bytes->view, lq_digest, header) == LQ_OK
               ? LQ_STREAM_LOG_A_SEGMENT
               : LQ_STREAM_LOG_UNREADABLE;
}

static void hear_stream(struct lq_table_port *port, const struct lq_dynamodb_answer *answer,
                        uint64_t now_ns)
{
    uint32_t place = lq_table_tag_place(answer->tag);
    uint64_t token = lq_table_tag_number(answer->tag);
    struct lq_segment_header header;
    struct lq_stream_log_event event = {.token = token, .now_s = wall_s(), .segment = &header};
    bool is_read = answer->call == LQ_TABLE_QUERY || answer->call == LQ_TABLE_GET;

    if (answer->verdict == LQ_VERDICT_CONDITION_FAILED) {
        port->conflicts++;
        event.kind = LQ_STREAM_LOG_ON_CONDITION;
        event.found = find_segment(answer, &header);
    } else if (answer->verdict != LQ_VERDICT_DONE) {
        retry_later(port, place, token, now_ns);
        return;
    } else if (answer->call == LQ_TABLE_QUERY && answer->item_count == 0 && answer->has_more) {
        if (ask_newest(port, place, token, answer->last_sk) != LQ_OK) {
            retry_later(port, place, token, now_ns);
        }
        return;
    } else if (is_read) {
        event.kind = LQ_STREAM_LOG_ON_READ;
        event.found = find_segment(answer, &header);
    } else {
        event.kind = LQ_STREAM_LOG_ON_PUT;
    }
    step(port, place, &event, now_ns);
}

static void complain(struct lq_table_port *port, const struct lq_dynamodb_answer *answer)
{
    port->refusals++;
    lq_log_rarely(answer->verdict == LQ_VERDICT_REFUSED ? LQ_LOG_ERROR : LQ_LOG_WARNING,
                  "the table: %s%s%s", answer->error_code,
                  answer->error_code[0] != '\0' && answer->text[0] != '\0' ? ": " : "",
                  answer->text);
}

/* What a write cost: as the service counts it, else as it was estimated. */
static double count_units(struct lq_table_port *port, const struct lq_dynamodb_answer *answer)
{
    uint64_t estimated = 0;

    switch (lq_table_tag_kind(answer->tag)) {
    case LQ_TABLE_TAG_STREAM:
        estimated = port->streams->streams[lq_table_tag_place(answer->tag)].put_units;
        break;
    case LQ_TABLE_TAG_UPKEEP:
        estimated = lq_upkeep_estimated(port->upkeep, answer);
        break;
    case LQ_TABLE_TAG_MARK:
    case LQ_TABLE_TAG_KEYS:
        estimated = 1;
        lq_write_budget_spend(&port->upkeep->budget, estimated);
        break;
    }
    double counted = answer->capacity_units > 0 ? answer->capacity_units : (double)estimated;
    lq_write_budget_correct(&port->upkeep->budget, estimated, counted);
    return counted;
}

void lq_table_port_hear(struct lq_table_port *port, uint64_t now_ns)
{
    struct lq_dynamodb_answer *answer;

    while ((answer = lq_dynamodb_gateway_take(port->gateway)) != NULL) {
        if (answer->call == LQ_TABLE_PUT || answer->call == LQ_TABLE_UPDATE) {
            port->write_units += count_units(port, answer);
        }
        if (answer->verdict != LQ_VERDICT_DONE && answer->verdict != LQ_VERDICT_CONDITION_FAILED) {
            complain(port, answer);
        }
        switch (lq_table_tag_kind(answer->tag)) {
        case LQ_TABLE_TAG_STREAM:
            hear_stream(port, answer, now_ns);
            break;
        case LQ_TABLE_TAG_MARK:
            lq_partition_mark_hear(&port->mark, answer, now_ns);
            break;
        case LQ_TABLE_TAG_KEYS:
            hear_keys(port, answer, now_ns);
            break;
        case LQ_TABLE_TAG_UPKEEP:
            lq_upkeep_hear(port->upkeep, answer, now_ns);
            break;
        }
        lq_dynamodb_gateway_release(&answer);
    }
}

void lq_table_port_turn(struct lq_table_port *port, uint64_t now_ns, bool ends)
{
    struct lq_mirror_streams *streams = port->streams;

    lq_partition_mark_turn(&port->mark, now_ns, ends);
    if (port->mark.over != NULL) {
        be_over(port, port->mark.over);
    }
    turn_keys(port, now_ns);
    if (!lq_partition_mark_is_read(&port->mark)) {
        return; /* nothing is written to a table of another history */
    }
    /* Where write units are lacking, streams take turns to be the first that gets some. */
    uint32_t count = streams->active_count;
    uint32_t first = count > 0 && streams->held_until_ns != 0 ? port->turns++ % count : 0;
    for (uint32_t index = 0; index < count && port->over == NULL; index++) {
        turn_stream(port, streams->active[(first + index) % count], now_ns, ends);
    }
    lq_mirror_streams_rest(streams);
}
