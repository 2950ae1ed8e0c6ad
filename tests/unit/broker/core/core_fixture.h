// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* core_fixture.h - a broker core with a shell of memory around it.
 *
 * Every step carries out its effects at once: references of payloads are counted, dispatches land
 * in the inboxes of play actors, answers and letters in logs. Then the invariants are checked. Time
 * stands still unless a test moves it.
 */
#ifndef LQ_CORE_FIXTURE_H
#define LQ_CORE_FIXTURE_H

#include "broker/core/broker_core.h"
#include "proto/admin_codec.h"
#include "tests/unit/broker/core/ledger_model.h"

#define LQ_FIXTURE_BUFFERS_MAX 8192u
#define LQ_FIXTURE_ITEMS_MAX 16u /* of a batch */
#define LQ_FIXTURE_BATCHES_MAX 64u
#define LQ_FIXTURE_LOG_MAX 16384u

enum { LQ_LOAD = 0, LQ_PHYSICS, LQ_AI, LQ_PERSIST }; /* states of the fixture's pipeline */

struct lq_fixture_item {
    uint64_t counter;
    uint32_t lease, execution;
    enum lq_execution_kind kind;
    uint32_t session; /* number in the ledger; ticks only */
    uint64_t frame, missed;
    uint32_t steps, command_count;
    struct lq_session_rate rate;
    bool has_payload;
    bool answered;
    bool fenced; /* persist: a RESOLVE came after it, it must not be committed any more */
    struct lq_model_command commands[LQ_COMMANDS_PER_TICK_MAX];
};

/* What lies at an actor. */
struct lq_fixture_batch {
    bool used;
    uint64_t number;
    uint32_t peer, state, count, timeout_ms;
    struct lq_fixture_item items[LQ_FIXTURE_ITEMS_MAX];
};

struct lq_fixture_answer {
    uint32_t peer;
    uint64_t tag;
    uint8_t outcome;
    uint64_t frame, letter_id;
    uint32_t again_ms;
    char reason[100];
};

struct lq_fixture_letter {
    uint64_t id;
    uint32_t execution;
    uint32_t session;
    bool has_command, parks, stored, known_before;
    uint64_t broker_sequence; /* once it is stored */
    struct lq_model_command command;
    char error[64], stage[33];
    uint32_t tries, steps;
};

struct lq_fixture_resolve {
    uint32_t peer, session, lease;
    uint64_t counter, frame, fence;
    enum lq_execution_kind kind;
};

struct lq_fixture_publish {
    uint32_t session, steps, command_count;
    uint64_t frame, due_ns;
};

struct lq_fixture_letter_change {
    uint64_t id, frame;
    bool done; /* else open again */
};

struct lq_core_fixture {
    lq_broker_core_t *core;
    void *memory;
    uint64_t now_ns;
    uint64_t next_tag;
    uint32_t effects_max;     /* room for effects of a step */
    uint32_t service_us;      /* what stages say that an item took */
    uint64_t end_ns;          /* what persist says that the end of a batch took */
    uint64_t broker_sequence; /* of the broker's outbox: stored letters */
    struct {
        uint64_t outbox_sequence, broker_sequence;
    } covered;      /* by the control stream, as the next lq_core_fixture_mirror() tells */
    bool unchecked; /* skip the invariants: long runs that are not about them */
    struct lq_broker_effects out;

    uint32_t buffers_top, buffers_free_count;
    uint32_t buffers_free[LQ_FIXTURE_BUFFERS_MAX];
    uint32_t references[LQ_FIXTURE_BUFFERS_MAX]; /* held by the core */

    struct lq_ledger_model ledger;
    struct lq_fixture_batch batches[LQ_FIXTURE_BATCHES_MAX];

