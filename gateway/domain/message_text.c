// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/message_text.h"

#include "gateway/domain/player_connection.h"
#include "world/client_id.h"

static void begin(struct lq_json_writer *writer, const char *type)
{
    lq_json_writer_begin_object(writer);
    lq_json_writer_key_text(writer, "type", lq_view_text(type));
}

static void key_double(struct lq_json_writer *writer, const char *name, double value)
{
    lq_json_writer_key(writer, name);
    lq_json_writer_double(writer, value);
}

static void key_float(struct lq_json_writer *writer, const char *name, float value)
{
    lq_json_writer_key(writer, name);
    lq_json_writer_float(writer, value);
}

static void key_hex(struct lq_json_writer *writer, const char *name, const uint8_t *bytes,
                    size_t count)
{
    lq_json_writer_key(writer, name);
    lq_json_writer_hex(writer, lq_view_of(bytes, count));
}

static void write_rules(struct lq_json_writer *writer, const struct lq_player_rules *rules)
{
    lq_json_writer_key(writer, "rules");
    lq_json_writer_begin_object(writer);
    lq_json_writer_key(writer, "kinds");
    lq_json_writer_begin_array(writer);
    for (uint8_t kind = LQ_COMMAND_JOIN; kind <= LQ_COMMAND_KIND_LAST; kind++) {
        if (rules->kinds[kind]) {
            lq_json_writer_text(writer, lq_view_text(lq_command_kind_name(kind)));
        }
    }
    lq_json_writer_end_array(writer);
    key_double(writer, "thrust_max", rules->thrust_max);
    key_double(writer, "impulse_max", rules->impulse_max);
    key_double(writer, "strength_max", rules->strength_max);
    lq_json_writer_key_number(writer, "custom_bytes_max", rules->custom_bytes_max);
    lq_json_writer_key(writer, "join");
    lq_json_writer_begin_object(writer);
    key_double(writer, "x", rules->join_x);
    key_double(writer, "y", rules->join_y);
    key_double(writer, "width", rules->join_width);
    key_double(writer, "height", rules->join_height);
    key_float(writer, "radius_min", rules->radius_min);
    key_float(writer, "radius_max", rules->radius_max);
    lq_json_writer_key_number(writer, "kind_min", rules->kind_min);
    lq_json_writer_key_number(writer, "kind_max", rules->kind_max);
    lq_json_writer_end_object(writer);
    lq_json_writer_end_object(writer);
}

static void write_limits(struct lq_json_writer *writer, const struct lq_welcome_text *welcome)
{
    lq_json_writer_key(writer, "limits");
    lq_json_writer_begin_object(writer);
    lq_json_writer_key_number(writer, "message_bytes", LQ_PLAYER_MESSAGE_BYTES_MAX);
    lq_json_writer_key_number(writer, "outstanding", LQ_CLIENT_WINDOW);
    lq_json_writer_key_number(writer, "states_per_s", welcome->states_per_s);
    lq_json_writer_key_number(writer, "commands_per_s", welcome->rules->commands_per_s);
    lq_json_writer_key_number(writer, "unacknowledged", LQ_PLAYER_UNACKNOWLEDGED_MAX);
    lq_json_writer_end_object(writer);
}

void lq_message_text_welcome(struct lq_json_writer *writer, const struct lq_welcome_text *welcome)
{
    begin(writer, "welcome");
    key_hex(writer, "player", welcome->id.bytes, LQ_PLAYER_BYTES);
    key_hex(writer, "incarnation", welcome->id.bytes + LQ_PLAYER_BYTES,
            LQ_CLIENT_ID_BYTES - LQ_PLAYER_BYTES);
    if (welcome->previous != 0) {
        struct lq_client_id id =
            lq_client_id_of(lq_client_id_player(&welcome->id), welcome->previous);
        key_hex(writer, "previous", id.bytes + LQ_PLAYER_BYTES,
                LQ_CLIENT_ID_BYTES - LQ_PLAYER_BYTES);
    }
    if (welcome->resume[0] != '\0') {
        lq_json_writer_key_text(writer, "resume", lq_view_text(welcome->resume));
    }
    lq_json_writer_key_text(writer, "session", lq_view_text(welcome->session));
    lq_json_writer_key_number(writer, "frame", welcome->frame);
    write_rules(writer, welcome->rules);
    write_limits(writer, welcome);
    lq_json_writer_end_object(writer);
}

static void key_true(struct lq_json_writer *writer, const char *name)
{
    lq_json_writer_key(writer, name);
    lq_json_writer_boolean(writer, true);
}

