// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* stored_events.h - which events tenants subscribe to, as the broker's store keeps it over a
 * restart: in the table of their quotas, under a '+' and the tenant's name. And which entries of
 * the store's outbox are quiet by that: what is in force when an entry is written decides, inside
 * of the same transaction, so that the outbox is in one order with the changes. */
#ifndef LQ_STORED_EVENTS_H
#define LQ_STORED_EVENTS_H

#include "broker/io/storage_job.h"
#include "broker/io/storage_news.h"
#include "store/lmdb/broker_store.h"

/* PUT_EVENTS: the tenant's own list from now on, or none; and the news of it. Anything but LQ_OK:
 * abort the transaction. */
LQ_MUST_CHECK enum lq_result lq_stored_events_put(lq_broker_store_t *store,
                                                  const struct lq_storage_job *job,
                                                  struct lq_storage_news_list *news);

/* Whether an entry of that table is one of these, by its key. */
static inline bool lq_stored_events_is_key(struct lq_view key)
{
    return key.bytes > 0 && key.data[0] == '+';
}

/* Read it; false: it does not open, or is none of ours. The name lies in the key. */
bool lq_stored_events_read(struct lq_view key, struct lq_view value, struct lq_view *tenant,
                           struct lq_event_subscription *subscription);

/* As the store's lq_broker_store_quiet_fn; `context` is the store. */
bool lq_stored_events_is_quiet(void *context, const struct lq_broker_entry *entry,
                               const struct lq_broker_entry_body *body);

/* The type of the event that an entry tells of, and its tenant, which lies in the body; NULL: of
 * none, or of one that leaves always. */
const char *lq_stored_events_type(const struct lq_broker_entry *entry,
                                  const struct lq_broker_entry_body *body, struct lq_view *tenant);

#endif
