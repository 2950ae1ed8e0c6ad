// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* parked_sessions.h - the parked sessions and the stage that parked each, as the broker's store
 * keeps them over a restart. Writes happen inside the store's open transaction. */
#ifndef LQ_PARKED_SESSIONS_H
#define LQ_PARKED_SESSIONS_H

#include "store/lmdb/broker_store.h"
#include "world/identity.h"

LQ_MUST_CHECK enum lq_result lq_parked_sessions_put(lq_broker_store_t *store,
                                                    struct lq_session_names names,
                                                    struct lq_view stage);

/* One that is not there is forgotten already. */
LQ_MUST_CHECK enum lq_result lq_parked_sessions_forget(lq_broker_store_t *store,
                                                       struct lq_session_names names);

/* An entry of the table, whose value is the stage; false: it is none of ours. */
bool lq_parked_sessions_read(struct lq_view key, struct lq_session_names *names);

#endif