    uint32_t answer_count, letter_count, resolve_count, publish_count, change_count;
    struct lq_fixture_answer answers[LQ_FIXTURE_LOG_MAX];
    struct lq_fixture_letter letters[LQ_FIXTURE_LOG_MAX];
    struct lq_fixture_resolve resolves[LQ_FIXTURE_LOG_MAX];
    struct lq_fixture_publish publishes[LQ_FIXTURE_LOG_MAX];
    struct lq_fixture_letter_change changes[LQ_FIXTURE_LOG_MAX];
    uint32_t admin_done, admin_failed, kills, unparked, not_live, dispatches;
    uint32_t rate_count;         /* rates that a frame has given */
    struct lq_session_rate rate; /* the last one */
    char admin_reason[100];
    char unparked_name[100]; /* the last one's */
    uint32_t quota_tells;
    char quota_told[100]; /* the last one: tenant, quota, limit, refused */
    uint32_t killed_pid;
    char lost[200]; /* the last actor that was given up, as a log would tell it */
};

/* A pipeline of load, physics, ai and persist: States.ALL, 2 retries, 5 ms doubling to 200, no
 * jitter. */
struct lq_broker_core_config lq_core_fixture_config(void);

struct lq_core_fixture *lq_core_fixture_open(const struct lq_broker_core_config *config);
void lq_core_fixture_close(struct lq_core_fixture **fixture);

void lq_core_fixture_step(struct lq_core_fixture *fixture, const struct lq_broker_event *event);
void lq_core_fixture_turn(struct lq_core_fixture *fixture);
void lq_core_fixture_pass_ms(struct lq_core_fixture *fixture, uint64_t ms); /* and a turn */

/* A payload whose one reference goes to the core. */
struct lq_payload lq_core_fixture_payload(struct lq_core_fixture *fixture, uint32_t bytes);
struct lq_client_id lq_core_fixture_client(uint32_t client);

/* Returns the tag under which the answer will come, from peer 1000. */
uint64_t lq_core_fixture_submit(struct lq_core_fixture *fixture, const char *tenant,
                                const char *session, uint32_t client, uint64_t sequence);
/* The answer under a tag, or NULL. Asserts that there is not more than one. */
const struct lq_fixture_answer *lq_core_fixture_answer(const struct lq_core_fixture *fixture,
                                                       uint64_t tag);

/* READY of an actor of a state; suspect: a counter or 0. */
void lq_core_fixture_ready(struct lq_core_fixture *fixture, uint32_t peer, const char *instance,
                           uint32_t state, uint64_t suspect);
/* One of each state, as peers 1 to 4. */
void lq_core_fixture_ready_all(struct lq_core_fixture *fixture);
void lq_core_fixture_heard(struct lq_core_fixture *fixture, uint32_t peer);
void lq_core_fixture_peer_event(struct lq_core_fixture *fixture, enum lq_broker_event_kind kind,
                                uint32_t peer);
void lq_core_fixture_pause(struct lq_core_fixture *fixture, uint32_t peer, const char *reason);
void lq_core_fixture_retire(struct lq_core_fixture *fixture, uint32_t peer);
/* A heartbeat that tells: the newest batch that came, and one batch that is held (0: none). */
void lq_core_fixture_holding(struct lq_core_fixture *fixture, uint32_t peer, uint64_t newest,
                             uint64_t held, bool paused);
/* The truth: all that has come and lies there. */
void lq_core_fixture_holding_all(struct lq_core_fixture *fixture, uint32_t peer, bool paused,
                                 bool retiring);
void lq_core_fixture_live(struct lq_core_fixture *fixture, const char *tenant, const char *session,
                          uint32_t numerator, uint32_t denominator);
/* What is on disk of t/SESSION. */
void lq_core_fixture_life(struct lq_core_fixture *fixture, const char *session,
                          const struct lq_session_life *life);
void lq_core_fixture_resume(struct lq_core_fixture *fixture, const char *tenant,
                            const char *session, const char *stage);
void lq_core_fixture_admin(struct lq_core_fixture *fixture, enum lq_execution_kind kind);
/* A request to create a session with a rate. */
void lq_core_fixture_admin_live(struct lq_core_fixture *fixture, const char *tenant,
                                const char *session);
/* Set one of a tenant's quotas; 0: give it back. The others stay. */
void lq_core_fixture_quota(struct lq_core_fixture *fixture, const char *tenant,
                           enum lq_quota_kind kind, uint64_t limit);

