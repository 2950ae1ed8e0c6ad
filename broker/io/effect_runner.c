// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The core's effects, carried out in order. */
#include "broker/io/broker_shell.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>

#define ADMIN_MESSAGE_BYTES_MAX 255u /* a stage's own words may be of any length */
#define LETTER_BYTES_MAX (LQ_TICK_BYTES_MAX * 2 + 65536u)

static void dispatch(struct lq_broker_shell *shell, const struct lq_broker_effect *effect)
{
    struct lq_view header;
    struct lq_message_part body;
    uint32_t pid;
    uint64_t number;
    uint32_t timeout_ms;
    uint32_t peer = lq_broker_core_actor_peer(shell->core, effect->actor, &pid);

    lq_dispatch_writer_write(shell->dispatches, shell->core, shell->buffers, effect->batch, &header,
                             &body);
    lq_dispatch_meter_count(shell->meter, lq_broker_core_batch_state(shell->core, effect->batch),
                            lq_broker_core_batch(shell->core, effect->batch, &number, &timeout_ms),
                            lq_message_part_bytes(&body));
    enum lq_result sent = lq_router_socket_send(shell->actors, peer, header, &body);
    if (sent != LQ_OK) {
        /* Its connection is gone: the pidfd, a new READY or silence will tell the core. */
        lq_log_debug("a batch did not reach its actor: %s", lq_result_text(sent));
    }
}

/* The questions of a run go out together: a writer holds few RESOLVE messages at a time. All are
 * for the one current writer of the partition. */
struct resolve_batch {
    uint32_t actor;
    uint32_t count;
    uint64_t fence;
    struct lq_resolve_item items[LQ_BATCH_ITEMS_MAX];
};

static void send_resolves(struct lq_broker_shell *shell, struct resolve_batch *batch)
{
    struct lq_resolve message = {shell->epoch, batch->fence, batch->count, batch->items};
    uint32_t pid;
    size_t bytes;

    if (batch->count > 0 &&
        lq_resolve_encode(&message, shell->scratch, LQ_HEADER_BYTES_MAX, &bytes) == LQ_OK) {
        (void)lq_router_socket_send(shell->actors,
                                    lq_broker_core_actor_peer(shell->core, batch->actor, &pid),
                                    lq_view_of(shell->scratch, bytes), NULL);
    }
    batch->count = 0;
}

static void resolve(struct lq_broker_shell *shell, const struct lq_broker_effect *effect,
                    struct resolve_batch *batch)
{
    struct lq_broker_item item;

    if (batch->count == LQ_BATCH_ITEMS_MAX || batch->actor != effect->actor) {
        send_resolves(shell, batch);
    }
    lq_broker_core_execution(shell->core, effect->execution, &item);
    batch->actor = effect->actor;
    batch->fence = effect->tag;
    batch->items[batch->count++] = (struct lq_resolve_item){item.id,     item.frame,   item.kind,
                                                            item.tenant, item.session, item.lease};
}

static void publish(struct lq_broker_shell *shell, const struct lq_broker_effect *effect)
{
    struct lq_view tenant, session;
    struct lq_view world = {NULL, 0};

    if (effect->due_ns != 0) {
        lq_latency_histogram_record(&shell->meter->lateness, shell->now_ns - effect->due_ns);
    }
    if (lq_frame_publisher_watches(shell->publisher) == 0) {
        return;
    }
    struct lq_frame_notice notice = {.epoch = shell->epoch,
                                     .frame = effect->frame,
                                     .steps = effect->steps,
                                     .command_count = effect->command_count};
    memcpy(notice.hash, effect->hash, sizeof notice.hash);
    if (effect->payload.buffer != 0) {
        world = lq_payload_buffers_view(shell->buffers, &effect->payload);
    }
    lq_broker_core_session_names(shell->core, effect->session, &tenant, &session);
    lq_frame_publisher_send(shell->publisher, tenant, session, &notice, world);
}

static void set_names(struct lq_broker_shell *shell, struct lq_storage_job *job, uint32_t session)
{
    struct lq_view tenant, name;

    lq_broker_core_session_names(shell->core, session, &tenant, &name);
    memcpy(job->tenant, tenant.data, tenant.bytes);
    memcpy(job->session, name.data, name.bytes);
}

static void fill_letter(struct lq_broker_shell *shell, uint32_t execution,
                        const struct lq_broker_item *item, const struct lq_broker_death *death,
                        struct lq_letter *letter)
{
    struct lq_broker_command command;
    uint32_t cursor = 0;

