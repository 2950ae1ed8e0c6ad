// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_effect.h - what the broker's shell shall do: a step appends any number, to be done in
 * order.
 */
#ifndef LQ_BROKER_EFFECT_H
#define LQ_BROKER_EFFECT_H

#include "base/result.h"
#include "broker/core/broker_event.h"

#define LQ_EFFECTS_PER_STEP_MAX 1024u /* room that every step needs in the list of effects */

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
    LQ_EFFECT_STORE_RATE,        /* a frame has given the session its rate */
    LQ_EFFECT_STORE_UNPARKED,
    LQ_EFFECT_STORE_QUOTA_EXCEEDED, /* tell it in the store's outbox */
    LQ_EFFECT_KILL,                 /* the actor is frozen: SIGKILL */
    LQ_EFFECT_LOST                  /* the actor is given up */
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
            uint8_t outcome;   /* enum lq_outcome */
            uint32_t again_ms; /* 0: not known; when to come again */
            uint64_t tag;
            uint64_t frame, letter_id;
            struct lq_view reason;
            uint8_t hash[32];
        } answer;
        struct {
            uint32_t peer;
            struct lq_payload reply;
            uint32_t body_bytes; /* of it, the end: the body part */
            bool creates;        /* a session: it may go on its grid */
            bool deletes;        /* a session: nothing is kept of it any more */
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
            struct lq_session_names names;
            uint32_t steps, command_count;
            uint64_t frame;
            uint64_t due_ns;         /* when the grid tick was due; 0 for a command tick */
            uint64_t committed_ns;   /* when the core heard that it is committed */
            struct lq_payload world; /* or none */
            uint32_t play_bytes;     /* of it, the end: a Play */
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
            uint32_t index;              /* for lq_broker_core_session_names() */
            struct lq_session_rate rate; /* STORE_RATE */
        } session;                       /* STORE_NOT_LIVE, _RATE and _UNPARKED */
        struct {
            char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
            uint8_t quota; /* enum lq_quota_kind */
            uint64_t limit;
            uint64_t refused; /* commands, since it was told before */
        } quota_exceeded;
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

#endif
