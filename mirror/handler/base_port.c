// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/base_port.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "mirror/domain/write_units.h"
#include "mirror/handler/table_tag.h"
#include "store/lmdb/ledger_bases.h"
#include "store/seal/digest.h"
#include "store/seal/random_bytes.h"

#include <inttypes.h>
#include <stdlib.h>

/* Later again: when its frames are in the table; when the table or the ledger was in trouble. */
#define WAIT_NS LQ_NS_PER_S
#define WAIT_AT_END_NS (50 * LQ_NS_PER_MS)
#define RETRY_NS (5 * LQ_NS_PER_S)
#define BROKEN_NS (60 * LQ_NS_PER_S)

enum { WALK_SESSIONS = 256, PAGE_ITEMS = 16, BEGUN_PER_TURN = 64 };

void lq_base_port_init(struct lq_base_port *port, const struct lq_base_port_options *options)
{
    const struct lq_base_schedule_memory memory = {
        .sessions = lq_alloc(options->session_max, sizeof *memory.sessions),
        .buckets = lq_alloc(options->session_max, sizeof *memory.buckets),
        .heap = lq_alloc(options->session_max, sizeof *memory.heap),
        .session_max = options->session_max};

    *port = (struct lq_base_port){.gateway = options->gateway,
                                  .source = options->source,
                                  .streams = options->streams,
                                  .budget = options->budget,
                                  .piece_bytes_max = options->piece_bytes_max};
    lq_base_schedule_init(&port->schedule, &memory, options->quiet_ns, options->every_ns);
    lq_random_bytes((uint8_t *)&port->draw, sizeof port->draw);
}

void lq_base_port_destroy(struct lq_base_port *port)
{
    for (uint32_t index = 0; index < LQ_BASE_PORT_FLIGHTS; index++) {
        free(port->flights[index].run);
    }
    free(port->schedule.sessions);
    free(port->schedule.buckets);
    free(port->schedule.heap);
    *port = (struct lq_base_port){.gateway = NULL};
}

void lq_base_port_begin(struct lq_base_port *port, uint64_t covered)
{
    LQ_ASSERT(!port->has_begun);
    lq_base_schedule_begin(&port->schedule, covered);
    port->has_begun = true;
}

void lq_base_port_saw(struct lq_base_port *port, const struct lq_feed_entry *entry, uint64_t now_ns)
{
    struct lq_record_header header;

    if (entry->is_record && lq_record_decode_header(entry->value, &header) == LQ_OK) {
        lq_base_schedule_saw(&port->schedule, header.session_number, entry->sequence, now_ns);
    }
}

/* ---- the walk over the heads ---- */

static uint64_t draw(struct lq_base_port *port)
{
    port->draw = port->draw * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return port->draw >> 20;
}

/* A step of it. */
static void walk(struct lq_base_port *port, uint64_t now_ns)
{
    struct lq_ledger_newest sessions[WALK_SESSIONS];
    uint32_t count;
    enum lq_result result = lq_ledger_bases_list(port->source->ledger, port->schedule.walk.after,
                                                 sessions, WALK_SESSIONS, &count);

    if (result != LQ_OK) {
        lq_log_rarely(LQ_LOG_ERROR, "the heads of sessions cannot be read: %s",
                      lq_result_text(result));
        port->walk_retry_ns = now_ns + BROKEN_NS;
        return;
    }
    for (uint32_t index = 0; index < count; index++) {
        if (lq_base_schedule_found(&port->schedule, sessions[index].session_number,
                                   sessions[index].ledger_sequence, now_ns, draw(port)) != LQ_OK) {
            lq_log_rarely(LQ_LOG_WARNING,
                          "more than mirror/sessions_max = %" PRIu32
                          " sessions wait for a base: some wait for longer",
                          port->schedule.session_max);
            return; /* it goes on when there is room */
        }
    }
    if (count < WALK_SESSIONS) {
        lq_base_schedule_walked(&port->schedule);
    }
}

/* ---- a base is made ---- */

static enum lq_result add_record(void *context, struct lq_view record)
{
    struct lq_base_flight *flight = context;

    return lq_base_item_add(&flight->base, record, flight->run, LQ_BASE_PORT_RUN_BYTES_MAX);
}

