// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_event.h - what happens to the broker: a step takes one.
 *
 * Ownership of payloads: they lie in buffers of the shell, counted by references. Whoever passes an
 * event with a payload has taken a reference for it; the core gives every reference back by exactly
 * one RELEASE effect. Views in events live for the call; views in effects live as long as those of
 * the event that caused them, or (texts) for ever.
 */
#ifndef LQ_BROKER_EVENT_H
#define LQ_BROKER_EVENT_H

#include "proto/actor_codec.h"
#include "proto/durability.h"
#include "proto/quota.h"
#include "proto/session_life.h"

/* A run of bytes in a buffer of the shell. Buffer 0: none. */
struct lq_payload {
    uint32_t buffer;
    uint32_t offset;
    uint32_t bytes;
};

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
    LQ_ON_LIVE,         /* a session's rate, and whether it is stopped, on disk */
    LQ_ON_DELETED,      /* a session was, and nothing is kept of it, on disk */
    LQ_ON_ATTENDED,     /* somebody watches a session for play, or has ceased to */
    LQ_ON_PARKED_KNOWN, /* at start: a parked session */
    LQ_ON_RESUME,       /* unpark what fits */
    LQ_ON_QUOTA,        /* a tenant's own quotas, on disk */
    LQ_ON_DURABILITY,   /* a tenant's own policy, on disk */
    LQ_ON_MIRROR,       /* what the mirror says of itself and of the control stream */
    LQ_ON_STREAM,       /* how far a tenant's stream is in the table */
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
            bool live; /* create a session that will have a rate */
            bool
                tells; /* its answer tells of frames: of a mirrored tenant it waits for the table */
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
            uint64_t end_ns; /* its share of what came after the batch's items */
        } result;            /* RESULT and RESOLVED */
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
            uint64_t broker_sequence; /* STORED, KNOWN: the newest entry of the broker's outbox
                                         that tells of it; 0: none does */
        } letter;
        struct {
            struct lq_session_rate rate;
            bool attended; /* its grid rests while nobody attends it */
            bool stopped;
            bool changes; /* a frame is to give it that rate; its grid is as it was */
        } live;
        struct {
            uint64_t until_ns;
            bool ends; /* no later than that; else no earlier */
        } attended;
        struct {
            struct lq_view stage; /* RESUME: parked by it; PARKED_KNOWN: the stage. Empty: any */
        } parking;
        const struct lq_quota *quota; /* the tenant's of `names`; none of its own: forget them */
        const struct lq_durability *durability; /* of `names`; not own: forget it */
        struct {
            bool anew; /* by another writer than before: all that was told is over */
            bool over; /* it may write no more */
            uint64_t outbox_sequence, broker_sequence; /* that the control stream covers */
        } mirror;
        struct {
            uint64_t ledger_sequence; /* that it covers */
            uint32_t waiting, waiting_ms;
        } stream;
        struct {
            uint64_t gap_ns;
        } stall;
    };
};

#endif
