// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A tick as a commit: its content, its events, its letters, the outcomes of its commands. */
#include "actors/persist/persist_handler.h"
#include "base/error_name.h"
#include "proto/play_codec.h"
#include "proto/tick_codec.h"

#include <stdio.h>

#define EVENT_BYTES_MAX 128u
#define PLAY_BYTES_MAX (32u * 1024u)

static bool read_tick(struct lq_persist_handler *handler, const struct lq_stage_item *item,
                      struct lq_answer *answer)
{
    struct lq_tick *tick = &handler->tick;
    const char *where = "";

    if (lq_tick_decode(item->payload, &handler->decoded, tick, &where) != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MALFORMED, "the tick's field %s", where);
        return false;
    }
    if (!lq_view_equal(lq_view_text(tick->tenant), item->names.tenant) ||
        !lq_view_equal(lq_view_text(tick->session), item->names.session)) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MISMATCH,
                       "the tick is of %s/%s, not of the session asked", tick->tenant,
                       tick->session);
        return false;
    }
    lq_tick_conclude(tick);
    if (lq_tick_add_stage(tick, LQ_STAGE_NAME, LQ_STAGE_VERSION) != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_CONTENT_TOO_MANY_STAGES, "a tick names at most %d stages",
                       LQ_STAGES_MAX);
        return false;
    }
    return true; /* the decoder has checked the world */
}

/* False: the batch's memory is full. */
static bool take_events(struct lq_persist_handler *handler, struct lq_commit *commit)
{
    const struct lq_tick *tick = &handler->tick;
    struct lq_view *events;

    if (tick->event_count == 0) {
        return true;
    }
    events = lq_arena_take(&handler->filling->memory, tick->event_count * sizeof *events);
    if (events == NULL) {
        return false;
    }
    for (uint32_t index = 0; index < tick->event_count; index++) {
        uint8_t *to = lq_arena_take(&handler->filling->memory, EVENT_BYTES_MAX);
        size_t bytes = 0;
        if (to == NULL) {
            return false;
        }
        enum lq_result result =
            lq_tick_event_encode(&tick->events[index], to, EVENT_BYTES_MAX, &bytes);
        LQ_ASSERT(result == LQ_OK); /* 31 bytes of type, an id, a client */
        events[index] = lq_view_of(to, bytes);
    }
    commit->events = events;
    commit->event_count = tick->event_count;
    return true;
}

/* The letters of redriven commands that this frame decides. */
static bool take_letters(struct lq_persist_handler *handler, struct lq_commit *commit)
{
    const struct lq_tick *tick = &handler->tick;
    uint64_t ids[LQ_COMMANDS_PER_TICK_MAX];
    uint32_t count = 0;

    for (uint32_t index = 0; index < tick->command_count; index++) {
        const struct lq_command *command = &tick->commands[index];
        bool used =
            command->outcome == LQ_OUTCOME_APPLIED || command->outcome == LQ_OUTCOME_REFUSED;
        if (used && command->letter_id != 0) {
            ids[count++] = command->letter_id;
        }
        commit->tells_of_letters |= command->letter_id != 0;
    }
    if (count == 0) {
        return true;
    }
    uint64_t *kept = lq_arena_take(&handler->filling->memory, count * sizeof *kept);
    if (kept == NULL) {
        return false;
    }
    memcpy(kept, ids, count * sizeof *kept);
    commit->letter_ids = kept;
    commit->letter_count = count;
    return true;
}

/* What happened, for players: of commands only those that are in the record. */
static size_t write_play(const struct lq_tick *tick, uint8_t *to, size_t bytes_max)
{
    struct lq_play_command commands[LQ_COMMANDS_PER_TICK_MAX];
    struct lq_play play = {.frame = tick->frame,
                           .event_count = tick->event_count,
                           .events = tick->events,
                           .commands = commands};
    size_t bytes = 0;

    for (uint32_t index = 0; index < tick->command_count; index++) {
        const struct lq_command *command = &tick->commands[index];
        if (command->outcome == LQ_OUTCOME_APPLIED || command->outcome == LQ_OUTCOME_REFUSED) {
            commands[play.command_count++] =
                (struct lq_play_command){command->client, command->sequence, command->outcome};
        }
    }
    enum lq_result encoded = lq_play_encode(&play, to, bytes_max, &bytes);
    LQ_ASSERT(encoded == LQ_OK); /* at most 128 events and 64 commands: 12 KB */
    return bytes;
}