    letter->id = death->letter_id;
    letter->state = LQ_LETTER_OPEN;
    letter->tenant = item->tenant;
    letter->session = item->session;
    letter->stage = lq_view_text(death->stage);
    letter->version = death->version;
    letter->error = lq_view_text(death->error);
    letter->cause = lq_view_text(death->cause);
    letter->tries = death->tries;
    letter->last_wall_ns = lq_clock_wall_ns();
    letter->first_wall_ns = letter->last_wall_ns - death->age_ns;
    letter->steps = item->steps;
    letter->parked = death->parks;
    letter->kind = item->kind;
    while (lq_broker_core_next_command(shell->core, execution, &cursor, &command)) {
        struct lq_letter_command *entry = &letter->commands[letter->command_count++];
        entry->client = command.client;
        entry->sequence = command.sequence;
        entry->body = command.payload.buffer == 0
                          ? lq_view_of(NULL, 0)
                          : lq_payload_buffers_view(shell->buffers, &command.payload);
    }
    letter->payload =
        item->payload.buffer != 0
            ? lq_payload_buffers_view(shell->buffers, &item->payload)
            : lq_dispatch_writer_request(shell->dispatches, shell->core, shell->buffers, item);
    letter->payload_bytes = (uint32_t)letter->payload.bytes;
}

static void store_letter(struct lq_broker_shell *shell, const struct lq_broker_effect *effect)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(100);
    static struct lq_letter letter; /* one thread */
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_LETTER);
    struct lq_broker_item item;
    struct lq_broker_death death;

    memset(&letter, 0, sizeof letter);
    lq_broker_core_execution(shell->core, effect->execution, &item);
    lq_broker_core_death(shell->core, effect->execution, shell->now_ns, &death);
    fill_letter(shell, effect->execution, &item, &death, &letter);
    job->execution = effect->execution;
    job->letter_id = death.letter_id;
    job->parks = death.parks;
    memcpy(job->tenant, item.tenant.data, item.tenant.bytes);
    memcpy(job->session, item.session.data, item.session.bytes);
    memcpy(job->stage, death.stage, strlen(death.stage) + 1);
    job->bytes = lq_alloc(1, LETTER_BYTES_MAX);
    enum lq_result encoded =
        lq_letter_encode(&letter, job->bytes, LETTER_BYTES_MAX, &job->byte_count);
    LQ_ASSERT(encoded == LQ_OK); /* a payload and a command are bounded far below */
    job->bytes = lq_realloc(job->bytes, 1, job->byte_count);
    lq_log_throttled(&lines, LQ_LOG_WARNING,
                     "dead letter dlq_%016" PRIx64 ": %.*s/%.*s at %s, %s: %s", death.letter_id,
                     (int)item.tenant.bytes, (const char *)item.tenant.data,
                     (int)item.session.bytes, (const char *)item.session.data, death.stage,
                     death.error, death.cause);
    lq_storage_thread_post(shell->storage, job);
}

static void change_letter(struct lq_broker_shell *shell, const struct lq_broker_effect *effect)
{
    struct lq_storage_job *job =
        lq_storage_job_new(effect->kind == LQ_EFFECT_STORE_LETTER_DONE ? LQ_STORAGE_LETTER_DONE
                                                                       : LQ_STORAGE_LETTER_OPEN);

    job->letter_id = effect->letter_id;
    job->frame = effect->frame;
    lq_storage_thread_post(shell->storage, job);
}

static void forget_session(struct lq_broker_shell *shell, const struct lq_broker_effect *effect)
{
    struct lq_storage_job *job =
        lq_storage_job_new(effect->kind == LQ_EFFECT_STORE_NOT_LIVE ? LQ_STORAGE_FORGET_LIVE
                                                                    : LQ_STORAGE_FORGET_PARKED);

    set_names(shell, job, effect->session);
    lq_storage_thread_post(shell->storage, job);
}

/* A session that was created with a rate goes on its grid; its creator hears of it when the broker
 * will remember that over a restart. */
static bool keep_live(struct lq_broker_shell *shell, const struct lq_broker_effect *effect,
                      struct lq_view framed)
{
    enum lq_message_kind kind;
    struct lq_view message;
    struct lq_admin_reply answer;
    const char *where;
    struct lq_arena arena = {shell->arena.memory + shell->arena.used_bytes,
                             shell->arena.bytes - shell->arena.used_bytes, 0};

    if (lq_framing_get(framed, &kind, &message) != LQ_OK || kind != LQ_MESSAGE_ADMIN_REPLY ||
        lq_admin_reply_decode(message, &arena, &answer, &where) != LQ_OK ||
        answer.session_count != 1 || !answer.sessions[0].has_config ||
        answer.sessions[0].config.rate_numerator == 0 ||
        answer.sessions[0].tenant.bytes > LQ_TENANT_NAME_BYTES_MAX ||
        answer.sessions[0].name.bytes > LQ_SESSION_NAME_BYTES_MAX) {
        return false;
    }
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_LIVE);
    memcpy(job->tenant, answer.sessions[0].tenant.data, answer.sessions[0].tenant.bytes);
    memcpy(job->session, answer.sessions[0].name.data, answer.sessions[0].name.bytes);
    job->rate_numerator = answer.sessions[0].config.rate_numerator;
    job->rate_denominator = answer.sessions[0].config.rate_denominator;
    job->peer = effect->peer;
    job->bytes = lq_alloc(1, framed.bytes + 1);
    job->byte_count = framed.bytes;
    memcpy(job->bytes, framed.data, framed.bytes);
    lq_storage_thread_post(shell->storage, job);
    return true;
}

