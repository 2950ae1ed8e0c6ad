// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/persist/persist_handler.h"

#include "actors/runtime/actor_options.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error_message.h"
#include "base/error_name.h"
#include "base/log.h"
#include "store/lmdb/map_guard.h"
#include "world/canonical.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>

/* Contents are about as long as the payloads of a batch, which LQ_BODY_BYTES_MAX bounds, and so are
 * deltas at most; commands can be some times longer. What does not fit is returned. Untouched pages
 * cost nothing. */
#define BATCH_BYTES (4u * LQ_BODY_BYTES_MAX)
#define PROBE_BYTES (1024u * 1024u) /* with less it is not tried */
#define SALTS_AT_ONCE 16u
/* A reader copies out in less than a millisecond; a thousand transactions are seconds of load. */
#define READER_LAG_MAX 1000u
#define NS_BETWEEN_LOOKS_AT_READERS UINT64_C(1000000000)
#define DECODED_BYTES (8u * LQ_TICK_BYTES_MAX)

_Static_assert(LQ_BATCH_ITEMS_MAX % SALTS_AT_ONCE == 0, "salts are drawn for whole runs");

static enum lq_result open_ledger(void *state, const struct lq_cluster_config *cluster,
                                  struct lq_error_message *message)
{
    struct lq_persist_handler *handler = state;
    struct lq_ledger_options options = {.folder = handler->paths.folder,
                                        .master_key_file = cluster->master_key_file,
                                        .map_bytes = cluster->map_bytes,
                                        .map_bytes_max = cluster->map_bytes_max,
                                        .partition = 0,
                                        .made_file = handler->paths.made_file,
                                        .outbox_bytes_max = cluster->outbox_bytes_max,
                                        .keyframe_every = (uint32_t)cluster->keyframe_every,
                                        .retention_s = cluster->frames_hours * UINT64_C(3600)};

    handler->paths = lq_cluster_partition(cluster, 0);
    lq_persist_delta_start(&handler->delta, cluster->cache_bytes, options.keyframe_every);
    lq_map_guard_arm("lq-persist", LQ_ACTOR_EXIT_CONFIG);
    enum lq_result result = lq_ledger_open_writer(&options, &handler->ledger, message);
    if (result == LQ_OK) {
        lq_persist_space_begin(handler, cluster); /* walks pages that nobody has read yet */
    }
    lq_map_guard_disarm();
    return result;
}

static void close_ledger(void *state)
{
    struct lq_persist_handler *handler = state;

    lq_ledger_close(&handler->ledger);
}

static uint64_t writer_epoch(void *state)
{
    struct lq_persist_handler *handler = state;

    return lq_ledger_writer_epoch(handler->ledger);
}

static void begin_batch(void *state, uint32_t slot)
{
    struct lq_persist_handler *handler = state;

    handler->filling = &handler->batches[slot];
    lq_arena_reset(&handler->filling->memory);
    handler->filling->commit_count = 0;
    handler->filling->item_count = 0;
}

struct lq_commit *lq_persist_handler_next(struct lq_persist_handler *handler,
                                          const struct lq_stage_item *item,
                                          enum lq_commit_kind kind)
{
    struct lq_persist_batch *batch = handler->filling;
    LQ_ASSERT(batch->commit_count < LQ_BATCH_ITEMS_MAX);
    struct lq_commit *commit = &batch->commits[batch->commit_count];

    *commit = (struct lq_commit){.kind = kind, .execution = item->execution, .names = item->names};
    return commit;
}

void lq_persist_handler_add(struct lq_persist_handler *handler, uint32_t item_index, uint64_t tag)
{
    struct lq_persist_batch *batch = handler->filling;

    struct lq_commit *commit = &batch->commits[batch->commit_count];
    struct lq_salted_digest *digest = &batch->digests[batch->commit_count];

    if (batch->commit_count % SALTS_AT_ONCE == 0) {
        lq_salted_digest_draw(digest, SALTS_AT_ONCE);
    }
    if (commit->content.bytes > 0) {
        /* Here, beside the commit of the batch before, and not in the one to come. */
        lq_salted_digest_make(digest, commit->content);
        commit->digest = digest;
        lq_persist_delta_take(&handler->delta, &handler->tick, &batch->memory, commit);
    }
    batch->commit_items[batch->commit_count] = item_index;
    batch->commit_tags[batch->commit_count] = tag;
    batch->commit_count++;
}

