// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_store.h - what the broker must remember over a restart: its epoch, the sessions with a
 * tick rate, parked sessions, dead letters, and the quotas of tenants. One LMDB environment, values
 * sealed under a key of its own (made at first start, in a file beside it, mode 0600). The broker
 * never holds tenant keys.
 *
 * Each change is told of in an outbox, in its own transaction and in order (broker_entry.h), so
 * that who reads it (broker_feed.h) can keep a second copy. What lies before the entry that the
 * slowest reader has come to goes, and so do the oldest entries beyond a bound in bytes.
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

enum { LQ_BROKER_HISTORY_BYTES = 16 };

struct lq_broker_store_options {
    const char *folder;
    uint64_t map_bytes;
    const char *made_file; /* as of a ledger (ledger.h); may be NULL */
    /* Above it the oldest entries of the outbox go, and the cursors that stood before them. Never
     * more than a quarter of the map, so that the outbox cannot fill it. 0: that quarter. */
    uint64_t outbox_bytes_max;
    bool is_restored; /* a new store stays empty, without an epoch: broker_restore.h fills it */
};

/* Locks (flock; LQ_ERR_BUSY: a second broker), opens, and raises and fsyncs the epoch, which the
 * outbox tells. A store of a format before gets what it lacks in the same transaction: its outbox
 * begins with an entry for all that the tables hold. A program of that format opens it no more.
 * LQ_ERR_KEY: broker.key is not the key that the store was made with; nothing was changed.
 * `message` is for the operator. */
LQ_MUST_CHECK enum lq_result lq_broker_store_open(const struct lq_broker_store_options *options,
                                                  lq_broker_store_t **store, uint64_t *epoch,
                                                  struct lq_error_message *message);
void lq_broker_store_close(lq_broker_store_t **store);

/* LQ_BROKER_HISTORY_BYTES, drawn when the store was made, or restored: what a client was told by a
 * broker of another history may have been lost. Lives as long as the store. */
const uint8_t *lq_broker_store_history(const lq_broker_store_t *store);

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

/* The process whose read transaction is the oldest, and by how many transactions it lags: pages
 * freed since then are not used again. False: nobody reads. */
bool lq_broker_store_oldest_reader(lq_broker_store_t *store, int64_t *pid, uint64_t *lag);

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

/* ---- the outbox ---- */

/* Tell of what an operator did, or of a quota that was exceeded, in the transaction under way. */
LQ_MUST_CHECK enum lq_result lq_broker_store_tell(lq_broker_store_t *store,
                                                  enum lq_broker_entry_kind kind,
                                                  const struct lq_broker_entry_body *body);

/* Whether an entry that is about to be written is quiet: nobody subscribes to the event that it
 * tells of (broker_entry.h). Asked inside of the transaction that writes it; may read the store. */
typedef bool (*lq_broker_store_quiet_fn)(void *context, const struct lq_broker_entry *entry,
                                         const struct lq_broker_entry_body *body);
void lq_broker_store_ask_quiet(lq_broker_store_t *store, lq_broker_store_quiet_fn is_quiet,
                               void *context);

/* Sequence of the newest entry, those of the transaction under way among them; 0: none. */
uint64_t lq_broker_store_newest(const lq_broker_store_t *store);

/* ---- told again ---- */

/* Where a telling of the tables has come to: of whom asks for the next step, opaque. A step has at
 * most so many entries, and so many bytes unless its first one alone has more. */
enum {
    LQ_BROKER_TELLING_PLACE_BYTES_MAX = 1 + LQ_BROKER_KEY_BYTES_MAX,
    LQ_BROKER_TELLING_ENTRIES = 128,
    LQ_BROKER_TELLING_BYTES = 1024 * 1024
};

struct lq_broker_telling {
    uint8_t place[LQ_BROKER_TELLING_PLACE_BYTES_MAX]; /* in: that of the step before; out: where the
                                                       * next one goes on */
    uint32_t place_bytes;                             /* in: 0: begin; out: 0: all is told */
    uint32_t told;                                    /* out: entries of the tables, by this step */
    uint64_t all;                                     /* out: that they have now */
    uint64_t first, last;                             /* out: sequences of this step's entries */
};

/* A step: what the tables have behind the place is told to the outbox, in the transaction under
 * way, for a reader that has missed what was trimmed. A step that is made twice does no harm.
 * LQ_ERR_INVALID: no place, and nothing changed. LQ_ERR_CORRUPT: a value does not open. */
LQ_MUST_CHECK enum lq_result lq_broker_store_tell_again(lq_broker_store_t *store,
                                                        struct lq_broker_telling *telling);

enum { LQ_BROKER_CURSORS_MAX = 16, LQ_BROKER_CURSOR_NAME_BYTES_MAX = 32 };

/* A reader has passed `sequence`: made if there is none, in the transaction under way. A cursor
 * goes forward only; one that stands further already stays. Anything but LQ_OK of these changed
 * nothing: LQ_ERR_INVALID: no name of a cursor. LQ_ERR_CONFLICT: the outbox has not come so far, or
 * what follows was trimmed. LQ_ERR_FULL: LQ_BROKER_CURSORS_MAX of them. */
LQ_MUST_CHECK enum lq_result lq_broker_store_set_cursor(lq_broker_store_t *store,
                                                        struct lq_view name, uint64_t sequence);

/* LQ_ERR_NOT_FOUND. */
LQ_MUST_CHECK enum lq_result lq_broker_store_drop_cursor(lq_broker_store_t *store,
                                                         struct lq_view name);

struct lq_broker_cursor {
    char name[LQ_BROKER_CURSOR_NAME_BYTES_MAX + 1];
    uint64_t sequence;
};

/* How far the outbox has come, what of it is kept, and who follows it. */
struct lq_broker_feed_state {
    uint64_t newest;       /* sequence; 0: nothing was ever told */
    uint64_t first;        /* newest + 1: none is kept */
    uint64_t count, bytes; /* of the entries that are kept */
    uint64_t epoch;        /* of the broker that opened it last */
    uint32_t cursor_count;
    struct lq_broker_cursor cursors[LQ_BROKER_CURSORS_MAX]; /* by name */
};

LQ_MUST_CHECK enum lq_result lq_broker_store_feed_state(lq_broker_store_t *store,
                                                        struct lq_broker_feed_state *state);

#endif
