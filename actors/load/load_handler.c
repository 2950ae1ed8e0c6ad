// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/load_handler.h"

#include "actors/load/domain/admission.h"
#include "actors/load/domain/load_v2.h"
#include "actors/runtime/actor_options.h"
#include "base/alloc.h"
#include "base/error_message.h"
#include "base/error_name.h"
#include "store/lmdb/ledger_feed.h"
#include "store/lmdb/map_guard.h"

#include <poll.h>
#include <stdio.h>

#define ARENA_BYTES (8u * 1024u * 1024u)
#define LEDGER_WAIT_MS 10000
#define LEDGER_LOOK_MS 20

static enum lq_result open_ledger(void *state, const struct lq_cluster_config *cluster,
                                  struct lq_error_message *message)
{
    struct lq_load_handler *handler = state;
    const struct lq_partition_paths paths = lq_cluster_partition(cluster, 0);
    struct lq_ledger_options options = {.folder = paths.folder,
                                        .master_key_file = cluster->master_key_file,
                                        .map_bytes = cluster->map_bytes,
                                        .partition = 0,
                                        .cache_bytes = cluster->cache_bytes};

    handler->retention_s = cluster->frames_hours * UINT64_C(3600);
    lq_map_guard_arm("lq-load", LQ_ACTOR_EXIT_CONFIG);
    enum lq_result result = lq_ledger_open_reader(&options, &handler->ledger, message);
    /* At the first start of a cluster persist is just about to make it. */
    for (int waited_ms = 0; result == LQ_ERR_NOT_FOUND && waited_ms < LEDGER_WAIT_MS;
         waited_ms += LEDGER_LOOK_MS) {
        poll(NULL, 0, LEDGER_LOOK_MS);
        result = lq_ledger_open_reader(&options, &handler->ledger, message);
    }
    lq_map_guard_disarm(); /* what a damaged session does to a batch is its own matter */
    return result;
}

static void close_ledger(void *state)
{
    struct lq_load_handler *handler = state;

    lq_ledger_close(&handler->ledger);
}

static void note_fault(struct lq_load_handler *handler, enum lq_result fault, const char *what)
{
    handler->fault = fault;
    snprintf(handler->fault_text, sizeof handler->fault_text, "%s: %s", what,
             lq_result_text(fault));
}

static void begin_batch(void *state, uint32_t slot)
{
    struct lq_load_handler *handler = state;

    (void)slot;
    handler->fault = LQ_OK;
    handler->reading_ns = 0;
    enum lq_result result = lq_ledger_read_begin(handler->ledger);
    if (result != LQ_OK) {
        note_fault(handler, result, "the ledger cannot be read");
    }
}

/* One more look in a new transaction before a record is called corrupt. */
static enum lq_result read_head(struct lq_load_handler *handler, const struct lq_stage_item *item,
                                struct lq_head *head, struct lq_error_message *message)
{
    enum lq_result result =
        lq_session_entry_read_head(handler->ledger, item->names, &handler->scratch, head, message);

    if (result != LQ_ERR_CORRUPT) {
        return result;
    }
    lq_ledger_read_end(handler->ledger);
    result = lq_ledger_read_begin(handler->ledger);
    if (result != LQ_OK) {
        note_fault(handler, result, "the ledger cannot be read again");
        return result;
    }
    return lq_session_entry_read_head(handler->ledger, item->names, &handler->scratch, head,
                                      message);
}

/* Without a key: because it was destroyed, or because it is missing. */
static void refuse_keyless(struct lq_load_handler *handler, const struct lq_stage_item *item,
                           struct lq_answer *answer, const struct lq_error_message *message)
{
    bool shredded = false;

    if (lq_ledger_is_shredded(handler->ledger, item->names.tenant, &shredded) == LQ_OK &&
        shredded) {
        answer->verdict = LQ_ITEM_ENDED;
        snprintf(answer->failure.error, sizeof answer->failure.error, LQ_ERROR_TENANT_SHREDDED);
        return;
    }
    lq_answer_fail(answer, LQ_ERROR_STORE_KEY, "%s", message->text);
}

/* False: the answer is filled in, or the house is in trouble. */
static bool take_head(struct lq_load_handler *handler, const struct lq_stage_item *item,
                      struct lq_answer *answer)
{
    struct lq_error_message message;
    struct lq_head head;
    enum lq_result result = read_head(handler, item, &head, &message);

