// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_store.h - what the broker must remember over a restart: its epoch, the sessions with a
 * tick rate, parked sessions, dead letters, and the quotas of tenants. One LMDB environment, values
 * sealed under a key of its own (made at first start, in a file beside it, mode 0600). The broker
 * never holds tenant keys.
 *
 * Threads: opened by the main thread before the socket is bound, then used by the storage thread
 * only.
 */
#ifndef LQ_BROKER_STORE_H
#define LQ_BROKER_STORE_H

#include "base/error_message.h"
#include "base/result.h"
#include "base/view.h"
#include "store/core/broker_entry.h"

typedef struct lq_broker_store lq_broker_store_t;

struct lq_broker_store_options {
    const char *folder;
    uint64_t map_bytes;
    const char *made_file; /* as of a ledger (ledger.h); may be NULL */
};

/* Locks (flock; LQ_ERR_BUSY: a second broker), opens, and raises and fsyncs the epoch. A store of
 * the format before gets what it lacks in the same transaction; a program of that format opens it
 * no more.
 * LQ_ERR_KEY: broker.key is not the key that the store was made with; nothing was changed.
 * `message` is for the operator. */
LQ_MUST_CHECK enum lq_result lq_broker_store_open(const struct lq_broker_store_options *options,
                                                  lq_broker_store_t **store, uint64_t *epoch,
                                                  struct lq_error_message *message);
void lq_broker_store_close(lq_broker_store_t **store);

/* Tables (store/core/broker_entry.h): a key is 1 to LQ_BROKER_KEY_BYTES_MAX bytes; values are
 * sealed. */

/* One write transaction of several puts and deletes; on disk when commit returns LQ_OK.
 * LQ_ERR_DISK_FULL and LQ_ERR_MAP_FULL: nothing changed; after one from put or delete, abort.
 * LQ_ERR_LIMIT from put: the value is beyond LQ_BROKER_VALUE_BYTES_MAX. LQ_ERR_IO: exit. */
LQ_MUST_CHECK enum lq_result lq_broker_store_begin(lq_broker_store_t *store);
LQ_MUST_CHECK enum lq_result lq_broker_store_put(lq_broker_store_t *store,
                                                 enum lq_broker_table table, struct lq_view key,
                                                 struct lq_view value);
/* LQ_ERR_NOT_FOUND when there is none; the transaction goes on. */
LQ_MUST_CHECK enum lq_result lq_broker_store_delete(lq_broker_store_t *store,
                                                    enum lq_broker_table table, struct lq_view key);
LQ_MUST_CHECK enum lq_result lq_broker_store_commit(lq_broker_store_t *store);
void lq_broker_store_abort(lq_broker_store_t *store);

/* Opened copies, in key order, of keys at or after `from`; stops when `each` returns false. The
 * views live for the call. LQ_ERR_CORRUPT names nothing: the entry that does not open is passed
 * with an empty value so that the caller can say which one it is. */
typedef bool (*lq_broker_store_each_fn)(void *context, struct lq_view key, struct lq_view value);
LQ_MUST_CHECK enum lq_result lq_broker_store_each(lq_broker_store_t *store,
                                                  enum lq_broker_table table, struct lq_view from,
                                                  lq_broker_store_each_fn each, void *context);

/* One value into `buffer`; LQ_ERR_NOT_FOUND, LQ_ERR_LIMIT, LQ_ERR_CORRUPT. */
LQ_MUST_CHECK enum lq_result lq_broker_store_get(lq_broker_store_t *store,
                                                 enum lq_broker_table table, struct lq_view key,
                                                 uint8_t *buffer, size_t bytes_max,
                                                 struct lq_view *value);

#endif
