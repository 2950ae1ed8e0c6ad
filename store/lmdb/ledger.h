// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger.h - one partition of the store: an append-only, sealed, hash-chained sequence of records
 * in one LMDB environment with one writer process.
 *
 * The ledger knows tenants, sessions, frames and opaque contents; what a content means is the
 * business of world/canonical.h. Byte layouts: docs/ledger-format.md.
 *
 * Threads: a handle and its transactions belong to one thread. A process opens a partition once.
 */
#ifndef LQ_LEDGER_H
#define LQ_LEDGER_H

#include "base/error_message.h"
#include "base/result.h"
#include "base/view.h"
#include "store/core/hash_chain.h"
#include "store/core/ledger_key.h"
#include "store/core/wall_guard.h"
#include "store/seal/salted_digest.h"
#include "world/identity.h"
#include "world/world_limits.h"

typedef struct lq_ledger lq_ledger_t;

/* What the clocks say. Only the age of frames is judged by it. */
typedef struct lq_clock_pair (*lq_ledger_clock_fn)(void);

struct lq_ledger_options {
    const char *folder;          /* of this partition: DATA/ledger/0 */
    const char *master_key_file; /* 32 bytes as 64 hex digits and a newline, mode 0600. A reader may
                                  * give NULL: it can verify, and opens no record (LQ_ERR_KEY) */
    uint64_t map_bytes;          /* of a writer: the size that the map begins with */
    uint64_t map_bytes_max;      /* of a writer: up to which it grows; 0: it stays as it is */
    uint32_t partition;
    /* Of a writer: a file outside of `folder` that says from the first commit on that the partition
     * was made, so that a folder which vanished is not made anew. NULL: none. */
    const char *made_file;
    uint64_t outbox_bytes_max; /* of a writer: beyond it the oldest entries go; 0: no bound */
    uint32_t keyframe_every;   /* of a writer: records from a keyframe to the last delta on it, both
                              * counted, up to LQ_RECORD_SPAN_MAX; 0: that */
    size_t cache_bytes; /* memory for contents that were read, so that the ones behind them need not
                         * be rebuilt from their keyframes; 0: LQ_LEDGER_CACHE_BYTES. Not touched
                         * before it is needed */
    uint64_t retention_s; /* of a writer: for how long frames are kept of tenants that have no time
                           * of their own; 0: for ever */
    lq_ledger_clock_fn clock; /* of a writer. NULL: the machine's */
};

/* Enough for one content of the largest size. */
enum { LQ_LEDGER_CACHE_BYTES = 1024 * 1024 };

/* Open for writing: takes an flock on the folder's lock file first (LQ_ERR_BUSY: another writer has
 * it), creates what is missing (folders 0700, files 0600; the master key only together with the
 * first partition, never beside a ledger that exists), checks format, partition and master key,
 * raises meta.writer_epoch in a commit of its own. `message` tells the operator what
 * was wrong. Destroyer: lq_ledger_close(). Blocks (disk). */
LQ_MUST_CHECK enum lq_result lq_ledger_open_writer(const struct lq_ledger_options *options,
                                                   lq_ledger_t **ledger,
                                                   struct lq_error_message *message);

/* Open for reading; the folder must hold a ledger (else LQ_ERR_NOT_FOUND). */
LQ_MUST_CHECK enum lq_result lq_ledger_open_reader(const struct lq_ledger_options *options,
                                                   lq_ledger_t **ledger,
                                                   struct lq_error_message *message);

void lq_ledger_close(lq_ledger_t **ledger);

uint64_t lq_ledger_writer_epoch(const lq_ledger_t *ledger);

/* Bytes of the map in use, and its size. */
void lq_ledger_map_use(lq_ledger_t *ledger, uint64_t *used_bytes, uint64_t *map_bytes);

/* Of a writer: raise the map until `bytes` of it are left, if it may. LQ_ERR_MAP_FULL,
 * LQ_ERR_DISK_FULL: there is not so much. LQ_ERR_IO: as of a commit. */
LQ_MUST_CHECK enum lq_result lq_ledger_make_room(lq_ledger_t *ledger, uint64_t bytes);

/* Of a writer: whether frames would be dropped if the wall clock were believed, and why it is not:
 * NULL, or what it is doubted for. */
const struct lq_wall_guard *lq_ledger_drop_waits_for_clock(const lq_ledger_t *ledger);

