// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/property/core_chaos.h"

#include "base/clock.h"
#include "tests/property/letter_chaos.h"
#include "tests/property/mirror_chaos.h"
#include "tests/unit/broker/core/core_invariants.h"

#include <stdio.h>
#include <stdlib.h>

#define STRANGER 9u      /* a connection that is no actor's */
#define POISON_EVERY 29u /* each so many-th command of client 2 fails at physics */

/* Sessions are known to the ledger by these numbers from the start. */
static void name_session(uint32_t session, char *tenant, char *name)
{
    snprintf(tenant, 8, "t%u", session % 2);
    snprintf(name, 16, "s%u", session);
}

struct lq_core_chaos *lq_core_chaos_new(lq_chaos_choose_fn choose_fn, void *context)
{
    static const struct lq_chaos_actor actors[LQ_CHAOS_ACTORS] = {
        {"load-1", LQ_LOAD, 0, 0, 0, 0},       {"load-2", LQ_LOAD, 0, 0, 0, 0},
        {"physics-1", LQ_PHYSICS, 0, 0, 0, 0}, {"physics-2", LQ_PHYSICS, 0, 0, 0, 0},
        {"ai-1", LQ_AI, 0, 0, 0, 0},           {"ai-2", LQ_AI, 0, 0, 0, 0},
        {"persist-1", LQ_PERSIST, 0, 0, 0, 0}};
    struct lq_core_chaos *chaos = calloc(1, sizeof *chaos);
    struct lq_broker_core_config config = lq_core_fixture_config();
    char tenant[8], name[16];

    LQ_ASSERT(chaos != NULL);
    chaos->choose = choose_fn;
    chaos->context = context;
    /* Tight now and then, so that every bound is met. */
    config.executions_max = 3 + chaos->choose(context, 18);
    config.tenant_executions_max = 2 + chaos->choose(context, 10);
    config.mailbox_commands_max = 6 + chaos->choose(context, 30);
    config.commands_max = 40 + chaos->choose(context, 100);
    config.tenant_commands_max = 30 + chaos->choose(context, 60);
    config.batch_commands_max = 1 + chaos->choose(context, 12);
    config.letters_max = 1 + chaos->choose(context, 12);
    config.sessions_max = 6 + chaos->choose(context, 8);
    config.held_answers_max = 2 + chaos->choose(context, 60);
    config.payload_bytes_max = 500 + chaos->choose(context, 8000);
    config.pipeline.states[LQ_AI].retriers[0].jitter = LQ_JITTER_FULL;
    chaos->fixture = lq_core_fixture_open(&config);
    chaos->next_peer = 10;
    memcpy(chaos->actors, actors, sizeof actors);
    for (uint32_t session = 0; session < LQ_CHAOS_SESSIONS; session++) {
        name_session(session, tenant, name);
        uint32_t number = lq_ledger_model_session(&chaos->fixture->ledger, tenant, name);
        LQ_ASSERT(number == session);
    }
    return chaos;
}

void lq_core_chaos_destroy(struct lq_core_chaos **chaos)
{
    if (*chaos != NULL) {
        lq_core_fixture_close(&(*chaos)->fixture);
        free(*chaos);
        *chaos = NULL;
    }
}

/* ---- what must hold ---- */

struct lq_chaos_command *lq_core_chaos_find(struct lq_core_chaos *chaos, uint32_t session,
                                            uint32_t client, uint64_t sequence)
{
    for (uint32_t index = 0; index < chaos->command_count; index++) {
        struct lq_chaos_command *command = &chaos->commands[index];
        if (command->session == session && command->client == client &&
            command->sequence == sequence) {
            return command;
        }
    }
    return NULL;
}

