// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/expiry_port.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "mirror/domain/write_units.h"
#include "mirror/handler/table_tag.h"
#include "store/seal/digest.h"

#include <inttypes.h>
#include <stdlib.h>

#define TTL "ttl"
#define RETRY_NS (5 * LQ_NS_PER_S)
#define LOOK_NS LQ_NS_PER_S

void lq_expiry_port_init(struct lq_expiry_port *port, const struct lq_expiry_port_options *options)
{
    *port = (struct lq_expiry_port){
        .gateway = options->gateway,
        .streams = options->streams,
        .budget = options->budget,
        .of_place = lq_alloc(options->streams->set.stream_max, sizeof *port->of_place),
        .flight_base = options->flight_base,
        .history_days = options->history_days,
        .retry_ns = UINT64_MAX,
    };
    /* Who publishes events says how far they have left; without a bus none is owed. */
    port->settled[LQ_SEGMENT_OUTBOX - 1] = UINT64_MAX;
    port->settled[LQ_SEGMENT_BROKER - 1] = UINT64_MAX;
    port->audited = UINT64_MAX;
}

void lq_expiry_port_destroy(struct lq_expiry_port *port)
{
    free(port->of_place);
    *port = (struct lq_expiry_port){.gateway = NULL};
}

uint32_t lq_expiry_port_history_days(const struct lq_expiry_port *port, uint32_t place)
{
    const struct lq_mirror_stream *stream = &port->streams->streams[place];

    /* Until the broker has said what the tenant wants nothing expires: it might want more. */
    if (place == LQ_STREAM_SET_CONTROL || !stream->knows_policy) {
        return 0;
    }
    return stream->keeps_own_history ? stream->history_days : port->history_days;
}

static void settle(struct lq_expiry_port *port, enum lq_segment_entry_kind kind, uint64_t sequence)
{
    port->is_stirred = port->is_stirred || port->settled[kind - 1] != sequence;
    port->settled[kind - 1] = sequence;
}

/* A record has a base, and it was told that it is in the table. */
static void settle_records(struct lq_expiry_port *port)
{
    settle(port, LQ_SEGMENT_RECORD, port->based < port->audited ? port->based : port->audited);
}

void lq_expiry_port_based(struct lq_expiry_port *port, uint64_t ledger_sequence)
{
    port->based = ledger_sequence;
    settle_records(port);
}

void lq_expiry_port_left(struct lq_expiry_port *port, uint64_t outbox_sequence, uint64_t audited)
{
    port->audited = audited;
    settle_records(port);
    settle(port, LQ_SEGMENT_OUTBOX, outbox_sequence);
}

/* ---- questions ---- */

static uint64_t newest_of(const struct lq_expiry_port *port, uint32_t place)
{
    return port->streams->set.streams[place].table.number;
}

static void key_of(const struct lq_expiry_port *port, uint32_t place, uint64_t number,
                   struct lq_segment_key *key)
{
    *key = port->streams->streams[place].key;
    lq_segment_key_set_number(key, number);
}

static uint64_t tag_of(const struct lq_expiry_port *port, const struct lq_expiry_flight *flight)
{
    return lq_table_tag_make(LQ_TABLE_TAG_UPKEEP,
                             port->flight_base + (uint32_t)(flight - port->flights), 0);
}

/* False: there is no room for a question. */
static bool note_asked(struct lq_expiry_port *port, struct lq_expiry_flight *flight,
                       enum lq_result result)
{
    bool is_asked = result == LQ_OK;

    port->of_place[flight->place].is_asked = is_asked;
    port->requests += is_asked;
    if (!is_asked) {
        flight->place = LQ_STREAM_SET_CONTROL;
    }
    return is_asked;
}

static bool ask_segment(struct lq_expiry_port *port, struct lq_expiry_flight *flight,
                        uint32_t place, uint64_t number)
{
    struct lq_segment_key key;

    *flight = (struct lq_expiry_flight){.place = place, .number = number};
    key_of(port, place, number, &key);
    return note_asked(port, flight,
                      lq_dynamodb_gateway_get(port->gateway, lq_view_text(key.pk),
                                              lq_view_text(key.sk), tag_of(port, flight)));
}