/* Its records, as far as the table has them. LQ_ERR_NOT_FOUND: it has none that have no base. */
static enum lq_result gather(struct lq_base_port *port, struct lq_base_flight *flight,
                             uint64_t session_number, uint64_t first)
{
    const struct lq_mirror_streams *streams = port->streams;
    uint64_t durable[LQ_SEGMENT_SOURCES];
    uint64_t tenant_number;
    enum lq_result result =
        lq_ledger_bases_tenant(port->source->ledger, session_number, &tenant_number);

    if (result != LQ_OK) {
        return result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
    }
    flight->place = lq_mirror_streams_place(streams, tenant_number);
    if (flight->place == LQ_STREAM_SET_CONTROL) {
        return LQ_ERR_NOT_FOUND; /* the note that names the tenant was not read yet */
    }
    lq_stream_set_durable(&streams->set, flight->place, durable);
    if (durable[LQ_SEGMENT_RECORD - 1] < first) {
        return LQ_ERR_NOT_FOUND;
    }
    if (flight->run == NULL) {
        flight->run = lq_alloc(LQ_BASE_PORT_RUN_BYTES_MAX, 1);
    }
    flight->base =
        (struct lq_base_header){.partition = streams->partition,
                                .tenant_number = tenant_number,
                                .session_number = session_number,
                                .segment = streams->set.streams[flight->place].table.number};
    result = lq_ledger_bases_each(port->source->ledger, session_number,
                                  durable[LQ_SEGMENT_RECORD - 1], add_record, flight);
    return result == LQ_OK && flight->base.sequence < first ? LQ_ERR_NOT_FOUND : result;
}

static void begin_flight(struct lq_base_port *port, struct lq_base_flight *flight,
                         uint64_t session_number, uint64_t first, uint64_t now_ns)
{
    uint64_t wait_ns = port->schedule.hurries ? WAIT_AT_END_NS : WAIT_NS;
    enum lq_result result = gather(port, flight, session_number, first);

    if (result == LQ_OK) {
        result = lq_base_item_cut(&flight->base, lq_digest, flight->run, port->piece_bytes_max);
    }
    if (result == LQ_OK) {
        const uint64_t head[LQ_SEGMENT_SOURCES] = {[LQ_SEGMENT_RECORD - 1] = flight->base.sequence};
        LQ_ASSERT(lq_stream_set_covers(&port->streams->set, flight->place, head));
        flight->state = LQ_BASE_FLIGHT_READING;
        flight->after_sk[0] = '\0';
        lq_base_slots_start(&flight->slots, lq_digest);
        return;
    }
    if (result != LQ_ERR_NOT_FOUND) {
        lq_log_rarely(LQ_LOG_ERROR, "session number %" PRIu64 ": no base can be made: %s",
                      session_number, lq_result_text(result));
        wait_ns = result == LQ_ERR_LIMIT ? RETRY_NS : BROKEN_NS;
    }
    lq_base_schedule_postpone(&port->schedule, session_number, now_ns + wait_ns);
}

static void end_flight(struct lq_base_port *port, struct lq_base_flight *flight, uint64_t now_ns)
{
    flight->state = LQ_BASE_FLIGHT_NONE;
    lq_base_schedule_based(&port->schedule, flight->base.session_number, flight->base.sequence,
                           now_ns);
}

static void give_up(struct lq_base_port *port, struct lq_base_flight *flight, uint64_t until_ns)
{
    flight->state = LQ_BASE_FLIGHT_NONE;
    lq_base_schedule_postpone(&port->schedule, flight->base.session_number, until_ns);
}

/* ---- questions ---- */

static void name_piece(const struct lq_base_port *port, const struct lq_base_flight *flight,
                       uint32_t slot, uint32_t piece, struct lq_segment_key *key)
{
    *key = port->streams->streams[flight->place].key;
    lq_segment_key_set_base(key, flight->base.session_number, slot, piece);
}

static enum lq_result ask_slots(struct lq_base_port *port, const struct lq_base_flight *flight,
                                uint64_t tag)
{
    struct lq_segment_key from;
    struct lq_segment_key to;

    name_piece(port, flight, 0, 0, &from);
    name_piece(port, flight, LQ_SEGMENT_KEY_BASE_SLOTS - 1, LQ_SEGMENT_KEY_BASE_PIECES_MAX, &to);
    const struct lq_table_query query = {.pk = lq_view_text(from.pk),
                                         .sk_from = lq_view_text(from.sk),
                                         .sk_to = lq_view_text(to.sk),
                                         .after_sk = lq_view_text(flight->after_sk),
                                         .limit = PAGE_ITEMS};
    return lq_dynamodb_gateway_query(port->gateway, &query, tag);
}