/* A tenant's own durability; 0: give it back. */
void lq_core_fixture_durability(struct lq_core_fixture *fixture, const char *tenant,
                                enum lq_durability_policy policy);
/* What the mirror tells of itself and the control stream, of a tenant's stream; and a turn. */
void lq_core_fixture_mirror(struct lq_core_fixture *fixture, bool anew, bool over);
void lq_core_fixture_stream(struct lq_core_fixture *fixture, const char *tenant,
                            uint64_t ledger_sequence);

/* The first batch with an unanswered item that lies at a state, or at a peer; NULL: none. */
struct lq_fixture_batch *lq_core_fixture_batch_at(struct lq_core_fixture *fixture, uint32_t state);
struct lq_fixture_batch *lq_core_fixture_batch_of(struct lq_core_fixture *fixture, uint32_t peer);

/* The actor's answers. A DONE of persist commits to the ledger first (and may turn out a conflict).
 */
void lq_core_fixture_done(struct lq_core_fixture *fixture, struct lq_fixture_batch *batch,
                          uint32_t item);
void lq_core_fixture_verdict(struct lq_core_fixture *fixture, struct lq_fixture_batch *batch,
                             uint32_t item, enum lq_item_verdict verdict, const char *error,
                             uint32_t command_at_fault);
/* Send any result at all, from any peer. */
void lq_core_fixture_result(struct lq_core_fixture *fixture, enum lq_broker_event_kind kind,
                            uint32_t peer, uint64_t batch, const struct lq_result_item *item,
                            uint32_t payload_bytes);
/* Commit without telling the broker: the actor dies before it can. */
enum lq_item_verdict lq_core_fixture_commit(struct lq_core_fixture *fixture,
                                            struct lq_fixture_item *item,
                                            struct lq_outcome_entry *outcomes);
/* Its last message. The inbox is free again. */
void lq_core_fixture_end_batch(struct lq_core_fixture *fixture, struct lq_fixture_batch *batch);
/* Everything at a state DONE, ended. False: there was nothing. */
bool lq_core_fixture_serve(struct lq_core_fixture *fixture, uint32_t state);
/* Turn and serve every state until nothing moves at this time. */
void lq_core_fixture_settle(struct lq_core_fixture *fixture);
/* Turn and serve until something lies at `state`; asserts that it comes. */
struct lq_fixture_batch *lq_core_fixture_bring_to(struct lq_core_fixture *fixture, uint32_t state);

/* The actor's process dies: its inboxes go, the core hears of it. */
void lq_core_fixture_die(struct lq_core_fixture *fixture, uint32_t peer);

/* The writer's truthful answer to the last RESOLVE. */
void lq_core_fixture_resolved(struct lq_core_fixture *fixture,
                              const struct lq_fixture_resolve *resolve);

/* Answer STORE_LETTER number `index`; the last one without an index. */
void lq_core_fixture_store(struct lq_core_fixture *fixture, uint32_t index);
struct lq_fixture_letter *lq_core_fixture_last_letter(struct lq_core_fixture *fixture);
/* REDRIVE or LETTER_GONE or LETTER_KNOWN of a letter. */
void lq_core_fixture_letter_event(struct lq_core_fixture *fixture, enum lq_broker_event_kind kind,
                                  const struct lq_fixture_letter *letter);

/* Serve everything; physics fails each tick that holds the poisoned sequence number (0: every
 * tick). Letters are stored as they come if `store`. */
void lq_core_fixture_settle_with_poison(struct lq_core_fixture *fixture, uint64_t poison,
                                        bool store);

struct lq_status *lq_core_fixture_status(struct lq_core_fixture *fixture); /* static storage */

/* ---- inside the fixture ---- */

void lq_core_fixture_run_effect(struct lq_core_fixture *fixture,
                                const struct lq_broker_effect *effect);
/* What lay at a process is gone with it. */
void lq_core_fixture_drop_inboxes(struct lq_core_fixture *fixture, uint32_t peer);
uint32_t lq_core_fixture_copy_commands(struct lq_core_fixture *fixture, uint32_t execution,
                                       struct lq_model_command *to);

#endif