/* Only of an item that is there: no empty one is made in the place of one that is gone. */
static bool ask_ttl(struct lq_expiry_port *port, struct lq_expiry_flight *flight, uint32_t place,
                    uint64_t number, uint64_t ttl)
{
    static const struct lq_table_condition present = {.requirement = LQ_TABLE_PRESENT};
    static const struct lq_write_units_item nothing;
    const struct lq_expiry_stream *stream = &port->of_place[place];
    struct lq_segment_key key;
    struct lq_table_item item = {.attribute_count = 0};

    *flight = (struct lq_expiry_flight){.place = place, .number = number};
    key_of(port, place, flight->number, &key);
    item.pk = lq_view_text(key.pk);
    item.sk = lq_view_text(key.sk);
    lq_table_item_add_number(&item, TTL, ttl);
    const struct lq_write_units_item size =
        lq_write_units_segment(item.pk.bytes, stream->body_bytes, ttl);
    if (!note_asked(
            port, flight,
            lq_dynamodb_gateway_update(port->gateway, &item, &present, tag_of(port, flight)))) {
        return false;
    }
    flight->units = lq_write_units_of(&size, &nothing);
    lq_write_budget_spend(port->budget, flight->units);
    return true;
}

/* ---- what a stream has to do ---- */

static uint64_t ttl_of(const struct lq_expiry_port *port, uint32_t place)
{
    const struct lq_expiry_stream *stream = &port->of_place[place];
    struct lq_segment_expiry_facts facts = {.newest_number = newest_of(port, place),
                                            .expiring_number = stream->search.low,
                                            .history_days =
                                                lq_expiry_port_history_days(port, place),
                                            .now_s = lq_clock_wall_ns() / LQ_NS_PER_S};

    memcpy(facts.settled, port->settled, sizeof facts.settled);
    return lq_segment_expiry_at(&stream->segment, &facts);
}

/* The search goes on; how far it is known then. */
static uint64_t probe(struct lq_expiry_port *port, uint32_t place)
{
    struct lq_expiry_stream *stream = &port->of_place[place];

    if (stream->state == LQ_EXPIRY_UNKNOWN) {
        lq_expiry_search_start(&stream->search, newest_of(port, place));
        stream->state = LQ_EXPIRY_SEARCHING;
    }
    uint64_t number = lq_expiry_search_probe(&stream->search);
    if (number == 0) {
        stream->state = LQ_EXPIRY_READING;
    }
    return number;
}

/* Of a tenant that keeps all its history something is to be asked only if it did not before, which
 * an own policy may mean. */
static bool may_have_ttls(const struct lq_expiry_port *port, uint32_t place)
{
    const struct lq_mirror_stream *stream = &port->streams->streams[place];
    const struct lq_expiry_stream *expiry = &port->of_place[place];

    return lq_expiry_port_history_days(port, place) > 0 ||
           (place != LQ_STREAM_SET_CONTROL && stream->knows_policy && !expiry->never_expired &&
            (stream->keeps_own_history || expiry->state != LQ_EXPIRY_UNKNOWN));
}

/* The border is known, and the tenant keeps another number of days than was looked at last. */
static void begin_renewal(struct lq_expiry_port *port, uint32_t place)
{
    struct lq_expiry_stream *stream = &port->of_place[place];
    uint32_t days = lq_expiry_port_history_days(port, place);
    bool is_found = stream->state == LQ_EXPIRY_READING || stream->state == LQ_EXPIRY_SETTING;
    bool is_other = stream->state == LQ_EXPIRY_RENEWING && stream->renewal.history_days != days;

    if ((is_found && (!stream->knows_days || stream->days != days)) || is_other) {
        lq_expiry_renewal_start(&stream->renewal, stream->search.low, days);
        stream->renewed_ttl = 0;
        stream->state = LQ_EXPIRY_RENEWING;
    }
}

/* The next question of a renewal; false: there is none, or no room. */
static bool turn_renewal(struct lq_expiry_port *port, struct lq_expiry_flight *flight,
                         uint32_t place)
{
    struct lq_expiry_stream *stream = &port->of_place[place];
    uint64_t number = lq_expiry_renewal_probe(&stream->renewal);

    if (number == 0) {
        stream->state = LQ_EXPIRY_READING;
        stream->knows_days = true;
        stream->days = stream->renewal.history_days;
        return false;
    }
    return stream->renewed_ttl > 0 ? ask_ttl(port, flight, place, number, stream->renewed_ttl)
                                   : ask_segment(port, flight, place, number);
}

