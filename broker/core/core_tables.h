// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* core_tables.h - the data model of the broker core: everything it knows, in fixed pools.
 *
 *   tenant --ring--> sessions --mailbox--> commands                 who is served next
 *                       |
 *                   execution: tick or request --> task --> queue of (stage, version,
 *                                                   |                 partition, pool)
 *                                                 batch <--------- actor
 *
 * Records refer to each other by index; index 0 of every table is unused and means "none". Included
 * by the files of broker/core only.
 */
#ifndef LQ_CORE_TABLES_H
#define LQ_CORE_TABLES_H

#include "broker/core/broker_core.h"

#include "broker/core/hashed_names.h"
#include "broker/core/letter_index.h"
#include "broker/core/record_pool.h"
#include "broker/core/timer_heap.h"
#include "broker/core/token_bucket.h"
#include "broker/core/wait_histogram.h"
#include "proto/admin_codec.h"
#include "proto/quota.h"

#define LQ_PARTITIONS_MAX 1u
/* Beside those at work, as many may have a quota of their own. */
#define LQ_TENANT_RECORDS(tenants_max) (2 * (tenants_max))
#define LQ_QUEUES_MAX (LQ_STAGES_MAX * LQ_PARTITIONS_MAX)
_Static_assert(LQ_QUEUES_MAX < UINT8_MAX, "tasks, actors and partitions keep a queue in a byte");
#define LQ_BATCHES_MAX (LQ_ACTORS_MAX * LQ_ACTOR_CREDIT_MAX)

/* What a tenant has in one queue (flow.h). */
struct lq_core_flow {
    uint32_t tenant; /* 0: nobody's */
    uint8_t queue;
    bool query;                    /* questions: a tenth of the weight */
    bool ringed;                   /* in its queue's ring, or ready: tasks wait */
    bool suspected;                /* in its queue's ring of suspects */
    bool served;                   /* has got this round's quantum */
    bool indebted;                 /* in the list of those that are gone but for their debt */
    struct lq_index_list waiting;  /* tasks, in order */
    struct lq_index_list suspects; /* tasks that go on alone */
    uint32_t in_flight;
    uint32_t own_ns;           /* what a task takes by itself, smoothed */
    uint32_t end_ns;           /* its share of the end of a batch, smoothed */
    int64_t balance_ns;        /* above 0: it may be served; below: its debt */
    uint64_t idle_ns;          /* since when it has no tasks */
    uint8_t slow_in_row;       /* tasks that took long, one after the other */
    uint64_t distrusted_to_ns; /* one of its tasks ended an actor lately */
    uint32_t next;             /* free list, or the ring */
    uint32_t suspect_next, debtor_next;
};

/* Half of the window that tenant_load.h tells of. */
struct lq_core_load_half {
    uint64_t service_ns;
    uint32_t ticks, commands;
    struct lq_wait_histogram waits;
};

/* What a tenant has used, or all of them. */
struct lq_core_load {
    uint64_t since_ns;                    /* of its first use; 0: none yet */
    uint64_t half_ends_ns;                /* the half under way */
    struct lq_core_load_half halves[2];   /* under way; before it */
    uint64_t service_ns, ticks, receipts; /* ever */
};

/* Where the record of a tenant is held; what is idle is forgotten for another one, the longest idle
 * first, and of all that first which has no open letters. */
enum lq_core_tenant_place {
    LQ_TENANT_IDLE,
    LQ_TENANT_IDLE_WITH_LETTERS,
    LQ_TENANT_IDLE_LISTS,
    LQ_TENANT_AT_WORK = LQ_TENANT_IDLE_LISTS, /* it has resident sessions */
    LQ_TENANT_HELD,    /* no session, but a request, a flow with its debt, or held answers */
    LQ_TENANT_WITH_OWN /* quotas or a policy: idle, and never forgotten */
};

/* What has to be in the table: of the tenant's stream a record, of the control stream a note of the
 * ledger's outbox and an entry of the broker's. 0: nothing of that. */
struct lq_core_needs {
    uint64_t ledger_sequence, outbox_sequence, broker_sequence;
};

struct lq_held_command {
    struct lq_client_id client;
    uint64_t sequence, session_hash;
};

