// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* actor_codec.h - the messages between the broker and the actors.
 *
 * Encoders write a whole header part, framing included. Decoders take the message behind the
 * framing and put columns into `arena`; counts are checked against each other and against the
 * limits.
 */
#ifndef LQ_ACTOR_CODEC_H
#define LQ_ACTOR_CODEC_H

#include "base/arena.h"
#include "proto/actor_counts.h"
#include "proto/framing.h"
#include "world/command.h"

enum lq_execution_kind {
    LQ_EXECUTION_TICK = 1,
    LQ_EXECUTION_CREATE_TENANT,
    LQ_EXECUTION_CREATE_SESSION,
    LQ_EXECUTION_QUERY, /* answered by load from a read transaction */
    LQ_EXECUTION_SET_CURSOR,
    LQ_EXECUTION_SHRED_TENANT,
    LQ_EXECUTION_SET_RETENTION, /* and ACCEPT_CLOCK; persist tells them apart */
    LQ_EXECUTION_DELETE_SESSION
};

#define LQ_ITEM_WORLD_WANTED 1u /* someone watches: persist returns the encoded World */
#define LQ_ITEM_PLAY_WANTED 2u  /* and behind it an encoded Play (play_codec.h) */

struct lq_ready {
    uint64_t epoch;
    char stage[LQ_STAGE_NAME_BYTES_MAX + 1];
    uint32_t version;
    uint32_t partition_count;
    uint32_t partitions[16];
    char instance[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint32_t pid;
    uint32_t credit;
    uint32_t items_max;
    uint32_t bytes_max;
    struct lq_execution_id suspect;
    uint64_t writer_epoch;
};

struct lq_dispatch_item {
    uint64_t execution; /* counter */
    uint32_t lease;
    uint32_t kind; /* enum lq_execution_kind */
    uint32_t flags;
    uint32_t payload_bytes;
    struct lq_session_names names;
};

struct lq_dispatch {
    uint64_t epoch;
    uint64_t batch;
    uint32_t item_timeout_ms;
    uint32_t item_count;
    struct lq_dispatch_item *items; /* decode: in the arena */
};

enum lq_item_verdict {
    LQ_ITEM_DONE = 1,
    LQ_ITEM_ENDED,    /* load: nothing to execute; outcomes say why. Also "unknown session" */
    LQ_ITEM_FAILED,   /* error and cause */
    LQ_ITEM_RETURNED, /* not worked on: uncharged */
    LQ_ITEM_CONFLICT  /* persist: the head is another one; open again from load */
};

struct lq_outcome_entry {
    uint8_t outcome;       /* enum lq_outcome */
    uint64_t frame;        /* DUPLICATE */
    struct lq_view reason; /* REFUSED, UNUSED; else empty */
};

struct lq_result_item {
    uint64_t execution;
    uint32_t lease;
    uint8_t verdict; /* enum lq_item_verdict */
    uint32_t payload_bytes;
    uint64_t frame;
    /* The newest record of the tenant, and the newest note of the ledger's outbox, that the answer
     * tells of: it may be ahead of that, never behind. 0: it tells of none. */
    uint64_t ledger_sequence, outbox_sequence;
    uint8_t hash[32];
    uint32_t outcome_count;
    struct lq_outcome_entry *outcomes;
    struct lq_view error,
        cause; /* FAILED; ENDED without outcomes: error says why ("Session.Unknown") */
    uint32_t command_at_fault; /* index plus one; 0: not known */
    uint32_t service_us;       /* what it took by itself */
    /* Of the payload, its end: the Play behind a World, the body part behind a framed reply. */
    uint32_t tail_bytes;
};

struct lq_result_batch {
    uint64_t epoch;
    uint64_t batch;
    uint32_t service_us;
    uint32_t end_us; /* what came after the items, for all of the batch */
    bool timed;      /* items say what they took; else service_us is theirs in equal parts */
    bool last;
    uint32_t item_count;
    struct lq_result_item *items;
};

struct lq_resolve_item {
    struct lq_execution_id execution;
    uint64_t frame;
    uint32_t kind;
    struct lq_session_names names;
    uint32_t lease; /* RESOLVED repeats it: an answer to an earlier question is known by it */
};

struct lq_resolve {
    uint64_t epoch;
    uint64_t fence; /* batches up to this number that have not come yet are not worked on */
    uint32_t item_count;
    struct lq_resolve_item *items;
};

#define LQ_BATCHES_HELD_MAX 16u

struct lq_heartbeat {
    uint64_t epoch;
    bool tells; /* of an actor: the rest is filled in */
    uint64_t newest_batch;
    uint32_t batch_count;
    uint64_t batches[LQ_BATCHES_HELD_MAX];
    bool paused;
    bool retiring; /* paused for good */
    struct lq_view reason;
    struct lq_actor_counts counts;
};

struct lq_paused {
    uint64_t epoch;
    bool paused;
    bool retiring; /* paused for good: it was asked to end */
    struct lq_view reason;
};

enum { LQ_WELCOME_HISTORY_BYTES = 16 };

struct lq_welcome {
    uint64_t epoch;
    uint32_t commands_per_message_max;
    uint32_t message_bytes_max;
    uint32_t mailbox_commands_max;
    struct lq_view refused; /* not empty: this client is not served, and why; the epoch is 0 then */
    struct lq_view history; /* LQ_WELCOME_HISTORY_BYTES of it; empty: the broker does not say */
};

#define LQ_CODEC(name)                                                                             \
    LQ_MUST_CHECK enum lq_result lq_##name##_encode(const struct lq_##name *message, uint8_t *to,  \
                                                    size_t bytes_max, size_t *written);            \
    LQ_MUST_CHECK enum lq_result lq_##name##_decode(struct lq_view from, struct lq_arena *arena,   \
                                                    struct lq_##name *message, const char **where)
LQ_CODEC(ready);
LQ_CODEC(dispatch);
LQ_CODEC(resolve);
LQ_CODEC(paused);
LQ_CODEC(welcome);
#undef LQ_CODEC

/* RESULT or RESOLVED: the same message under two kinds. */
LQ_MUST_CHECK enum lq_result lq_result_batch_encode(enum lq_message_kind kind,
                                                    const struct lq_result_batch *batch,
                                                    uint8_t *to, size_t bytes_max, size_t *written);
LQ_MUST_CHECK enum lq_result lq_result_batch_decode(struct lq_view from, struct lq_arena *arena,
                                                    struct lq_result_batch *batch,
                                                    const char **where);

/* HEARTBEAT or GOODBYE. */
LQ_MUST_CHECK enum lq_result lq_heartbeat_encode(enum lq_message_kind kind,
                                                 const struct lq_heartbeat *message, uint8_t *to,
                                                 size_t bytes_max, size_t *written);
LQ_MUST_CHECK enum lq_result lq_heartbeat_decode(struct lq_view from, struct lq_arena *arena,
                                                 struct lq_heartbeat *message, const char **where);

#endif
