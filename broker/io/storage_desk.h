// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* storage_desk.h - jobs of the broker's store, each done by the file of its noun. Knows nothing of
 * threads.
 *
 *   PUT_LETTER, LETTER_DONE, LETTER_OPEN --> letter_desk    \
 *   ADMIN                                --> letter_inquiry  >  letter_shelf \
 *   PUT_LIVE, FORGET_LIVE,               --> live_sessions                    > broker_store
 *   CHANGE_SESSION, SETTLE_RATE                                              /
 *   FORGET_PARKED, a letter that parks   --> parked_sessions                 /
 *   FORGET_DELETED                       --> live_sessions, parked_sessions
 *   PUT_QUOTA, QUOTA_EXCEEDED            --> stored_quotas                  /
 *   FEED                                 --> feed_inquiry                  /
 *   RESUMED, and with PUT_QUOTA,         --> operator_record              /
 *   CHANGE_SESSION, ADMIN; DELETION
 */
#ifndef LQ_STORAGE_DESK_H
#define LQ_STORAGE_DESK_H

#include "broker/io/storage_job.h"
#include "broker/io/storage_news.h"
#include "store/lmdb/broker_store.h"

typedef struct lq_storage_desk lq_storage_desk_t;

/* Borrows the store. */
lq_storage_desk_t *lq_storage_desk_new(lq_broker_store_t *store);
void lq_storage_desk_destroy(lq_storage_desk_t **desk);

/* Do one job inside the store's open transaction. What came of it is gathered. Anything but LQ_OK:
 * abort the transaction. */
LQ_MUST_CHECK enum lq_result lq_storage_desk_work(lq_storage_desk_t *desk,
                                                  const struct lq_storage_job *job);

/* What was gathered, in order; the caller's. */
struct lq_storage_news_list lq_storage_desk_take_news(lq_storage_desk_t *desk);

#endif