/* Something that waits for the table (held_answers.h). */
struct lq_core_held {
    struct lq_broker_effect effect; /* its texts lie below */
    struct lq_core_needs needs;
    uint64_t since_ns;
    struct lq_held_command command; /* that it answers; of an ANSWER */
    uint32_t next;
    char text[LQ_REASON_BYTES_MAX]; /* ANSWER: its reason. PUBLISH: the tenant */
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
};

/* How far a tenant's stream is in the table (stream_table.h). */
struct lq_core_stream {
    char name[LQ_TENANT_NAME_BYTES_MAX + 1];
    uint8_t name_bytes;
    uint64_t hash;
    uint32_t hash_next;
    uint32_t waiting, waiting_ms; /* as the mirror said */
    uint64_t told_ns;
    uint64_t ledger_sequence;
};

/* When it was last told that a quota was exceeded, and what had been refused for it by then. */
struct lq_quota_told {
    uint64_t at_ns; /* 0: never */
    uint64_t refused;
};

struct lq_core_tenant {
    char name[LQ_TENANT_NAME_BYTES_MAX + 1];
    uint8_t name_bytes;
    bool ringed;   /* in the ring of tenants with openable sessions */
    bool unpaid;   /* no token for a tick: LQ_TIMER_TENANT brings it back into the ring */
    uint8_t place; /* enum lq_core_tenant_place */
    uint32_t idle_longer, idle_shorter; /* its neighbours in a list of idle ones */
    uint64_t hash;
    uint32_t hash_next;
    uint32_t sessions;                      /* resident */
    uint32_t sessions_parked;               /* of those */
    uint32_t sessions_stopped;              /* likewise */
    uint32_t commands;                      /* in mailboxes and executions */
    uint32_t executions;                    /* open */
    struct lq_index_list openable;          /* sessions that may open a tick, in turn */
    uint32_t next;                          /* free list, or the ring */
    uint32_t turn_openings;                 /* ticks opened in its turn in the ring */
    uint32_t requests;                      /* of administrators, about it */
    uint32_t flows;                         /* that it has */
    uint32_t flow_of[LQ_QUEUES_MAX + 1][2]; /* by queue; of ticks, of questions */
    uint32_t letters;                       /* open, also those on their way to the disk */
    uint64_t mailbox_bytes;                 /* of its commands */
    uint64_t payload_bytes;                 /* of its commands and worlds */
    struct lq_quota quota;
    struct lq_token_bucket command_bucket, tick_bucket;
    uint64_t refused[LQ_QUOTA_KINDS]; /* commands, by the quota that they were above */
    struct lq_quota_told told[LQ_QUOTA_KINDS];
    uint64_t refused_ns;      /* when one was last; 0: never */
    uint8_t refused_by;       /* enum lq_quota_kind of that one */
    uint64_t throttled_ticks; /* grid points lost for want of a token */
    struct lq_core_load load;
    struct lq_durability durability; /* its own */
    bool mirrored;                   /* by that, or by the configuration */
    bool holding;                    /* in the list of those with held answers */
    bool behind;                     /* in the list of those that held answers keep from opening */
    uint32_t holding_next, behind_next;
    struct lq_index_list held; /* what waits for the table, in order */
    uint32_t held_frames;      /* notices among them */
    uint64_t covered;          /* the table has all of its records up to this one */
    uint64_t newest_letter;    /* entry of the broker's outbox that tells of its newest letter */
};

/* One command, from SUBMIT to its answer: in its session's mailbox or in an execution. */
struct lq_core_command {
    struct lq_client_id client;
    uint64_t sequence;
    uint64_t tag;
    uint64_t letter_id; /* not 0: a redrive */
    uint32_t peer;      /* 0: nobody waits */
    struct lq_payload payload;
    uint32_t next;
};

