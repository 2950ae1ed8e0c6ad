// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* stored_durability.h - the tenants' own durability, as the broker's store keeps it over a restart:
 * in the table of their quotas, under a '/' and the tenant's name, which no tenant's name has.
 * Writes happen inside the store's open transaction. */
#ifndef LQ_STORED_DURABILITY_H
#define LQ_STORED_DURABILITY_H

#include "broker/io/storage_job.h"
#include "broker/io/storage_news.h"
#include "store/lmdb/broker_store.h"

/* PUT_DURABILITY: the tenant's own from now on, or none; and the news of it. Anything but LQ_OK:
 * abort the transaction. */
LQ_MUST_CHECK enum lq_result lq_stored_durability_put(lq_broker_store_t *store,
                                                      const struct lq_storage_job *job,
                                                      struct lq_storage_news_list *news);

/* Whether an entry of that table is one of these, by its key. */
static inline bool lq_stored_durability_is_key(struct lq_view key)
{
    return key.bytes > 0 && key.data[0] == '/';
}

/* Read it; false: it does not open, or is none of ours. The name lies in the key. */
bool lq_stored_durability_read(struct lq_view key, struct lq_view value, struct lq_view *tenant,
                               struct lq_durability *durability);

#endif
