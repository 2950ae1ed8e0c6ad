// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* arena_sessions.h - create a tenant and its arena sessions, many requests at a time. */
#ifndef LQ_ARENA_SESSIONS_H
#define LQ_ARENA_SESSIONS_H

#include "base/error_message.h"
#include "client/administration.h"
#include "examples/arena/arena_world.h"

struct lq_arena_creation {
    const char *tenant;
    const char *prefix; /* sessions are PREFIX-00001, PREFIX-00002, ... */
    uint32_t session_count;
    uint32_t timeout_ms; /* for each step forward */
    struct lq_arena_plan plan;
    /* called now and then with the number done; may be NULL */
    void (*on_progress)(void *context, uint32_t done);
    void *context;
};

/* The name of session `index` (from 0). */
void lq_arena_sessions_name(const char *prefix, uint32_t index,
                            char to[LQ_SESSION_NAME_BYTES_MAX + 1]);

/* Tenant and sessions that are there already are fine. *created: the sessions that were not. On an
 * error `message` says what happened. Blocks. LQ_ERR_UNREACHABLE,
 * LQ_ERR_TIMEOUT, or the broker's refusal. */
LQ_MUST_CHECK enum lq_result lq_arena_sessions_create(lq_link_t *link,
                                                      const struct lq_arena_creation *creation,
                                                      uint32_t *created,
                                                      struct lq_error_message *message);

#endif
