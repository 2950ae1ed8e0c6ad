// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lmdb_environment.h - one LMDB environment: its lock, folder, map and named databases, and the one
 * place where LMDB's error codes become results.
 *
 * Databases are made with the environment's first transaction and never again, but for one that its
 * format did not have before: one that is missing later was lost, and a new, empty one in its place
 * would hide that.
 *
 * A writer takes an flock on FOLDER/writer.lock before it touches anything else, because LMDB alone
 * would let a second writer process in and make it wait. Files are 0600, folders 0700. Default sync
 * flags: a commit is on disk when it returns.
 */
#ifndef LQ_LMDB_ENVIRONMENT_H
#define LQ_LMDB_ENVIRONMENT_H

#include "base/error_message.h"
#include "base/result.h"
#include "base/view.h"
#include "store/core/hash_chain.h"

#include <lmdb.h>

enum { LQ_LMDB_DATABASES_MAX = 12 };

struct lq_lmdb_database {
    const char *name;
    unsigned flags; /* of mdb_dbi_open(), without MDB_CREATE */
};

struct lq_lmdb_environment {
    MDB_env *env;
    MDB_dbi databases[LQ_LMDB_DATABASES_MAX];
    int lock_fd; /* -1: a reader */
    bool is_new; /* a writer's, in which nothing was committed yet: databases are to be made */
    uint64_t map_bytes_max; /* a writer's; the map's own size or less: it does not grow */
};

struct lq_lmdb_environment_options {
    const char *folder;
    uint64_t map_bytes;     /* of a writer, at first; a reader follows the file */
    uint64_t map_bytes_max; /* up to which lq_lmdb_environment_make_room() raises it */
    const struct lq_lmdb_database *databases;
    uint32_t database_count;
    bool writing;
    const char *made_file; /* of a writer, beside its lock file: see note_made; may be NULL */
};

/* Open, and for a writer create folder and file where they are missing. `message`
 * is for the operator. LQ_ERR_BUSY: another writer. LQ_ERR_NOT_FOUND: a
 * reader found nothing. LQ_ERR_CORRUPT: the file is damaged. Blocks (disk). */
LQ_MUST_CHECK enum lq_result
lq_lmdb_environment_open(const struct lq_lmdb_environment_options *options,
                         struct lq_lmdb_environment *environment, struct lq_error_message *message);

/* Open the databases within the first transaction after the open, of the same kind; they stay open
 * if it is committed. Makes them if the environment is new. LQ_ERR_CORRUPT: one is missing, is of
 * another kind, or there are more. */
LQ_MUST_CHECK enum lq_result
lq_lmdb_environment_databases(const struct lq_lmdb_environment_options *options,
                              struct lq_lmdb_environment *environment, MDB_txn *txn,
                              struct lq_error_message *message);

/* Make one more than were there, within the transaction that opened those. */
LQ_MUST_CHECK enum lq_result
lq_lmdb_environment_make_database(const struct lq_lmdb_environment_options *options,
                                  struct lq_lmdb_environment *environment, MDB_txn *txn,
                                  uint32_t database);

/* After the first commit of a writer: note in its lock file, and in the made file, that there was
 * one, so that a data.mdb that vanishes later, or its folder, is not taken for one that is still to
 * be made. */
LQ_MUST_CHECK enum lq_result
lq_lmdb_environment_note_made(const struct lq_lmdb_environment_options *options,
                              struct lq_lmdb_environment *environment);

/* Digest of the meta page of the transaction before `txn`, for a writer to note. */
LQ_MUST_CHECK enum lq_result
lq_lmdb_environment_note_before(const struct lq_lmdb_environment *environment, MDB_txn *txn,
                                uint8_t digest[LQ_HASH_BYTES]);

/* Compare it with what a writer noted in `writer_transaction`. LQ_ERR_CORRUPT: the newest meta page
 * is not the newest, or is damaged. */
LQ_MUST_CHECK enum lq_result
lq_lmdb_environment_compare_before(const struct lq_lmdb_environment *environment,
                                   uint64_t writer_transaction, const uint8_t noted[LQ_HASH_BYTES]);

/* Entries of a database. */
LQ_MUST_CHECK enum lq_result
lq_lmdb_environment_count(const struct lq_lmdb_environment *environment, MDB_txn *txn,
                          uint32_t database, uint64_t *count);

/* May be called twice, and on what a failed open left. No transaction may be open. */
void lq_lmdb_environment_close(struct lq_lmdb_environment *environment);

/* Begin a transaction: writing, or reading if `flags` has MDB_RDONLY. Follows a map that a writer
 * has raised meanwhile (map_size.h). What a reader sees is never older than what one before it
 * saw. */
LQ_MUST_CHECK enum lq_result lq_lmdb_environment_begin(struct lq_lmdb_environment *environment,
                                                       unsigned flags, MDB_txn **txn);

/* The same for a read transaction that was reset. */
LQ_MUST_CHECK enum lq_result lq_lmdb_environment_renew(struct lq_lmdb_environment *environment,
                                                       MDB_txn *txn);

/* Commit. A write that was cut short because the disk is full is LQ_ERR_DISK_FULL, although LMDB
 * says EIO of it. */
LQ_MUST_CHECK enum lq_result
lq_lmdb_environment_commit(const struct lq_lmdb_environment *environment, MDB_txn *txn,
                           const char *doing);

/* Whether a commit has been written that this read transaction does not see. LMDB's writer writes
 * its meta page, which wakes who watches the file, and tells readers of the new transaction after
 * that. */
bool lq_lmdb_environment_is_behind(const struct lq_lmdb_environment *environment, MDB_txn *txn);

/* Free the reader slots of dead processes, which keep pages from being used again. Their count. */
int lq_lmdb_environment_clear_readers(struct lq_lmdb_environment *environment);

/* The process whose read transaction is the oldest, and how many transactions it is behind the
 * newest: pages freed since then are not used again. False: nobody reads. */
bool lq_lmdb_environment_oldest_reader(struct lq_lmdb_environment *environment, int64_t *pid,
                                       uint64_t *lag);

/* Of a writer, between transactions: raise the map until `bytes` of it are left, as far as it may
 * grow and the disk has room. LQ_ERR_MAP_FULL, LQ_ERR_DISK_FULL: it went no farther. LQ_ERR_IO:
 * close the environment. */
LQ_MUST_CHECK enum lq_result lq_lmdb_environment_make_room(struct lq_lmdb_environment *environment,
                                                           uint64_t bytes);

/* Bytes of the map in use, and its size. */
void lq_lmdb_environment_map_use(struct lq_lmdb_environment *environment, uint64_t *used_bytes,
                                 uint64_t *map_bytes);

/* What LMDB's `code` means to us. A code that is not an everyday one is logged with `doing`. */
enum lq_result lq_lmdb_environment_result(int code, const char *doing);

static inline MDB_val lq_lmdb_environment_value(const void *data, size_t bytes)
{
    return (MDB_val){bytes, (void *)(uintptr_t)data};
}

static inline struct lq_view lq_lmdb_environment_view(MDB_val value)
{
    return lq_view_of(value.mv_data, value.mv_size);
}

#endif
