// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* administration.h - a client's requests to the broker that are no commands: tenants, sessions,
 * dead letters, status. For lqctl and the like in this tree: its structs are those of the wire, so
 * it is not part of what the library shows outside. */
#ifndef LQ_ADMINISTRATION_H
#define LQ_ADMINISTRATION_H

#include "client/client.h"
#include "proto/admin_codec.h"

/* Requests sent again so far. What a repeated request did may be another copy's doing: its answer
 * counts what was left for the last one. */
uint64_t lq_client_request_repeats(const lq_client_t *client);

/* One administrative request and its answer; repeated while the broker is silent, until timeout_ms.
 * `reply` lives in `arena`. Blocks. LQ_ERR_UNREACHABLE: no broker answered at all; LQ_ERR_TIMEOUT:
 * one was seen, but no answer came. */
LQ_MUST_CHECK enum lq_result lq_client_admin(lq_client_t *client, struct lq_admin_request *request,
                                             uint32_t timeout_ms, struct lq_arena *arena,
                                             struct lq_admin_reply *reply);

/* The same without waiting: lq_client_turn() sends it, repeats it and calls `on_reply`, once.
 * `request` and what it points to are borrowed until then; `reply` lives for the call. A request is
 * never given up. LQ_ERR_FULL: LQ_CLIENT_REQUESTS_MAX are waiting already. */
#define LQ_CLIENT_REQUESTS_MAX 64u
typedef void (*lq_client_reply_fn)(void *context, const struct lq_admin_reply *reply);
LQ_MUST_CHECK enum lq_result lq_client_request(lq_client_t *client,
                                               struct lq_admin_request *request,
                                               lq_client_reply_fn on_reply, void *context);
/* Take a request back: its answer is not handed out, its memory no longer borrowed. Nothing if it
 * has been answered. What the broker makes of it stays open. */
void lq_client_forget(lq_client_t *client, const struct lq_admin_request *request);

#endif
