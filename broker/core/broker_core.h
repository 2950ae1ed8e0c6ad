// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_core.h - the broker without its sockets: one event in, ordered effects out.
 *
 *   mailbox --open--> QUEUED --dispatch--> LEASED --done--> QUEUED at the next state ... --> closed
 *                       ^  ^                |  |
 *                       |  +----- DELAYED <-+  | failed, tries left (charged)
 *                       |                      |
 *                       +--------- ORPHANED <--+ the actor died or went silent (uncharged;
 *                       |                      |   a suspect goes on alone)
 *                       +---------- DOUBT <----+ ... and it was persist: only RESOLVE ends it
 *                                              |
 *                              DYING <---------+ failed, no tries left: a letter is being stored
 *
 * The drawing is of an execution's task; each execution has one (core_tables.h).
 *
 * Allocation-free after lq_broker_core_new(): every pool is sized by the configuration. Pure: time
 * and the seed come in as arguments, work goes out as effects. Depends on base/, world/,
 * pipeline/plan.h and plain structs of proto/. Prose: docs/architecture.md.
 */
#ifndef LQ_BROKER_CORE_H
#define LQ_BROKER_CORE_H

#include "broker/core/broker_effect.h"
#include "broker/core/broker_event.h"
#include "pipeline/plan.h"
#include "proto/admin_codec.h"
#include "proto/durability.h"
#include "proto/quota.h"

typedef struct lq_broker_core lq_broker_core_t;

#define LQ_ACTOR_CREDIT_MAX 8u
#define LQ_ACTORS_MAX 256u

struct lq_broker_core_config {
    uint64_t epoch;
    uint64_t seed;                 /* of the retry jitter */
    uint32_t sessions_max;         /* resident at a time */
    uint32_t tenants_max;          /* with resident sessions; as many with own quotas */
    uint32_t commands_max;         /* in mailboxes and executions */
    uint32_t executions_max;       /* open at a time; at most 65,535 */
    uint32_t letters_max;          /* open dead letters */
    uint32_t mailbox_commands_max; /* per session */
    uint32_t tenant_commands_max;
    uint32_t tenant_executions_max;
    uint64_t tenant_quotas[LQ_QUOTA_KINDS]; /* 0: none; executions: see above */
    struct lq_durability durability;        /* of tenants without their own */
    uint32_t held_answers_max;              /* that wait for the table, of all tenants */
    uint32_t streams_max;                   /* tenants whose streams in the table are known */
    uint32_t batch_commands_max; /* commands of one tick; at most LQ_COMMANDS_PER_TICK_MAX */
    uint32_t batch_us;           /* 3000: work that an actor gets in one batch */
    uint64_t payload_bytes_max;  /* of all commands and executions */
    uint32_t silence_ms;         /* 3000: an actor silent for so long is frozen */
    uint32_t orphan_wait_ms;     /* 1000: how long a dead actor's next incarnation is awaited */
    struct lq_plan pipeline;
};

/* Bytes of zeroed memory that a core of this configuration needs; it lives in them. */
size_t lq_broker_core_bytes(const struct lq_broker_core_config *config);

/* A core in `memory`, owned by the caller, who frees the memory and nothing else. */
lq_broker_core_t *lq_broker_core_new(const struct lq_broker_core_config *config, void *memory,
                                     size_t bytes);

/* Apply one event. now_ns: the monotonic clock; must not go backwards. Appends to `out`, which must
 * have room for LQ_EFFECTS_PER_STEP_MAX (a bug otherwise). Events that come too late or make no
 * sense change nothing but a counter. Never allocates, never blocks. */
void lq_broker_core_step(lq_broker_core_t *core, const struct lq_broker_event *event,
                         uint64_t now_ns, struct lq_broker_effects *out);

/* How many new commands the tenant may submit now. 0: only copies of what is here and what lies in
 * a letter are answered otherwise than with a refusal; then a SUBMIT may come without a buffer, but
 * with payload.bytes, and is never kept. */
uint32_t lq_broker_core_admits(const lq_broker_core_t *core, struct lq_view tenant,
                               uint64_t now_ns);

/* The tenant's durability as it is: its own, else the configuration's. Room for one of its own it
 * has as for quotas. */
void lq_broker_core_durability(const lq_broker_core_t *core, struct lq_view tenant,
                               struct lq_durability *to);

/* Whether the stream of that tenant is known, or has room to be. */
bool lq_broker_core_has_room_for_stream(const lq_broker_core_t *core, struct lq_view tenant);

/* The tenants with a policy of their own by name, behind one; and a number that changes with every
 * change of them. */
uint64_t lq_broker_core_policies(const lq_broker_core_t *core, struct lq_view after,
                                 struct lq_tenant_policy list[LQ_MIRROR_POLICIES_MAX],
                                 uint32_t *count, bool *more);

/* What waits for the table, and a page of the tenants behind a name that the mirror told of, or
 * that have a policy of their own, or are mirrored and known here: fills what the core knows.
 * Returns whether another page follows. to->tenants: room for LQ_MIRROR_TENANTS_MAX. Texts live
 * until the next step. */
bool lq_broker_core_mirror(const lq_broker_core_t *core, struct lq_view after, uint64_t now_ns,
                           struct lq_mirror_state *to);

/* The tenant's quotas as they are: its own, else the configuration's. And whether it may have some
 * of its own: as many tenants may as may be at work. */
void lq_broker_core_quota(const lq_broker_core_t *core, struct lq_view tenant, struct lq_quota *to);
bool lq_broker_core_has_room_for_quota(const lq_broker_core_t *core, struct lq_view tenant);

/* When the core wants its next TURN at the latest; 0: at once (the last one was cut short by the
 * room for effects); UINT64_MAX: never. */