struct lq_core_session {
    uint32_t tenant;
    uint32_t hash_next;
    uint64_t hash; /* of both names */
    struct lq_index_list mailbox;
    uint32_t execution;     /* the open one; 0: none */
    uint32_t openable_next; /* in the tenant's list */
    bool openable;          /* is in that list */
    bool parked;
    bool stopped;  /* by an operator */
    bool rate_due; /* a tick is to give it next_rate */
    bool tick_due;
    uint8_t parked_by; /* state of the pipeline */
    uint8_t partition;
    uint8_t deaths_in_row;
    uint32_t bisect_left;  /* commands still to pass one by one after a batch died; 0: none */
    uint32_t bisect_limit; /* commands of the next tick while bisecting */
    uint32_t rate_numerator, rate_denominator; /* numerator 0: no grid */
    struct lq_session_rate next_rate;
    uint64_t grid_phase_ns, grid_index; /* the point that is due next */
    uint64_t due_ns;                    /* of the tick that is due */
    uint64_t missed;                    /* grid points lost since the last committed tick */
    bool attended;                      /* its grid rests while nobody attends it */
    bool resting;                       /* it does */
    uint64_t attended_until_ns;
    uint64_t revive_letter; /* a letter without commands whose redrive is the next tick; 0: none */
    uint8_t name_bytes;
    char name[LQ_SESSION_NAME_BYTES_MAX + 1];
};

enum lq_core_task_phase {
    LQ_TASK_QUEUED = 1,
    LQ_TASK_LEASED,
    LQ_TASK_DELAYED,  /* a retry waits */
    LQ_TASK_ORPHANED, /* its actor died; who was to blame is not known yet */
    LQ_TASK_DOUBT,    /* was at persist when that died; waits for RESOLVE */
    LQ_TASK_DYING     /* out of tries: its execution waits for LETTER_STORED */
};

/* What a task in doubt is charged with once it is known that it was not committed. */
enum lq_core_owed { LQ_OWED_NOTHING = 1, LQ_OWED_CRASH, LQ_OWED_TIMEOUT };

/* The part of an execution that an actor works on: one state at a time, under one lease. */
struct lq_core_task {
    uint32_t execution;
    uint32_t flow;         /* QUEUED, LEASED: whose turn it waits for, who pays */
    uint32_t paid_ns;      /* LEASED: what its flow paid when it was dispatched */
    uint64_t queued_ns;    /* QUEUED: since when */
    uint32_t next;         /* in a flow, the orphans or the doubtful */
    uint64_t first_try_ns; /* at this state */
    uint64_t leased_ns;
    struct lq_payload payload;
    uint32_t lease;                   /* grows over all states and tries */
    uint32_t batch, batch_slot;       /* LEASED */
    uint32_t tries;                   /* charged, at this state */
    uint8_t retries[LQ_RETRIERS_MAX]; /* per retrier, at this state */
    uint8_t phase;                    /* enum lq_core_task_phase */
    uint8_t state;                    /* of the pipeline */
    uint8_t queue;                    /* that serves this state */
    uint8_t losses;                   /* of its message in a row, as heartbeats told */
    bool alone;                       /* a suspect: dispatched by itself */
    bool leased_alone;                /* its last lease was one by itself */
    bool resolving;                   /* DOUBT: RESOLVE was sent to the current writer */
    uint8_t owed;                     /* DOUBT: enum lq_core_owed */
    char error[LQ_ERROR_NAME_BYTES_MAX];
    char cause[256];
};

/* A session's tick under way. */
struct lq_core_tick {
    uint32_t session; /* 0: no tick, but what an administrator asked for */
    struct lq_index_list commands;
    uint64_t frame; /* to make; known since load */
    uint64_t missed;
    uint64_t due_ns; /* of a grid tick; 0: a command tick */
    uint32_t steps;
    bool looks_up;               /* the session stood still when it opened */
    struct lq_session_rate rate; /* that it gives the session; denominator 0: none */
};

/* What an administrator asked for: it has no session record. */
struct lq_core_request {
    uint32_t peer; /* to answer to */
    uint64_t tag;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char name[LQ_SESSION_NAME_BYTES_MAX + 1];
};

/* How it becomes a dead letter. */
struct lq_core_death {
    uint64_t letter_id;
    bool parks;    /* the session is parked with it */
    bool storing;  /* STORE_LETTER was sent */
    bool reserved; /* its letter is a new one and counted already */
};

/* What has a number on the wire: a tick or a request, and the task that is at work for it. Of each
 * execution that is one task, which goes from state to state. */
