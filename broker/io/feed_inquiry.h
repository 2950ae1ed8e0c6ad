// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_inquiry.h - requests about the outbox of the broker's store: how far it has come, and the
 * cursors of its readers. Answered inside the transactions of the storage thread, so that who hears
 * of a cursor knows it on disk. */
#ifndef LQ_FEED_INQUIRY_H
#define LQ_FEED_INQUIRY_H

#include "broker/io/storage_job.h"
#include "broker/io/storage_news.h"
#include "store/lmdb/broker_store.h"

struct lq_arena;

/* SET_BROKER_CURSOR or SHOW_BROKER_FEED; the news is the answer. `arena`: for what the request
 * holds. Anything but LQ_OK: abort the transaction. */
LQ_MUST_CHECK enum lq_result lq_feed_inquiry_answer(lq_broker_store_t *store,
                                                    const struct lq_storage_job *job,
                                                    struct lq_arena *arena,
                                                    struct lq_storage_news_list *news);

#endif