uint64_t lq_broker_core_next_wakeup_ns(const lq_broker_core_t *core);

/* ---- what the shell reads to carry out effects ---- */

/* One execution of a batch, for the DISPATCH message. */
struct lq_broker_item {
    struct lq_execution_id id;
    uint32_t execution; /* handle for the functions below */
    uint32_t lease;
    enum lq_execution_kind kind;
    struct lq_session_names names; /* live until the next step */
    struct lq_payload payload; /* none: the state of load; make a tick request of the commands */
    uint64_t frame;            /* known since load */
    uint32_t steps;
    uint64_t missed;
    struct lq_session_rate rate; /* that the tick gives; denominator 0: none */
    uint32_t command_count;
};
uint32_t lq_broker_core_batch(const lq_broker_core_t *core, uint32_t batch, uint64_t *number,
                              uint32_t *item_timeout_ms);
uint32_t lq_broker_core_batch_state(const lq_broker_core_t *core, uint32_t batch);
void lq_broker_core_batch_item(const lq_broker_core_t *core, uint32_t batch, uint32_t index,
                               struct lq_broker_item *item);
void lq_broker_core_execution(const lq_broker_core_t *core, uint32_t execution,
                              struct lq_broker_item *item);

/* The commands of an execution in order. Returns the next cursor; start with *cursor 0. */
struct lq_broker_command {
    struct lq_client_id client;
    uint64_t sequence;
    uint64_t letter_id;
    struct lq_payload payload;
};
bool lq_broker_core_next_command(const lq_broker_core_t *core, uint32_t execution, uint32_t *cursor,
                                 struct lq_broker_command *command);

/* How an execution died, for its letter. Texts live until LETTER_STORED. */
struct lq_broker_death {
    uint64_t letter_id;
    const char *stage;
    uint32_t version;
    const char *error;
    const char *cause;
    uint32_t tries;
    uint64_t age_ns; /* since the first try at this state */
    bool parks;      /* the session is parked with this letter */
};
void lq_broker_core_death(const lq_broker_core_t *core, uint32_t execution, uint64_t now_ns,
                          struct lq_broker_death *death);

/* Where a command of a session is; texts live until the next step. Nowhere: it was answered for
 * good, or the broker never had it. */
void lq_broker_core_find_command(const lq_broker_core_t *core, struct lq_session_names names,
                                 const struct lq_command_name *name,
                                 struct lq_command_sighting *sighting);

/* What is decided about a session; the text lives until the next step. And why one that is not
 * resident cannot be now: NULL, or a text that lives for ever. A rate is a matter of the tenant's
 * quota; who stops a session wants less of it, and needs room alone. */
void lq_broker_core_life(const lq_broker_core_t *core, struct lq_session_names names,
                         struct lq_session_life *life);
const char *lq_broker_core_why_not_kept(const lq_broker_core_t *core, struct lq_session_names names,
                                        bool with_rate);

/* Dead executions that wait because there is no room for another letter; each holds its session. */
uint32_t lq_broker_core_letters_waiting(const lq_broker_core_t *core);

/* Names of a session of an effect. */
struct lq_session_names lq_broker_core_session_names(const lq_broker_core_t *core,
                                                     uint32_t session);

/* Who an actor is, for the log: instance, stage, pid and the like; texts live until the next step.
 */
struct lq_actor_status;
void lq_broker_core_actor(const lq_broker_core_t *core, uint32_t actor,
                          struct lq_actor_status *status);

/* The actor behind a connection; 0: none. */
uint32_t lq_broker_core_actor_of_peer(const lq_broker_core_t *core, uint32_t peer);

/* An actor's connection, for sending; and its pid, for killing (0: not local). */
uint32_t lq_broker_core_actor_peer(const lq_broker_core_t *core, uint32_t actor, uint32_t *pid);

/* Whether `peer` is an actor that has said READY and is not lost: anyone else needs a WELCOME. */
bool lq_broker_core_knows_actor(const lq_broker_core_t *core, uint32_t peer);

/* Counters and tables for STATUS: fills what the core knows; texts live until the next step. */
struct lq_status;
void lq_broker_core_status(const lq_broker_core_t *core, uint64_t now_ns, struct lq_status *status);

/* What tenants use, for people; texts live until the next step. For STATUS, those with the largest
 * share of service time, that first; and a page of all that are resident, in the order of their
 * names. */
struct lq_tenant_load;
void lq_broker_core_largest_loads(const lq_broker_core_t *core, uint64_t now_ns,
                                  struct lq_status *to);
struct lq_broker_loads {
    struct lq_view after; /* a name: only those behind it */
    uint32_t count_max;
    uint32_t count; /* filled in */
    bool more;
    struct lq_tenant_load *loads; /* room for count_max */
};
void lq_broker_core_loads(const lq_broker_core_t *core, uint64_t now_ns,
                          struct lq_broker_loads *page);

/* The same of one tenant, and why its work waits, in sentences, the most important first. One that
 * is not resident uses nothing and has the quotas of all. */
#define LQ_TENANT_WAIT_BYTES_MAX 200u
struct lq_tenant_wait {
    uint32_t count;
    char lines[LQ_LOAD_REASONS_MAX][LQ_TENANT_WAIT_BYTES_MAX];
};
void lq_broker_core_load(const lq_broker_core_t *core, struct lq_view tenant, uint64_t now_ns,
                         struct lq_tenant_load *to, struct lq_tenant_wait *wait);

/* Sessions parked and live that fit a filter, in table order, from *cursor on (start with 0): for
 * RESUME --dry-run and for lists. False: no more. */
bool lq_broker_core_next_parked(const lq_broker_core_t *core, uint32_t *cursor,
                                struct lq_session_names *names, struct lq_view *stage);

#endif
