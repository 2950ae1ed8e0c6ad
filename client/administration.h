// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* administration.h - a link's requests to the broker that are no commands: tenants, sessions, dead
 * letters, status. For lqctl and the like in this tree: its structs are those of the wire, so it is
 * not part of what the library shows outside. */
#ifndef LQ_ADMINISTRATION_H
#define LQ_ADMINISTRATION_H

#include "client/link.h"
#include "proto/admin_codec.h"

/* `request` and what it points to are borrowed until on_reply is called, once, from within a turn;
 * `reply` lives for the call. The link sends it, repeats it, and never gives it up. Any number for
 * any tenants are under way at once. LQ_ERR_FULL: requests_max are waiting already. */
typedef void (*lq_link_reply_fn)(void *context, const struct lq_admin_reply *reply);
LQ_MUST_CHECK enum lq_result lq_link_request(lq_link_t *link, struct lq_admin_request *request,
                                             lq_link_reply_fn on_reply, void *context);

/* Take a request back: its answer is not handed out, its memory no longer borrowed. Nothing if it
 * has been answered. What the broker makes of it stays open. */
void lq_link_forget(lq_link_t *link, const struct lq_admin_request *request);

/* One request and its answer; repeated while the broker is silent, until timeout_ms. `reply` lives
 * in `arena`. Blocks. LQ_ERR_UNREACHABLE: no broker answered at all; LQ_ERR_TIMEOUT: one was seen,
 * but no answer came. */
LQ_MUST_CHECK enum lq_result lq_link_ask(lq_link_t *link, struct lq_admin_request *request,
                                         uint32_t timeout_ms, struct lq_arena *arena,
                                         struct lq_admin_reply *reply);

/* Requests sent again so far. What a repeated request did may be another copy's doing: its answer
 * counts what was left for the last one. */
uint64_t lq_link_request_repeats(const lq_link_t *link);

#endif
