// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_space.h"

#include "store/lmdb/ledger_handle.h"

#include <sys/statvfs.h>

/* LMDB's own table of what each transaction has freed: its number, and how many pages, which they
 * are. Only readers may walk it. */
enum { FREE_PAGES = 0, ENTRIES_MAX = 1 << 20 };

/* Pages that were freed before `oldest`, the oldest transaction that is read, are used again. */
static enum lq_result count_free(MDB_txn *txn, uint64_t oldest, uint64_t *pages)
{
    MDB_val key;
    MDB_val value;
    MDB_cursor *cursor;
    uint64_t transaction;
    uint64_t count;
    int code = mdb_cursor_open(txn, FREE_PAGES, &cursor);

    *pages = 0;
    if (code != 0) {
        return lq_lmdb_environment_result(code, "look at free pages");
    }
    for (int entry = 0; entry < ENTRIES_MAX; entry++) {
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        if (code != 0 || key.mv_size != sizeof transaction || value.mv_size < sizeof count) {
            break;
        }
        memcpy(&transaction, key.mv_data, sizeof transaction);
        memcpy(&count, value.mv_data, sizeof count);
        if (transaction >= oldest || count > value.mv_size / sizeof count) {
            break; /* in the order of transactions */
        }
        *pages += count;
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? LQ_OK : lq_lmdb_environment_result(code, "walk free pages");
}

enum lq_result lq_ledger_space(lq_ledger_t *ledger, struct lq_ledger_space *space)
{
    struct statvfs disk;
    MDB_stat stat;
    uint64_t pages;
    uint64_t newest = mdb_txn_id(ledger->read_txn);

    LQ_ASSERT(ledger->reading);
    *space = (struct lq_ledger_space){.map_bytes = 0};
    lq_lmdb_environment_map_use(&ledger->environment, &space->used_bytes, &space->map_bytes);
    if (!lq_lmdb_environment_oldest_reader(&ledger->environment, &space->reader_pid,
                                           &space->reader_lag) ||
        space->reader_lag == 0) {
        space->reader_pid = 0;
        space->reader_lag = 0;
    }
    enum lq_result result = lq_lmdb_environment_result(mdb_env_stat(ledger->environment.env, &stat),
                                                       "look at the environment");
    if (result == LQ_OK) {
        uint64_t behind = space->reader_lag < newest ? space->reader_lag : newest;
        result = count_free(ledger->read_txn, newest - behind, &pages);
    }
    if (result != LQ_OK) {
        return result;
    }
    space->free_bytes = pages * stat.ms_psize;
    if (space->free_bytes > space->used_bytes) { /* the file was written meanwhile */
        space->free_bytes = space->used_bytes;
    }
    if (statvfs(ledger->folder, &disk) != 0) {
        return LQ_ERR_IO;
    }
    space->disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    return LQ_OK;
}
