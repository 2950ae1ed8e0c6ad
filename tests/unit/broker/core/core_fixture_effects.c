// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What the fixture's shell does with each effect: count, log, put into an inbox. */
#include "tests/unit/broker/core/core_fixture.h"

#include <stdio.h>

static void release(struct lq_core_fixture *fixture, uint32_t buffer)
{
    LQ_ASSERT(buffer != 0);
    LQ_ASSERT(fixture->references[buffer] > 0); /* given back twice */
    if (--fixture->references[buffer] == 0) {
        fixture->buffers_free[fixture->buffers_free_count++] = buffer;
    }
}

static uint32_t number_of_client(const struct lq_client_id *client)
{
    uint32_t number;

    memcpy(&number, client->bytes, sizeof number);
    return number;
}

static uint32_t number_of_session(struct lq_core_fixture *fixture, struct lq_session_names names)
{
    char tenant_text[40], session_text[70];

    snprintf(tenant_text, sizeof tenant_text, "%.*s", (int)names.tenant.bytes,
             (const char *)names.tenant.data);
    snprintf(session_text, sizeof session_text, "%.*s", (int)names.session.bytes,
             (const char *)names.session.data);
    return lq_ledger_model_session(&fixture->ledger, tenant_text, session_text);
}

uint32_t lq_core_fixture_copy_commands(struct lq_core_fixture *fixture, uint32_t execution,
                                       struct lq_model_command *to)
{
    struct lq_broker_command command;
    uint32_t cursor = 0;
    uint32_t count = 0;

    while (lq_broker_core_next_command(fixture->core, execution, &cursor, &command)) {
        LQ_ASSERT(count < LQ_COMMANDS_PER_TICK_MAX);
        LQ_ASSERT(command.payload.buffer == 0 || fixture->references[command.payload.buffer] > 0);
        to[count++] = (struct lq_model_command){number_of_client(&command.client), command.sequence,
                                                command.letter_id};
    }
    return count;
}

static void take_item(struct lq_core_fixture *fixture, uint32_t batch, uint32_t index,
                      struct lq_fixture_item *to)
{
    struct lq_broker_item item;

    lq_broker_core_batch_item(fixture->core, batch, index, &item);
    LQ_ASSERT(item.id.epoch == 7);
    LQ_ASSERT(item.payload.buffer == 0 || fixture->references[item.payload.buffer] > 0);
    memset(to, 0, sizeof *to);
    to->counter = item.id.counter;
    to->execution = item.execution;
    to->lease = item.lease;
    to->kind = item.kind;
    to->frame = item.frame;
    to->steps = item.steps;
    to->rate = item.rate;
    to->missed = item.missed;
    to->has_payload = item.payload.buffer != 0;
    to->command_count = item.command_count;
    uint32_t count = lq_core_fixture_copy_commands(fixture, item.execution, to->commands);
    LQ_ASSERT(count == item.command_count);
    if (item.kind == LQ_EXECUTION_TICK) {
        to->session = number_of_session(fixture, item.names);
    }
}

static uint32_t state_of_batch(const struct lq_core_fixture *fixture, uint32_t batch)
{
    return lq_broker_core_batch_state(fixture->core, batch);
}

static void dispatch(struct lq_core_fixture *fixture, const struct lq_broker_effect *effect)
{
    struct lq_fixture_batch *batch = NULL;
    uint32_t pid;

    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        if (!fixture->batches[index].used) {
            batch = &fixture->batches[index];
            break;
        }
    }
    LQ_ASSERT(batch != NULL);
    batch->used = true;
    batch->peer = lq_broker_core_actor_peer(fixture->core, effect->dispatch.actor, &pid);
    batch->state = state_of_batch(fixture, effect->dispatch.batch);
    batch->count = lq_broker_core_batch(fixture->core, effect->dispatch.batch, &batch->number,
                                        &batch->timeout_ms);
    LQ_ASSERT(batch->peer != 0);
    LQ_ASSERT(batch->count >= 1);
    LQ_ASSERT(batch->count <= LQ_FIXTURE_ITEMS_MAX);
    for (uint32_t index = 0; index < batch->count; index++) {
        take_item(fixture, effect->dispatch.batch, index, &batch->items[index]);
        LQ_ASSERT(batch->items[index].has_payload == (batch->state != LQ_LOAD) ||
                  batch->items[index].kind != LQ_EXECUTION_TICK);
    }
    fixture->dispatches++;
}

