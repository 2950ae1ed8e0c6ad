// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* core_tables.h - the data model of the broker core: everything it knows, in fixed pools.
 *
 * Records refer to each other by index; index 0 of every pool is unused and means "none". Free ones
 * are chained by their `next`. Included by the files of broker/core only.
 */
#ifndef LQ_CORE_TABLES_H
#define LQ_CORE_TABLES_H

#include "broker/core/broker_core.h"

#include "base/error_name.h"
#include "broker/core/letter_index.h"
#include "broker/core/timer_heap.h"
#include "proto/admin_codec.h"

struct lq_core_tenant {
    char name[LQ_TENANT_NAME_BYTES_MAX + 1];
    uint8_t name_bytes;
    bool ringed; /* in the ring of tenants with openable sessions */
    uint32_t hash_next;
    uint32_t sessions;                      /* resident */
    uint32_t commands;                      /* in mailboxes and executions */
    uint32_t executions;                    /* open */
    uint32_t openable_first, openable_last; /* sessions that may open a tick, in turn */
    uint32_t next;                          /* free list, or the ring */
};

/* One command, from SUBMIT to its answer: in its session's mailbox or in an execution. */
struct lq_core_command {
    struct lq_client_id client;
    uint64_t sequence;
    uint64_t tag;
    uint64_t letter_id; /* not 0: a redrive */
    uint32_t peer;      /* 0: nobody waits */
    uint32_t round;     /* of the redrive */
    struct lq_payload payload;
    uint32_t next;
};

struct lq_core_session {
    uint32_t tenant;
    uint32_t hash_next;
    uint32_t hash;
    uint32_t mailbox_first, mailbox_last, mailbox_count;
    uint32_t execution;     /* the open one; 0: none */
    uint32_t openable_next; /* chained in the tenant's list */
    bool openable;          /* is in that list */
    bool parked;
    bool tick_due;
    uint8_t parked_by; /* state index */
    uint8_t deaths_in_row;
    uint32_t bisect_left;  /* commands still to pass one by one after a batch died; 0: none */
    uint32_t bisect_limit; /* commands of the next tick while bisecting */
    uint32_t rate_numerator, rate_denominator; /* numerator 0: no grid */
    uint64_t grid_phase_ns, grid_index;        /* the point that is due next */
    uint64_t due_ns;                           /* of the tick that is due */
    uint64_t missed;                           /* grid points lost since the last committed tick */
    uint64_t revive_letter; /* a letter without commands whose redrive is the next tick; 0: none */
    uint8_t name_bytes;
    char name[LQ_SESSION_NAME_BYTES_MAX + 1];
};

enum lq_core_execution_state {
    LQ_EXECUTION_QUEUED = 1,
    LQ_EXECUTION_LEASED,
    LQ_EXECUTION_DELAYED,  /* a retry waits */
    LQ_EXECUTION_ORPHANED, /* its actor died; who was to blame is not known yet */
    LQ_EXECUTION_DOUBT,    /* was at persist when that died; waits for RESOLVE */
    LQ_EXECUTION_DYING     /* waits for LETTER_STORED */
};

/* What an execution in doubt is charged with once it is known that it was not committed. */
enum lq_core_owed { LQ_OWED_NOTHING = 1, LQ_OWED_CRASH, LQ_OWED_TIMEOUT };

struct lq_core_execution {
    uint64_t counter; /* serial << 16 | index: finds the slot, never repeats */
    uint64_t opened_ns;
    uint64_t first_try_ns; /* at this state */
    uint64_t leased_ns;
    uint64_t charged_ns; /* time spent in charged tries and their delays */
    uint64_t due_ns;     /* of a grid tick; 0: a command tick */
    uint64_t frame;      /* to make; known since load */
    uint64_t missed;
    uint64_t letter_id; /* DYING */
    struct lq_payload payload;
    uint32_t session; /* 0: an administrative execution */
    uint32_t lease;
    uint32_t batch, batch_slot; /* LEASED */
    uint32_t next;              /* in a queue, the orphans or the doubtful */
    uint32_t peer;              /* administrative: to answer to */
    uint64_t tag;
    uint32_t commands_first, command_count;
    uint32_t tries;                   /* charged, at this state */
    uint8_t retries[LQ_RETRIERS_MAX]; /* per retrier, at this state */
    uint8_t kind;                     /* enum lq_execution_kind */
    uint8_t state;                    /* enum lq_core_execution_state */
    uint8_t stage;                    /* index of the pipeline state */
    uint8_t steps;
    uint8_t losses;    /* of its message in a row, as heartbeats told */
    bool alone;        /* a suspect: dispatched by itself */
    bool resolving;    /* DOUBT: RESOLVE was sent to the current writer */
    bool parks;        /* DYING: the session is parked with it */
    bool storing;      /* DYING: STORE_LETTER was sent */
    bool reserved;     /* DYING: its letter is a new one and counted already */
    bool leased_alone; /* its last lease was one by itself */
    uint8_t owed;      /* DOUBT: enum lq_core_owed */
    char error[LQ_ERROR_NAME_BYTES_MAX];
    char cause[256];
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1]; /* administrative ones have no session record */
    char name[LQ_SESSION_NAME_BYTES_MAX + 1];
};

