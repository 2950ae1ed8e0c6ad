// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* core_chaos.h - anything that clients, actors, disks and clocks may do to a broker core, in any
 * order, and a naive model that knows what must never come of it.
 *
 * Choices come from the caller: a seeded generator, or the bytes of a fuzzer. Breaks of safety
 * abort (LQ_ASSERT) at the step that makes them.
 */
#ifndef LQ_CORE_CHAOS_H
#define LQ_CORE_CHAOS_H

#include "tests/unit/broker/core/core_fixture.h"

/* A number below `bound`. */
typedef uint32_t (*lq_chaos_choose_fn)(void *context, uint32_t bound);

#define LQ_CHAOS_COMMANDS_MAX 8192u
#define LQ_CHAOS_ACTORS 7u
#define LQ_CHAOS_SESSIONS 8u
#define LQ_CHAOS_CLIENTS 3u
#define LQ_CHAOS_LATE_MAX 16u

enum lq_chaos_state {
    LQ_CHAOS_FREE = 1, /* refused: its number is free */
    LQ_CHAOS_PENDING,  /* the broker owes an answer, or the end of a redrive */
    LQ_CHAOS_DECIDED,  /* its sender was told a frame */
    LQ_CHAOS_DEAD      /* lies in an open letter */
};

struct lq_chaos_command {
    enum lq_chaos_state state;
    uint32_t session; /* in the ledger */
    uint32_t client;
    uint64_t sequence;
    uint64_t tag;     /* where the answer is to go; 0: nobody waits (a redrive) */
    uint64_t arrival; /* when the broker took it in, for the order */
    uint64_t letter_id;
    bool copied; /* sent again after it was decided */
};

struct lq_chaos_actor {
    const char *instance;
    uint32_t state;
    uint32_t peer; /* 0: dead */
    uint64_t suspect;
    bool paused, retiring;
};

struct lq_chaos_late {
    uint32_t peer;
    uint64_t batch;
    struct lq_result_item item;
};

struct lq_core_chaos {
    struct lq_core_fixture *fixture;
    lq_chaos_choose_fn choose;
    void *context;
    bool healthy; /* no faults any more */

    struct lq_chaos_actor actors[LQ_CHAOS_ACTORS];
    uint32_t next_peer;
    uint64_t next_arrival;
    uint32_t command_count;
    struct lq_chaos_command commands[LQ_CHAOS_COMMANDS_MAX];
    uint64_t sequences[LQ_CHAOS_SESSIONS][LQ_CHAOS_CLIENTS];
    uint64_t last_arrival[LQ_CHAOS_SESSIONS]; /* of what was applied last */
    bool live[LQ_CHAOS_SESSIONS], stopped[LQ_CHAOS_SESSIONS];
    bool mirrored[2]; /* tenants, by the number in their name */
    uint64_t covered
        [2]; /* by their streams, as the mirror told; of the control stream see the fixture */
    uint32_t publishes_seen;
    uint64_t stopped_seen;           /* how often SESSION_STOPPED was heard */
    uint64_t held_seen, behind_seen; /* how often anything waited, and MIRROR_BEHIND was heard */
    uint32_t answers_seen, letters_seen, changes_seen, entries_seen, resolves_answered;
    struct lq_chaos_late late[LQ_CHAOS_LATE_MAX];
    uint32_t late_count;
};

struct lq_core_chaos *lq_core_chaos_new(lq_chaos_choose_fn choose, void *context);
void lq_core_chaos_destroy(struct lq_core_chaos **chaos);

static inline uint32_t lq_core_chaos_choose(struct lq_core_chaos *chaos, uint32_t bound)
{
    return chaos->choose(chaos->context, bound);
}

/* The command of that number, or NULL. */
struct lq_chaos_command *lq_core_chaos_find(struct lq_core_chaos *chaos, uint32_t session,
                                            uint32_t client, uint64_t sequence);

/* What happened since the last look is what may happen. */
void lq_core_chaos_check(struct lq_core_chaos *chaos);

/* One thing happens. */
void lq_core_chaos_step(struct lq_core_chaos *chaos);

/* The world becomes healthy: everything that was accepted is answered, and nothing is left. Aborts
 * if that does not come about. */
void lq_core_chaos_recover(struct lq_core_chaos *chaos);

#endif