/* Applied once, while the broker holds it, in the order of arrival. */
static void check_entries(struct lq_core_chaos *chaos)
{
    const struct lq_ledger_model *ledger = &chaos->fixture->ledger;

    for (; chaos->entries_seen < ledger->entry_count; chaos->entries_seen++) {
        const struct lq_model_entry *entry = &ledger->entries[chaos->entries_seen];
        struct lq_chaos_command *command =
            lq_core_chaos_find(chaos, entry->session, entry->client, entry->sequence);
        LQ_ASSERT(command != NULL);
        LQ_ASSERT(command->state == LQ_CHAOS_PENDING);
        LQ_ASSERT(command->arrival > chaos->last_arrival[entry->session]);
        chaos->last_arrival[entry->session] = command->arrival;
    }
}

static uint64_t frame_of(const struct lq_core_chaos *chaos, const struct lq_chaos_command *command)
{
    return lq_ledger_model_find(&chaos->fixture->ledger, command->session, command->client,
                                command->sequence);
}

/* A letter is never made of what lies in the ledger; but a copy sent again after its receipt may
 * die before load has seen that it is one. */
static void check_letters(struct lq_core_chaos *chaos)
{
    for (; chaos->letters_seen < chaos->fixture->letter_count; chaos->letters_seen++) {
        const struct lq_fixture_letter *letter = &chaos->fixture->letters[chaos->letters_seen];
        if (letter->has_command) {
            struct lq_chaos_command *command = lq_core_chaos_find(
                chaos, letter->session, letter->command.client, letter->command.sequence);
            LQ_ASSERT(command != NULL);
            LQ_ASSERT(command->state == LQ_CHAOS_PENDING);
            LQ_ASSERT(frame_of(chaos, command) == 0 || command->copied);
            LQ_ASSERT(letter->command.letter_id == 0 || letter->command.letter_id == letter->id);
            command->letter_id = letter->id;
        }
    }
}

static void check_answer(struct lq_core_chaos *chaos, const struct lq_fixture_answer *answer)
{
    struct lq_chaos_command *command = NULL;

    for (uint32_t index = 0; index < chaos->command_count; index++) {
        if (chaos->commands[index].tag == answer->tag) {
            command = &chaos->commands[index];
        }
    }
    LQ_ASSERT(command != NULL); /* the address was renewed, or has its answer already */
    command->tag = 0;
    switch ((enum lq_outcome)answer->outcome) {
    case LQ_OUTCOME_APPLIED:
        LQ_ASSERT(command->state == LQ_CHAOS_PENDING);
        LQ_ASSERT(answer->frame == frame_of(chaos, command));
        LQ_ASSERT(answer->frame != 0);
        lq_mirror_chaos_check(chaos, command->session, answer->frame);
        command->state = LQ_CHAOS_DECIDED;
        break;
    case LQ_OUTCOME_DUPLICATE:
        LQ_ASSERT(answer->frame == frame_of(chaos, command));
        LQ_ASSERT(answer->frame != 0);
        lq_mirror_chaos_check(chaos, command->session, answer->frame);
        command->state = LQ_CHAOS_DECIDED;
        break;
    case LQ_OUTCOME_DEAD_LETTERED:
        LQ_ASSERT(frame_of(chaos, command) == 0 || command->copied);
        LQ_ASSERT(answer->letter_id == command->letter_id);
        lq_mirror_chaos_check_letter(chaos, command->session, answer->letter_id);
        command->state = LQ_CHAOS_DEAD;
        break;
    case LQ_OUTCOME_UNUSED:
        /* One that stands still was looked into: "unused" is true whatever was lost before. */
        LQ_ASSERT(strncmp(answer->reason, "SESSION_", 8) != 0 || frame_of(chaos, command) == 0);
        chaos->stopped_seen += strncmp(answer->reason, "SESSION_STOPPED", 15) == 0;
        chaos->behind_seen += strncmp(answer->reason, "MIRROR_BEHIND", 13) == 0;
        command->state = command->letter_id != 0 ? LQ_CHAOS_DEAD : LQ_CHAOS_FREE;
        break;
    default:
        LQ_ASSERT(false);
    }
}

