// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* played_broker.h - a broker that a test plays, on sockets of its own, and a link to it. */
#ifndef LQ_PLAYED_BROKER_H
#define LQ_PLAYED_BROKER_H

#include "client/administration.h"
#include "client/client.h"
#include "client/watch.h"
#include "proto/client_codec.h"
#include "transport/router_socket.h"

enum { LQ_PLAYED_COMMANDS_MAX = 4096, LQ_PLAYED_REQUESTS_MAX = 256, LQ_PLAYED_WATCHES_MAX = 4096 };

/* A command as it came. */
struct lq_played_command {
    struct lq_client_id client;
    char tenant[33];
    uint64_t sequence, tag, epoch;
    uint32_t peer, round;
    uint32_t message; /* the how manieth SUBMIT it was in, from 0 */
};

struct lq_played_broker {
    char folder[64];
    uint64_t epoch;
    lq_router_socket_t *clients, *frames;
    lq_link_t *link;
    uint32_t hellos, submits;
    uint32_t command_count;
    struct lq_played_command commands[LQ_PLAYED_COMMANDS_MAX];
    uint32_t request_count;
    struct lq_admin_request requests[LQ_PLAYED_REQUESTS_MAX]; /* kind, tag and place of a cursor */
    uint32_t watch_count;                                     /* WATCH messages so far */
    struct lq_watch_request watches[LQ_PLAYED_WATCHES_MAX];   /* tag, world, stop alone */
    uint32_t admin_peer, watch_peer;
    bool says_began;     /* in WATCHING */
    uint32_t late_wakes; /* turns after a wait in vain that found something all the same */
};

void lq_played_broker_open(struct lq_played_broker *broker, const struct lq_link_options *options);
void lq_played_broker_close(struct lq_played_broker *broker);

/* Hear what came: HELLO is welcomed, the rest noted, but no repeats. */
void lq_played_broker_hear(struct lq_played_broker *broker);

/* Wait as a program's loop does, for the descriptor and the timer alone, then turn, then hear. */
void lq_played_broker_pass(struct lq_played_broker *broker);
/* Until so many commands are noted. */
void lq_played_broker_await(struct lq_played_broker *broker, uint32_t command_count);

/* One answer to a command that was noted. */
void lq_played_broker_answer(struct lq_played_broker *broker, uint32_t command,
                             enum lq_outcome outcome, const char *reason, uint32_t again_ms);

/* The end of this broker, for the link, and the next one: WELCOME with the next epoch. */
void lq_played_broker_renew(struct lq_played_broker *broker);

/* To who asked and who watches last. */
void lq_played_broker_reply_with(struct lq_played_broker *broker,
                                 const struct lq_admin_reply *reply);
void lq_played_broker_reply(struct lq_played_broker *broker, uint64_t tag);
void lq_played_broker_watching(struct lq_played_broker *broker, uint64_t tag,
                               enum lq_result result);
/* With a World of one body, and a Play of one command behind it. */
void lq_played_broker_play(struct lq_played_broker *broker, uint64_t tag, uint64_t frame,
                           uint64_t sequence);
void lq_played_broker_frame(struct lq_played_broker *broker, uint64_t tag, uint64_t frame);

#endif