struct lq_core_execution {
    uint64_t counter; /* serial << 16 | index: finds the slot, never repeats */
    uint64_t opened_ns;
    uint64_t charged_ns; /* time spent in charged tries and their delays */
    uint32_t task;
    uint32_t tenant;   /* who pays; 0: nobody */
    uint32_t next;     /* waiting for room for its letter */
    uint8_t kind;      /* enum lq_execution_kind */
    uint8_t partition; /* whose writer commits it */
    struct lq_core_tick tick;
    struct lq_core_death death;
    struct lq_core_request request;
};

/* What a queue serves, and what an actor says that it serves in READY. */
struct lq_queue_key {
    struct lq_view stage;
    uint32_t version;
    uint32_t partition;
    uint32_t pool;
};

/* What waits for the actors of one key. */
struct lq_core_queue {
    struct lq_queue_key key;
    uint32_t timeout_ms;           /* the longest of the states that it serves */
    struct lq_index_list ring;     /* flows with tasks that wait, in turn */
    struct lq_index_list ready;    /* flows whose turn it is, and that go apart */
    struct lq_index_list suspects; /* flows with tasks that go on alone, in turn */
    uint32_t waiting;              /* tasks, suspects among them */
    uint32_t apart_in_flight;      /* batches that share their actor with nobody */
    bool suspect_in_flight;        /* at most one at a time, so that poison holds one actor only */
    bool apart_last;               /* the last batch was one of those */
    uint32_t own_ns, end_ns;       /* of a task, smoothed over all flows */
    uint32_t end_fixed_ns; /* of a batch's end, what does not grow with its items; smoothed */
    uint32_t end_each_ns;  /* and what an item adds to it */
    uint64_t shared_ns;    /* when a flow was served last that shares actors with others */
    uint64_t mixed_ns;     /* when one was served last that is not of the tenant before it */
    uint32_t last_tenant;  /* that one */
    uint32_t in_flight, delayed;
    uint32_t serving, paused; /* actors that take its work; that do not, and do not retire either */
    uint64_t done, retries, failures;
};

/* A shard of the store: one writer, and what only its answers end. */
struct lq_core_partition {
    uint8_t queue_of_state[LQ_STAGES_MAX]; /* where each state's tasks of this partition wait */
    struct lq_index_list doubt;
};

struct lq_core_batch {
    uint64_t number;
    uint64_t dispatched_ns;
    uint32_t actor;
    uint64_t planned_ns;                /* what its items are expected to take */
    uint64_t end_ns;                    /* what came after them, as far as told */
    bool apart;                         /* shares its actor with nobody */
    uint32_t count;                     /* items given */
    uint32_t left;                      /* items not answered */
    uint32_t next;                      /* free list */
    uint32_t items[LQ_BATCH_ITEMS_MAX]; /* tasks; 0: answered */
};

struct lq_core_actor {
    uint32_t peer; /* 0: a free slot, or LOST */
    uint8_t state; /* enum lq_actor_state; 0: free */
    uint8_t queue; /* that it serves; 0: none */
    bool local;
    bool killed;
    bool retiring;
    uint32_t version, pid;
    uint32_t credit, items_max, bytes_max;
    uint32_t batch_count;
    uint32_t batches[LQ_ACTOR_CREDIT_MAX];
    struct lq_index_list orphans; /* LOST: tasks that wait for blame */
    uint64_t last_heard_ns;
    uint64_t sign_ns;  /* SILENT: what its newest sign of life said */
    uint64_t found_ns; /* SILENT: since when it is known to stand still; else 0 */
    uint64_t items;
    uint32_t service_ns;           /* per item, smoothed */
    struct lq_actor_counts counts; /* as it told them last */
    char instance[LQ_SESSION_NAME_BYTES_MAX + 1];
    char stage_name[LQ_STAGE_NAME_BYTES_MAX + 1];
    char reason[128];
};

struct lq_core_counters {
    uint64_t ticks_committed, receipts, commands_refused, duplicates, retries, conflicts, resolves;
    uint64_t letters_total, missed_ticks, stale_results, resends;
    uint64_t throttled_ticks; /* grid points lost to a tenant's ticks/s, and not in missed_ticks */
    uint64_t creations_refused; /* of sessions with a rate, by sessions-live */
};

struct lq_broker_core {
    struct lq_broker_core_config config;
    uint64_t now_ns;                 /* of the step under way */
    uint64_t quotas[LQ_QUOTA_KINDS]; /* of tenants without their own */
    uint64_t random;                 /* splitmix64 */
    uint64_t execution_serial, batch_serial, letter_serial;