static void check_changes(struct lq_core_chaos *chaos)
{
    for (; chaos->changes_seen < chaos->fixture->change_count; chaos->changes_seen++) {
        const struct lq_fixture_letter_change *change =
            &chaos->fixture->changes[chaos->changes_seen];
        for (uint32_t index = 0; index < chaos->command_count; index++) {
            struct lq_chaos_command *command = &chaos->commands[index];
            if (command->letter_id != change->id) {
                continue;
            }
            LQ_ASSERT(!change->done || frame_of(chaos, command) == change->frame);
            LQ_ASSERT(!change->done || change->frame != 0);
            lq_mirror_chaos_check(chaos, command->session, change->done ? change->frame : 0);
            if (change->done) {
                command->letter_id = 0;
            }
            if (command->tag == 0) {
                command->state = change->done ? LQ_CHAOS_DECIDED : LQ_CHAOS_DEAD;
            }
        }
    }
}

/* Actors that the broker gave up: their processes are gone. */
static void check_actors(struct lq_core_chaos *chaos)
{
    for (uint32_t index = 0; index < LQ_CHAOS_ACTORS; index++) {
        struct lq_chaos_actor *actor = &chaos->actors[index];
        if (actor->peer != 0 && !lq_broker_core_knows_actor(chaos->fixture->core, actor->peer)) {
            actor->peer = 0;
            actor->suspect = 0;
        }
    }
}

void lq_core_chaos_check(struct lq_core_chaos *chaos)
{
    check_entries(chaos);
    check_letters(chaos);
    check_changes(chaos);
    lq_mirror_chaos_check_notices(chaos);
    for (; chaos->answers_seen < chaos->fixture->answer_count; chaos->answers_seen++) {
        check_answer(chaos, &chaos->fixture->answers[chaos->answers_seen]);
    }
    check_actors(chaos);
}

/* ---- clients ---- */

static void submit(struct lq_core_chaos *chaos, struct lq_chaos_command *command)
{
    struct lq_core_fixture *fixture = chaos->fixture;
    uint64_t resends = lq_core_fixture_status(fixture)->resends;
    uint32_t answers = fixture->answer_count;
    enum lq_chaos_state before = command->state;
    char tenant[8], name[16];

    name_session(command->session, tenant, name);
    command->tag = fixture->next_tag + 1;
    if (before == LQ_CHAOS_FREE || before == LQ_CHAOS_DECIDED) {
        command->copied = command->copied || before == LQ_CHAOS_DECIDED;
        command->state = LQ_CHAOS_PENDING;
        command->arrival = ++chaos->next_arrival;
    }
    lq_core_fixture_submit(fixture, tenant, name, command->client, command->sequence);
    bool renewed = lq_core_fixture_status(fixture)->resends > resends;
    LQ_ASSERT(!renewed || fixture->answer_count == answers);
    if (before == LQ_CHAOS_PENDING && !renewed) {
        /* A redrive has decided it and nobody was told yet: it is looked up like any other. */
        LQ_ASSERT(frame_of(chaos, command) != 0);
        LQ_ASSERT(chaos->mirrored[command->session % 2]);
        command->copied = true;
    } else if (before == LQ_CHAOS_DEAD && chaos->mirrored[command->session % 2]) {
        LQ_ASSERT(fixture->answer_count <= answers + 1); /* or it waits until the table has it */
    } else {
        LQ_ASSERT(renewed == (before == LQ_CHAOS_PENDING));
        LQ_ASSERT(before != LQ_CHAOS_DEAD || fixture->answer_count == answers + 1);
    }
}

static void submit_new(struct lq_core_chaos *chaos)
{
    if (chaos->command_count == LQ_CHAOS_COMMANDS_MAX) {
        return;
    }
    struct lq_chaos_command *command = &chaos->commands[chaos->command_count++];
    uint32_t session = lq_core_chaos_choose(chaos, LQ_CHAOS_SESSIONS);
    uint32_t client = lq_core_chaos_choose(chaos, LQ_CHAOS_CLIENTS);

    *command = (struct lq_chaos_command){.state = LQ_CHAOS_FREE,
                                         .session = session,
                                         .client = client,
                                         .sequence = ++chaos->sequences[session][client]};
    submit(chaos, command);
}