bool lq_persist_handler_encode(struct lq_persist_handler *handler, struct lq_answer *answer,
                               struct lq_view *content)
{
    struct lq_arena *memory = &handler->filling->memory;
    size_t left = memory->bytes - memory->used_bytes;
    uint8_t *to = memory->memory + memory->used_bytes;
    size_t bytes = 0;

    if (left < LQ_TICK_BYTES_MAX) {
        return false; /* the batch is full: RETURNED, to come again in another one */
    }
    enum lq_result result = lq_canonical_encode(&handler->tick, to, LQ_TICK_BYTES_MAX, &bytes);
    if (result == LQ_ERR_LIMIT) {
        lq_answer_fail(answer, LQ_ERROR_CONTENT_TOO_LARGE,
                       "the frame's content is longer than %d bytes", LQ_TICK_BYTES_MAX);
        return false;
    }
    if (result != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_CONTENT_INVALID, "no record can hold this tick: %s",
                       lq_result_text(result));
        return false;
    }
    void *kept = lq_arena_take(memory, bytes);
    LQ_ASSERT(kept == to);
    *content = lq_view_of(to, bytes);
    return true;
}

static void work_item(void *state, const struct lq_stage_item *item, struct lq_answer *answer,
                      struct lq_out_buffer *out)
{
    struct lq_persist_handler *handler = state;
    uint32_t item_index = handler->filling->item_count++;

    lq_arena_reset(&handler->decoded);
    switch (item->kind) {
    case LQ_EXECUTION_TICK:
        lq_persist_tick_take(handler, item_index, item, answer, out);
        return;
    case LQ_EXECUTION_CREATE_TENANT:
    case LQ_EXECUTION_CREATE_SESSION:
        lq_persist_creation_take(handler, item_index, item, answer, out);
        return;
    case LQ_EXECUTION_SET_CURSOR:
        lq_persist_cursor_take(handler, item_index, item, answer, out);
        return;
    case LQ_EXECUTION_SHRED_TENANT:
        lq_persist_shred_take(handler, item_index, item, answer, out);
        return;
    case LQ_EXECUTION_SET_RETENTION:
        lq_persist_retention_take(handler, item_index, item, answer, out);
        return;
    case LQ_EXECUTION_DELETE_SESSION:
        lq_persist_delete_take(handler, item_index, item, answer, out);
        return;
    case LQ_EXECUTION_QUERY:
        break;
    }
    lq_answer_fail(
        answer, LQ_ERROR_PAYLOAD_KIND,
        "persist works on ticks and what administrators ask of the ledger, not on kind %d",
        (int)item->kind);
}

static enum lq_result answer_commit(struct lq_persist_handler *handler,
                                    const struct lq_commit *commit, uint64_t tag,
                                    struct lq_answer *answer, struct lq_out_buffer *out)
{
    switch (commit->kind) {
    case LQ_COMMIT_FRAME:
        lq_persist_tick_answer(commit, answer);
        return LQ_OK;
    case LQ_COMMIT_CREATE_TENANT:
    case LQ_COMMIT_CREATE_SESSION:
        return lq_persist_creation_answer(handler, commit, tag, answer, out);
    case LQ_COMMIT_SET_CURSOR:
    case LQ_COMMIT_DROP_CURSOR:
        return lq_persist_cursor_answer(handler, commit, tag, answer, out);
    case LQ_COMMIT_SHRED_TENANT:
        lq_persist_shred_answer(commit, tag, answer, out);
        return LQ_OK;
    case LQ_COMMIT_SET_RETENTION:
    case LQ_COMMIT_ACCEPT_CLOCK:
        lq_persist_retention_answer(commit, tag, answer, out);
        return LQ_OK;
    case LQ_COMMIT_DELETE_SESSION:
        lq_persist_delete_answer(commit, tag, answer, out);
        return LQ_OK;
    case LQ_COMMIT_TELL_AGAIN:
        lq_persist_telling_answer(commit, tag, answer, out);
        return LQ_OK;
    }
    LQ_ASSERT(false);
    return LQ_ERR_INVALID;
}

static enum lq_result answer_commits(struct lq_persist_handler *handler,
                                     const struct lq_persist_batch *batch,
                                     struct lq_answer *answers, struct lq_out_buffer *out)
{
    enum lq_result result = LQ_OK;

