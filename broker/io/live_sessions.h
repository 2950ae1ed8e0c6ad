// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* live_sessions.h - the sessions with a tick rate, as the broker's store keeps them over a restart.
 * Writes happen inside the store's open transaction. */
#ifndef LQ_LIVE_SESSIONS_H
#define LQ_LIVE_SESSIONS_H

#include "broker/io/storage_job.h"
#include "broker/io/storage_news.h"
#include "store/lmdb/broker_store.h"

/* PUT_LIVE, and the news of it. Anything but LQ_OK: abort the transaction. */
LQ_MUST_CHECK enum lq_result lq_live_sessions_put(lq_broker_store_t *store,
                                                  const struct lq_storage_job *job,
                                                  struct lq_storage_news_list *news);

/* One that is not there is forgotten already. */
LQ_MUST_CHECK enum lq_result lq_live_sessions_forget(lq_broker_store_t *store,
                                                     struct lq_session_names names);

struct lq_live_session {
    struct lq_session_names names; /* in the entry */
    uint32_t rate_numerator, rate_denominator;
    bool attended;
};

/* An entry of the table; false: it is none of ours. */
bool lq_live_sessions_read(struct lq_view key, struct lq_view value,
                           struct lq_live_session *session);

#endif
