// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/broker/core/core_fixture.h"

#include "base/clock.h"
#include "tests/unit/broker/core/core_invariants.h"

#include <stdio.h>
#include <stdlib.h>

#define CLIENT_PEER 1000u

static void describe_state(struct lq_plan_state *state, const char *name, const char *stage,
                           uint32_t next)
{
    snprintf(state->name, sizeof state->name, "%s", name);
    snprintf(state->stage, sizeof state->stage, "%s", stage);
    state->version = 1;
    state->timeout_ms = 900;
    state->retrier_count = 1;
    state->retriers[0] = (struct lq_retrier){.error_count = 1,
                                             .errors = {"States.ALL"},
                                             .attempts_max = 2,
                                             .interval_ms = 5,
                                             .delay_max_ms = 200,
                                             .backoff_rate = 2.0,
                                             .jitter = LQ_JITTER_NONE};
    state->next = next;
}

struct lq_broker_core_config lq_core_fixture_config(void)
{
    struct lq_broker_core_config config = {
        .epoch = 7,
        .seed = 1,
        .sessions_max = 128,
        .tenants_max = 8,
        .commands_max = 800,
        .executions_max = 64,
        .letters_max = 32,
        .mailbox_commands_max = 256,
        .tenant_commands_max = 400,
        .tenant_executions_max = 32,
        .batch_commands_max = 64,
        .batch_us = 3000,
        .payload_bytes_max = 1 << 20,
        .silence_ms = 3000,
        .orphan_wait_ms = 1000,
        .durability = {.policy = LQ_DURABILITY_LOCAL},
        .held_answers_max = 64,
        .streams_max = 16,
    };

    describe_state(&config.pipeline.states[LQ_LOAD], "Load", "load", LQ_PHYSICS);
    describe_state(&config.pipeline.states[LQ_PHYSICS], "Physics", "physics", LQ_AI);
    describe_state(&config.pipeline.states[LQ_AI], "Ai", "ai", LQ_PERSIST);
    describe_state(&config.pipeline.states[LQ_PERSIST], "Persist", "persist", LQ_STATE_NONE);
    config.pipeline.state_count = 4;
    config.pipeline.start = LQ_LOAD;
    config.pipeline.persist = LQ_PERSIST;
    config.pipeline.tick_timeout_ms = 10000;
    return config;
}

struct lq_core_fixture *lq_core_fixture_open(const struct lq_broker_core_config *config)
{
    struct lq_core_fixture *fixture = calloc(1, sizeof *fixture);
    size_t bytes = lq_broker_core_bytes(config);

    LQ_ASSERT(fixture != NULL);
    fixture->memory = calloc(1, bytes);
    LQ_ASSERT(fixture->memory != NULL);
    fixture->core = lq_broker_core_new(config, fixture->memory, bytes);
    fixture->now_ns = UINT64_C(1000) * LQ_NS_PER_S;
    fixture->effects_max = LQ_EFFECTS_PER_STEP_MAX;
    fixture->out.entries = calloc(LQ_EFFECTS_PER_STEP_MAX * 4, sizeof *fixture->out.entries);
    return fixture;
}

void lq_core_fixture_close(struct lq_core_fixture **fixture)
{
    if (*fixture != NULL) {
        free((*fixture)->out.entries);
        free((*fixture)->memory);
        free(*fixture);
        *fixture = NULL;
    }
}

/* ---- events ---- */

void lq_core_fixture_step(struct lq_core_fixture *fixture, const struct lq_broker_event *event)
{
    fixture->out.count = 0;
    fixture->out.count_max = fixture->effects_max;
    lq_broker_core_step(fixture->core, event, fixture->now_ns, &fixture->out);
    for (uint32_t index = 0; index < fixture->out.count; index++) {
        lq_core_fixture_run_effect(fixture, &fixture->out.entries[index]);
    }
    if (!fixture->unchecked) {
        lq_core_invariants_check(fixture->core, fixture->references, fixture->buffers_top + 1);
    }
}

void lq_core_fixture_turn(struct lq_core_fixture *fixture)
{
    struct lq_broker_event turn = {.kind = LQ_ON_TURN};

    do {
        lq_core_fixture_step(fixture, &turn);
    } while (lq_broker_core_next_wakeup_ns(fixture->core) <= fixture->now_ns);
}

void lq_core_fixture_pass_ms(struct lq_core_fixture *fixture, uint64_t ms)
{
    fixture->now_ns += ms * LQ_NS_PER_MS;
    lq_core_fixture_turn(fixture);
}

