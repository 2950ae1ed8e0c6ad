// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* bench_player.h - a player at a gateway, as docs/gateway-protocol.md asks for one, who reads of
 * messages what counts: which command was answered, and up to which one a state contains them.
 *
 *   ASKING --101--> OPENING --welcome--> JOINING --receipt--> PLAYING
 *      any of them --refused, closed, cut--> LOST
 *
 * A player who is lost stays so: what a reconnection costs is not measured here. */
#ifndef LQ_BENCH_PLAYER_H
#define LQ_BENCH_PLAYER_H

#include "base/latency_histogram.h"
#include "bench/player_socket.h"

#define LQ_BENCH_PLAYER_WINDOW 64u /* commands without an answer */

/* What is measured, of all players together. */
struct lq_player_tally {
    struct lq_latency_histogram receipts; /* from when a command was due to its receipt */
    struct lq_latency_histogram shown;    /* to the first state that contains it */
    uint64_t commands;                    /* applied or refused by the ledger */
    uint64_t unused;                      /* and those that came to nothing else */
    char reason[LQ_ERROR_MESSAGE_BYTES];  /* of the last of them */
};

enum lq_bench_player_phase {
    LQ_BENCH_PLAYER_ASKING = 1,
    LQ_BENCH_PLAYER_OPENING,
    LQ_BENCH_PLAYER_JOINING,
    LQ_BENCH_PLAYER_PLAYING,
    LQ_BENCH_PLAYER_LOST
};

struct lq_bench_player {
    enum lq_bench_player_phase phase;
    struct lq_player_socket socket;
    const char *session;
    struct lq_player_tally *tally;
    uint64_t next_number;
    uint64_t free_numbers[LQ_BENCH_PLAYER_WINDOW]; /* of commands that came to nothing */
    uint32_t free_count;
    uint32_t unanswered;
    struct {
        uint64_t number; /* 0: none */
        uint64_t due_ns;
        bool is_answered, is_shown;
    } commands[LQ_BENCH_PLAYER_WINDOW]; /* at number modulo the window */
    uint64_t states;                    /* since the last clear */
    struct lq_error_message lost;       /* LOST: why */
};

/* `session` is borrowed as long as the player, `token` for the call. Blocks until it is connected.
 */
LQ_MUST_CHECK enum lq_result lq_bench_player_open(struct lq_bench_player *player,
                                                  const char *address, uint16_t port,
                                                  const char *token,
                                                  struct lq_error_message *message);
void lq_bench_player_close(struct lq_bench_player *player);

/* Send a thrust that was due at `due_ns`. False: not now, too many have no answer. */
bool lq_bench_player_act(struct lq_bench_player *player, uint64_t due_ns);

/* Take what has come. */
void lq_bench_player_turn(struct lq_bench_player *player);

#endif
