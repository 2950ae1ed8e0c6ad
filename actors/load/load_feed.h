// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* load_feed.h - READ_FEED: what follows a position of the partition's change feed. */
#ifndef LQ_LOAD_FEED_H
#define LQ_LOAD_FEED_H

#include "actors/load/load_handler.h"
#include "proto/admin_codec.h"
#include "store/lmdb/ledger_feed.h"

/* Fill reply->feed_items, from the handler's arena, with what follows request->cursor: as many
 * entries as there is time for, at least one if there is any; reply->more says that others follow.
 * `state` is that of the feed. Ends the batch's read transaction and begins another one.
 * LQ_ERR_STALE: what follows was trimmed; LQ_ERR_CONFLICT: the feed has not come so far;
 * LQ_ERR_CORRUPT: an entry cannot be read; each with `message`. Anything else: the house is in
 * trouble. */
LQ_MUST_CHECK enum lq_result lq_load_feed_read(struct lq_load_handler *handler,
                                               const struct lq_admin_request *request,
                                               const struct lq_feed_state *state,
                                               struct lq_admin_reply *reply,
                                               struct lq_error_message *message);

#endif