/* The process with the oldest read transaction, and by how many transactions it lags: a reader that
 * stands still makes the file grow, because no page freed since may be used again. False: none. */
bool lq_ledger_oldest_reader(lq_ledger_t *ledger, int64_t *pid, uint64_t *lag);

/* ---- reading: a transaction a batch, ended before anything is sent ---- */

struct lq_head {
    uint64_t session_number;
    uint64_t frame;
    uint64_t ledger_sequence;         /* of the newest record */
    uint64_t record_count;            /* frame + 1 while nothing was retired */
    struct lq_execution_id execution; /* the one that made this frame */
    uint8_t hash[LQ_HASH_BYTES];      /* H of the newest record */
    bool deleted;                     /* that was its last frame; its records may be gone */
};

LQ_MUST_CHECK enum lq_result lq_ledger_read_begin(lq_ledger_t *ledger);
void lq_ledger_read_end(lq_ledger_t *ledger);

/* Inside a read transaction. LQ_ERR_NOT_FOUND: no such tenant or session. */
LQ_MUST_CHECK enum lq_result lq_ledger_head(lq_ledger_t *ledger, struct lq_session_names names,
                                            struct lq_head *head);

/* Whether the tenant's keys were destroyed: nothing of it can be read any more, nor written. Inside
 * a read transaction. LQ_ERR_NOT_FOUND: no such tenant. */
LQ_MUST_CHECK enum lq_result lq_ledger_is_shredded(lq_ledger_t *ledger, struct lq_view tenant,
                                                   bool *shredded);

/* For how long frames of a tenant are kept, if that was ever set for it: else *seconds stays.
 * Inside a read transaction. LQ_ERR_NOT_FOUND: no such tenant. */
LQ_MUST_CHECK enum lq_result lq_ledger_retention(lq_ledger_t *ledger, struct lq_view tenant,
                                                 uint64_t *seconds, bool *own);

/* One record, opened: checks H, D, the seal, and that the tenant and session sealed in it are those
 * asked for. Outside of a read transaction: it uses one of its own, ended before it computes.
 * The content is copied into the buffer that the caller lends (LQ_TICK_BYTES_MAX suffices).
 * LQ_ERR_NOT_FOUND, LQ_ERR_CORRUPT (message names record and check), LQ_ERR_KEY. */
struct lq_record_info {
    uint64_t ledger_sequence;
    uint64_t previous_sequence; /* of the same session; 0: none */
    uint64_t frame;
    struct lq_execution_id execution;
    uint32_t key_generation;
    uint32_t record_bytes;                /* as stored */
    bool is_keyframe;                     /* stored whole */
    uint8_t previous_hash[LQ_HASH_BYTES]; /* zeroes for frame 0 */
    uint8_t salt[LQ_RECORD_SALT_BYTES];   /* of D */
    uint8_t digest[LQ_HASH_BYTES];        /* D */
    uint8_t hash[LQ_HASH_BYTES];          /* H */
};
struct lq_record_buffer {
    uint8_t *memory;
    size_t bytes_max;
    struct lq_view content; /* what was read; lies in `memory` */
};
LQ_MUST_CHECK enum lq_result
lq_ledger_read_record(lq_ledger_t *ledger, struct lq_session_names names, uint64_t ledger_sequence,
                      struct lq_record_buffer *buffer, struct lq_record_info *info,
                      struct lq_error_message *message);

/* Where the records of `frame` and of the frames after it lie, up to one that the index has or the
 * head: for who reads one after the other. At least one, at most LQ_PLACES_MAX. Uses a read
 * transaction of its own. LQ_ERR_NOT_FOUND: above the head, before the first record, or no such
 * session. LQ_ERR_CORRUPT: the way there is broken. */
enum { LQ_PLACES_MAX = 129 };
LQ_MUST_CHECK enum lq_result lq_ledger_places(lq_ledger_t *ledger, struct lq_session_names names,
                                              uint64_t frame, uint64_t places[LQ_PLACES_MAX],
                                              uint32_t *count);

/* The newest record of a session, for the next tick: head and content in one look-up each, and of a
 * delta the one that is new, on the content that was read last. Checks the seals (which cover
 * header, D and H), that H is the head's, that what it builds on leads to it, and the names inside;
 * leaves the chain behind that to lq_ledger_verify(). Errors as above; LQ_ERR_NOT_FOUND: no such
 * tenant or session. LQ_ERR_STATE: it was deleted, `head` and `message` say when. `tick` receives
 * what the content holds; NULL: nobody wants it. `content`, and the custom bytes of the tick, live
 * until the next call or the end of the transaction. */