/* For watchers, who see frames without a world as gaps: so no room is no failure. */
static void keep_world(const struct lq_persist_handler *handler, uint32_t flags,
                       struct lq_answer *answer, struct lq_out_buffer *out)
{
    uint8_t *to = lq_out_buffer_reserve(out, LQ_TICK_BYTES_MAX + PLAY_BYTES_MAX);
    size_t bytes = 0;

    if (to != NULL &&
        lq_world_encode(&handler->tick.world, to, LQ_TICK_BYTES_MAX, &bytes) == LQ_OK) {
        if ((flags & LQ_ITEM_PLAY_WANTED) != 0) {
            answer->tail_bytes = write_play(&handler->tick, to + bytes, PLAY_BYTES_MAX);
        }
        lq_out_buffer_keep(out, answer, bytes + answer->tail_bytes);
    }
}

void lq_persist_tick_take(struct lq_persist_handler *handler, uint32_t item_index,
                          const struct lq_stage_item *item, struct lq_answer *answer,
                          struct lq_out_buffer *out)
{
    struct lq_commit *commit = lq_persist_handler_next(handler, item, LQ_COMMIT_FRAME);

    if (!read_tick(handler, item, answer)) {
        return;
    }
    commit->frame = handler->tick.frame;
    if (!lq_persist_handler_encode(handler, answer, &commit->content) ||
        !take_events(handler, commit) || !take_letters(handler, commit)) {
        return; /* failed, or RETURNED for lack of room */
    }
    lq_answer_take_outcomes(answer, &handler->tick, out);
    if ((item->flags & (LQ_ITEM_WORLD_WANTED | LQ_ITEM_PLAY_WANTED)) != 0) {
        keep_world(handler, item->flags, answer, out);
    }
    lq_persist_handler_add(handler, item_index, 0);
}

void lq_persist_tick_answer(const struct lq_commit *commit, struct lq_answer *answer)
{
    answer->frame = commit->committed_frame;
    switch (commit->verdict) {
    case LQ_COMMIT_DONE:
    case LQ_COMMIT_ALREADY:
        answer->verdict = LQ_ITEM_DONE;
        answer->ledger_sequence = commit->ledger_sequence;
        answer->outbox_sequence = commit->outbox_sequence;
        memcpy(answer->hash, commit->hash, sizeof answer->hash);
        return;
    case LQ_COMMIT_CONFLICT:
        answer->verdict = LQ_ITEM_CONFLICT;
        break;
    case LQ_COMMIT_TOO_LARGE:
        lq_answer_fail(answer, LQ_ERROR_CONTENT_TOO_LARGE,
                       "the frame's content is longer than %d bytes", LQ_TICK_BYTES_MAX);
        break;
    case LQ_COMMIT_BROKEN:
        lq_answer_fail(answer, LQ_ERROR_STORE_CORRUPT,
                       "the session's head, key or name does not open");
        break;
    case LQ_COMMIT_FULL: /* of cursors alone */
        LQ_ASSERT(false);
        break;
    case LQ_COMMIT_SHREDDED:
        answer->verdict = LQ_ITEM_ENDED;
        snprintf(answer->failure.error, sizeof answer->failure.error, LQ_ERROR_TENANT_SHREDDED);
        break;
    case LQ_COMMIT_DELETED:
        answer->verdict = LQ_ITEM_ENDED;
        snprintf(answer->failure.error, sizeof answer->failure.error, LQ_ERROR_SESSION_DELETED);
        break;
    case LQ_COMMIT_UNKNOWN:
    case LQ_COMMIT_EXISTS:
        answer->verdict = LQ_ITEM_ENDED;
        snprintf(answer->failure.error, sizeof answer->failure.error, LQ_ERROR_SESSION_UNKNOWN);
        break;
    }
    answer->outcome_count = 0;
    answer->payload_bytes = 0;
    answer->tail_bytes = 0;
}
