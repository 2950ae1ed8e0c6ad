// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/property/queue_simulation.h"

#include "base/clock.h"
#include "broker/core/flow.h"

#include <stdio.h>
#include <stdlib.h>

#define EFFECTS_MAX LQ_EFFECTS_PER_STEP_MAX
#define FLIP_CHEAP 300u /* items of a flipping tenant until they are dear, and how many are */
#define FLIP_ALL 400u

uint64_t lq_queue_simulation_choose(struct lq_queue_simulation *simulation, uint64_t bound)
{
    uint64_t mixed = simulation->random += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return ((mixed ^ (mixed >> 31)) >> 16) % bound;
}

/* ---- costs ---- */

/* Small ones as often as large ones. */
static uint32_t choose_log(struct lq_queue_simulation *simulation, uint32_t low, uint32_t high)
{
    uint64_t value = low;

    while (value < high && lq_queue_simulation_choose(simulation, 6) != 0) {
        value += value / 2 + lq_queue_simulation_choose(simulation, value);
    }
    return (uint32_t)(value < high ? value : high);
}

static uint64_t largest_us(const struct lq_simulated_tenant *tenant)
{
    switch (tenant->cost) {
    case LQ_COST_UNIFORM:
        return UINT64_C(2) * tenant->usual_us;
    case LQ_COST_BIMODAL:
        return UINT64_C(30) * tenant->usual_us;
    case LQ_COST_FLIPPING:
        return UINT64_C(1000) * tenant->usual_us;
    case LQ_COST_CONSTANT:
    default:
        return tenant->usual_us;
    }
}

/* At most half a lease. */
static uint32_t choose_cost_us(struct lq_queue_simulation *simulation,
                               struct lq_simulated_tenant *tenant)
{
    uint64_t cost_us = tenant->usual_us;

    tenant->items++;
    if (tenant->cost == LQ_COST_UNIFORM) {
        cost_us = 1 + lq_queue_simulation_choose(simulation, UINT64_C(2) * tenant->usual_us);
    } else if (tenant->cost == LQ_COST_BIMODAL && lq_queue_simulation_choose(simulation, 10) == 0) {
        cost_us *= 30;
    } else if (tenant->cost == LQ_COST_FLIPPING && tenant->items % FLIP_ALL >= FLIP_CHEAP) {
        cost_us *= 1000;
    }
    uint64_t most_us = tenant->largest_ns / 1000;
    return (uint32_t)(cost_us < most_us ? cost_us : most_us);
}

static void make_tenant(struct lq_queue_simulation *simulation, uint32_t index, bool duel)
{
    struct lq_simulated_tenant *tenant = &simulation->tenants[index];
    uint32_t in_flight = simulation->actor_count * simulation->credit * simulation->items_max;
    uint64_t half_lease_us = simulation->lease_ns / 2000;

    tenant->weight = 1 + (uint32_t)lq_queue_simulation_choose(simulation, 16);
    tenant->cost = (enum lq_simulated_cost)(1 + lq_queue_simulation_choose(simulation, 4));
    tenant->usual_us = choose_log(simulation, 5, 1500);
    if (lq_queue_simulation_choose(simulation, 8) == 0) { /* from the first item on */
        tenant->usual_us = choose_log(simulation, 5000, (uint32_t)half_lease_us);
    }
    if (duel) {
        tenant->cost = index == 0 ? LQ_COST_CONSTANT : LQ_COST_FLIPPING;
        tenant->usual_us = choose_log(simulation, 5, 200);
    }
    if (tenant->cost == LQ_COST_FLIPPING) {
        tenant->usual_us = choose_log(simulation, 5, 200);
    }
    uint64_t most_us = largest_us(tenant);
    tenant->largest_ns = (most_us < half_lease_us ? most_us : half_lease_us) * 1000;
    tenant->comes_and_goes = index >= 2 && lq_queue_simulation_choose(simulation, 3) == 0;
    tenant->here = !tenant->comes_and_goes;
    tenant->sessions = tenant->comes_and_goes
                           ? 1 + (uint32_t)lq_queue_simulation_choose(simulation, in_flight)
                           : in_flight + 8;
    tenant->moves_ns = tenant->comes_and_goes ? simulation->now_ns : UINT64_MAX;
}

/* One who fills all actors with what turns out dear, again and again, against one who does not. */
static void make_duel(struct lq_queue_simulation *simulation)
{
    simulation->lease_ns = 100 * LQ_NS_PER_MS;
    simulation->actor_count = LQ_SIMULATED_ACTORS_MAX;
    simulation->credit = LQ_SIMULATED_CREDIT_MAX;
    simulation->tenant_count = 2;
}

/* ---- what actors do ---- */

