// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* stored_quotas.h - the tenants' own quotas, as the broker's store keeps them over a restart.
 * Writes happen inside the store's open transaction. */
#ifndef LQ_STORED_QUOTAS_H
#define LQ_STORED_QUOTAS_H

#include "broker/io/storage_job.h"
#include "broker/io/storage_news.h"
#include "store/lmdb/broker_store.h"

/* PUT_QUOTA: what it names is changed, the tenant's others stay; and the news of it. Anything but
 * LQ_OK: abort the transaction. */
LQ_MUST_CHECK enum lq_result lq_stored_quotas_put(lq_broker_store_t *store,
                                                  const struct lq_storage_job *job,
                                                  struct lq_storage_news_list *news);

/* QUOTA_EXCEEDED: only the store's outbox tells of it. */
LQ_MUST_CHECK enum lq_result lq_stored_quotas_tell_exceeded(lq_broker_store_t *store,
                                                            const struct lq_storage_job *job);

/* An entry of the table; false: it is none of ours. The name lies in the key. */
bool lq_stored_quotas_read(struct lq_view key, struct lq_view value, struct lq_view *tenant,
                           struct lq_quota *quota);

#endif