    struct lq_core_tenant *tenants; /* 0: nobody's flows */
    struct lq_core_flow *flows;
    struct lq_core_session *sessions;
    struct lq_core_command *commands;
    struct lq_core_execution *executions;
    struct lq_core_task *tasks;
    struct lq_core_batch *batches;
    struct lq_core_actor actors[LQ_ACTORS_MAX + 1];
    uint32_t actors_top; /* the highest slot in use since the start */
    struct lq_core_queue queues[LQ_QUEUES_MAX + 1];
    uint32_t queue_count;
    struct lq_core_partition partitions[LQ_PARTITIONS_MAX];
    struct lq_letter_index letters; /* open ones with a command */
    struct lq_timer_heap timers;

    uint32_t *actor_of_peer; /* by the low 16 bits of a peer */
    uint32_t *tenant_buckets, *session_buckets;
    uint32_t bucket_mask_tenants, bucket_mask_sessions;
    struct lq_record_pool tenant_pool, session_pool, command_pool, execution_pool, task_pool,
        batch_pool, flow_pool;

    struct lq_index_list ring;        /* tenants with openable sessions */
    struct lq_index_list debtors;     /* flows without tasks, the one idle longest first */
    struct lq_index_list letter_wait; /* dying, but the letters are full: all, or their tenant's */
    bool letter_room;                 /* there may be room for one of them */
    struct {
        uint32_t longest, shortest;
    } idle_tenants[LQ_TENANT_IDLE_LISTS];
    uint32_t tenants_at_work, tenants_with_own;

    struct lq_core_held *held;
    struct lq_record_pool held_pool;
    struct lq_letter_index held_commands; /* commands whose answers are held, and which */
    uint32_t held_count;
    bool held_due;                /* some of them may leave, or somebody may open again */
    struct lq_index_list holding; /* tenants with held answers */
    struct lq_index_list behind;  /* tenants with work that are barred by them */
    struct lq_core_stream *streams;
    uint32_t *stream_buckets;
    uint32_t bucket_mask_streams, stream_count;
    uint64_t mirrored_notes;   /* the control stream covers: of the ledger's outbox */
    uint64_t mirrored_letters; /* of the broker's */
    bool mirror_over;
    uint64_t policies;                       /* number of the tenants' policies as they are */
    uint64_t newest_sequence, newest_letter; /* of the ledger's records, of the broker's outbox */

    uint32_t sessions_resident, sessions_live, sessions_parked, sessions_resting;
    uint32_t sessions_stopped, executions_open;
    uint32_t commands_held;
    uint32_t letters_open; /* dead_letter.c counts them, also those on their way to the disk */
    uint64_t payload_bytes;
    bool turn_cut_short;
    struct lq_core_counters counters;
    struct lq_core_load load; /* service time of all tenants */
};

/* The links of the records of each table, for lists and pools. */
static inline struct lq_index_links lq_core_tables_tenant_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->tenants, next);
}

static inline struct lq_index_links lq_core_tables_session_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->sessions, openable_next);
}

static inline struct lq_index_links lq_core_tables_command_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->commands, next);
}

static inline struct lq_index_links
lq_core_tables_execution_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->executions, next);
}

static inline struct lq_index_links lq_core_tables_task_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->tasks, next);
}

static inline struct lq_index_links lq_core_tables_flow_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->flows, next);
}

static inline struct lq_index_links lq_core_tables_batch_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->batches, next);
}

static inline struct lq_index_links lq_core_tables_held_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->held, next);
}

static inline struct lq_index_links lq_core_tables_holding_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->tenants, holding_next);
}

static inline struct lq_index_links lq_core_tables_behind_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->tenants, behind_next);
}

/* Bytes of the core with all its tables, and a core in that much memory, zeroed. */
size_t lq_core_tables_bytes(const struct lq_broker_core_config *config);
void lq_core_tables_init(struct lq_broker_core *core, const struct lq_broker_core_config *config);

/* Copy what fits of a text, with a NUL behind it. */
void lq_core_tables_copy_text(char *to, size_t bytes_max, struct lq_view text);

#endif