static void log_answer(struct lq_core_fixture *fixture, const struct lq_broker_effect *effect)
{
    LQ_ASSERT(fixture->answer_count < LQ_FIXTURE_LOG_MAX);
    struct lq_fixture_answer *answer = &fixture->answers[fixture->answer_count++];

    *answer = (struct lq_fixture_answer){.peer = effect->answer.peer,
                                         .tag = effect->answer.tag,
                                         .outcome = effect->answer.outcome,
                                         .frame = effect->answer.frame,
                                         .letter_id = effect->answer.letter_id,
                                         .again_ms = effect->answer.again_ms};
    snprintf(answer->reason, sizeof answer->reason, "%.*s", (int)effect->answer.reason.bytes,
             effect->answer.reason.bytes > 0 ? (const char *)effect->answer.reason.data : "");
}

static void log_letter(struct lq_core_fixture *fixture, const struct lq_broker_effect *effect)
{
    LQ_ASSERT(fixture->letter_count < LQ_FIXTURE_LOG_MAX);
    struct lq_fixture_letter *letter = &fixture->letters[fixture->letter_count];
    struct lq_broker_death death;
    struct lq_broker_item item;
    struct lq_model_command commands[LQ_COMMANDS_PER_TICK_MAX];

    lq_broker_core_death(fixture->core, effect->store_letter.execution, fixture->now_ns, &death);
    lq_broker_core_execution(fixture->core, effect->store_letter.execution, &item);
    uint32_t count =
        lq_core_fixture_copy_commands(fixture, effect->store_letter.execution, commands);
    LQ_ASSERT(count <= 1);
    LQ_ASSERT(death.letter_id == effect->store_letter.id);
    memset(letter, 0, sizeof *letter);
    for (uint32_t index = 0; index < fixture->letter_count; index++) {
        letter->known_before =
            letter->known_before || fixture->letters[index].id == death.letter_id;
    }
    fixture->letter_count++;
    letter->id = death.letter_id;
    letter->execution = effect->store_letter.execution;
    letter->session = number_of_session(fixture, item.names);
    letter->has_command = count == 1;
    letter->parks = death.parks;
    letter->tries = death.tries;
    letter->steps = item.steps;
    if (count == 1) {
        letter->command = commands[0];
    }
    snprintf(letter->error, sizeof letter->error, "%s", death.error);
    snprintf(letter->stage, sizeof letter->stage, "%s", death.stage);
}

static void log_resolve(struct lq_core_fixture *fixture, const struct lq_broker_effect *effect)
{
    LQ_ASSERT(fixture->resolve_count < LQ_FIXTURE_LOG_MAX);
    struct lq_fixture_resolve *resolve = &fixture->resolves[fixture->resolve_count++];
    struct lq_broker_item item;
    uint32_t pid;

    lq_broker_core_execution(fixture->core, effect->resolve.execution, &item);
    *resolve = (struct lq_fixture_resolve){
        .peer = lq_broker_core_actor_peer(fixture->core, effect->resolve.actor, &pid),
        .lease = item.lease,
        .counter = item.id.counter,
        .frame = item.frame,
        .fence = effect->resolve.fence,
        .kind = item.kind};
    LQ_ASSERT(resolve->peer != 0);
    if (item.kind == LQ_EXECUTION_TICK) {
        resolve->session = number_of_session(fixture, item.names);
    }
    for (uint32_t batch = 0; batch < LQ_FIXTURE_BATCHES_MAX; batch++) {
        for (uint32_t index = 0; index < fixture->batches[batch].count; index++) {
            struct lq_fixture_item *sent = &fixture->batches[batch].items[index];
            sent->fenced =
                sent->fenced || (fixture->batches[batch].used && sent->counter == item.id.counter);
        }
    }
}

static void log_publish(struct lq_core_fixture *fixture, const struct lq_broker_effect *effect)
{
    LQ_ASSERT(fixture->publish_count < LQ_FIXTURE_LOG_MAX);
    LQ_ASSERT(effect->publish.world.buffer == 0 ||
              fixture->references[effect->publish.world.buffer] > 0);
    fixture->publishes[fixture->publish_count++] = (struct lq_fixture_publish){
        number_of_session(fixture, effect->publish.names), effect->publish.steps,
        effect->publish.command_count, effect->publish.frame, effect->publish.due_ns};
}

static void log_change(struct lq_core_fixture *fixture, const struct lq_broker_effect *effect)
{
    LQ_ASSERT(fixture->change_count < LQ_FIXTURE_LOG_MAX);
    LQ_ASSERT(effect->letter.id != 0);
    fixture->changes[fixture->change_count++] = (struct lq_fixture_letter_change){
        effect->letter.id, effect->letter.frame, effect->kind == LQ_EFFECT_STORE_LETTER_DONE};
}