static void begin_batch(struct lq_queue_simulation *simulation, struct lq_simulated_actor *actor)
{
    struct lq_simulated_batch *batch = &actor->batches[0];
    uint64_t spent_ns = 0;

    for (batch->worked = 0; batch->worked < batch->count && spent_ns < simulation->lease_ns / 2;
         batch->worked++) {
        struct lq_simulated_item *item = &batch->items[batch->worked];
        item->own_us = choose_cost_us(simulation, &simulation->tenants[item->tenant]);
        spent_ns += item->own_us * UINT64_C(1000);
    }
    actor->end_ns = simulation->end_fixed_ns + simulation->end_each_ns * batch->worked;
    actor->ends_ns = simulation->now_ns + spent_ns + actor->end_ns;
}

static void take_batch(struct lq_queue_simulation *simulation,
                       const struct lq_broker_effect *effect)
{
    struct lq_simulated_actor *actor = &simulation->actors[effect->dispatch.actor - 1];
    struct lq_simulated_batch *batch = &actor->batches[actor->held++];
    struct lq_broker_item item;
    uint32_t timeout_ms;

    LQ_ASSERT(actor->held <= simulation->credit);
    batch->count =
        lq_broker_core_batch(simulation->core, effect->dispatch.batch, &batch->number, &timeout_ms);
    LQ_ASSERT(batch->count <= simulation->items_max);
    for (uint32_t index = 0; index < batch->count; index++) {
        lq_broker_core_batch_item(simulation->core, effect->dispatch.batch, index, &item);
        batch->items[index] = (struct lq_simulated_item){
            .counter = item.id.counter,
            .lease = item.lease,
            .tenant = (uint32_t)strtoul((const char *)item.names.tenant.data + 1, NULL, 10),
            .session = (uint32_t)strtoul((const char *)item.names.session.data + 1, NULL, 10)};
    }
    if (actor->held == 1) {
        begin_batch(simulation, actor);
    }
}

static void step(struct lq_queue_simulation *simulation, const struct lq_broker_event *event)
{
    simulation->out.count = 0;
    lq_broker_core_step(simulation->core, event, simulation->now_ns, &simulation->out);
    for (uint32_t index = 0; index < simulation->out.count; index++) {
        if (simulation->out.entries[index].kind == LQ_EFFECT_DISPATCH) {
            take_batch(simulation, &simulation->out.entries[index]);
        }
    }
}

static void turn(struct lq_queue_simulation *simulation)
{
    struct lq_broker_event event = {.kind = LQ_ON_TURN};

    do {
        step(simulation, &event);
    } while (lq_broker_core_next_wakeup_ns(simulation->core) <= simulation->now_ns);
}

/* ---- what tenants do ---- */

static void submit(struct lq_queue_simulation *simulation, uint32_t index, uint32_t session)
{
    struct lq_simulated_tenant *tenant = &simulation->tenants[index];
    char names[2][16];

    snprintf(names[0], sizeof names[0], "t%u", index);
    snprintf(names[1], sizeof names[1], "s%u", session);
    struct lq_broker_event event = {.kind = LQ_ON_SUBMIT,
                                    .peer = 1000,
                                    .tag = ++simulation->next_tag,
                                    .names = lq_session_names_of(names[0], names[1]),
                                    .client = {{1}},
                                    .sequence = ++tenant->sequences[session],
                                    .payload = {1, 0, 10}};
    tenant->open++;
    step(simulation, &event);
}

static void move(struct lq_queue_simulation *simulation, uint32_t index)
{
    struct lq_simulated_tenant *tenant = &simulation->tenants[index];

    tenant->here = !tenant->here;
    tenant->moves_ns =
        simulation->now_ns + LQ_NS_PER_MS + choose_log(simulation, 1000, 1500000) * UINT64_C(1000);
    if (!tenant->here) {
        return;
    }
    if (tenant->open == 0 && simulation->now_ns >= tenant->idle_ns + LQ_NS_PER_S) {
        tenant->remembered++;
    }
    for (uint32_t session = 0; tenant->open < tenant->sessions && session < tenant->sessions;
         session++) {
        submit(simulation, index, session); /* one that is open still has two then */
    }
}