static void admin_done(struct lq_broker_shell *shell, const struct lq_broker_effect *effect)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(5);

    if (effect->payload.buffer == 0) {
        lq_log_throttled(&lines, LQ_LOG_ERROR,
                         "a stage answered an administrative request with nothing");
        return;
    }
    struct lq_view framed = lq_payload_buffers_view(shell->buffers, &effect->payload);
    if (!keep_live(shell, effect, framed)) {
        (void)lq_router_socket_send(shell->clients, effect->peer, framed, NULL);
    }
    lq_payload_buffers_release(shell->buffers, effect->payload.buffer);
}

static void admin_failed(struct lq_broker_shell *shell, const struct lq_broker_effect *effect)
{
    struct lq_admin_reply answer = {.tag = effect->tag,
                                    .result = effect->result,
                                    .message =
                                        lq_view_cut(effect->reason, ADMIN_MESSAGE_BYTES_MAX)};
    size_t bytes;

    if (lq_admin_reply_encode(&answer, shell->scratch, LQ_HEADER_BYTES_MAX, &bytes) == LQ_OK) {
        (void)lq_router_socket_send(shell->clients, effect->peer, lq_view_of(shell->scratch, bytes),
                                    NULL);
    }
}

static void kill_frozen(struct lq_broker_shell *shell, const struct lq_broker_effect *effect)
{
    struct lq_actor_status actor;

    lq_broker_core_actor(shell->core, effect->actor, &actor);
    lq_log_warning("%.*s (pid %u) has been silent for %u ms: killed", (int)actor.instance.bytes,
                   (const char *)actor.instance.data, actor.pid,
                   (unsigned)shell->config.silence_ms);
    lq_process_watch_kill(shell->processes, actor.pid);
}

static void tell_lost(struct lq_broker_shell *shell, const struct lq_broker_effect *effect)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(32);
    struct lq_actor_status actor;

    lq_broker_core_actor(shell->core, effect->actor, &actor);
    lq_log_throttled(
        &lines, LQ_LOG_WARNING, "%.*s (stage %.*s, pid %u) is given up: %.*s; it held %u items",
        (int)actor.instance.bytes, (const char *)actor.instance.data, (int)actor.stage.bytes,
        (const char *)actor.stage.data, actor.pid, (int)effect->reason.bytes,
        (const char *)effect->reason.data, (unsigned)effect->tag);
}

static void run_one(struct lq_broker_shell *shell, const struct lq_broker_effect *effect,
                    struct resolve_batch *resolves)
{
    switch (effect->kind) {
    case LQ_EFFECT_DISPATCH:
        dispatch(shell, effect);
        break;
    case LQ_EFFECT_RESOLVE:
        resolve(shell, effect, resolves);
        break;
    case LQ_EFFECT_ANSWER:
        lq_receipt_writer_add(shell->receipts, effect, shell->clients);
        break;
    case LQ_EFFECT_ADMIN_DONE:
        admin_done(shell, effect);
        break;
    case LQ_EFFECT_ADMIN_FAILED:
        admin_failed(shell, effect);
        break;
    case LQ_EFFECT_RELEASE:
        lq_payload_buffers_release(shell->buffers, effect->payload.buffer);
        break;
    case LQ_EFFECT_PUBLISH:
        publish(shell, effect);
        break;
    case LQ_EFFECT_STORE_LETTER:
        store_letter(shell, effect);
        break;
    case LQ_EFFECT_STORE_LETTER_DONE:
    case LQ_EFFECT_STORE_LETTER_OPEN:
        change_letter(shell, effect);
        break;
    case LQ_EFFECT_STORE_NOT_LIVE:
    case LQ_EFFECT_STORE_UNPARKED:
        forget_session(shell, effect);
        break;
    case LQ_EFFECT_KILL:
        kill_frozen(shell, effect);
        break;
    case LQ_EFFECT_LOST:
        tell_lost(shell, effect);
        break;
    }
}

void lq_effect_runner_run(struct lq_broker_shell *shell)
{
    struct lq_broker_effects *effects = &shell->effects;
    struct resolve_batch resolves;

    resolves.actor = 0;
    resolves.count = 0;

    for (uint32_t index = 0; index < effects->count; index++) {
        run_one(shell, &effects->entries[index], &resolves);
    }
    send_resolves(shell, &resolves);
    effects->count = 0;
}
