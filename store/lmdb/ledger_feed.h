// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_feed.h - the change feed of a partition: everything that was ever committed, in one order,
 * for who mirrors it or acts on it. It is the records in their sequence, and behind each record the
 * entries of the outbox that name it. A reader keeps a position and writes nothing; how far it has
 * come is told to the writer as a cursor (ledger.h, SET_CURSOR), which keeps what lies behind it.
 *
 * In clear are the record headers of store/core/record.h and the entries' of
 * store/core/outbox_entry.h; contents and events are sealed as they lie in the ledger.
 */
#ifndef LQ_LEDGER_FEED_H
#define LQ_LEDGER_FEED_H

#include "store/core/outbox_note.h"
#include "store/core/partition_state.h"
#include "store/lmdb/ledger.h"

enum { LQ_FEED_ENTRIES_MAX = 256 };

struct lq_feed_entry {
    bool is_record; /* else of the outbox */
    uint64_t sequence;
    struct lq_view value; /* a whole record, or a whole entry of the outbox */
};

/* What follows a position, in order. */
struct lq_feed_run {
    uint8_t *memory; /* lent by the caller; values lie in it. A record of the largest size, or an
                      * event, must find room: LQ_FEED_RUN_BYTES_MIN */
    size_t bytes_max;
    struct lq_feed_entry entries[LQ_FEED_ENTRIES_MAX];
    uint32_t count;              /* 0: nothing has happened since */
    struct lq_feed_position end; /* behind the last of them */
    bool is_behind; /* a commit has been written that readers do not see yet: look again soon. Who
                     * is woken by a change of the file can be that early. */
};

enum { LQ_FEED_RUN_BYTES_MIN = 2 * LQ_TICK_BYTES_MAX };

/* Copy out what follows `after`, in a read transaction of its own. LQ_ERR_STALE: what follows was
 * trimmed, begin anew from the tables. LQ_ERR_INVALID: the feed has not come so far.
 * LQ_ERR_CORRUPT: an entry cannot be read. LQ_ERR_LIMIT: one is longer than `bytes_max`. */
LQ_MUST_CHECK enum lq_result lq_ledger_feed_read(lq_ledger_t *ledger, struct lq_feed_position after,
                                                 struct lq_feed_run *run);

/* One entry alone, by its sequence, copied to `memory`, bytes_max of it. In a read transaction of
 * its own. LQ_ERR_STALE: of the outbox, and trimmed. LQ_ERR_NOT_FOUND: the feed has not come so
 * far, or lacks it: a restored partition may, below `gapless` of its state. LQ_ERR_LIMIT. */
LQ_MUST_CHECK enum lq_result lq_ledger_feed_get(lq_ledger_t *ledger, struct lq_feed_entry *entry,
                                                uint8_t *memory, size_t bytes_max);

/* Whether a record of this session and sequence was there, and was dropped. In a read transaction
 * of its own. */
LQ_MUST_CHECK enum lq_result lq_ledger_feed_dropped(lq_ledger_t *ledger, uint64_t session_number,
                                                    uint64_t ledger_sequence, bool *dropped);

/* Open the content of a record of the feed, or an event, into `plain`, which has
 * LQ_FEED_PLAIN_BYTES_MAX. Of a record the names of tenant and session, at the front of its
 * content, are read too. LQ_ERR_KEY: the key was destroyed, or the ledger was opened without one.
 * LQ_ERR_CORRUPT: it does not open, or is a note. */
enum { LQ_FEED_PLAIN_BYTES_MAX = LQ_RECORD_SALT_BYTES + LQ_TICK_BYTES_MAX };

struct lq_feed_plain {
    struct lq_view content;        /* of the record, or the event; lies in `plain` */
    struct lq_session_names names; /* of a record; they point into its content */
};
LQ_MUST_CHECK enum lq_result lq_ledger_feed_open(lq_ledger_t *ledger,
                                                 const struct lq_feed_entry *entry, uint8_t *plain,
                                                 struct lq_feed_plain *opened);

/* Seal an entry of the broker's outbox under this ledger's master key (store/seal/broker_seal.h) to
 * `to`, which has entry.bytes + LQ_SEALED_BOX_EXTRA_BYTES: so it leaves the broker's store.
 * LQ_ERR_KEY: the ledger was opened without one. */
LQ_MUST_CHECK enum lq_result lq_ledger_feed_seal_broker(const lq_ledger_t *ledger,
                                                        struct lq_view entry, uint8_t *to);

struct lq_feed_cursor {
    char name[LQ_CURSOR_NAME_BYTES_MAX + 1];
    struct lq_feed_position position;
};

/* How far the feed has come, what of it is kept, and who follows it. */
struct lq_feed_state {
    struct lq_feed_position newest;
    uint64_t first_outbox_sequence;  /* newest + 1: none is kept */
    struct lq_feed_position gapless; /* from these on no sequence is missing; 1 unless restored */
    uint64_t outbox_count, outbox_bytes;
    enum lq_wall_verdict wall_verdict;
    bool drop_waits; /* frames would be dropped if the wall clock were believed */
    uint8_t history[LQ_HISTORY_ID_BYTES]; /* of the partition; another one is another history */
    uint8_t master_digest[LQ_HASH_BYTES];
    uint32_t cursor_count;
    struct lq_feed_cursor cursors[LQ_CURSORS_MAX]; /* by name */
};

/* Each wrapped key of a tenant as it lies in the ledger (store/seal/keyring.h), in the order of
 * their generations: what a note of a key stands for. In a read transaction of its own; views live
 * for the call. Stops at anything but LQ_OK of `each`, and returns it. */
typedef enum lq_result (*lq_ledger_feed_key_fn)(void *context, struct lq_view wrapped);
LQ_MUST_CHECK enum lq_result lq_ledger_feed_each_key(lq_ledger_t *ledger, uint64_t tenant_number,
                                                     lq_ledger_feed_key_fn each, void *context);

/* Inside a read transaction. */
LQ_MUST_CHECK enum lq_result lq_ledger_feed_state(lq_ledger_t *ledger, struct lq_feed_state *state);

#endif
