// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_codec.h - the messages between clients and the broker, but for administration. */
#ifndef LQ_CLIENT_CODEC_H
#define LQ_CLIENT_CODEC_H

#include "base/arena.h"
#include "proto/framing.h"
#include "world/command.h"

#define LQ_SUBMIT_COMMANDS_MAX 1024u
#define LQ_RECEIPT_ANSWERS_MAX 1024u

struct lq_submit_command {
    struct lq_view session;
    uint64_t sequence;
    uint64_t tag;
    uint32_t command_bytes; /* of the body part, in order */
};

struct lq_submit {
    uint64_t epoch;
    struct lq_client_id client;
    struct lq_view tenant;
    uint32_t command_count;
    struct lq_submit_command *commands; /* decode: in the arena */
    uint32_t round; /* how often its sender began again after TENANT_QUOTA; 0: does not count */
};

struct lq_receipt_answer {
    uint64_t tag;
    uint8_t outcome; /* enum lq_outcome */
    uint64_t frame;
    uint8_t hash[32];
    uint64_t letter_id;    /* DEAD_LETTERED */
    struct lq_view reason; /* REFUSED, UNUSED */
    uint64_t last_tag;     /* UNUSED; not 0: of all commands of its SUBMIT from `tag` to this */
    uint32_t again_ms;     /* UNUSED: worth another try after so long; 0: not known */
};

struct lq_receipt {
    uint64_t epoch;
    uint32_t answer_count;
    struct lq_receipt_answer *answers;
};

struct lq_watch_request {
    uint64_t tag;
    struct lq_session_names names;
    bool world, stop;
    bool play; /* the World and a Play (play_codec.h) of each frame */
};

struct lq_watching {
    uint64_t epoch;
    uint64_t tag;
    uint32_t result;        /* enum lq_result, or a number of a newer one */
    struct lq_view message; /* at most LQ_WATCHING_MESSAGE_BYTES_MAX */
    bool began;             /* the marker: the watch begins here */
    uint64_t frame;         /* the newest that was told of; 0: none that is remembered */
};
#define LQ_WATCHING_MESSAGE_BYTES_MAX 119u

struct lq_frame_notice {
    uint64_t epoch;
    uint64_t frame;
    uint8_t hash[32];
    uint32_t steps;
    uint32_t command_count;
    uint64_t tag;         /* of the WATCH */
    uint32_t world_bytes; /* of the body part; the rest of it is a Play */
};

#define LQ_CODEC(name)                                                                             \
    LQ_MUST_CHECK enum lq_result lq_##name##_encode(const struct lq_##name *message, uint8_t *to,  \
                                                    size_t bytes_max, size_t *written);            \
    LQ_MUST_CHECK enum lq_result lq_##name##_decode(struct lq_view from, struct lq_arena *arena,   \
                                                    struct lq_##name *message, const char **where)
LQ_CODEC(submit);
LQ_CODEC(receipt);
LQ_CODEC(watch_request);
LQ_CODEC(watching);
LQ_CODEC(frame_notice);
#undef LQ_CODEC

/* HELLO; answered by WELCOME (actor_codec.h). */
LQ_MUST_CHECK enum lq_result lq_hello_encode(const struct lq_client_id *client, uint8_t *to,
                                             size_t bytes_max, size_t *written);
LQ_MUST_CHECK enum lq_result lq_hello_decode(struct lq_view from, struct lq_arena *arena,
                                             struct lq_client_id *client, const char **where);

#endif