static void submit_copy(struct lq_core_chaos *chaos)
{
    if (chaos->command_count > 0) {
        uint32_t recent = chaos->command_count < 40 ? chaos->command_count : 40;
        submit(chaos,
               &chaos->commands[chaos->command_count - 1 - lq_core_chaos_choose(chaos, recent)]);
    }
}

static void admin(struct lq_core_chaos *chaos)
{
    static const enum lq_execution_kind kinds[] = {LQ_EXECUTION_QUERY, LQ_EXECUTION_CREATE_TENANT,
                                                   LQ_EXECUTION_CREATE_SESSION};

    lq_core_fixture_admin(chaos->fixture, kinds[lq_core_chaos_choose(chaos, 3)]);
}

/* ---- actors ---- */

static void ready(struct lq_core_chaos *chaos, struct lq_chaos_actor *actor)
{
    struct lq_core_fixture *fixture = chaos->fixture;

    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        if (actor->peer != 0 && fixture->batches[index].peer == actor->peer) {
            fixture->batches[index].used = false; /* the old incarnation's work is gone */
        }
    }
    actor->peer = ++chaos->next_peer;
    actor->paused = actor->retiring = false;
    lq_core_fixture_ready(fixture, actor->peer, actor->instance, actor->state, actor->suspect);
    actor->suspect = 0;
}

static void remember_late(struct lq_core_chaos *chaos, const struct lq_fixture_batch *batch,
                          const struct lq_fixture_item *item)
{
    struct lq_chaos_late *late = &chaos->late[chaos->late_count++ % LQ_CHAOS_LATE_MAX];

    *late = (struct lq_chaos_late){batch->peer,
                                   batch->number,
                                   {.execution = item->counter,
                                    .lease = item->lease,
                                    .verdict = LQ_ITEM_DONE,
                                    .frame = item->frame}};
}

/* Its process ends; sometimes it was at work on one of its items. */
static void die(struct lq_core_chaos *chaos, struct lq_chaos_actor *actor)
{
    struct lq_core_fixture *fixture = chaos->fixture;
    struct lq_fixture_batch *batch = lq_core_fixture_batch_of(fixture, actor->peer);

    actor->suspect = 0;
    if (batch != NULL) {
        struct lq_fixture_item *item = &batch->items[lq_core_chaos_choose(chaos, batch->count)];
        remember_late(chaos, batch, item);
        if (!item->answered && lq_core_chaos_choose(chaos, 3) > 0) {
            actor->suspect = item->counter;
        }
        if (batch->state == LQ_PERSIST && item->kind == LQ_EXECUTION_TICK &&
            lq_core_chaos_choose(chaos, 2) == 0) {
            struct lq_outcome_entry outcomes[LQ_COMMANDS_PER_TICK_MAX];
            (void)lq_core_fixture_commit(fixture, item, outcomes); /* and could not say so */
        }
    }
    lq_core_fixture_die(fixture, actor->peer);
    actor->peer = 0;
}

static void goodbye(struct lq_core_chaos *chaos, struct lq_chaos_actor *actor)
{
    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        if (chaos->fixture->batches[index].peer == actor->peer) {
            chaos->fixture->batches[index].used = false;
        }
    }
    lq_core_fixture_peer_event(chaos->fixture, LQ_ON_GOODBYE, actor->peer);
    actor->peer = 0;
    actor->suspect = 0;
}

static bool is_poisoned(const struct lq_fixture_batch *batch, const struct lq_fixture_item *item)
{
    for (uint32_t index = 0; batch->state == LQ_PHYSICS && index < item->command_count; index++) {
        if (item->commands[index].client == 2 &&
            item->commands[index].sequence % POISON_EVERY == 3) {
            return true;
        }
    }
    return false;
}