static enum lq_result ask_piece(struct lq_base_port *port, struct lq_base_flight *flight,
                                uint64_t tag)
{
    static const struct lq_write_units_item nothing;
    const struct lq_table_condition below = {
        .requirement = LQ_TABLE_ABSENT_OR_BELOW, .name = "n", .number = flight->base.segment};
    uint8_t header[LQ_BASE_ITEM_HEADER_BYTES];
    struct lq_segment_key key;
    struct lq_table_item item = {.attribute_count = 0};

    flight->base.wall_ns = lq_clock_wall_ns();
    struct lq_view body =
        lq_base_item_piece(&flight->base, lq_digest, flight->run, flight->piece, header);
    name_piece(port, flight, flight->slot, flight->piece, &key);
    item.pk = lq_view_text(key.pk);
    item.sk = lq_view_text(key.sk);
    lq_table_item_add_bytes(&item, "h", lq_view_of(header, sizeof header));
    lq_table_item_add_bytes(&item, "b", body);
    lq_table_item_add_number(&item, "n", flight->base.segment);
    enum lq_result result = lq_dynamodb_gateway_put(port->gateway, &item, &below, tag);
    if (result == LQ_OK) {
        const struct lq_write_units_item size =
            lq_write_units_base(item.pk.bytes, body.bytes, flight->base.segment);
        flight->units = lq_write_units_of(&size, &nothing);
        lq_write_budget_spend(port->budget, flight->units);
    }
    return result;
}

static enum lq_result ask_item(struct lq_base_port *port, const struct lq_base_flight *flight,
                               uint64_t tag)
{
    struct lq_segment_key key;

    name_piece(port, flight, flight->slot, flight->piece, &key);
    return lq_dynamodb_gateway_get(port->gateway, lq_view_text(key.pk), lq_view_text(key.sk), tag);
}

static void ask(struct lq_base_port *port, struct lq_base_flight *flight, uint64_t now_ns)
{
    uint64_t tag = lq_table_tag_make(LQ_TABLE_TAG_UPKEEP, (uint32_t)(flight - port->flights), 0);
    enum lq_result result = LQ_OK;

    switch (flight->state) {
    case LQ_BASE_FLIGHT_NONE:
        return;
    case LQ_BASE_FLIGHT_READING:
        result = ask_slots(port, flight, tag);
        break;
    case LQ_BASE_FLIGHT_PUTTING:
        result = ask_piece(port, flight, tag);
        break;
    case LQ_BASE_FLIGHT_CHECKING:
        result = ask_item(port, flight, tag);
        break;
    }
    flight->is_asked = result == LQ_OK;
    port->requests += flight->is_asked;
    if (result != LQ_OK && result != LQ_ERR_FULL) {
        lq_log_rarely(LQ_LOG_ERROR, "session number %" PRIu64 ": its base cannot be asked for: %s",
                      flight->base.session_number, lq_result_text(result));
        give_up(port, flight, now_ns + BROKEN_NS);
    }
}

/* ---- answers ---- */

static struct lq_view bytes_of(const struct lq_table_item *item, const char *name)
{
    const struct lq_table_attribute *bytes = lq_table_item_find(item, name, LQ_TABLE_BYTES);

    return bytes == NULL ? lq_view_of("", 0) : bytes->view;
}

static void hear_slots(struct lq_base_port *port, struct lq_base_flight *flight,
                       const struct lq_dynamodb_answer *answer, uint64_t now_ns)
{
    for (uint32_t index = 0; index < answer->item_count; index++) {
        const struct lq_table_item *item = &answer->items[index];
        lq_base_slots_take(&flight->slots, item->sk, bytes_of(item, "h"), bytes_of(item, "b"));
    }
    if (answer->has_more && answer->last_sk.bytes < sizeof flight->after_sk) {
        memcpy(flight->after_sk, answer->last_sk.data, answer->last_sk.bytes);
        flight->after_sk[answer->last_sk.bytes] = '\0';
        return;
    }
    switch (lq_base_slots_judge(&flight->slots, &flight->base, &flight->slot)) {
    case LQ_BASE_WANTED:
        flight->state = LQ_BASE_FLIGHT_PUTTING;
        flight->piece = 0;
        return;
    case LQ_BASE_THERE:
        port->found++;
        end_flight(port, flight, now_ns);
        return;
    case LQ_BASE_ODD:
        lq_log_rarely(LQ_LOG_ERROR,
                      "session number %" PRIu64 ": the table has a base with a head that this "
                      "store has not",
                      flight->base.session_number);
        give_up(port, flight, now_ns + BROKEN_NS);
        return;
    }
}

static void next_piece(struct lq_base_port *port, struct lq_base_flight *flight, uint64_t now_ns)
{
    flight->state = LQ_BASE_FLIGHT_PUTTING;
    if (++flight->piece == flight->base.piece_count) {
        port->bases++;
        end_flight(port, flight, now_ns);
    }
}

