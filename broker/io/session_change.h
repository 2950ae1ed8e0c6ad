// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_change.h - CHANGE_SESSION: an operator stops a session, starts it, or gives it another
 * rate; or asks how it is. What changes is told when it is on disk. */
#ifndef LQ_SESSION_CHANGE_H
#define LQ_SESSION_CHANGE_H

#include "broker/io/core_feed.h"
#include "broker/io/storage_thread.h"
#include "proto/admin_codec.h"

/* True: `answer` is the answer. False: it comes as news of the store. Texts live until the next
 * step. */
bool lq_session_change_answer(struct lq_core_feed *feed, lq_storage_thread_t *storage,
                              uint32_t peer, const struct lq_admin_request *request,
                              struct lq_admin_reply *answer);

#endif