static void fail_item(struct lq_core_chaos *chaos, struct lq_fixture_batch *batch, uint32_t index)
{
    struct lq_core_fixture *fixture = chaos->fixture;
    struct lq_fixture_item *item = &batch->items[index];
    bool tick = item->kind == LQ_EXECUTION_TICK;

    switch (lq_core_chaos_choose(chaos, 5)) {
    case 0:
        lq_core_fixture_verdict(fixture, batch, index, LQ_ITEM_FAILED, "Stage.Odd",
                                lq_core_chaos_choose(chaos, item->command_count + 2));
        break;
    case 1:
        if (tick && batch->state == LQ_PERSIST && lq_core_chaos_choose(chaos, 2) == 0) {
            struct lq_outcome_entry outcomes[LQ_COMMANDS_PER_TICK_MAX];
            (void)lq_core_fixture_commit(fixture, item, outcomes);
        }
        item->fenced = true; /* its process exits */
        lq_core_fixture_verdict(fixture, batch, index, LQ_ITEM_FAILED, "States.Timeout", 0);
        break;
    case 2:
        lq_core_fixture_verdict(fixture, batch, index, LQ_ITEM_RETURNED, NULL, 0);
        break;
    case 3:
        if (batch->state == LQ_LOAD) {
            lq_core_fixture_verdict(fixture, batch, index, LQ_ITEM_ENDED, "Session.Unknown", 0);
            break;
        }
        /* fall through */
    default:
        lq_core_fixture_verdict(fixture, batch, index,
                                batch->state == LQ_PERSIST ? LQ_ITEM_CONFLICT : LQ_ITEM_RETURNED,
                                NULL, 0);
        break;
    }
}

static void serve_item(struct lq_core_chaos *chaos, struct lq_fixture_batch *batch)
{
    uint32_t index = lq_core_chaos_choose(chaos, batch->count);

    while (batch->items[index].answered) {
        index = (index + 1) % batch->count;
    }
    remember_late(chaos, batch, &batch->items[index]);
    if (!chaos->healthy && is_poisoned(batch, &batch->items[index])) {
        lq_core_fixture_verdict(chaos->fixture, batch, index, LQ_ITEM_FAILED, "Poison", 0);
    } else if (!chaos->healthy && lq_core_chaos_choose(chaos, 12) == 0) {
        fail_item(chaos, batch, index);
    } else {
        lq_core_fixture_done(chaos->fixture, batch, index);
    }
}

static struct lq_fixture_batch *choose_batch(struct lq_core_chaos *chaos)
{
    uint32_t start = lq_core_chaos_choose(chaos, LQ_FIXTURE_BATCHES_MAX);

    for (uint32_t step = 0; step < LQ_FIXTURE_BATCHES_MAX; step++) {
        struct lq_fixture_batch *batch =
            &chaos->fixture->batches[(start + step) % LQ_FIXTURE_BATCHES_MAX];
        if (batch->used) {
            return batch;
        }
    }
    return NULL;
}

/* Some of a batch is answered, then it ends; now and then it ends too early. */
static void serve(struct lq_core_chaos *chaos)
{
    struct lq_fixture_batch *batch = choose_batch(chaos);

    if (batch == NULL) {
        return;
    }
    for (;;) {
        uint32_t left = 0;
        for (uint32_t index = 0; index < batch->count; index++) {
            left += !batch->items[index].answered;
        }
        if (left == 0 || (!chaos->healthy && lq_core_chaos_choose(chaos, 40) == 0)) {
            for (uint32_t index = 0; index < batch->count; index++) {
                batch->items[index].fenced = true;
            }
            lq_core_fixture_end_batch(chaos->fixture, batch);
            break;
        }
        if (!chaos->healthy && lq_core_chaos_choose(chaos, 4) == 0) {
            break;
        }
        serve_item(chaos, batch);
        lq_core_chaos_check(chaos);
        if (!batch->used) {
            break;
        }
    }
}