static void log_admin(struct lq_core_fixture *fixture, const struct lq_broker_effect *effect)
{
    if (effect->kind == LQ_EFFECT_ADMIN_DONE) {
        fixture->admin_done++;
        if (effect->admin_done.reply.buffer != 0) {
            release(fixture, effect->admin_done.reply.buffer);
        }
        return;
    }
    fixture->admin_failed++;
    snprintf(fixture->admin_reason, sizeof fixture->admin_reason, "%.*s",
             (int)effect->admin_failed.reason.bytes,
             effect->admin_failed.reason.bytes > 0 ? (const char *)effect->admin_failed.reason.data
                                                   : "");
}

static void log_session(struct lq_core_fixture *fixture, const struct lq_broker_effect *effect)
{
    struct lq_session_names names =
        lq_broker_core_session_names(fixture->core, effect->session.index);

    if (effect->kind == LQ_EFFECT_STORE_RATE) {
        fixture->rate_count++;
        fixture->rate = effect->session.rate;
        return;
    }
    if (effect->kind == LQ_EFFECT_STORE_NOT_LIVE) {
        fixture->not_live++;
        return;
    }
    fixture->unparked++;
    snprintf(fixture->unparked_name, sizeof fixture->unparked_name, "%.*s/%.*s",
             (int)names.tenant.bytes, (const char *)names.tenant.data, (int)names.session.bytes,
             (const char *)names.session.data);
}

static void log_quota(struct lq_core_fixture *fixture, const struct lq_broker_effect *effect)
{
    fixture->quota_tells++;
    snprintf(fixture->quota_told, sizeof fixture->quota_told, "%s %s %llu %llu",
             effect->quota_exceeded.tenant,
             lq_quota_name((enum lq_quota_kind)effect->quota_exceeded.quota),
             (unsigned long long)effect->quota_exceeded.limit,
             (unsigned long long)effect->quota_exceeded.refused);
}

void lq_core_fixture_drop_inboxes(struct lq_core_fixture *fixture, uint32_t peer)
{
    LQ_ASSERT(peer != 0);
    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        if (fixture->batches[index].peer == peer) {
            fixture->batches[index].used = false;
        }
    }
}

void lq_core_fixture_run_effect(struct lq_core_fixture *fixture,
                                const struct lq_broker_effect *effect)
{
    switch (effect->kind) {
    case LQ_EFFECT_DISPATCH:
        dispatch(fixture, effect);
        break;
    case LQ_EFFECT_RESOLVE:
        log_resolve(fixture, effect);
        break;
    case LQ_EFFECT_ANSWER:
        log_answer(fixture, effect);
        break;
    case LQ_EFFECT_ADMIN_DONE:
    case LQ_EFFECT_ADMIN_FAILED:
        log_admin(fixture, effect);
        break;
    case LQ_EFFECT_RELEASE:
        release(fixture, effect->release.buffer);
        break;
    case LQ_EFFECT_PUBLISH:
        log_publish(fixture, effect);
        break;
    case LQ_EFFECT_STORE_LETTER:
        log_letter(fixture, effect);
        break;
    case LQ_EFFECT_STORE_LETTER_DONE:
    case LQ_EFFECT_STORE_LETTER_OPEN:
        log_change(fixture, effect);
        break;
    case LQ_EFFECT_STORE_NOT_LIVE:
    case LQ_EFFECT_STORE_RATE:
    case LQ_EFFECT_STORE_UNPARKED:
        log_session(fixture, effect);
        break;
    case LQ_EFFECT_STORE_QUOTA_EXCEEDED:
        log_quota(fixture, effect);
        break;
    case LQ_EFFECT_KILL:
        fixture->kills++;
        fixture->killed_pid = effect->kill.pid;
        if (effect->kill.peer != 0) { /* else it never said READY, so nothing lies there */
            lq_core_fixture_drop_inboxes(fixture, effect->kill.peer);
        }
        break;
    case LQ_EFFECT_LOST: {
        struct lq_actor_status actor;
        lq_broker_core_actor(fixture->core, effect->lost.actor, &actor);
        snprintf(fixture->lost, sizeof fixture->lost, "%.*s: %.*s; %u items",
                 (int)actor.instance.bytes, (const char *)actor.instance.data,
                 (int)effect->lost.reason.bytes, (const char *)effect->lost.reason.data,
                 effect->lost.items);
        break;
    }
    }
}
