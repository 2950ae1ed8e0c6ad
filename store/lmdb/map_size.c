// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/map_size.h"

#include "base/contract.h"
#include "base/log.h"
#include "store/core/map_growth.h"
#include "store/lmdb/lmdb_environment.h"
#include "store/lmdb/meta_pages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

/* A writer raises its map at most so often while a reader is between two looks at it. */
enum { FOLLOW_TRIES = 16 };

enum lq_result lq_map_size_begin(MDB_env *env, uint64_t map_bytes, uint64_t map_bytes_max)
{
    uint64_t grown = 0;
    int fd = -1;
    int code = mdb_env_get_fd(env, &fd);

    LQ_ASSERT(code == 0);
    enum lq_result result = lq_meta_pages_map_bytes(fd, &grown);
    if (result != LQ_OK) {
        return result;
    }
    uint64_t first = lq_map_growth_first(map_bytes, grown, map_bytes_max);
    return first == map_bytes ? LQ_OK
                              : lq_lmdb_environment_result(mdb_env_set_mapsize(env, first),
                                                           "go on with the size of the map");
}

static enum lq_result measure(MDB_env *env, struct lq_map_size *size)
{
    struct statvfs disk;
    MDB_envinfo info;
    MDB_stat stat;
    int fd = -1;
    int failed = mdb_env_info(env, &info) | mdb_env_stat(env, &stat) | mdb_env_get_fd(env, &fd);

    LQ_ASSERT(failed == 0);
    if (fstatvfs(fd, &disk) != 0) {
        return LQ_ERR_IO;
    }
    size->used_bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
    size->map_bytes = info.me_mapsize;
    size->disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    return LQ_OK;
}

/* Whether a map of that size fits among the addresses of this process, tried beside the one that
 * LMDB has: it would take that off first. */
static bool addresses_suffice(MDB_env *env, uint64_t bytes)
{
    int fd = -1;
    int code = mdb_env_get_fd(env, &fd);

    LQ_ASSERT(code == 0);
    void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (map == MAP_FAILED) {
        return false;
    }
    munmap(map, bytes);
    return true;
}

enum lq_result lq_map_size_raise(MDB_env *env, uint64_t map_bytes_max)
{
    struct lq_map_size size = {.map_bytes_max = map_bytes_max};
    uint64_t next = 0;

    if (measure(env, &size) != LQ_OK) {
        return LQ_ERR_MAP_FULL; /* without a look at the disk it stays as it is */
    }
    enum lq_result result = lq_map_growth_next(&size, &next);
    if (result != LQ_OK) {
        return result;
    }
    if (!addresses_suffice(env, next)) {
        lq_log_rarely(LQ_LOG_WARNING, "the map cannot grow to %" PRIu64 " bytes: %s", next,
                      strerror(errno));
        return LQ_ERR_MAP_FULL;
    }
    result = lq_lmdb_environment_result(mdb_env_set_mapsize(env, next), "raise the map");
    if (result != LQ_OK) {
        return LQ_ERR_IO;
    }
    lq_log_info("the map grew from %" PRIu64 " to %" PRIu64 " bytes, of at most %" PRIu64,
                size.map_bytes, next, map_bytes_max);
    return LQ_OK;
}

/* LMDB has taken the old map off before it finds that there is no room for the new one: nothing can
 * be read any more. As for any want of memory, the process ends, and is started again. */
static void follow(MDB_env *env)
{
    int code = mdb_env_set_mapsize(env, 0);

    if (code != 0) {
        lq_log_error("the map of the store grew, and this process has no room for it: %s",
                     mdb_strerror(code));
        abort();
    }
}

int lq_map_size_txn_begin(MDB_env *env, unsigned flags, MDB_txn **txn)
{
    int code = mdb_txn_begin(env, NULL, flags, txn);

    for (int count = 0; code == MDB_MAP_RESIZED && count < FOLLOW_TRIES; count++) {
        follow(env);
        code = mdb_txn_begin(env, NULL, flags, txn);
    }
    return code;
}

int lq_map_size_txn_renew(MDB_env *env, MDB_txn *txn)
{
    int code = mdb_txn_renew(txn);

    for (int count = 0; code == MDB_MAP_RESIZED && count < FOLLOW_TRIES; count++) {
        follow(env);
        code = mdb_txn_renew(txn);
    }
    return code;
}