/* What waits for an actor of one state (of its one version; one partition). */
struct lq_core_queue {
    uint32_t first, last, count;
    uint32_t alone_first, alone_last, alone_count;
    uint32_t alone_in_flight; /* at most one at a time, so that poison holds one actor only */
    uint32_t in_flight, delayed;
    uint32_t serving; /* actors READY for it */
    uint64_t done, retries, failures;
};

struct lq_core_batch {
    uint64_t number;
    uint64_t dispatched_ns;
    uint32_t actor;
    uint32_t count;                     /* items given */
    uint32_t left;                      /* items not answered */
    uint32_t next;                      /* free list */
    uint32_t items[LQ_BATCH_ITEMS_MAX]; /* execution indexes; 0: answered */
};

struct lq_core_actor {
    uint32_t peer; /* 0: a free slot, or LOST */
    uint8_t state; /* enum lq_actor_state; 0: free */
    uint8_t stage; /* state index */
    bool local;
    bool killed;
    bool retiring;
    uint32_t version, pid;
    uint32_t credit, items_max, bytes_max;
    uint32_t batch_count;
    uint32_t batches[LQ_ACTOR_CREDIT_MAX];
    uint32_t orphans_first; /* LOST: executions that wait for blame */
    uint64_t last_heard_ns;
    uint64_t sign_ns;  /* SILENT: what its newest sign of life said */
    uint64_t found_ns; /* SILENT: since when it is known to stand still; else 0 */
    uint64_t items;
    uint32_t service_ns; /* per item, smoothed */
    char instance[LQ_SESSION_NAME_BYTES_MAX + 1];
    char stage_name[LQ_STAGE_NAME_BYTES_MAX + 1];
    char reason[128];
};

struct lq_core_counters {
    uint64_t ticks_committed, receipts, commands_refused, duplicates, retries, conflicts, resolves;
    uint64_t letters_total, missed_ticks, stale_results, resends;
};

struct lq_broker_core {
    struct lq_broker_core_config config;
    uint64_t random; /* splitmix64 */
    uint64_t execution_serial, batch_serial, letter_serial;

    struct lq_core_tenant *tenants;
    struct lq_core_session *sessions;
    struct lq_core_command *commands;
    struct lq_core_execution *executions;
    struct lq_core_batch *batches;
    struct lq_core_actor actors[LQ_ACTORS_MAX + 1];
    uint32_t actors_top; /* the highest slot in use since the start */
    struct lq_core_queue queues[LQ_STAGES_MAX];
    struct lq_letter_index letters;
    struct lq_timer_heap timers; /* sessions, then executions, batches, actors */

    uint32_t *actor_of_peer; /* by the low 16 bits of a peer */
    uint32_t *tenant_buckets, *session_buckets;
    uint32_t bucket_mask_tenants, bucket_mask_sessions;
    uint32_t tenants_free, sessions_free, commands_free, executions_free, batches_free;
    uint32_t tenants_top, sessions_top, commands_top, executions_top,
        batches_top; /* never used yet */

    uint32_t ring_first, ring_last; /* tenants with openable sessions */
    uint32_t doubt_first, doubt_last;
    uint32_t letter_wait_first, letter_wait_last; /* dying, but the letters are full */

    uint32_t sessions_resident, sessions_live, sessions_parked, executions_open, commands_held;
    uint64_t payload_bytes;
    uint32_t batches_max;
    bool turn_cut_short;
    struct lq_core_counters counters;
};

/* Timer numbers. */
static inline uint32_t lq_core_tables_session_timer(const struct lq_broker_core *core,
                                                    uint32_t session)
{
    (void)core;
    return session;
}

static inline uint32_t lq_core_tables_execution_timer(const struct lq_broker_core *core,
                                                      uint32_t execution)
{
    return core->config.sessions_max + 1 + execution;
}

static inline uint32_t lq_core_tables_batch_timer(const struct lq_broker_core *core, uint32_t batch)
{
    return core->config.sessions_max + core->config.executions_max + 2 + batch;
}

static inline uint32_t lq_core_tables_actor_timer(const struct lq_broker_core *core, uint32_t actor)
{
    return core->config.sessions_max + core->config.executions_max + core->batches_max + 3 + actor;
}

/* Take a zeroed record from a pool, or 0 when it is used up. Giving one back makes it the next. */
uint32_t lq_core_tables_take_command(struct lq_broker_core *core);
void lq_core_tables_give_command(struct lq_broker_core *core, uint32_t command);
uint32_t lq_core_tables_take_execution(struct lq_broker_core *core);
void lq_core_tables_give_execution(struct lq_broker_core *core, uint32_t execution);
uint32_t lq_core_tables_take_batch(struct lq_broker_core *core);
void lq_core_tables_give_batch(struct lq_broker_core *core, uint32_t batch);

/* Copy what fits of a text, with a NUL behind it. */
void lq_core_tables_copy_text(char *to, size_t bytes_max, struct lq_view text);

/* 64 uniform bits of the core's seeded generator. */
uint64_t lq_core_tables_random(struct lq_broker_core *core);

#endif
