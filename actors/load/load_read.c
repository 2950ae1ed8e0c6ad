// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/load_read.h"

#include "actors/load/frame_events.h"
#include "base/error_message.h"
#include "world/canonical.h"

#include <inttypes.h>

/* What a frame, a command and an event add to the header part, at most, beside reason and body; and
 * the rest of a reply. */
#define FRAME_BYTES 160u
#define COMMAND_BYTES 64u
#define EVENT_BYTES 72u
#define REPLY_BYTES 256u
#define KEYS_MAX 12000u /* below LQ_WIRE_FIELDS_MAX */
#define KEYS_OF_FRAME 13u
#define KEYS_OF_COMMAND 7u
#define KEYS_OF_EVENT 4u

/* An answer as it grows. */
struct reading {
    struct lq_load_handler *handler;
    struct lq_session_names names;
    struct lq_load_worlds *worlds;
    struct lq_feed_state feed;
    uint8_t *plain, *record;
    size_t bytes, bytes_max; /* of header and body part */
    uint32_t keys;
    uint64_t until_ns;
    bool without_worlds;
    struct lq_admin_reply *reply;
};

/* What the commands of a frame add to an answer, with their bodies or without. */
static bool take_commands(struct reading *reading, struct lq_frame_entry *frame, bool with_bodies,
                          size_t *bytes)
{
    struct lq_arena *arena = &reading->handler->arena;
    const struct lq_tick *tick = &reading->handler->scratch.tick;
    const size_t body_max = LQ_CUSTOM_BYTES_MAX + 256;

    frame->command_count = tick->command_count;
    for (uint32_t index = 0; index < tick->command_count; index++) {
        const struct lq_command *command = &tick->commands[index];
        struct lq_frame_command *entry = &frame->commands[index];
        *entry = (struct lq_frame_command){.client = command->client,
                                           .sequence = command->sequence,
                                           .outcome = command->outcome,
                                           .kind = command->kind,
                                           .reason = lq_view_text("")};
        size_t reason_bytes = strlen(command->reason);
        uint8_t *reason = lq_arena_take(arena, reason_bytes + 1);
        uint8_t *body = with_bodies && command->kind != 0 ? lq_arena_take(arena, body_max) : NULL;
        if (reason == NULL || (with_bodies && command->kind != 0 && body == NULL)) {
            return false;
        }
        memcpy(reason, command->reason, reason_bytes);
        entry->reason = lq_view_of(reason, reason_bytes);
        if (body != NULL) {
            size_t written = 0;
            enum lq_result encoded = lq_command_encode(command, body, body_max, &written);
            LQ_ASSERT(encoded == LQ_OK);
            entry->body = lq_view_of(body, written);
        }
        *bytes += COMMAND_BYTES + reason_bytes + entry->body.bytes;
    }
    return true;
}

/* The frame in the scratch, into `frame`. False: what it adds is more than there is room for. */
static bool take_frame(struct reading *reading, const struct lq_record_info *info,
                       struct lq_frame_entry *frame, bool with_bodies)
{
    struct lq_load_handler *handler = reading->handler;
    const struct lq_tick *tick = &handler->scratch.tick;
    struct lq_frame_events events = {.entries = frame->events};
    size_t bytes = FRAME_BYTES;
    size_t world_bytes = 0;

    lq_frame_events_find(handler->ledger, &reading->feed, info->ledger_sequence, reading->plain,
                         &events);
    *frame = (struct lq_frame_entry){.frame = tick->frame,
                                     .steps = tick->steps,
                                     .step_count = tick->step_count + tick->steps,
                                     .missed_count = tick->missed_count,
                                     .wall_time_ns = tick->wall_time_ns,
                                     .commands = frame->commands,
                                     .without_bodies = !with_bodies,
                                     .events_known = events.known,
                                     .event_count = events.count,
                                     .events = events.entries,
                                     .record_bytes = info->record_bytes};
    memcpy(frame->hash, info->hash, sizeof frame->hash);
    uint32_t keys =
        KEYS_OF_FRAME + tick->command_count * KEYS_OF_COMMAND + events.count * KEYS_OF_EVENT;
    if (reading->keys + keys > KEYS_MAX || !take_commands(reading, frame, with_bodies, &bytes)) {
        return false;
    }
    bytes += events.count * EVENT_BYTES;
    if (bytes > reading->bytes_max - reading->bytes) {
        return false;
    }
    if (!reading->without_worlds &&
        lq_world_encode(&tick->world, reading->worlds->memory + reading->worlds->bytes,
                        reading->bytes_max - reading->bytes - bytes, &world_bytes) != LQ_OK) {
        return false;
    }
    frame->world_bytes = (uint32_t)world_bytes;
    reading->worlds->bytes += world_bytes;
    reading->bytes += bytes + world_bytes;
    reading->keys += keys;
    return true;
}

