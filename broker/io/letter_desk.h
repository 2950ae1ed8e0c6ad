// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_desk.h - what the storage thread does inside its transactions: letters, live and parked
 * sessions. Knows nothing of threads.
 *
 *   OPEN --redrive--> REDRIVING(round) --its receipt--> DONE(frame), a tombstone until purged
 *     ^                   |
 *     +---- dies again, or comes to nothing
 */
#ifndef LQ_LETTER_DESK_H
#define LQ_LETTER_DESK_H

#include "broker/io/storage_thread.h"

typedef struct lq_letter_desk lq_letter_desk_t;

/* Borrows the store. */
lq_letter_desk_t *lq_letter_desk_new(lq_broker_store_t *store);
void lq_letter_desk_destroy(lq_letter_desk_t **desk);

/* Do one job inside the store's open transaction. What came of it is gathered. Anything but LQ_OK:
 * abort the transaction. */
LQ_MUST_CHECK enum lq_result lq_letter_desk_work(lq_letter_desk_t *desk,
                                                 const struct lq_storage_job *job);

/* What was gathered, in order; the caller's. */
struct lq_storage_done *lq_letter_desk_take_done(lq_letter_desk_t *desk);

/* The key of a session in the tables of live and parked ones: tenant NUL session. */
#define LQ_SESSION_KEY_BYTES_MAX (LQ_TENANT_NAME_BYTES_MAX + 1 + LQ_SESSION_NAME_BYTES_MAX)
struct lq_view lq_letter_desk_session_key(uint8_t *to, struct lq_view tenant,
                                          struct lq_view session);
/* And back; false for what is not such a key. */
bool lq_letter_desk_split_key(struct lq_view key, struct lq_view *tenant, struct lq_view *session);

#endif
