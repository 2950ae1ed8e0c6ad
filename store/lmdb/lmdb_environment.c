// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/lmdb_environment.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READERS_MAX = 512, OPEN_TRIES = 3 };

enum lq_result lq_lmdb_environment_result(int code, const char *doing)
{
    enum lq_result result;

    switch (code) {
    case MDB_SUCCESS:
        return LQ_OK;
    case MDB_NOTFOUND:
        return LQ_ERR_NOT_FOUND;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
        result = LQ_ERR_MAP_FULL;
        break;
    case ENOSPC:
    case EDQUOT:
        result = LQ_ERR_DISK_FULL;
        break;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
        result = LQ_ERR_CORRUPT;
        break;
    case MDB_VERSION_MISMATCH:
        result = LQ_ERR_VERSION;
        break;
    case MDB_READERS_FULL:
        result = LQ_ERR_FULL;
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        result = LQ_ERR_PERMISSION;
        break;
    case ENOENT:
        result = LQ_ERR_NOT_FOUND;
        break;
    default: /* EIO, MDB_PANIC, and whatever a healthy environment never says */
        result = LQ_ERR_IO;
        break;
    }
    lq_log_warning("lmdb: %s: %s (%d)", doing, mdb_strerror(code), code);
    return result;
}

static enum lq_result say(char *message, enum lq_result result, const char *folder,
                          const char *what)
{
    snprintf(message, LQ_LMDB_MESSAGE_BYTES, "store %.180s: %s", folder, what);
    return result;
}

static enum lq_result say_code(char *message, int code, const char *folder)
{
    say(message, LQ_OK, folder, mdb_strerror(code));
    return lq_lmdb_environment_result(code, message);
}

/* Make every missing folder of the path. */
static enum lq_result make_folders(const char *folder, char *message)
{
    char path[PATH_MAX];
    size_t bytes = strlen(folder);

    if (bytes == 0 || bytes >= sizeof path) {
        return say(message, LQ_ERR_INVALID, folder, "empty or too long a path");
    }
    for (size_t end = 1; end <= bytes; end++) {
        if (folder[end] != '/' && folder[end] != '\0') {
            continue;
        }
        memcpy(path, folder, end);
        path[end] = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return say_code(message, errno, path);
        }
    }
    return LQ_OK;
}

/* The lock goes with the open file: the system drops it however this process ends. */
static enum lq_result take_lock(const char *folder, int *lock_fd, char *message)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%s/writer.lock", folder) >= (int)sizeof path) {
        return say(message, LQ_ERR_INVALID, folder, "path too long");
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return say_code(message, errno, path);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        bool busy = errno == EWOULDBLOCK;
        close(fd);
        return busy ? say(message, LQ_ERR_BUSY, folder, "another process writes it")
                    : say(message, LQ_ERR_IO, folder, "flock failed");
    }
    *lock_fd = fd;
    return LQ_OK;
}

static int open_once(const struct lq_lmdb_environment_options *options, MDB_env **env)
{
    int code = mdb_env_create(env);

    if (code != 0) {
        return code;
    }
    code = mdb_env_set_maxdbs(*env, LQ_LMDB_DATABASES_MAX);
    if (code == 0) {
        code = mdb_env_set_maxreaders(*env, READERS_MAX);
    }
    if (code == 0 && options->writing) {
        code = mdb_env_set_mapsize(*env, options->map_bytes);
    }
    if (code == 0) {
        code = mdb_env_open(*env, options->folder, options->writing ? 0 : MDB_RDONLY, 0600);
    }
    if (code != 0) {
        mdb_env_close(*env);
        *env = NULL;
    }
    return code;
}

static int open_databases(const struct lq_lmdb_environment_options *options,
                          struct lq_lmdb_environment *environment)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(environment->env, NULL, options->writing ? 0 : MDB_RDONLY, &txn);

    if (code != 0) {
        return code;
    }
    for (uint32_t index = 0; code == 0 && index < options->database_count; index++) {
        code = mdb_dbi_open(txn, options->databases[index].name,
                            options->databases[index].flags | (options->writing ? MDB_CREATE : 0),
                            &environment->databases[index]);
    }
    if (code != 0) {
        mdb_txn_abort(txn);
        return code;
    }
    return mdb_txn_commit(txn);
}