/* Whether a question about the stream was asked, by this flight. */
static bool turn_stream(struct lq_expiry_port *port, struct lq_expiry_flight *flight,
                        uint32_t place, uint64_t now_ns)
{
    struct lq_expiry_stream *stream = &port->of_place[place];

    if (stream->is_asked || !port->streams->streams[place].is_started ||
        !may_have_ttls(port, place)) {
        return false;
    }
    if (stream->retry_ns > now_ns) {
        port->retry_ns = stream->retry_ns < port->retry_ns ? stream->retry_ns : port->retry_ns;
        return false;
    }
    bool keeps_all = lq_expiry_port_history_days(port, place) == 0;
    stream->never_expired = stream->never_expired && keeps_all;
    if (stream->state == LQ_EXPIRY_FIRST || (stream->state == LQ_EXPIRY_UNKNOWN && keeps_all)) {
        stream->state = LQ_EXPIRY_FIRST;
        return ask_segment(port, flight, place, 1);
    }
    if (stream->state == LQ_EXPIRY_UNKNOWN || stream->state == LQ_EXPIRY_SEARCHING) {
        uint64_t number = probe(port, place);
        if (number != 0) {
            return ask_segment(port, flight, place, number);
        }
    }
    begin_renewal(port, place);
    if (stream->state == LQ_EXPIRY_RENEWING && turn_renewal(port, flight, place)) {
        return true;
    }
    if (keeps_all) {
        return false;
    }
    if (stream->state == LQ_EXPIRY_READING) {
        return stream->search.low + 1 < newest_of(port, place) &&
               ask_segment(port, flight, place, stream->search.low + 1);
    }
    uint64_t ttl = stream->state == LQ_EXPIRY_SETTING ? ttl_of(port, place) : 0;
    return ttl != 0 && ask_ttl(port, flight, place, stream->segment.number, ttl);
}

static struct lq_expiry_flight *free_flight(struct lq_expiry_port *port)
{
    for (uint32_t index = 0; index < LQ_EXPIRY_PORT_FLIGHTS; index++) {
        if (port->flights[index].place == LQ_STREAM_SET_CONTROL) {
            return &port->flights[index];
        }
    }
    return NULL;
}

/* Streams take turns. Nothing is stirred any more when none has anything to ask. */
static void look_around(struct lq_expiry_port *port, uint64_t now_ns)
{
    uint32_t count = port->streams->set.stream_count;
    struct lq_expiry_flight *flight = free_flight(port);

    if (lq_dynamodb_gateway_room(port->gateway) == 0) {
        port->looked_ns = now_ns;
        return;
    }
    port->retry_ns = UINT64_MAX;
    for (uint32_t step = 0; step < count && flight != NULL; step++) {
        port->next_place = (port->next_place + 1) % count;
        if (turn_stream(port, flight, port->next_place, now_ns)) {
            flight = free_flight(port);
        }
    }
    if (flight != NULL) {
        port->is_stirred = false;
        port->looked_ns = now_ns;
    }
}

/* Streams opened, segments came, or the broker has said what a tenant wants. */
static bool has_news(const struct lq_expiry_port *port)
{
    return port->seen_progress != port->streams->progress ||
           port->seen_policies != port->streams->policies;
}

/* Whether the segments of any tenant may expire, or did. */
static bool is_wanted(const struct lq_expiry_port *port)
{
    return port->history_days > 0 || port->streams->any_policy;
}

static bool may_look(struct lq_expiry_port *port, uint64_t now_ns)
{
    bool is_due = port->is_stirred || now_ns >= port->retry_ns;

    return is_wanted(port) && is_due &&
           (port->looked_ns == 0 || now_ns >= port->looked_ns + LOOK_NS);
}

void lq_expiry_port_turn(struct lq_expiry_port *port, uint64_t now_ns)
{
    if (has_news(port)) {
        port->seen_progress = port->streams->progress;
        port->seen_policies = port->streams->policies;
        port->is_stirred = true;
    }
    if (may_look(port, now_ns) && lq_write_budget_allows(port->budget, LQ_WRITE_UPKEEP, now_ns)) {
        look_around(port, now_ns);
    }
}

/* ---- answers ---- */

static bool expires(const struct lq_dynamodb_answer *answer)
{
    return answer->item_count == 0 ||
           lq_table_item_find(&answer->items[0], TTL, LQ_TABLE_NUMBER) != NULL;
}

/* What the next segment needs to be settled. */
static enum lq_result read_segment(struct lq_expiry_stream *stream,
                                   const struct lq_table_item *item)
{
    const struct lq_table_attribute *header_bytes = lq_table_item_find(item, "h", LQ_TABLE_BYTES);
    const struct lq_table_attribute *body_bytes = lq_table_item_find(item, "b", LQ_TABLE_BYTES);
    struct lq_view body = body_bytes == NULL ? lq_view_of("", 0) : body_bytes->view;
    struct lq_segment_header header;

    if (header_bytes == NULL) {
        return LQ_ERR_CORRUPT;
    }
    enum lq_result result = lq_segment_decode_header(header_bytes->view, lq_digest, &header);
    if (result == LQ_OK) {
        result = lq_segment_expiry_read(&header, lq_digest, body, &stream->segment);
        stream->body_bytes = body.bytes;
    }
    return result;
}