/* The record into the scratch. */
static enum lq_result open_record(struct reading *reading, uint64_t place,
                                  struct lq_record_info *info, struct lq_error_message *message)
{
    struct lq_record_buffer buffer = {.memory = reading->record, .bytes_max = LQ_TICK_BYTES_MAX};
    const char *where = "";
    enum lq_result result = lq_ledger_read_record(reading->handler->ledger, reading->names, place,
                                                  &buffer, info, message);

    if (result == LQ_OK &&
        lq_canonical_decode(buffer.content, &reading->handler->scratch.tick, &where) != LQ_OK) {
        lq_error_message_set(message, "record %" PRIu64 ": field %s", place, where);
        return LQ_ERR_CORRUPT;
    }
    return result;
}

/* Frames from the first place on, as many as there is time and room for; at least one. */
static enum lq_result read_places(struct reading *reading, const uint64_t *places, uint32_t count,
                                  uint64_t *newest, struct lq_error_message *message)
{
    struct lq_admin_reply *reply = reading->reply;
    enum lq_result result = LQ_OK;

    for (uint32_t index = 0; index < count; index++) {
        struct lq_frame_entry *frame = &reply->frames[index];
        struct lq_record_info info;
        bool first = index == 0;
        if (!first && lq_clock_monotonic_ns() >= reading->until_ns) {
            break;
        }
        frame->commands = lq_arena_take(&reading->handler->arena,
                                        LQ_COMMANDS_PER_TICK_MAX * sizeof *frame->commands);
        frame->events =
            lq_arena_take(&reading->handler->arena, LQ_EVENTS_PER_TICK_MAX * sizeof *frame->events);
        if (frame->commands == NULL || frame->events == NULL) {
            break;
        }
        result = open_record(reading, places[index], &info, message);
        if (result != LQ_OK) {
            break;
        }
        bool taken = take_frame(reading, &info, frame, true);
        bool is_too_large = !taken && first;
        if (is_too_large) {
            reading->bytes_max = LQ_READ_ANSWER_BYTES_MAX;
            taken =
                take_frame(reading, &info, frame, true) || take_frame(reading, &info, frame, false);
            LQ_ASSERT(taken); /* the largest world has 150 KB, commands without bodies 12 KB */
        }
        if (!taken) {
            break;
        }
        reply->frame_count++;
        *newest = info.ledger_sequence;
        if (is_too_large) {
            break; /* for what was asked for it alone is more than enough */
        }
    }
    return result;
}

static enum lq_result find_range(const struct lq_read_range *range, const struct lq_head *head,
                                 uint64_t oldest, uint64_t *from, uint64_t *last,
                                 struct lq_error_message *message)
{
    *from = range->head ? head->frame : range->from;
    *last = head->frame;
    if (*from < oldest) {
        lq_error_message_set(message,
                             "frame %" PRIu64 ": not kept; the oldest that is kept is %" PRIu64,
                             *from, oldest);
        return LQ_ERR_NOT_FOUND;
    }
    if (*from > head->frame) {
        lq_error_message_set(message, "frame %" PRIu64 ": the newest is %" PRIu64, *from,
                             head->frame);
        return LQ_ERR_NOT_FOUND;
    }
    if (range->head || (range->count > 0 && range->count - 1 < *last - *from)) {
        *last = range->head ? *from : *from + range->count - 1;
    }
    return LQ_OK;
}

static bool make_room(struct reading *reading)
{
    struct lq_arena *arena = &reading->handler->arena;

    reading->plain = lq_arena_take(arena, LQ_FEED_PLAIN_BYTES_MAX);
    reading->record = lq_arena_take(arena, LQ_TICK_BYTES_MAX);
    reading->worlds->memory = lq_arena_take(arena, LQ_READ_ANSWER_BYTES_MAX);
    reading->reply->frames =
        lq_arena_take(arena, LQ_READ_FRAMES_MAX * sizeof *reading->reply->frames);
    return reading->plain != NULL && reading->record != NULL && reading->worlds->memory != NULL &&
           reading->reply->frames != NULL;
}