struct lq_payload lq_core_fixture_payload(struct lq_core_fixture *fixture, uint32_t bytes)
{
    uint32_t buffer;

    if (fixture->buffers_free_count > 0) {
        buffer = fixture->buffers_free[--fixture->buffers_free_count];
    } else {
        buffer = ++fixture->buffers_top;
        LQ_ASSERT(buffer < LQ_FIXTURE_BUFFERS_MAX);
    }
    fixture->references[buffer] = 1;
    return (struct lq_payload){buffer, 0, bytes};
}

struct lq_client_id lq_core_fixture_client(uint32_t client)
{
    struct lq_client_id id = {{0}};

    memcpy(id.bytes, &client, sizeof client);
    return id;
}

uint64_t lq_core_fixture_submit(struct lq_core_fixture *fixture, const char *tenant,
                                const char *session, uint32_t client, uint64_t sequence)
{
    struct lq_broker_event event = {
        .kind = LQ_ON_SUBMIT,
        .peer = CLIENT_PEER,
        .tag = ++fixture->next_tag,
        .names = lq_session_names_of(tenant, session),
        .client = lq_core_fixture_client(client),
        .sequence = sequence,
        .payload = lq_core_fixture_payload(fixture, 10),
    };

    lq_core_fixture_step(fixture, &event);
    return event.tag;
}

const struct lq_fixture_answer *lq_core_fixture_answer(const struct lq_core_fixture *fixture,
                                                       uint64_t tag)
{
    const struct lq_fixture_answer *found = NULL;

    for (uint32_t index = 0; index < fixture->answer_count; index++) {
        if (fixture->answers[index].tag == tag) {
            LQ_ASSERT(found == NULL); /* answered twice */
            found = &fixture->answers[index];
        }
    }
    return found;
}