/* A result that must not count any more. */
static void send_late(struct lq_core_chaos *chaos)
{
    struct lq_core_fixture *fixture = chaos->fixture;

    if (chaos->late_count == 0) {
        return;
    }
    const struct lq_chaos_late *late = &chaos->late[lq_core_chaos_choose(
        chaos, chaos->late_count < LQ_CHAOS_LATE_MAX ? chaos->late_count : LQ_CHAOS_LATE_MAX)];
    for (uint32_t batch = 0; batch < LQ_FIXTURE_BATCHES_MAX; batch++) {
        for (uint32_t item = 0; item < fixture->batches[batch].count; item++) {
            if (fixture->batches[batch].used && !fixture->batches[batch].items[item].answered &&
                fixture->batches[batch].items[item].counter == late->item.execution &&
                fixture->batches[batch].items[item].lease == late->item.lease) {
                return; /* it is still this actor's to answer */
            }
        }
    }
    uint64_t stale = lq_core_fixture_status(fixture)->stale_results;
    if (lq_core_chaos_choose(chaos, 3) == 0) {
        lq_core_fixture_result(fixture,
                               lq_core_chaos_choose(chaos, 2) == 0 ? LQ_ON_RESOLVED : LQ_ON_RESULT,
                               STRANGER, late->batch, &late->item, 60);
    } else {
        lq_core_fixture_result(fixture, LQ_ON_RESULT, late->peer, late->batch, &late->item, 60);
    }
    LQ_ASSERT(lq_core_fixture_status(fixture)->stale_results == stale + 1);
}

static void answer_resolves(struct lq_core_chaos *chaos)
{
    while (chaos->resolves_answered < chaos->fixture->resolve_count) {
        lq_core_fixture_resolved(chaos->fixture,
                                 &chaos->fixture->resolves[chaos->resolves_answered++]);
        lq_core_chaos_check(chaos);
        if (!chaos->healthy && lq_core_chaos_choose(chaos, 3) == 0) {
            break;
        }
    }
}

/* A DISPATCH or its RESULT is lost on the way; the actor's next heartbeat shows it. */
static void lose_message(struct lq_core_chaos *chaos, const struct lq_chaos_actor *actor)
{
    struct lq_core_fixture *fixture = chaos->fixture;
    struct lq_fixture_batch *batch = lq_core_fixture_batch_of(fixture, actor->peer);

    if (batch == NULL) {
        return;
    }
    struct lq_fixture_item *item = &batch->items[lq_core_chaos_choose(chaos, batch->count)];
    remember_late(chaos, batch, item);
    if (batch->state == LQ_PERSIST && item->kind == LQ_EXECUTION_TICK && !item->answered &&
        !item->fenced && lq_core_chaos_choose(chaos, 2) == 0) {
        struct lq_outcome_entry outcomes[LQ_COMMANDS_PER_TICK_MAX];
        (void)lq_core_fixture_commit(fixture, item, outcomes); /* the RESULT was lost */
    }
    batch->used = false;
    lq_core_fixture_holding_all(fixture, actor->peer, actor->paused, actor->retiring);
}

/* A look at the runtime folder: it may stand there, frozen or not, whatever the broker heard. */
static void find_instance(struct lq_core_chaos *chaos, const struct lq_chaos_actor *actor)
{
    static const char *const stages[] = {"load", "physics", "ai", "persist"};
    static const uint64_t ages_ms[] = {0, 1499, 1500, 10000};
    uint64_t age_ms = ages_ms[lq_core_chaos_choose(chaos, 4)];
    struct lq_broker_event event = {
        .kind = LQ_ON_INSTANCE,
        .instance = {lq_view_text(actor->instance), lq_view_text(stages[actor->state]),
                     1000000 + lq_core_chaos_choose(chaos, 2), lq_core_chaos_choose(chaos, 2) == 0,
                     chaos->fixture->now_ns - age_ms * LQ_NS_PER_MS}};

    lq_core_fixture_step(chaos->fixture, &event);
}

