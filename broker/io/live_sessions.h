// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* live_sessions.h - the sessions that the broker has to know over a restart, as its store keeps
 * them: those with a tick rate, those whose rate changes, and those that are stopped. A session
 * that runs without a rate has no entry. Writes happen inside the store's open transaction; of any
 * result but LQ_OK: abort it.
 */
#ifndef LQ_LIVE_SESSIONS_H
#define LQ_LIVE_SESSIONS_H

#include "broker/io/storage_job.h"
#include "broker/io/storage_news.h"
#include "store/lmdb/broker_store.h"

/* PUT_LIVE, and the news of it: what an operator decided meanwhile stands. */
LQ_MUST_CHECK enum lq_result lq_live_sessions_put(lq_broker_store_t *store,
                                                  const struct lq_storage_job *job,
                                                  struct lq_storage_news_list *news);

/* CHANGE_SESSION, and the news of it. A new rate is one to come until a frame has it. */
LQ_MUST_CHECK enum lq_result lq_live_sessions_change(lq_broker_store_t *store,
                                                     const struct lq_storage_job *job,
                                                     struct lq_storage_news_list *news);

/* SETTLE_RATE: a frame has it. If another one is to come by now, that stays so. */
LQ_MUST_CHECK enum lq_result lq_live_sessions_settle(lq_broker_store_t *store,
                                                     const struct lq_storage_job *job);

/* One that is not there is forgotten already. */
LQ_MUST_CHECK enum lq_result lq_live_sessions_forget(lq_broker_store_t *store,
                                                     struct lq_session_names names);

/* An entry of the table, its names in the key; false: it is none of ours. */
bool lq_live_sessions_read(struct lq_view key, struct lq_view value, struct lq_session_names *names,
                           struct lq_live_session *session);

#endif
