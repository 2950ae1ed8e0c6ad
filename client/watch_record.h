// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* watch_record.h - what a watch is made of, for the sources of the library alone. */
#ifndef LQ_WATCH_RECORD_H
#define LQ_WATCH_RECORD_H

#include "client/watch_desk.h"
#include "world/world_limits.h"

struct lq_watch {
    struct lq_watch_desk *desk;
    struct lq_watch_row *row;
    struct lq_watch *previous, *next; /* of the row */
    lq_watch_frame_fn on_frame;
    lq_watch_answer_fn on_answer;
    void *context;
    uint64_t tag;
    uint64_t say_at_ns;
    uint64_t answered_epoch; /* of the broker that has it; 0: none */
    uint32_t names_hash;
    uint8_t socket;
    bool with_world, play;
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
};

/* Into a row, at its end; out of the one it is in. */
void lq_watch_desk_step_in(struct lq_watch *watch, struct lq_watch_row *row);
void lq_watch_desk_step_out(struct lq_watch *watch);

/* Say it, or that it ends. False: there is no broker, or no room. */
bool lq_watch_desk_say(const struct lq_watch *watch, bool stop);

/* A socket that has room for one more watch; opened if need be. LQ_ERR_LIMIT with `message`. */
LQ_MUST_CHECK enum lq_result lq_watch_desk_socket(struct lq_watch_desk *desk, uint8_t *socket,
                                                  struct lq_error_message *message);

#endif