    switch (result) {
    case LQ_OK:
        handler->head_sequence = head.ledger_sequence;
        return true;
    case LQ_ERR_NOT_FOUND:
        answer->verdict = LQ_ITEM_ENDED;
        snprintf(answer->failure.error, sizeof answer->failure.error, LQ_ERROR_SESSION_UNKNOWN);
        return false;
    case LQ_ERR_STATE:
        answer->verdict = LQ_ITEM_ENDED;
        snprintf(answer->failure.error, sizeof answer->failure.error, LQ_ERROR_SESSION_DELETED);
        return false;
    case LQ_ERR_CORRUPT:
        lq_answer_fail(answer, LQ_ERROR_STORE_CORRUPT, "%s", message.text);
        return false;
    case LQ_ERR_KEY:
        refuse_keyless(handler, item, answer, &message);
        return false;
    default:
        if (handler->fault == LQ_OK) {
            note_fault(handler, result, "a record cannot be read");
        }
        return false;
    }
}

/* A redriven command is decided once: by the frame that stands in the letters' table. */
static void look_up_letter(struct lq_load_handler *handler, struct lq_command *command)
{
    uint64_t frame = 0;
    enum lq_result result = lq_ledger_letter_frame(handler->ledger, command->letter_id, &frame);

    if (result == LQ_OK) {
        command->outcome = LQ_OUTCOME_DUPLICATE;
        command->duplicate_of_frame = frame;
        command->reason[0] = '\0';
        handler->knows_letter = true;
    } else if (result != LQ_ERR_NOT_FOUND) {
        note_fault(handler, result, "the letters' table cannot be read");
    }
}

static void take_command(struct lq_load_handler *handler, uint32_t index)
{
    const struct lq_tick_request *request = &handler->request;
    struct lq_command *command = &handler->scratch.tick.commands[index];
    const char *where = "";

    *command = (struct lq_command){.client = request->clients[index],
                                   .sequence = request->sequences[index],
                                   .letter_id = request->letter_ids[index],
                                   .outcome = LQ_OUTCOME_PENDING};
    if (lq_command_decode(request->bodies[index], &handler->arena, command, &where) != LQ_OK) {
        command->kind = 0;
        lq_command_refuse(command, "unreadable: %s", where);
    }
    if (command->letter_id != 0) {
        look_up_letter(handler, command);
    }
}

/* The rate that the tick gives its session, from this frame on. Returns whether it had another one.
 */
static bool take_rate(struct lq_tick *tick, struct lq_session_rate rate)
{
    struct lq_session_config *config = &tick->config;
    const struct lq_session_rate before = {config->rate_numerator, config->rate_denominator};

    if (rate.denominator == 0 || lq_session_rate_equal(before, rate)) {
        return false;
    }
    config->rate_numerator = rate.numerator;
    config->rate_denominator = rate.denominator;
    config->attended = config->attended && rate.numerator > 0;
    return true;
}

static bool make_tick(struct lq_load_handler *handler, const struct lq_stage_item *item,
                      struct lq_answer *answer, bool *any_left)
{
    struct lq_tick *tick = &handler->scratch.tick;
    struct lq_tick_request *request = &handler->request;
    const char *where = "";

    if (lq_tick_request_decode(item->payload, &handler->arena, request, &where) != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MALFORMED, "the tick request's field %s", where);
        return false;
    }
    lq_tick_advance(tick);
    tick->missed_count += request->missed;
    tick->wall_time_ns = request->wall_time_ns;
    memcpy(tick->pipeline_hash, request->pipeline_hash, sizeof tick->pipeline_hash);
    tick->command_count = request->command_count;
    handler->knows_letter = false;
    for (uint32_t index = 0; index < request->command_count; index++) {
        take_command(handler, index);
    }
    lq_load_v2_step(tick);
    bool applies = lq_admission_any_left(tick);
    tick->steps = request->steps;
    if (tick->config.rate_numerator == 0 && applies) {
        tick->steps = tick->config.steps_per_command;
    }
    *any_left = take_rate(tick, request->rate) || applies;
    enum lq_result added = lq_tick_add_stage(tick, LQ_STAGE_NAME, LQ_STAGE_VERSION);
    LQ_ASSERT(added == LQ_OK);
    return handler->fault == LQ_OK;
}

/* A duplicate tells of a frame that is not newer than the head; one that a letter's table knows, of
 * a note as well. */