static void answer(struct lq_queue_simulation *simulation, uint32_t peer,
                   const struct lq_simulated_batch *batch, uint32_t index, uint64_t end_ns)
{
    const struct lq_simulated_item *item = &batch->items[index];
    struct lq_simulated_tenant *tenant = &simulation->tenants[item->tenant];
    bool worked = index < batch->worked;
    struct lq_result_item result = {
        .execution = item->counter,
        .lease = item->lease,
        .verdict = worked ? LQ_ITEM_ENDED : LQ_ITEM_RETURNED,
        .service_us = worked ? item->own_us : 0,
    };
    struct lq_broker_event event = {
        .kind = LQ_ON_RESULT, .peer = peer, .result = {batch->number, &result, end_ns}};

    step(simulation, &event);
    if (!worked) {
        return;
    }
    tenant->received_ns += item->own_us * UINT64_C(1000) + end_ns;
    if (--tenant->open == 0) {
        tenant->idle_ns = simulation->now_ns;
    }
    if (tenant->here) {
        submit(simulation, item->tenant, item->session);
    }
}

static void end_batch(struct lq_queue_simulation *simulation, uint32_t index)
{
    struct lq_simulated_actor *actor = &simulation->actors[index];
    struct lq_simulated_batch ended = actor->batches[0];
    struct lq_broker_event event = {
        .kind = LQ_ON_BATCH_END, .peer = index + 1, .batch_end = {ended.number, 1, ended.count}};

    for (uint32_t item = 0; item < ended.count; item++) {
        answer(simulation, index + 1, &ended, item, actor->end_ns / ended.worked);
    }
    step(simulation, &event);
    actor->held--;
    for (uint32_t place = 0; place < actor->held; place++) {
        actor->batches[place] = actor->batches[place + 1];
    }
    actor->ends_ns = UINT64_MAX;
    if (actor->held > 0) {
        begin_batch(simulation, actor);
    }
}

void lq_queue_simulation_step(struct lq_queue_simulation *simulation)
{
    uint64_t due_ns = lq_broker_core_next_wakeup_ns(simulation->core);
    uint32_t actor = 0;
    uint32_t tenant = 0;

    for (uint32_t index = 0; index < simulation->actor_count; index++) {
        if (simulation->actors[index].ends_ns < due_ns) {
            due_ns = simulation->actors[index].ends_ns;
            actor = index + 1;
        }
    }
    for (uint32_t index = 0; index < simulation->tenant_count; index++) {
        if (simulation->tenants[index].moves_ns < due_ns) {
            due_ns = simulation->tenants[index].moves_ns;
            tenant = index + 1;
        }
    }
    LQ_ASSERT(due_ns != UINT64_MAX); /* somebody always has work, and an actor is always at it */
    simulation->now_ns = due_ns;
    if (tenant != 0) {
        move(simulation, tenant - 1);
    } else if (actor != 0) {
        end_batch(simulation, actor - 1);
    }
    turn(simulation);
}

/* The tenant's flow, 0: none. */
static uint32_t flow_of(const struct lq_queue_simulation *simulation, uint32_t tenant)
{
    const struct lq_broker_core *core = simulation->core;
    char name[16];

    snprintf(name, sizeof name, "t%u", tenant);
    for (uint32_t index = 1; index <= core->tenant_pool.top; index++) {
        if (strcmp(core->tenants[index].name, name) == 0) {
            return core->tenants[index].flow_of[1][false];
        }
    }
    return 0;
}

bool lq_queue_simulation_waits_apart(const struct lq_queue_simulation *simulation, uint32_t tenant)
{
    const struct lq_broker_core *core = simulation->core;
    uint32_t flow = flow_of(simulation, tenant);
    uint32_t index = core->queues[1].ready.first;

    while (index != 0 && index != flow) {
        index = core->flows[index].next;
    }
    return index != 0;
}

bool lq_queue_simulation_shares(const struct lq_queue_simulation *simulation, uint32_t tenant)
{
    uint32_t flow = flow_of(simulation, tenant);

    return !lq_queue_simulation_waits_apart(simulation, tenant) &&
           (flow == 0 || !lq_flow_is_apart(simulation->core, &simulation->core->flows[flow]));
}

/* ---- the beginning ---- */

