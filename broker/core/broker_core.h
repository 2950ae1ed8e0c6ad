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
 * and the seed come in as arguments, work goes out as effects. Depends on base/, world/ and the
 * plain structs of proto/actor_codec.h and client_codec.h. Prose: docs/architecture.md.
 *
 * Ownership of payloads: they lie in buffers of the shell, counted by references. Whoever passes an
 * event with a payload has taken a reference for it; the core gives every reference back by exactly
 * one RELEASE effect. Views in events live for the call; views in effects live as long as those of
 * the event that caused them, or (texts) for ever.
 */
#ifndef LQ_BROKER_CORE_H
#define LQ_BROKER_CORE_H

#include "pipeline/plan.h"
#include "proto/actor_codec.h"

typedef struct lq_broker_core lq_broker_core_t;

#define LQ_EFFECTS_PER_STEP_MAX 1024u /* room that every step needs in the list of effects */
#define LQ_ACTOR_CREDIT_MAX 8u
#define LQ_ACTORS_MAX 256u

struct lq_broker_core_config {
    uint64_t epoch;
    uint64_t seed;                 /* of the retry jitter */
    uint32_t sessions_max;         /* resident at a time */
    uint32_t tenants_max;          /* with resident sessions */
    uint32_t commands_max;         /* in mailboxes and executions */
    uint32_t executions_max;       /* open at a time; at most 65,535 */
    uint32_t letters_max;          /* open dead letters */
    uint32_t mailbox_commands_max; /* per session */
    uint32_t tenant_commands_max;
    uint32_t tenant_executions_max;
    uint32_t batch_commands_max; /* commands of one tick; at most LQ_COMMANDS_PER_TICK_MAX */
    uint64_t payload_bytes_max;  /* of all commands and executions */
    uint32_t silence_ms;         /* 3000: an actor silent for so long is frozen */
    uint32_t orphan_wait_ms;     /* 1000: how long a dead actor's next incarnation is awaited */
    struct lq_plan pipeline;
};

/* A run of bytes in a buffer of the shell. Buffer 0: none. */
struct lq_payload {
    uint32_t buffer;
    uint32_t offset;
    uint32_t bytes;
};

/* ---- events ---- */

enum lq_broker_event_kind {
    LQ_ON_SUBMIT = 1, /* one command */
    LQ_ON_ADMIN,      /* one execution of one state: create or query */
    LQ_ON_READY,
    LQ_ON_HEARD,     /* an actor gave a sign of life */
    LQ_ON_RESULT,    /* one item of a batch */
    LQ_ON_BATCH_END, /* the last message of a batch */
    LQ_ON_RESOLVED,  /* one answer to RESOLVE */
    LQ_ON_PAUSED,
    LQ_ON_HOLDING, /* an actor's heartbeat told what it holds: what was lost on the way shows */
    LQ_ON_GOODBYE,
    LQ_ON_INSTANCE,     /* a look at the runtime folder found a process that holds an instance */
    LQ_ON_PROCESS_DIED, /* a local process is gone */
    LQ_ON_LETTER_STORED,
    LQ_ON_LETTER_KNOWN, /* at start: an open letter of an earlier broker */
    LQ_ON_LETTER_GONE,  /* purged or acknowledged; one that a redrive decided is gone already */
    LQ_ON_REDRIVE,      /* a letter, marked as redriving on disk */
    LQ_ON_LIVE,         /* a session has a tick rate, on disk */
    LQ_ON_PARKED_KNOWN, /* at start: a parked session */
    LQ_ON_RESUME,       /* unpark what fits */
    LQ_ON_STALL,        /* the loop stood still for gap_ns */
    LQ_ON_TURN          /* the end of a turn of the loop: timers, openings, dispatches */
};