/* One that cannot be read is passed over: it goes when it was to go. */
static void hear_renewed(struct lq_expiry_stream *stream, const struct lq_dynamodb_answer *answer)
{
    struct lq_expiry_seen seen = {.is_there = false};
    struct lq_segment_header header;

    if (answer->item_count > 0) {
        const struct lq_table_item *item = &answer->items[0];
        const struct lq_table_attribute *ttl = lq_table_item_find(item, TTL, LQ_TABLE_NUMBER);
        const struct lq_table_attribute *bytes = lq_table_item_find(item, "h", LQ_TABLE_BYTES);
        const struct lq_table_attribute *body = lq_table_item_find(item, "b", LQ_TABLE_BYTES);
        if (ttl != NULL && bytes != NULL &&
            lq_segment_decode_header(bytes->view, lq_digest, &header) == LQ_OK) {
            seen = (struct lq_expiry_seen){true, ttl->number, header.wall_ns / LQ_NS_PER_S};
            stream->body_bytes = body == NULL ? 0 : body->view.bytes;
        }
    }
    stream->renewed_ttl =
        lq_expiry_renewal_tell(&stream->renewal, &seen, lq_clock_wall_ns() / LQ_NS_PER_S);
}

static void hear_segment(struct lq_expiry_port *port, struct lq_expiry_flight *flight,
                         const struct lq_dynamodb_answer *answer)
{
    struct lq_expiry_stream *stream = &port->of_place[flight->place];

    if (stream->state == LQ_EXPIRY_RENEWING) {
        hear_renewed(stream, answer);
        return;
    }
    if (stream->state == LQ_EXPIRY_FIRST) {
        stream->never_expired = !expires(answer);
        stream->state = LQ_EXPIRY_UNKNOWN;
        if (!stream->never_expired) {
            lq_expiry_search_start(&stream->search, newest_of(port, flight->place));
            stream->state = LQ_EXPIRY_SEARCHING;
        }
        return;
    }
    if (stream->state == LQ_EXPIRY_SEARCHING) {
        lq_expiry_search_tell(&stream->search, flight->number, expires(answer));
        return;
    }
    if (expires(answer)) {
        stream->search.low = flight->number;
        return;
    }
    stream->state = LQ_EXPIRY_SETTING;
    if (read_segment(stream, &answer->items[0]) != LQ_OK) {
        stream->state = LQ_EXPIRY_BROKEN;
        lq_log_error("stream %s of the table: segment %" PRIu64
                     " is damaged; nothing of the stream expires any more",
                     port->streams->streams[flight->place].key.pk, flight->number);
    }
}

/* That it is gone is no less than that it will go. */
static void hear_ttl(struct lq_expiry_port *port, const struct lq_expiry_flight *flight,
                     const struct lq_dynamodb_answer *answer)
{
    struct lq_expiry_stream *stream = &port->of_place[flight->place];

    if (stream->state == LQ_EXPIRY_RENEWING) {
        stream->renewed_ttl = 0;
        lq_expiry_renewal_pass(&stream->renewal);
        port->renewed += answer->verdict == LQ_VERDICT_DONE;
        return;
    }
    stream->search.low = flight->number;
    stream->state = LQ_EXPIRY_READING;
    port->segments += answer->verdict == LQ_VERDICT_DONE;
}

void lq_expiry_port_hear(struct lq_expiry_port *port, uint32_t index,
                         const struct lq_dynamodb_answer *answer, uint64_t now_ns)
{
    LQ_ASSERT(index < LQ_EXPIRY_PORT_FLIGHTS);
    struct lq_expiry_flight *flight = &port->flights[index];
    struct lq_expiry_stream *stream = &port->of_place[flight->place];
    bool is_told =
        answer->verdict == LQ_VERDICT_DONE || answer->verdict == LQ_VERDICT_CONDITION_FAILED;

    LQ_ASSERT(stream->is_asked);
    stream->is_asked = false;
    stream->retry_ns = is_told ? 0 : now_ns + RETRY_NS;
    if (is_told && flight->units > 0) {
        hear_ttl(port, flight, answer);
    } else if (is_told) {
        hear_segment(port, flight, answer);
    }
    flight->place = LQ_STREAM_SET_CONTROL;
    port->is_stirred = true;
    port->looked_ns = 0;
}

uint64_t lq_expiry_port_next_ns(struct lq_expiry_port *port, uint64_t now_ns)
{
    uint64_t next_ns = port->is_stirred || has_news(port) ? 0 : port->retry_ns;

    if (!is_wanted(port) || free_flight(port) == NULL || next_ns == UINT64_MAX) {
        return UINT64_MAX;
    }
    uint64_t ready_ns = lq_write_budget_ready_ns(port->budget, LQ_WRITE_UPKEEP, now_ns);
    uint64_t look_ns = port->looked_ns == 0 ? 0 : port->looked_ns + LOOK_NS;
    next_ns = next_ns > look_ns ? next_ns : look_ns;
    return next_ns > ready_ns ? next_ns : ready_ns;
}