/* A new file's name must be on disk before anything in it is acknowledged. */
static void flush_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) != 0) {
        lq_log_warning("store %s: cannot flush the folder: %s", folder, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
}

static enum lq_result check_reader_finds(const char *folder, char *message)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%s/data.mdb", folder) >= (int)sizeof path) {
        return say(message, LQ_ERR_INVALID, folder, "path too long");
    }
    if (access(path, F_OK) != 0) {
        return say(message, LQ_ERR_NOT_FOUND, folder, "nothing there");
    }
    return LQ_OK;
}

enum lq_result lq_lmdb_environment_open(const struct lq_lmdb_environment_options *options,
                                        struct lq_lmdb_environment *environment, char *message)
{
    enum lq_result result;
    int code = 0;

    LQ_ASSERT(options->database_count <= LQ_LMDB_DATABASES_MAX);
    LQ_ASSERT(!options->writing || options->map_bytes > 0);
    *environment = (struct lq_lmdb_environment){.lock_fd = -1};
    if (options->writing) {
        result = make_folders(options->folder, message);
        if (result == LQ_OK) {
            result = take_lock(options->folder, &environment->lock_fd, message);
        }
    } else {
        result = check_reader_finds(options->folder, message);
    }
    if (result != LQ_OK) {
        return result;
    }
    /* An open can fail because another process opens or closes the environment at that moment. */
    for (int count = 0; count < OPEN_TRIES; count++) {
        code = open_once(options, &environment->env);
        if (code == 0) {
            break;
        }
    }
    if (code == 0) {
        code = open_databases(options, environment);
    }
    if (code != 0) {
        lq_lmdb_environment_close(environment);
        return code == MDB_NOTFOUND
                   ? say(message, LQ_ERR_NOT_FOUND, options->folder, "no such store")
                   : say_code(message, code, options->folder);
    }
    if (options->writing) {
        flush_folder(options->folder);
        (void)lq_lmdb_environment_clear_readers(environment);
    }
    return LQ_OK;
}

void lq_lmdb_environment_close(struct lq_lmdb_environment *environment)
{
    if (environment->env != NULL) {
        mdb_env_close(environment->env);
        environment->env = NULL;
    }
    if (environment->lock_fd >= 0) {
        close(environment->lock_fd);
        environment->lock_fd = -1;
    }
}

enum lq_result lq_lmdb_environment_begin(struct lq_lmdb_environment *environment, unsigned flags,
                                         MDB_txn **txn)
{
    int code = mdb_txn_begin(environment->env, NULL, flags, txn);

    if (code == MDB_MAP_RESIZED) {
        code = mdb_env_set_mapsize(environment->env, 0);
        if (code == 0) {
            code = mdb_txn_begin(environment->env, NULL, flags, txn);
        }
    }
    return lq_lmdb_environment_result(code, "begin");
}

enum lq_result lq_lmdb_environment_renew(struct lq_lmdb_environment *environment, MDB_txn *txn)
{
    int code = mdb_txn_renew(txn);

    if (code == MDB_MAP_RESIZED) {
        code = mdb_env_set_mapsize(environment->env, 0);
        if (code == 0) {
            code = mdb_txn_renew(txn);
        }
    }
    return lq_lmdb_environment_result(code, "renew");
}

int lq_lmdb_environment_clear_readers(struct lq_lmdb_environment *environment)
{
    int dead_count = 0;

    return mdb_reader_check(environment->env, &dead_count) == 0 ? dead_count : 0;
}

void lq_lmdb_environment_map_use(struct lq_lmdb_environment *environment, uint64_t *used_bytes,
                                 uint64_t *map_bytes)
{
    MDB_envinfo info;
    MDB_stat stat;
    int failed = mdb_env_info(environment->env, &info) | mdb_env_stat(environment->env, &stat);

    LQ_ASSERT(failed == 0);
    *used_bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
    *map_bytes = info.me_mapsize;
}