static bool place_duplicates(struct lq_load_handler *handler, struct lq_answer *answer)
{
    struct lq_feed_state state;
    bool any = false;

    for (uint32_t index = 0; index < answer->outcome_count; index++) {
        any |= answer->outcomes[index].outcome == LQ_OUTCOME_DUPLICATE;
    }
    answer->ledger_sequence = any ? handler->head_sequence : 0;
    if (!handler->knows_letter) {
        return true;
    }
    enum lq_result result = lq_ledger_feed_state(handler->ledger, &state);
    if (result != LQ_OK) {
        note_fault(handler, result, "the feed's state cannot be read");
        return false;
    }
    answer->outbox_sequence = state.newest.outbox_sequence;
    return true;
}

static void answer_tick(struct lq_load_handler *handler, const struct lq_stage_item *item,
                        struct lq_answer *answer, struct lq_out_buffer *out)
{
    struct lq_tick *tick = &handler->scratch.tick;
    uint8_t *to = lq_out_buffer_reserve(out, LQ_TICK_BYTES_MAX);
    size_t bytes = 0;
    bool any_left = false;

    if (to == NULL) {
        return; /* the answer is full: RETURNED, to come again in another batch */
    }
    lq_arena_reset(&handler->arena);
    if (!take_head(handler, item, answer) || !make_tick(handler, item, answer, &any_left)) {
        return;
    }
    if (!any_left && tick->steps == 0) {
        lq_answer_take_outcomes(answer, tick, out);
        if (place_duplicates(handler, answer)) {
            answer->verdict = LQ_ITEM_ENDED;
        }
        return;
    }
    if (lq_tick_encode(tick, to, LQ_TICK_BYTES_MAX, &bytes) != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_CONTENT_TOO_LARGE, "the tick is longer than %d bytes",
                       LQ_TICK_BYTES_MAX);
        return;
    }
    lq_out_buffer_keep(out, answer, bytes);
    answer->verdict = LQ_ITEM_DONE;
    answer->frame = tick->frame;
}

static void work_item(void *state, const struct lq_stage_item *item, struct lq_answer *answer,
                      struct lq_out_buffer *out)
{
    struct lq_load_handler *handler = state;

    if (handler->fault != LQ_OK) {
        return; /* RETURNED */
    }
    switch (item->kind) {
    case LQ_EXECUTION_TICK:
        answer_tick(handler, item, answer, out);
        return;
    case LQ_EXECUTION_QUERY:
        lq_arena_reset(&handler->arena);
        lq_load_query_answer(handler, item, answer, out);
        return;
    case LQ_EXECUTION_CREATE_TENANT:
    case LQ_EXECUTION_CREATE_SESSION:
    case LQ_EXECUTION_SET_CURSOR:
    case LQ_EXECUTION_SHRED_TENANT:
    case LQ_EXECUTION_SET_RETENTION:
    case LQ_EXECUTION_DELETE_SESSION:
        break;
    }
    lq_answer_fail(answer, LQ_ERROR_PAYLOAD_KIND, "load works on ticks and queries, not on kind %d",
                   (int)item->kind);
}

/* Everything was copied out; the transaction ends before anything is sent. */
static enum lq_result end_batch(void *state, uint32_t slot, struct lq_answer *answers,
                                uint32_t count, struct lq_out_buffer *out,
                                struct lq_error_message *message)
{
    struct lq_load_handler *handler = state;

    (void)slot;
    (void)answers;
    (void)count;
    (void)out;
    lq_ledger_read_end(handler->ledger);
    lq_error_message_set(message, "%s", handler->fault_text);
    return handler->fault;
}

static bool probe_ledger(void *state)
{
    struct lq_load_handler *handler = state;

    if (lq_ledger_read_begin(handler->ledger) != LQ_OK) {
        return false;
    }
    lq_ledger_read_end(handler->ledger);
    return true;
}

void lq_load_handler_stage(struct lq_batch_stage *stage)
{
    static struct lq_load_handler single; /* one process, one handler */
    struct lq_load_handler *handler = &single;

    handler->arena = (struct lq_arena){lq_alloc(ARENA_BYTES, 1), ARENA_BYTES, 0};
    *stage = (struct lq_batch_stage){
        .name = LQ_STAGE_NAME,
        .version = LQ_STAGE_VERSION,
        .partitioned = true,
        .state = handler,
        .open = open_ledger,
        .close = close_ledger,
        .batch_begin = begin_batch,
        .item = work_item,
        .batch_end = end_batch,
        .probe = probe_ledger,
    };
}
