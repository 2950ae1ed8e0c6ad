// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* queue_simulation.h - one queue of a real broker core, with tenants and actors of play around it.
 *
 *   tenant --commands--> core --batches--> actor --results--> core --> the next command
 *
 * Of the pipeline there is its first stage only: each tick ends there. Actors work as the runtime
 * does: one item after the other, none begun after half a lease, the answers with the batch's end.
 * Time is what the items cost. All numbers come from one seed.
 */
#ifndef LQ_QUEUE_SIMULATION_H
#define LQ_QUEUE_SIMULATION_H

#include "broker/core/broker_core.h"

#define LQ_SIMULATED_TENANTS_MAX 20u
#define LQ_SIMULATED_ACTORS_MAX 4u
#define LQ_SIMULATED_CREDIT_MAX 2u
#define LQ_SIMULATED_ITEMS_MAX 32u /* of a batch */
#define LQ_SIMULATED_SESSIONS_MAX                                                                  \
    (LQ_SIMULATED_ACTORS_MAX * LQ_SIMULATED_CREDIT_MAX * LQ_SIMULATED_ITEMS_MAX + 8)

enum lq_simulated_cost {
    LQ_COST_CONSTANT = 1,
    LQ_COST_UNIFORM, /* up to twice the usual */
    LQ_COST_BIMODAL, /* one of ten costs thirty times as much */
    LQ_COST_FLIPPING /* all cost a thousand times as much for a while, again and again */
};

struct lq_simulated_tenant {
    uint32_t weight;
    uint32_t sessions; /* each with a command that waits while the tenant is here */
    enum lq_simulated_cost cost;
    uint32_t usual_us;
    uint64_t largest_ns;  /* that an item of it can cost */
    bool comes_and_goes;  /* else there is always something of it that waits */
    bool here;            /* sends the next command when one is answered */
    uint64_t moves_ns;    /* when it comes or goes next */
    uint32_t open;        /* commands without an answer */
    uint64_t idle_ns;     /* since when there is none */
    uint64_t remembered;  /* how often it came anew: with its debts forgotten */
    uint64_t received_ns; /* of service, in all */
    uint32_t items;
    uint64_t sequences[LQ_SIMULATED_SESSIONS_MAX];
};

struct lq_simulated_item {
    uint64_t counter;
    uint32_t lease, tenant, session;
    uint32_t own_us;
};

struct lq_simulated_batch {
    uint64_t number;
    uint32_t count, worked;
    struct lq_simulated_item items[LQ_SIMULATED_ITEMS_MAX];
};

struct lq_simulated_actor {
    uint32_t held; /* batches, the first one at work */
    uint64_t ends_ns, end_ns;
    struct lq_simulated_batch batches[LQ_SIMULATED_CREDIT_MAX];
};

struct lq_queue_simulation {
    uint64_t random, now_ns, next_tag;
    uint64_t lease_ns;
    uint64_t end_fixed_ns, end_each_ns; /* of a batch */
    uint32_t actor_count, credit, items_max, batch_us, gather_us, tenant_count;
    struct lq_simulated_tenant tenants[LQ_SIMULATED_TENANTS_MAX];
    struct lq_simulated_actor actors[LQ_SIMULATED_ACTORS_MAX];
    void *memory;
    lq_broker_core_t *core;
    struct lq_broker_effects out;
};

struct lq_queue_simulation *lq_queue_simulation_new(uint64_t seed);
void lq_queue_simulation_destroy(struct lq_queue_simulation **simulation);

/* The next batch ends, or the next tenant comes or goes, and what follows from it is done. */
void lq_queue_simulation_step(struct lq_queue_simulation *simulation);

/* Whether the tenant's tasks share actors with others now (flow.h). */
bool lq_queue_simulation_shares(const struct lq_queue_simulation *simulation, uint32_t tenant);

/* Whether it is its turn, and it waits for an actor of its own. */
bool lq_queue_simulation_waits_apart(const struct lq_queue_simulation *simulation, uint32_t tenant);

/* A number below `bound`. */
uint64_t lq_queue_simulation_choose(struct lq_queue_simulation *simulation, uint64_t bound);

#endif