static void disturb_actor(struct lq_core_chaos *chaos)
{
    struct lq_chaos_actor *actor = &chaos->actors[lq_core_chaos_choose(chaos, LQ_CHAOS_ACTORS)];

    if (lq_core_chaos_choose(chaos, 8) == 0) {
        find_instance(chaos, actor);
        return;
    }
    if (actor->peer == 0) {
        ready(chaos, actor);
        return;
    }
    switch (lq_core_chaos_choose(chaos, 7)) {
    case 5:
    case 6:
        lose_message(chaos, actor);
        break;
    case 0:
        goodbye(chaos, actor);
        break;
    case 1:
        actor->paused = !actor->paused;
        actor->retiring = actor->paused && lq_core_chaos_choose(chaos, 2) != 0;
        if (actor->retiring) {
            lq_core_fixture_retire(chaos->fixture, actor->peer);
        } else {
            lq_core_fixture_pause(chaos->fixture, actor->peer, actor->paused ? "disk full" : NULL);
        }
        break;
    case 2:
        ready(chaos, actor);
        break;
    default:
        die(chaos, actor);
        break;
    }
}

static void revive_actor(struct lq_core_chaos *chaos)
{
    for (uint32_t index = 0; index < LQ_CHAOS_ACTORS; index++) {
        if (chaos->actors[index].peer == 0) {
            ready(chaos, &chaos->actors[index]);
            return;
        }
    }
}

/* ---- clocks and disks ---- */

static void hear_all(struct lq_core_chaos *chaos)
{
    for (uint32_t index = 0; index < LQ_CHAOS_ACTORS; index++) {
        if (chaos->actors[index].peer != 0) {
            lq_core_fixture_heard(chaos->fixture, chaos->actors[index].peer);
        }
    }
}

static void pass_time(struct lq_core_chaos *chaos)
{
    static const uint64_t gaps_ms[] = {1, 3, 10, 30, 100, 1000, 2000, 4600};
    uint64_t gap_ms = gaps_ms[lq_core_chaos_choose(chaos, lq_core_chaos_choose(chaos, 8) + 1)];

    if (lq_core_chaos_choose(chaos, 8) != 0) {
        hear_all(chaos);
    }
    if (gap_ms >= 1000 && lq_core_chaos_choose(chaos, 2) == 0) {
        struct lq_broker_event stall = {.kind = LQ_ON_STALL, .stall = {gap_ms * LQ_NS_PER_MS}};
        chaos->fixture->now_ns += gap_ms * LQ_NS_PER_MS;
        lq_core_fixture_step(chaos->fixture, &stall);
        gap_ms = 0;
    }
    lq_core_fixture_pass_ms(chaos->fixture, gap_ms);
}

static void change_session(struct lq_core_chaos *chaos)
{
    uint32_t session = lq_core_chaos_choose(chaos, LQ_CHAOS_SESSIONS);
    char tenant[8], name[16];

    name_session(session, tenant, name);
    if (lq_core_chaos_choose(chaos, 3) == 0) {
        lq_core_fixture_resume(chaos->fixture, "", lq_core_chaos_choose(chaos, 2) == 0 ? name : "",
                               "");
        return;
    }
    uint32_t choice = lq_core_chaos_choose(chaos, 3);
    chaos->live[session] ^= choice == 0;
    chaos->stopped[session] ^= choice == 1;
    struct lq_broker_event event = {
        .kind = LQ_ON_LIVE,
        .names = lq_session_names_of(tenant, name),
        .live = {.rate = {chaos->live[session] ? 20 : 0, 1 + lq_core_chaos_choose(chaos, 2)},
                 .stopped = chaos->stopped[session],
                 .changes = choice == 2}};
    lq_core_fixture_step(chaos->fixture, &event);
}