static void open_core(struct lq_queue_simulation *simulation)
{
    uint32_t in_flight = simulation->actor_count * simulation->credit * simulation->items_max;
    uint32_t all = (simulation->tenant_count + 1) * (in_flight + 8);
    struct lq_broker_core_config config = {.epoch = 1,
                                           .seed = 1,
                                           .sessions_max = 2 * all,
                                           .tenants_max = 2 * LQ_SIMULATED_TENANTS_MAX,
                                           .commands_max = 4 * all,
                                           .executions_max = 4 * all,
                                           .letters_max = 16,
                                           .durability = {.policy = LQ_DURABILITY_LOCAL},
                                           .held_answers_max = 16,
                                           .streams_max = 4,
                                           .mailbox_commands_max = 16,
                                           .tenant_commands_max = all,
                                           .tenant_executions_max = all,
                                           .batch_commands_max = 1,
                                           .batch_us = simulation->batch_us,
                                           .gather_us = simulation->gather_us,
                                           .payload_bytes_max = UINT64_C(1) << 40,
                                           .silence_ms = UINT32_MAX / 2,
                                           .orphan_wait_ms = 1000};
    struct lq_plan *pipeline = &config.pipeline;

    for (uint32_t state = 0; state < 2; state++) {
        snprintf(pipeline->states[state].name, sizeof pipeline->states[state].name, "S%u", state);
        snprintf(pipeline->states[state].stage, sizeof pipeline->states[state].stage, "s%u", state);
        pipeline->states[state].version = 1;
        pipeline->states[state].timeout_ms = (uint32_t)(simulation->lease_ns / LQ_NS_PER_MS);
        pipeline->states[state].next = state == 0 ? 1 : LQ_STATE_NONE;
    }
    pipeline->state_count = 2;
    pipeline->persist = 1;
    pipeline->tick_timeout_ms = 10000;
    size_t bytes = lq_broker_core_bytes(&config);
    simulation->memory = calloc(1, bytes);
    LQ_ASSERT(simulation->memory != NULL);
    simulation->core = lq_broker_core_new(&config, simulation->memory, bytes);
    simulation->out.entries = calloc(EFFECTS_MAX, sizeof *simulation->out.entries);
    simulation->out.count_max = EFFECTS_MAX;
}

static void ready(struct lq_queue_simulation *simulation, uint32_t index)
{
    struct lq_ready ready = {.epoch = 1,
                             .version = 1,
                             .pid = 100 + index,
                             .credit = simulation->credit,
                             .items_max = simulation->items_max,
                             .bytes_max = 1 << 20,
                             .stage = "s0"};
    struct lq_broker_event event = {
        .kind = LQ_ON_READY, .peer = index + 1, .ready = {&ready, true}};

    snprintf(ready.instance, sizeof ready.instance, "s0-%u", index);
    simulation->actors[index].ends_ns = UINT64_MAX;
    step(simulation, &event);
}

static void weigh(struct lq_queue_simulation *simulation, uint32_t index)
{
    struct lq_quota quota;
    char name[16];

    snprintf(name, sizeof name, "t%u", index);
    lq_broker_core_quota(simulation->core, lq_view_text(name), &quota);
    quota.own = UINT32_C(1) << LQ_QUOTA_WEIGHT;
    quota.limits[LQ_QUOTA_WEIGHT] = simulation->tenants[index].weight;
    struct lq_broker_event event = {
        .kind = LQ_ON_QUOTA, .names = lq_session_names_of(name, ""), .quota = &quota};
    step(simulation, &event);
}

struct lq_queue_simulation *lq_queue_simulation_new(uint64_t seed)
{
    struct lq_queue_simulation *simulation = calloc(1, sizeof *simulation);

    LQ_ASSERT(simulation != NULL);
    simulation->random = seed;
    simulation->now_ns = 1000 * LQ_NS_PER_S;
    simulation->lease_ns =
        lq_queue_simulation_choose(simulation, 2) == 0 ? 100 * LQ_NS_PER_MS : 900 * LQ_NS_PER_MS;
    simulation->actor_count = 1 + (uint32_t)lq_queue_simulation_choose(simulation, 4);
    simulation->credit = 1 + (uint32_t)lq_queue_simulation_choose(simulation, 2);
    simulation->items_max = UINT32_C(4) << lq_queue_simulation_choose(simulation, 4);
    simulation->batch_us = 500 + (uint32_t)lq_queue_simulation_choose(simulation, 8000);
    simulation->gather_us = (uint32_t)lq_queue_simulation_choose(simulation, 3) * 1000;
    simulation->end_fixed_ns = lq_queue_simulation_choose(simulation, 3) * 100000;
    simulation->end_each_ns = lq_queue_simulation_choose(simulation, 3) * 5000;
    simulation->tenant_count = 2 + (uint32_t)lq_queue_simulation_choose(simulation, 19);
    bool duel = lq_queue_simulation_choose(simulation, 6) == 0;
    if (duel) {
        make_duel(simulation);
    }
    open_core(simulation);
    for (uint32_t index = 0; index < simulation->actor_count; index++) {
        ready(simulation, index);
    }
    for (uint32_t index = 0; index < simulation->tenant_count; index++) {
        make_tenant(simulation, index, duel);
        weigh(simulation, index);
        for (uint32_t session = 0;
             simulation->tenants[index].here && session < simulation->tenants[index].sessions;
             session++) {
            submit(simulation, index, session);
        }
    }
    turn(simulation);
    return simulation;
}

void lq_queue_simulation_destroy(struct lq_queue_simulation **simulation)
{
    free((*simulation)->out.entries);
    free((*simulation)->memory);
    free(*simulation);
    *simulation = NULL;
}