#define LQ_LEDGER_DELETED_TEXT "Session.Deleted: at frame %" PRIu64
struct lq_tick;
LQ_MUST_CHECK enum lq_result lq_ledger_read_newest(lq_ledger_t *ledger,
                                                   struct lq_session_names names,
                                                   struct lq_head *head, struct lq_tick *tick,
                                                   struct lq_view *content,
                                                   struct lq_error_message *message);

/* D of `content` under the salt of a record that was read: how replay compares a recomputed content
 * with the recorded one. */
void lq_ledger_digest_as(const struct lq_record_info *info, struct lq_view content,
                         uint8_t digest[LQ_HASH_BYTES]);

/* Paged lists in name order, inside a read transaction: up to `count_max` names greater than
 * `after` (empty: from the start). Sessions are those of `tenant`. */
struct lq_ledger_name {
    char text[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint64_t number;
};
LQ_MUST_CHECK enum lq_result lq_ledger_list_tenants(lq_ledger_t *ledger, struct lq_view after,
                                                    struct lq_ledger_name *names,
                                                    uint32_t count_max, uint32_t *count);
LQ_MUST_CHECK enum lq_result lq_ledger_list_sessions(lq_ledger_t *ledger, struct lq_view tenant,
                                                     struct lq_view after,
                                                     struct lq_ledger_name *names,
                                                     uint32_t count_max, uint32_t *count);

/* ---- writing: one transaction and one fsync a commit group ---- */

enum lq_commit_verdict {
    LQ_COMMIT_DONE = 1,  /* this call made the frame */
    LQ_COMMIT_ALREADY,   /* a record of that frame with the same execution id was there: success */
    LQ_COMMIT_CONFLICT,  /* the head is another one: Frame.Conflict */
    LQ_COMMIT_UNKNOWN,   /* no such tenant or session */
    LQ_COMMIT_EXISTS,    /* create: there already, made by another execution */
    LQ_COMMIT_FULL,      /* a cursor: there are LQ_CURSORS_MAX */
    LQ_COMMIT_TOO_LARGE, /* the content is beyond LQ_TICK_BYTES_MAX */
    LQ_COMMIT_SHREDDED,  /* a frame or session of a tenant whose keys were destroyed */
    LQ_COMMIT_DELETED,   /* a frame of a session that was deleted, or a session of its name */
    LQ_COMMIT_BROKEN     /* head, key or name of this session do not open: Store.Corrupt. The other
                          * items of the group are not touched by it */
};

enum lq_commit_kind {
    LQ_COMMIT_FRAME = 1,
    LQ_COMMIT_CREATE_TENANT,
    LQ_COMMIT_CREATE_SESSION,
    LQ_COMMIT_SET_CURSOR, /* to `position`, or where it is if that is farther. UNKNOWN: no such name
                           * can be; CONFLICT: the feed is not so far, or no longer has what comes
                           * behind */
    LQ_COMMIT_DROP_CURSOR,
    LQ_COMMIT_SHRED_TENANT,  /* destroy the tenant's keys, all generations, for ever. ALREADY: they
                            * were */
    LQ_COMMIT_SET_RETENTION, /* of a tenant: keep its frames for `retention_s`. ALREADY: they are */
    LQ_COMMIT_ACCEPT_CLOCK,  /* the wall clock is right as it is. ALREADY: it was believed */
    LQ_COMMIT_DELETE_SESSION, /* nothing is written for it any more, for ever. ALREADY: it was */
    LQ_COMMIT_TELL_AGAIN /* a step: notes of what the tables hold behind `place`. UNKNOWN: no place
                          * of theirs; BROKEN: an entry of them cannot be read */
};

enum { LQ_CURSORS_MAX = 16 };

/* Where a telling of the tables has come to: of whom asks for the next step, opaque. */
enum { LQ_TELLING_PLACE_BYTES_MAX = 1 + LQ_LEDGER_KEY_NAME_BYTES_MAX };

struct lq_commit_telling {
    uint8_t place[LQ_TELLING_PLACE_BYTES_MAX]; /* for the next step */
    uint32_t place_bytes;                      /* 0: all is told */
    uint32_t told;                             /* entries of the tables, by this step */
    uint64_t all;                              /* that they have now */
    uint64_t first, last;                      /* outbox sequences of this step's notes */
};

struct lq_commit_event {
    struct lq_view bytes; /* encoded */
    uint32_t index;       /* its place among all events of the frame; they ascend */
    bool is_quiet;        /* no event leaves of it (store/core/outbox_entry.h) */
};

struct lq_commit {
    /* in; views are borrowed for the call */
    enum lq_commit_kind kind;
    struct lq_execution_id execution;
    struct lq_session_names names; /* session: empty for CREATE_TENANT, SHRED_TENANT */
    uint64_t frame;                /* FRAME: the frame to make, head + 1. CREATE_SESSION: 0 */
    struct lq_view content; /* of FRAME, CREATE_SESSION; must begin with tenant and session */
    const struct lq_salted_digest *digest; /* of `content`, made ahead; NULL: made by the commit */
    /* FRAME: what `content` is against the one before it (world/tick_delta.h), whose D it was made
     * against; empty: none was made. It is written if that is the head's and a delta is due. */
    struct lq_view delta;
    const uint8_t *delta_against;         /* LQ_HASH_BYTES */
    const struct lq_commit_event *events; /* of this frame, for the outbox */
    uint32_t event_count;
    bool is_quiet;              /* CREATE_SESSION, DELETE_SESSION: as of an event */
    const uint64_t *letter_ids; /* redriven letters whose commands this frame used up */
    uint32_t letter_count;
    bool tells_of_letters; /* its answer names letters that were decided, by it or before */
    struct lq_view cursor; /* SET_CURSOR, DROP_CURSOR: its name; the fields above but */
    struct lq_feed_position position; /* `kind` are empty. SET_CURSOR: how far it has come */
    uint64_t retention_s;             /* SET_RETENTION */
    struct lq_view place; /* TELL_AGAIN: of the step before; empty: begin. The rest is empty */
    /* out */
    enum lq_commit_verdict verdict;
    uint64_t committed_frame; /* DONE, ALREADY: `frame`. CONFLICT, DELETED: the head's */
    uint8_t hash[LQ_HASH_BYTES];
    /* DONE, ALREADY, EXISTS: the record, and the newest note of the outbox, that such an answer
     * tells of; a note may be a later one. 0: none. */
    uint64_t ledger_sequence, outbox_sequence;
    struct lq_commit_telling telling; /* TELL_AGAIN */
};

/* Bounds of a group, so that no transaction outgrows LMDB's list of dirty pages. */
enum { LQ_COMMIT_ITEMS_MAX = 4096, LQ_COMMIT_BYTES_MAX = 64 * 1024 * 1024 };

/* Commit a group: all items that fit their condition in one transaction, heads updated in key
 * order, one fsync. Two items of one session in a group: the second sees the first.
 *
 * LQ_OK            every item has its verdict, and what is DONE is on disk.
 * LQ_ERR_DISK_FULL, LQ_ERR_MAP_FULL   nothing was committed; try again later. Before it says that
 * the map is full, the map grows as far as it may and the disk has room.
 * LQ_ERR_LIMIT     more than LQ_COMMIT_ITEMS_MAX items, or contents of more than
 * LQ_COMMIT_BYTES_MAX. LQ_ERR_STALE     another writer has raised the writer epoch: this process
 * must exit. LQ_ERR_IO        the disk failed: this process must exit, and reopen and verify.
 * Blocks (fsync). */
LQ_MUST_CHECK enum lq_result lq_ledger_commit(lq_ledger_t *ledger, struct lq_commit *items,
                                              uint32_t count);

/* Whether execution made frame `frame` of the session: the answer to RESOLVE. *committed false is
 * final, because older writers are fenced by the writer epoch. *ledger_sequence: of that record.
 * For CREATE_TENANT `session` is empty and *ledger_sequence is 0. */
LQ_MUST_CHECK enum lq_result lq_ledger_resolve(lq_ledger_t *ledger,
                                               struct lq_execution_id execution,
                                               struct lq_session_names names, uint64_t frame,
                                               bool *committed, uint64_t *ledger_sequence);

/* The frame that decided a redriven letter. LQ_ERR_NOT_FOUND: none yet. Inside a read transaction.
 */
LQ_MUST_CHECK enum lq_result lq_ledger_letter_frame(lq_ledger_t *ledger, uint64_t letter_id,
                                                    uint64_t *frame);

#endif