void lq_core_chaos_step(struct lq_core_chaos *chaos)
{
    uint32_t choice = lq_core_chaos_choose(chaos, 104);

    if (choice < 18) {
        submit_new(chaos);
    } else if (choice < 23) {
        submit_copy(chaos);
    } else if (choice < 38) {
        lq_core_fixture_turn(chaos->fixture);
    } else if (choice < 74) {
        serve(chaos);
    } else if (choice < 76) {
        disturb_actor(chaos);
    } else if (choice < 81) {
        revive_actor(chaos);
    } else if (choice < 87) {
        pass_time(chaos);
    } else if (choice < 90) {
        lq_letter_chaos_store(chaos);
    } else if (choice < 93) {
        lq_letter_chaos_work(chaos, true);
    } else if (choice < 94) {
        lq_letter_chaos_work(chaos, false);
    } else if (choice < 95) {
        change_session(chaos);
    } else if (choice < 96) {
        admin(chaos);
    } else if (choice < 98) {
        answer_resolves(chaos);
    } else if (choice < 99) {
        send_late(chaos);
    } else if (choice < 100) {
        lq_letter_chaos_work_on_tick(chaos);
    } else {
        lq_mirror_chaos_step(chaos);
    }
    lq_core_chaos_check(chaos);
}

/* ---- liveness ---- */

/* No session has a rate, or is stopped; a tick that is under way may still give one. */
static void let_rest(struct lq_core_chaos *chaos)
{
    char tenant[8], name[16];

    for (uint32_t session = 0; session < LQ_CHAOS_SESSIONS; session++) {
        name_session(session, tenant, name);
        chaos->live[session] = chaos->stopped[session] = false;
        lq_core_fixture_live(chaos->fixture, tenant, name, 0, 1);
    }
}

static void heal(struct lq_core_chaos *chaos)
{
    chaos->healthy = true;
    for (uint32_t index = 0; index < LQ_CHAOS_ACTORS; index++) {
        struct lq_chaos_actor *actor = &chaos->actors[index];
        if (actor->peer == 0) {
            ready(chaos, actor);
        }
        lq_core_fixture_pause(chaos->fixture, actor->peer, NULL);
        lq_core_chaos_check(chaos);
    }
    let_rest(chaos);
    lq_core_chaos_check(chaos);
}

static uint32_t count_pending(const struct lq_core_chaos *chaos)
{
    uint32_t pending = 0;

    for (uint32_t index = 0; index < chaos->command_count; index++) {
        pending += chaos->commands[index].state == LQ_CHAOS_PENDING;
    }
    return pending;
}

void lq_core_chaos_recover(struct lq_core_chaos *chaos)
{
    struct lq_core_fixture *fixture = chaos->fixture;

    heal(chaos);
    for (uint32_t round = 0; lq_core_fixture_status(fixture)->executions_open > 0 || round == 0 ||
                             lq_core_fixture_status(fixture)->mailbox_commands > 0;
         round++) {
        LQ_ASSERT(round < 5000); /* it does not come to rest */
        hear_all(chaos);
        let_rest(chaos);
        lq_core_fixture_pass_ms(fixture, 10);
        lq_core_chaos_check(chaos);
        while (choose_batch(chaos) != NULL) {
            serve(chaos);
            lq_core_chaos_check(chaos);
        }
        answer_resolves(chaos);
        lq_letter_chaos_store(chaos);
        lq_mirror_chaos_all(chaos);
        if (round % 8 == 7) {
            for (uint32_t try = 0; try < 64; try++) {
                lq_letter_chaos_work(chaos, false); /* somebody makes room */
            }
            lq_letter_chaos_work_on_tick(chaos);
        }
        if (round % 500 == 499) {
            lq_letter_chaos_purge_redriving(chaos);
        }
        lq_core_chaos_check(chaos);
    }
    lq_mirror_chaos_all(chaos);
    lq_core_chaos_check(chaos);
    let_rest(chaos);
    lq_core_fixture_turn(fixture); /* sessions that waited for their turn find nothing to do */
    LQ_ASSERT(count_pending(chaos) == 0);
    LQ_ASSERT(lq_core_fixture_status(fixture)->payload_bytes == 0);
    LQ_ASSERT(lq_core_fixture_status(fixture)->sessions_live == 0);
    LQ_ASSERT(lq_core_invariants_idle_sessions(fixture->core) == 0);
}