    for (uint32_t index = 0; result == LQ_OK && index < batch->commit_count; index++) {
        result = answer_commit(handler, &batch->commits[index], batch->commit_tags[index],
                               &answers[batch->commit_items[index]], out);
    }
    return result;
}

/* After a full disk or map. What really fits is known only by writing: a batch that fails again
 * comes back unworked again. */
static bool probe_ledger(void *state)
{
    struct lq_persist_handler *handler = state;
    struct statvfs disk;

    if (lq_ledger_make_room(handler->ledger, PROBE_BYTES) != LQ_OK ||
        statvfs(handler->paths.folder, &disk) != 0) {
        return false;
    }
    return (uint64_t)disk.f_bavail * disk.f_frsize >= PROBE_BYTES;
}

/* A reader that stands still inside its transaction makes the file grow: say which, and by how much
 * it lags, once in the log and in the status for as long as it lasts. */
static void watch_readers(struct lq_persist_handler *handler)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    int64_t pid = 0;
    uint64_t lag = 0;

    if (now_ns < handler->readers_look_ns) {
        return;
    }
    handler->readers_look_ns = now_ns + NS_BETWEEN_LOOKS_AT_READERS;
    if (!lq_ledger_oldest_reader(handler->ledger, &pid, &lag) || lag < READER_LAG_MAX) {
        if (handler->lagging_pid != 0) {
            lq_log_info("no reader lags behind any more");
        }
        handler->lagging_pid = 0;
        handler->remark[0] = '\0';
        return;
    }
    snprintf(handler->remark, sizeof handler->remark,
             "the ledger grows: reader with pid %" PRId64 " is %" PRIu64 " transactions behind",
             pid, lag);
    if (handler->lagging_pid != pid) {
        handler->lagging_pid = pid;
        lq_log_warning("%s; end or continue it, the pages freed since are not used again",
                       handler->remark);
    }
}

/* Of what the status has room for, one thing at a time: the most pressing. */
static const char *first_remark(const struct lq_persist_handler *handler)
{
    if (handler->remark[0] != '\0') {
        return handler->remark;
    }
    return handler->clock_remark[0] != '\0' ? handler->clock_remark : handler->space.remark;
}

static enum lq_result end_batch(void *state, uint32_t slot, struct lq_answer *answers,
                                uint32_t count, struct lq_out_buffer *out,
                                struct lq_error_message *message)
{
    struct lq_persist_handler *handler = state;
    struct lq_persist_batch *batch = &handler->batches[slot];

    LQ_ASSERT(count >= batch->item_count);
    if (batch->commit_count == 0) {
        return LQ_OK;
    }
    enum lq_result result = lq_ledger_commit(handler->ledger, batch->commits, batch->commit_count);
    if (result == LQ_OK) {
        result = answer_commits(handler, batch, answers, out);
    }
    if (result != LQ_OK) {
        lq_error_message_set(message, "the ledger cannot be written: %s", lq_result_text(result));
        return result;
    }
    watch_readers(handler);
    lq_persist_space_watch(handler);
    lq_persist_retention_watch(handler);
    lq_error_message_set(message, "%s", first_remark(handler));
    return result;
}

void lq_persist_handler_stage(struct lq_batch_stage *stage)
{
    static struct lq_persist_handler single; /* one process, one handler */
    struct lq_persist_handler *handler = &single;

    for (uint32_t slot = 0; slot < LQ_STAGE_SLOTS; slot++) {
        handler->batches[slot].memory = (struct lq_arena){lq_alloc(BATCH_BYTES, 1), BATCH_BYTES, 0};
    }
    handler->decoded = (struct lq_arena){lq_alloc(DECODED_BYTES, 1), DECODED_BYTES, 0};
    handler->record = lq_alloc(LQ_TICK_BYTES_MAX, 1);
    *stage = (struct lq_batch_stage){
        .name = LQ_STAGE_NAME,
        .version = LQ_STAGE_VERSION,
        .partitioned = true,
        .state = handler,
        .open = open_ledger,
        .close = close_ledger,
        .writer_epoch = writer_epoch,
        .batch_begin = begin_batch,
        .item = work_item,
        .batch_end = end_batch,
        .ends_beside = true,
        .probe = probe_ledger,
        .resolve = lq_persist_resolve_item,
    };
}