void lq_message_text_receipt(struct lq_json_writer *writer, const struct lq_receipt_text *receipt)
{
    char letter[LQ_NUMBER_TEXT_BYTES_MAX];

    begin(writer, "receipt");
    lq_json_writer_key_number(writer, "number", receipt->number);
    if (receipt->previous) {
        key_true(writer, "previous");
    }
    lq_json_writer_key_text(writer, "outcome", lq_view_text(lq_outcome_name(receipt->outcome)));
    if (receipt->frame != 0) {
        lq_json_writer_key_number(writer, "frame", receipt->frame);
    }
    /* A duplicate's frame is a bound, of which nobody knows the hash. */
    if (receipt->frame != 0 && receipt->hash != NULL && receipt->outcome != LQ_OUTCOME_DUPLICATE) {
        key_hex(writer, "hash", receipt->hash, 32);
    }
    if (receipt->reason.bytes > 0) {
        lq_json_writer_key_text(writer, "reason", receipt->reason);
    }
    if (receipt->letter_id != 0) {
        size_t bytes = lq_number_text_unsigned(letter, receipt->letter_id);
        lq_json_writer_key_text(writer, "letter", lq_view_of(letter, bytes));
    }
    lq_json_writer_end_object(writer);
}

static bool has_client(const struct lq_tick_event *event)
{
    static const struct lq_client_id none;

    return !lq_client_id_equal(&event->client, &none);
}

/* What it says beside type and body. A number that is 0 is none, but of the place where two met. */
static void write_numbers(struct lq_json_writer *writer, const struct lq_tick_event *event)
{
    if (event->other_id != 0) {
        lq_json_writer_key_number(writer, "other", event->other_id);
    }
    if (event->other_id != 0 || event->x != 0.0 || event->y != 0.0) {
        key_double(writer, "x", event->x);
        key_double(writer, "y", event->y);
    }
    if (event->impulse != 0.0f) {
        lq_json_writer_key(writer, "impulse");
        lq_json_writer_float(writer, event->impulse);
    }
    if (event->count != 0) {
        lq_json_writer_key_number(writer, "count", event->count);
    }
}

void lq_message_text_events(struct lq_json_writer *writer, uint64_t frame,
                            const struct lq_tick_event *events, uint32_t count)
{
    begin(writer, "event");
    lq_json_writer_key_number(writer, "frame", frame);
    lq_json_writer_key(writer, "events");
    lq_json_writer_begin_array(writer);
    for (uint32_t at = 0; at < count; at++) {
        lq_json_writer_begin_object(writer);
        lq_json_writer_key_text(
            writer, "type",
            lq_view_of(events[at].type, strnlen(events[at].type, sizeof events[at].type)));
        if (events[at].body_id != 0) {
            lq_json_writer_key_number(writer, "body", events[at].body_id);
        }
        if (has_client(&events[at])) {
            key_hex(writer, "player", events[at].client.bytes, LQ_PLAYER_BYTES);
        }
        write_numbers(writer, &events[at]);
        lq_json_writer_end_object(writer);
    }
    lq_json_writer_end_array(writer);
    lq_json_writer_end_object(writer);
}

void lq_message_text_gap(struct lq_json_writer *writer, uint64_t from, uint64_t to)
{
    begin(writer, "event");
    lq_json_writer_key(writer, "gap");
    lq_json_writer_begin_object(writer);
    lq_json_writer_key_number(writer, "from", from);
    lq_json_writer_key_number(writer, "to", to);
    lq_json_writer_end_object(writer);
    lq_json_writer_end_object(writer);
}

void lq_message_text_error(struct lq_json_writer *writer, const struct lq_error_text *error)
{
    begin(writer, "error");
    lq_json_writer_key_text(writer, "code", lq_view_text(error->code));
    lq_json_writer_key_text(writer, "reason", lq_view_text(error->reason));
    if (error->number != 0) {
        lq_json_writer_key_number(writer, "number", error->number);
    }
    if (error->number != 0 && error->previous) {
        key_true(writer, "previous");
    }
    lq_json_writer_end_object(writer);
}

void lq_message_text_pong(struct lq_json_writer *writer, int64_t at)
{
    begin(writer, "ping");
    lq_json_writer_key(writer, "at");
    lq_json_writer_signed(writer, at);
    lq_json_writer_end_object(writer);
}

void lq_message_text_state_head(struct lq_json_writer *writer, const struct lq_state_head *head)
{
    begin(writer, "state");
    lq_json_writer_key_number(writer, "state", head->state);
    lq_json_writer_key_number(writer, "frame", head->frame);
    key_hex(writer, "hash", head->hash, 32);
    lq_json_writer_key(writer, "base");
    if (head->is_whole) {
        lq_json_writer_null(writer);
    } else {
        lq_json_writer_signed(writer, head->base);
    }
    lq_json_writer_key_number(writer, "applied", head->applied);
}