/* An item is in the way: an earlier try of the same put, or else a base that is not ours. */
static void compare(struct lq_base_port *port, struct lq_base_flight *flight,
                    const struct lq_table_item *item, uint64_t now_ns)
{
    struct lq_base_header there;

    if (lq_base_item_decode(bytes_of(item, "h"), lq_digest, &there) == LQ_OK &&
        there.piece == flight->piece && lq_base_item_same(&there, &flight->base)) {
        next_piece(port, flight, now_ns);
        return;
    }
    give_up(port, flight, now_ns + RETRY_NS);
}

static void hear_put(struct lq_base_port *port, struct lq_base_flight *flight,
                     const struct lq_dynamodb_answer *answer, uint64_t now_ns)
{
    if (answer->verdict == LQ_VERDICT_DONE) {
        next_piece(port, flight, now_ns);
    } else if (answer->verdict != LQ_VERDICT_CONDITION_FAILED) {
        give_up(port, flight, now_ns + RETRY_NS);
    } else if (answer->item_count == 0) {
        flight->state = LQ_BASE_FLIGHT_CHECKING;
    } else {
        compare(port, flight, &answer->items[0], now_ns);
    }
}

void lq_base_port_hear(struct lq_base_port *port, uint32_t index,
                       const struct lq_dynamodb_answer *answer, uint64_t now_ns)
{
    LQ_ASSERT(index < LQ_BASE_PORT_FLIGHTS);
    struct lq_base_flight *flight = &port->flights[index];

    LQ_ASSERT(flight->is_asked);
    flight->is_asked = false;
    if (flight->state == LQ_BASE_FLIGHT_PUTTING) {
        hear_put(port, flight, answer, now_ns);
    } else if (answer->verdict != LQ_VERDICT_DONE ||
               (flight->state == LQ_BASE_FLIGHT_CHECKING && answer->item_count == 0)) {
        give_up(port, flight, now_ns + RETRY_NS);
    } else if (flight->state == LQ_BASE_FLIGHT_CHECKING) {
        compare(port, flight, &answer->items[0], now_ns);
    } else {
        hear_slots(port, flight, answer, now_ns);
    }
}

/* ---- the turn ---- */

static struct lq_base_flight *free_flight(struct lq_base_port *port)
{
    for (uint32_t index = 0; index < LQ_BASE_PORT_FLIGHTS; index++) {
        if (port->flights[index].state == LQ_BASE_FLIGHT_NONE) {
            return &port->flights[index];
        }
    }
    return NULL;
}

void lq_base_port_turn(struct lq_base_port *port, uint64_t now_ns, bool ends)
{
    struct lq_base_flight *flight;
    uint64_t session_number;
    uint64_t first;

    if (!port->has_begun) {
        return;
    }
    if (ends) {
        lq_base_schedule_hurry(&port->schedule);
    }
    if (lq_base_schedule_should_walk(&port->schedule) && now_ns >= port->walk_retry_ns) {
        walk(port, now_ns);
    }
    for (int begun = 0; begun < BEGUN_PER_TURN && (flight = free_flight(port)) != NULL &&
                        lq_write_budget_allows(port->budget, LQ_WRITE_UPKEEP, now_ns) &&
                        lq_base_schedule_take(&port->schedule, now_ns, &session_number, &first);
         begun++) {
        begin_flight(port, flight, session_number, first, now_ns);
    }
    for (uint32_t index = 0; index < LQ_BASE_PORT_FLIGHTS; index++) {
        if (!port->flights[index].is_asked) {
            ask(port, &port->flights[index], now_ns);
        }
    }
}

uint64_t lq_base_port_next_ns(struct lq_base_port *port, uint64_t now_ns)
{
    uint64_t next_ns = UINT64_MAX;

    if (!port->has_begun) {
        return next_ns;
    }
    if (free_flight(port) != NULL) {
        uint64_t ready_ns = lq_write_budget_ready_ns(port->budget, LQ_WRITE_UPKEEP, now_ns);
        next_ns = lq_base_schedule_next_ns(&port->schedule);
        next_ns = next_ns > ready_ns ? next_ns : ready_ns;
    }
    if (lq_base_schedule_should_walk(&port->schedule) && port->walk_retry_ns < next_ns) {
        next_ns = port->walk_retry_ns;
    }
    return next_ns;
}

bool lq_base_port_is_idle(const struct lq_base_port *port)
{
    for (uint32_t index = 0; index < LQ_BASE_PORT_FLIGHTS; index++) {
        if (port->flights[index].state != LQ_BASE_FLIGHT_NONE) {
            return false;
        }
    }
    return port->has_begun && lq_base_schedule_is_empty(&port->schedule);
}