void lq_core_fixture_ready(struct lq_core_fixture *fixture, uint32_t peer, const char *instance,
                           uint32_t state, uint64_t suspect)
{
    static const char *const stages[] = {"load", "physics", "ai", "persist"};
    struct lq_ready ready = {.epoch = 7,
                             .version = 1,
                             .pid = 100 + peer,
                             .credit = 2,
                             .items_max = LQ_FIXTURE_ITEMS_MAX,
                             .bytes_max = 1 << 20,
                             .suspect = {suspect != 0 ? 7 : 0, suspect}};
    struct lq_broker_event event = {.kind = LQ_ON_READY, .peer = peer, .ready = {&ready, true}};

    snprintf(ready.stage, sizeof ready.stage, "%s", stages[state]);
    snprintf(ready.instance, sizeof ready.instance, "%s", instance);
    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_ready_all(struct lq_core_fixture *fixture)
{
    lq_core_fixture_ready(fixture, 1, "load-1", LQ_LOAD, 0);
    lq_core_fixture_ready(fixture, 2, "physics-1", LQ_PHYSICS, 0);
    lq_core_fixture_ready(fixture, 3, "ai-1", LQ_AI, 0);
    lq_core_fixture_ready(fixture, 4, "persist-1", LQ_PERSIST, 0);
}

void lq_core_fixture_peer_event(struct lq_core_fixture *fixture, enum lq_broker_event_kind kind,
                                uint32_t peer)
{
    struct lq_broker_event event = {.kind = kind, .peer = peer};

    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_heard(struct lq_core_fixture *fixture, uint32_t peer)
{
    lq_core_fixture_peer_event(fixture, LQ_ON_HEARD, peer);
}

void lq_core_fixture_pause(struct lq_core_fixture *fixture, uint32_t peer, const char *reason)
{
    struct lq_broker_event event = {
        .kind = LQ_ON_PAUSED, .peer = peer, .paused = {.paused = reason != NULL}};

    if (reason != NULL) {
        event.paused.reason = lq_view_text(reason);
    }
    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_retire(struct lq_core_fixture *fixture, uint32_t peer)
{
    struct lq_broker_event event = {
        .kind = LQ_ON_PAUSED, .peer = peer, .paused = {.paused = true, .retiring = true}};

    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_holding(struct lq_core_fixture *fixture, uint32_t peer, uint64_t newest,
                             uint64_t held, bool paused)
{
    struct lq_heartbeat beat = {.tells = true,
                                .newest_batch = newest,
                                .batch_count = held != 0,
                                .batches = {held},
                                .paused = paused,
                                .reason = lq_view_text(paused ? "disk full" : "")};
    struct lq_broker_event event = {.kind = LQ_ON_HOLDING, .peer = peer, .holding = &beat};

    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_holding_all(struct lq_core_fixture *fixture, uint32_t peer, bool paused,
                                 bool retiring)
{
    struct lq_heartbeat beat = {.tells = true,
                                .newest_batch = UINT64_MAX,
                                .paused = paused,
                                .retiring = retiring,
                                .reason = lq_view_text(paused ? "disk full" : "")};
    struct lq_broker_event event = {.kind = LQ_ON_HOLDING, .peer = peer, .holding = &beat};

    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        if (fixture->batches[index].used && fixture->batches[index].peer == peer) {
            LQ_ASSERT(beat.batch_count < LQ_BATCHES_HELD_MAX);
            beat.batches[beat.batch_count++] = fixture->batches[index].number;
        }
    }
    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_live(struct lq_core_fixture *fixture, const char *tenant, const char *session,
                          uint32_t numerator, uint32_t denominator)
{
    struct lq_broker_event event = {.kind = LQ_ON_LIVE,
                                    .names = lq_session_names_of(tenant, session),
                                    .live = {.rate = {numerator, denominator}}};

    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_life(struct lq_core_fixture *fixture, const char *session,
                          const struct lq_session_life *life)
{
    struct lq_broker_event event = {.kind = LQ_ON_LIVE,
                                    .names = lq_session_names_of("t", session),
                                    .live = {.rate = life->changes ? life->next : life->rate,
                                             .stopped = life->stopped,
                                             .changes = life->changes}};

    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_resume(struct lq_core_fixture *fixture, const char *tenant,
                            const char *session, const char *stage)
{
    struct lq_broker_event event = {.kind = LQ_ON_RESUME,
                                    .names = lq_session_names_of(tenant, session),
                                    .parking = {lq_view_text(stage)}};

    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_admin(struct lq_core_fixture *fixture, enum lq_execution_kind kind)
{
    struct lq_broker_event event = {.kind = LQ_ON_ADMIN,
                                    .peer = CLIENT_PEER,
                                    .tag = ++fixture->next_tag,
                                    .names.tenant = lq_view_text("t"),
                                    .payload = lq_core_fixture_payload(fixture, 20),
                                    .admin = {.kind = kind}};

    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_admin_live(struct lq_core_fixture *fixture, const char *tenant,
                                const char *session)
{
    struct lq_broker_event event = {.kind = LQ_ON_ADMIN,
                                    .peer = CLIENT_PEER,
                                    .tag = ++fixture->next_tag,
                                    .names = lq_session_names_of(tenant, session),
                                    .payload = lq_core_fixture_payload(fixture, 20),
                                    .admin = {LQ_EXECUTION_CREATE_SESSION, true, false}};

    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_quota(struct lq_core_fixture *fixture, const char *tenant,
                           enum lq_quota_kind kind, uint64_t limit)
{
    struct lq_quota quota;
    uint32_t bit = UINT32_C(1) << kind;
    struct lq_broker_event event = {
        .kind = LQ_ON_QUOTA, .names = lq_session_names_of(tenant, ""), .quota = &quota};

    lq_broker_core_quota(fixture->core, lq_view_text(tenant), &quota);
    quota.own = limit != 0 ? quota.own | bit : quota.own & ~bit;
    quota.limits[kind] = limit;
    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_durability(struct lq_core_fixture *fixture, const char *tenant,
                                enum lq_durability_policy policy)
{
    const struct lq_durability durability = {.own = policy != 0, .policy = (uint8_t)policy};
    struct lq_broker_event event = {.kind = LQ_ON_DURABILITY,
                                    .names = lq_session_names_of(tenant, ""),
                                    .durability = &durability};

    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_mirror(struct lq_core_fixture *fixture, bool anew, bool over)
{
    struct lq_broker_event event = {
        .kind = LQ_ON_MIRROR,
        .mirror = {anew, over, fixture->covered.outbox_sequence, fixture->covered.broker_sequence}};

    lq_core_fixture_step(fixture, &event);
    lq_core_fixture_turn(fixture);
}

void lq_core_fixture_stream(struct lq_core_fixture *fixture, const char *tenant,
                            uint64_t ledger_sequence)
{
    struct lq_broker_event event = {.kind = LQ_ON_STREAM,
                                    .names = lq_session_names_of(tenant, ""),
                                    .stream = {ledger_sequence, 0, 0}};

    lq_core_fixture_step(fixture, &event);
    lq_core_fixture_turn(fixture);
}

/* ---- actors ---- */

static bool has_unanswered(const struct lq_fixture_batch *batch)
{
    for (uint32_t index = 0; index < batch->count; index++) {
        if (!batch->items[index].answered) {
            return true;
        }
    }
    return false;
}

struct lq_fixture_batch *lq_core_fixture_batch_at(struct lq_core_fixture *fixture, uint32_t state)
{
    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        struct lq_fixture_batch *batch = &fixture->batches[index];
        if (batch->used && batch->state == state && has_unanswered(batch)) {
            return batch;
        }
    }
    return NULL;
}

struct lq_fixture_batch *lq_core_fixture_batch_of(struct lq_core_fixture *fixture, uint32_t peer)
{
    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        struct lq_fixture_batch *batch = &fixture->batches[index];
        if (batch->used && batch->peer == peer && has_unanswered(batch)) {
            return batch;
        }
    }
    return NULL;
}

void lq_core_fixture_result(struct lq_core_fixture *fixture, enum lq_broker_event_kind kind,
                            uint32_t peer, uint64_t batch, const struct lq_result_item *item,
                            uint32_t payload_bytes)
{
    struct lq_result_item timed = *item;
    struct lq_broker_event event = {.kind = kind, .peer = peer, .result = {batch, &timed, 0}};

    timed.service_us = timed.service_us != 0 ? timed.service_us : fixture->service_us;
    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        const struct lq_fixture_batch *held = &fixture->batches[index];
        if (held->used && held->number == batch && held->state == LQ_PERSIST) {
            event.result.end_ns = fixture->end_ns / held->count;
        }
    }
    if (payload_bytes > 0) {
        event.payload = lq_core_fixture_payload(fixture, payload_bytes);
    }
    lq_core_fixture_step(fixture, &event);
}

enum lq_item_verdict lq_core_fixture_commit(struct lq_core_fixture *fixture,
                                            struct lq_fixture_item *item,
                                            struct lq_outcome_entry *outcomes)
{
    if (item->fenced) {
        return LQ_ITEM_RETURNED;
    }
    struct lq_model_tick tick = {.session = item->session,
                                 .steps = item->steps,
                                 .execution = item->counter,
                                 .frame = item->frame,
                                 .missed = item->missed,
                                 .rate = item->rate,
                                 .commands = item->commands,
                                 .command_count = item->command_count};
    return lq_ledger_model_commit(&fixture->ledger, &tick, outcomes);
}

/* What load finds: the next frame, or nothing to do. */
static void load_item(struct lq_core_fixture *fixture, const struct lq_fixture_item *item,
                      struct lq_result_item *result, struct lq_outcome_entry *outcomes)
{
    uint64_t head = fixture->ledger.sessions[item->session].head;
    uint32_t fresh = lq_ledger_model_judge(&fixture->ledger, item->session, 0, item->commands,
                                           item->command_count, outcomes);

    result->frame = head + 1;
    bool rates = item->rate.denominator != 0 &&
                 !lq_session_rate_equal(item->rate, fixture->ledger.sessions[item->session].rate);
    if (fresh == 0 && item->steps == 0 && !rates) {
        result->verdict = LQ_ITEM_ENDED;
        result->outcomes = outcomes;
        result->outcome_count = item->command_count;
        result->ledger_sequence = fixture->ledger.sessions[item->session].ledger_sequence;
        result->outbox_sequence = fixture->ledger.outbox_sequence;
    }
}

/* Where the ledger has what persist answers with: a frame that decides letters has notes, and so
 * has whatever was created. */
static void place_item(struct lq_core_fixture *fixture, const struct lq_fixture_item *item,
                       struct lq_result_item *result)
{
    bool notes = item->kind != LQ_EXECUTION_TICK;

    for (uint32_t index = 0; index < item->command_count; index++) {
        notes = notes || item->commands[index].letter_id != 0;
    }
    fixture->ledger.outbox_sequence += notes;
    result->outbox_sequence = notes ? fixture->ledger.outbox_sequence : 0;
    if (item->kind == LQ_EXECUTION_TICK) {
        result->ledger_sequence =
            lq_ledger_model_sequence(&fixture->ledger, item->session, item->frame);
    }
}

void lq_core_fixture_done(struct lq_core_fixture *fixture, struct lq_fixture_batch *batch,
                          uint32_t index)
{
    struct lq_fixture_item *item = &batch->items[index];
    struct lq_outcome_entry outcomes[LQ_COMMANDS_PER_TICK_MAX];
    struct lq_result_item result = {
        .execution = item->counter, .lease = item->lease, .verdict = LQ_ITEM_DONE, .hash = {1}};

    item->answered = true;
    if (item->kind == LQ_EXECUTION_TICK && batch->state == LQ_LOAD) {
        load_item(fixture, item, &result, outcomes);
    } else if (item->kind == LQ_EXECUTION_TICK && batch->state == LQ_PERSIST) {
        result.verdict = (uint8_t)lq_core_fixture_commit(fixture, item, outcomes);
        result.frame = item->frame;
        result.outcomes = outcomes;
        result.outcome_count = result.verdict == LQ_ITEM_DONE ? item->command_count : 0;
    }
    if (batch->state == LQ_PERSIST && result.verdict == LQ_ITEM_DONE) {
        place_item(fixture, item, &result);
    }
    lq_core_fixture_result(fixture, LQ_ON_RESULT, batch->peer, batch->number, &result,
                           result.verdict == LQ_ITEM_DONE ? 100 : 0);
}

void lq_core_fixture_verdict(struct lq_core_fixture *fixture, struct lq_fixture_batch *batch,
                             uint32_t index, enum lq_item_verdict verdict, const char *error,
                             uint32_t command_at_fault)
{
    struct lq_fixture_item *item = &batch->items[index];
    struct lq_result_item result = {.execution = item->counter,
                                    .lease = item->lease,
                                    .verdict = (uint8_t)verdict,
                                    .command_at_fault = command_at_fault};

    if (error != NULL) {
        result.error = lq_view_text(error);
    }
    item->answered = true;
    lq_core_fixture_result(fixture, LQ_ON_RESULT, batch->peer, batch->number, &result, 7);
}

void lq_core_fixture_end_batch(struct lq_core_fixture *fixture, struct lq_fixture_batch *batch)
{
    struct lq_broker_event event = {.kind = LQ_ON_BATCH_END,
                                    .peer = batch->peer,
                                    .batch_end = {batch->number, 100, batch->count}};

    batch->used = false;
    lq_core_fixture_step(fixture, &event);
}

bool lq_core_fixture_serve(struct lq_core_fixture *fixture, uint32_t state)
{
    struct lq_fixture_batch *batch;
    bool served = false;

    while ((batch = lq_core_fixture_batch_at(fixture, state)) != NULL) {
        for (uint32_t index = 0; index < batch->count; index++) {
            if (!batch->items[index].answered) {
                lq_core_fixture_done(fixture, batch, index);
            }
        }
        lq_core_fixture_end_batch(fixture, batch);
        served = true;
    }
    return served;
}

void lq_core_fixture_settle(struct lq_core_fixture *fixture)
{
    bool served = true;

    while (served) {
        lq_core_fixture_turn(fixture);
        served = false;
        for (uint32_t state = 0; state < 4; state++) {
            served = lq_core_fixture_serve(fixture, state) || served;
        }
    }
}

struct lq_fixture_batch *lq_core_fixture_bring_to(struct lq_core_fixture *fixture, uint32_t state)
{
    for (uint32_t round = 0; round < 16; round++) {
        lq_core_fixture_turn(fixture);
        struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, state);
        if (batch != NULL) {
            return batch;
        }
        for (uint32_t before = 0; before < state; before++) {
            lq_core_fixture_serve(fixture, before);
        }
    }
    LQ_ASSERT(false); /* it never came */
    return NULL;
}

void lq_core_fixture_die(struct lq_core_fixture *fixture, uint32_t peer)
{
    lq_core_fixture_drop_inboxes(fixture, peer);
    struct lq_broker_event event = {.kind = LQ_ON_PROCESS_DIED, .process = {100 + peer}};
    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_resolved(struct lq_core_fixture *fixture,
                              const struct lq_fixture_resolve *resolve)
{
    const struct lq_model_session *session = &fixture->ledger.sessions[resolve->session];
    struct lq_outcome_entry outcomes[LQ_COMMANDS_PER_TICK_MAX];
    struct lq_result_item result = {.execution = resolve->counter,
                                    .lease = resolve->lease,
                                    .verdict = LQ_ITEM_RETURNED,
                                    .frame = resolve->frame};

    if (resolve->kind == LQ_EXECUTION_TICK && session->head == resolve->frame &&
        session->last_execution == resolve->counter) {
        struct lq_model_command commands[LQ_COMMANDS_PER_TICK_MAX];
        result.verdict = LQ_ITEM_DONE;
        result.ledger_sequence = session->ledger_sequence;
        result.outbox_sequence = fixture->ledger.outbox_sequence;
        result.outcomes = outcomes;
        result.outcome_count =
            lq_core_fixture_copy_commands(fixture, (uint32_t)(resolve->counter & 0xffff), commands);
        lq_ledger_model_judge(&fixture->ledger, resolve->session, resolve->frame, commands,
                              result.outcome_count, outcomes);
    }
    lq_core_fixture_result(fixture, LQ_ON_RESOLVED, resolve->peer, 0, &result, 0);
}

/* ---- letters ---- */

struct lq_fixture_letter *lq_core_fixture_last_letter(struct lq_core_fixture *fixture)
{
    LQ_ASSERT(fixture->letter_count > 0);
    return &fixture->letters[fixture->letter_count - 1];
}

void lq_core_fixture_store(struct lq_core_fixture *fixture, uint32_t index)
{
    struct lq_fixture_letter *letter = &fixture->letters[index];
    struct lq_broker_event event = {.kind = LQ_ON_LETTER_STORED,
                                    .letter = {.id = letter->id,
                                               .execution = letter->execution,
                                               .broker_sequence = ++fixture->broker_sequence}};

    LQ_ASSERT(index < fixture->letter_count);
    letter->stored = true;
    letter->broker_sequence = fixture->broker_sequence;
    lq_core_fixture_step(fixture, &event);
}

void lq_core_fixture_letter_event(struct lq_core_fixture *fixture, enum lq_broker_event_kind kind,
                                  const struct lq_fixture_letter *letter)
{
    char name[100];
    struct lq_broker_event event = {
        .kind = kind,
        .client = lq_core_fixture_client(letter->command.client),
        .sequence = letter->command.sequence,
        .letter = {.id = letter->id, .has_command = letter->has_command}};

    memcpy(name, fixture->ledger.sessions[letter->session].name, sizeof name);
    char *slash = strchr(name, '/');
    LQ_ASSERT(slash != NULL);
    *slash = '\0';
    event.names.tenant = lq_view_text(name);
    event.names.session = lq_view_text(slash + 1);
    if (kind == LQ_ON_REDRIVE && letter->has_command) {
        event.payload = lq_core_fixture_payload(fixture, 10);
    }
    lq_core_fixture_step(fixture, &event);
}

struct lq_status *lq_core_fixture_status(struct lq_core_fixture *fixture)
{
    static struct lq_status status;

    lq_broker_core_status(fixture->core, fixture->now_ns, &status);
    return &status;
}

/* ---- poison ---- */

static bool is_poison(const struct lq_fixture_item *item, uint64_t poison)
{
    for (uint32_t index = 0; index < item->command_count; index++) {
        if (item->commands[index].sequence == poison) {
            return true;
        }
    }
    return poison == 0;
}

void lq_core_fixture_settle_with_poison(struct lq_core_fixture *fixture, uint64_t poison,
                                        bool store)
{
    bool moved = true;

    for (uint32_t round = 0; moved; round++) {
        LQ_ASSERT(round < 1000);
        lq_core_fixture_turn(fixture);
        moved = lq_core_fixture_serve(fixture, LQ_LOAD);
        struct lq_fixture_batch *batch;
        while ((batch = lq_core_fixture_batch_at(fixture, LQ_PHYSICS)) != NULL) {
            for (uint32_t index = 0; index < batch->count; index++) {
                if (is_poison(&batch->items[index], poison)) {
                    lq_core_fixture_verdict(fixture, batch, index, LQ_ITEM_FAILED, "Poison", 0);
                } else {
                    lq_core_fixture_done(fixture, batch, index);
                }
            }
            lq_core_fixture_end_batch(fixture, batch);
            moved = true;
        }
        moved = lq_core_fixture_serve(fixture, LQ_AI) || moved;
        moved = lq_core_fixture_serve(fixture, LQ_PERSIST) || moved;
        for (uint32_t index = 0; store && index < fixture->letter_count; index++) {
            if (!fixture->letters[index].stored) {
                lq_core_fixture_store(fixture, index);
                moved = true;
            }
        }
    }
}