/* Outside of a transaction: each record is read in one of its own. */
static enum lq_result read_range(struct reading *reading, uint64_t from, uint64_t last,
                                 uint64_t *newest, struct lq_error_message *message)
{
    uint64_t places[LQ_PLACES_MAX];
    uint32_t count = 0;
    enum lq_result result =
        lq_ledger_places(reading->handler->ledger, reading->names, from, places, &count);

    if (result == LQ_ERR_NOT_FOUND) {
        lq_error_message_set(message, "frame %" PRIu64 ": its record is not kept", from);
    } else if (result == LQ_ERR_CORRUPT) {
        lq_error_message_set(message, "frame %" PRIu64 ": the way to its record is broken", from);
    }
    if (result != LQ_OK) {
        return result;
    }
    count = count > LQ_READ_FRAMES_MAX ? LQ_READ_FRAMES_MAX : count;
    count = count > last - from + 1 ? (uint32_t)(last - from + 1) : count;
    result = read_places(reading, places, count, newest, message);
    uint64_t next = from + reading->reply->frame_count;
    if (reading->reply->frame_count > 0) {
        result = LQ_OK; /* a later one that cannot be read is said when it is asked for */
    }
    reading->reply->more = next <= last;
    reading->reply->next_frame = reading->reply->more ? next : 0;
    return result;
}

enum lq_result lq_load_read_frames(struct lq_load_handler *handler,
                                   const struct lq_admin_request *request,
                                   struct lq_admin_reply *reply, struct lq_load_worlds *worlds,
                                   uint64_t *newest, struct lq_error_message *message)
{
    uint64_t begun_ns = lq_clock_monotonic_ns();
    uint32_t bytes = request->read.bytes;
    struct reading reading = {.handler = handler,
                              .names = {request->tenant, request->session},
                              .worlds = worlds,
                              .bytes = REPLY_BYTES,
                              .bytes_max = bytes > REPLY_BYTES && bytes < LQ_READ_ANSWER_BYTES_MAX
                                               ? bytes
                                               : LQ_READ_ANSWER_BYTES_MAX,
                              .until_ns = begun_ns + LQ_LOAD_READS_NS,
                              .without_worlds = request->read.without_worlds,
                              .reply = reply};
    struct lq_head head;
    uint64_t from = 0;
    uint64_t last = 0;
    enum lq_result result = lq_ledger_head(handler->ledger, reading.names, &head);

    message->text[0] = '\0';
    if (result == LQ_ERR_NOT_FOUND) {
        lq_error_message_set(message, "no such tenant or session");
    }
    if (result == LQ_OK && head.deleted) {
        lq_error_message_set(message, LQ_LEDGER_DELETED_TEXT, head.frame);
        return LQ_ERR_STATE;
    }
    if (result == LQ_OK) {
        result = lq_ledger_feed_state(handler->ledger, &reading.feed);
    }
    if (result == LQ_OK) {
        reply->newest_frame = head.frame;
        /* A session that was restored without its oldest frames has fewer records. */
        reply->oldest_frame =
            head.record_count > head.frame ? 0 : head.frame + 1 - head.record_count;
        result = find_range(&request->read, &head, reply->oldest_frame, &from, &last, message);
    }
    if (result != LQ_OK) {
        return result;
    }
    if (!make_room(&reading)) {
        return LQ_ERR_LIMIT;
    }
    lq_ledger_read_end(handler->ledger);
    result = read_range(&reading, from, last, newest, message);
    reply->count = reply->frame_count;
    handler->reading_ns += lq_clock_monotonic_ns() - begun_ns;
    /* Whatever ails that is the house's, not the session's. */
    return lq_ledger_read_begin(handler->ledger) == LQ_OK ? result : LQ_ERR_IO;
}

enum lq_result lq_load_read_window(struct lq_load_handler *handler,
                                   const struct lq_admin_request *request,
                                   struct lq_window_entry *window, uint64_t *newest,
                                   struct lq_error_message *message)
{
    const struct lq_session_names names = {request->tenant, request->session};
    const struct lq_client_windows *windows = &handler->scratch.tick.windows;
    struct lq_client_id player = {{0}};
    uint64_t lowest = LQ_INCARNATION_MAX;
    struct lq_head head;
    enum lq_result result =
        lq_session_entry_read_head(handler->ledger, names, &handler->scratch, &head, message);

    if (result != LQ_OK) {
        return result;
    }
    memcpy(player.bytes, request->player, sizeof request->player);
    *newest = head.ledger_sequence;
    *window = (struct lq_window_entry){.frame = head.frame, .count = windows->count};
    for (uint32_t index = 0; index < windows->count; index++) {
        const struct lq_client_window *entry = &windows->entries[index];
        uint64_t incarnation = lq_client_id_incarnation(&entry->client);
        lowest = incarnation < lowest ? incarnation : lowest;
        if (lq_client_id_same_player(&entry->client, &player) &&
            (!window->known || incarnation >= lq_client_id_incarnation(&window->client))) {
            window->known = true;
            window->client = entry->client;
            window->highest = entry->highest;
            window->used_map = entry->used_map;
            window->last_frame = entry->last_frame;
        }
    }
    window->lowest_incarnation = windows->count == LQ_CLIENTS_MAX ? lowest : 0;
    return LQ_OK;
}