struct lq_broker_event {
    enum lq_broker_event_kind kind;
    uint32_t peer; /* SUBMIT, ADMIN: to answer to. READY..GOODBYE: the actor's connection */
    uint64_t tag;  /* SUBMIT, ADMIN */
    struct lq_session_names names;
    struct lq_client_id client;
    uint64_t sequence;
    struct lq_payload payload; /* SUBMIT, ADMIN, RESULT, REDRIVE */
    union {
        struct {
            enum lq_execution_kind kind;
        } admin;
        struct {
            const struct lq_ready *ready;
            bool local; /* its pid is proven to be of the process that said READY */
        } ready;
        struct {
            struct lq_view instance, stage;
            uint32_t pid;
            bool local;       /* that process can be killed without fear of hitting another */
            uint64_t sign_ns; /* its newest sign of life, by its own monotonic clock */
        } instance;
        struct {
            uint32_t pid;
        } process;
        struct {
            uint64_t batch;
            const struct lq_result_item *item;
        } result; /* RESULT and RESOLVED */
        struct {
            uint64_t batch;
            uint32_t service_us;
            uint32_t items;
        } batch_end;
        struct {
            bool paused;
            bool retiring;
            struct lq_view reason;
        } paused;
        const struct lq_heartbeat *holding;
        struct {
            uint64_t id;
            uint32_t execution; /* LETTER_STORED: the handle of STORE_LETTER */
            bool has_command;
            uint32_t steps;
        } letter;
        struct {
            uint32_t rate_numerator, rate_denominator; /* LIVE; 0: no longer live */
        } live;
        struct {
            struct lq_view stage; /* RESUME: parked by it; PARKED_KNOWN: the stage. Empty: any */
        } parking;
        struct {
            uint64_t gap_ns;
        } stall;
    };
};

/* ---- effects ---- */

enum lq_broker_effect_kind {
    LQ_EFFECT_DISPATCH = 1,      /* send the batch: see lq_broker_core_batch() */
    LQ_EFFECT_RESOLVE,           /* ask the actor, the current writer, about the execution */
    LQ_EFFECT_ANSWER,            /* a receipt for a client's command */
    LQ_EFFECT_ADMIN_DONE,        /* forward the reply to the peer; release it afterwards */
    LQ_EFFECT_ADMIN_FAILED,      /* tell the peer why */
    LQ_EFFECT_RELEASE,           /* give back a reference to the buffer */
    LQ_EFFECT_PUBLISH,           /* a frame committed; no reference to its world is given */
    LQ_EFFECT_STORE_LETTER,      /* of the execution; answer with LETTER_STORED */
    LQ_EFFECT_STORE_LETTER_DONE, /* the letter was decided by the frame */
    LQ_EFFECT_STORE_LETTER_OPEN, /* a redrive of the letter came to nothing: it is open again */
    LQ_EFFECT_STORE_NOT_LIVE,    /* the session does not exist any more: forget its rate */
    LQ_EFFECT_STORE_UNPARKED,
    LQ_EFFECT_KILL, /* the actor is frozen: SIGKILL */
    LQ_EFFECT_LOST  /* the actor is given up */
};

struct lq_broker_effect {
    enum lq_broker_effect_kind kind;
    union {
        struct {
            uint32_t actor, batch;
        } dispatch;
        struct {
            uint32_t actor, execution;
            uint64_t fence; /* the newest batch */
        } resolve;
        struct {
            uint32_t peer;
            uint8_t outcome; /* enum lq_outcome */
            uint64_t tag;
            uint64_t frame, letter_id;
            struct lq_view reason;
            uint8_t hash[32];
        } answer;
        struct {
            uint32_t peer;
            struct lq_payload reply;
        } admin_done;
        struct {
            uint32_t peer;
            enum lq_result result;
            uint64_t tag;
            struct lq_view reason;
        } admin_failed;
        struct {
            uint32_t buffer;
        } release;
        struct {
            uint32_t session;
            uint32_t steps, command_count;
            uint64_t frame;
            uint64_t due_ns;         /* when the grid tick was due; 0 for a command tick */
            struct lq_payload world; /* or none */
            uint8_t hash[32];
        } publish;
        struct {
            uint32_t execution;
            uint64_t id;
        } store_letter;
        struct {
            uint64_t id;
            uint64_t frame; /* DONE */
        } letter;           /* STORE_LETTER_DONE and _OPEN */
        struct {
            uint32_t index; /* for lq_broker_core_session_names() */
        } session;          /* STORE_NOT_LIVE and _UNPARKED */
        struct {
            uint32_t actor, peer, pid;
        } kill;
        struct {
            uint32_t actor;
            uint32_t items; /* that it held */
            struct lq_view reason;
        } lost;
    };
};

struct lq_broker_effects {
    uint32_t count;
    uint32_t count_max;
    struct lq_broker_effect *entries;
};

/* ---- the core ---- */

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

/* Sessions parked and live that fit a filter, in table order, from *cursor on (start with 0): for
 * RESUME --dry-run and for lists. False: no more. */
bool lq_broker_core_next_parked(const lq_broker_core_t *core, uint32_t *cursor,
                                struct lq_session_names *names, struct lq_view *stage);

#endif
