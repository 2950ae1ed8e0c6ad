// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/lmdb_environment.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/lmdb/map_guard.h"
#include "store/lmdb/map_size.h"
#include "store/lmdb/meta_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define GONE "damaged: its data.mdb is gone or empty, and it had been made"

enum { READERS_MAX = 512, OPEN_TRIES = 3, META_TRIES = 200 };
/* LMDB writes runs of pages, at most the longest value at once. */
#define SETTLE_NS LQ_NS_PER_S
#define ROOM_OF_A_WRITE (UINT64_C(1024) * 1024)

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
    case MDB_BAD_TXN: /* after one of the others in the same transaction */
    case MDB_CURSOR_FULL:
    case MDB_BAD_VALSIZE:
    case MDB_PANIC:
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
    default: /* EIO, and whatever a healthy environment never says */
        result = LQ_ERR_IO;
        break;
    }
    lq_log_warning("lmdb: %s: %s (%d)", doing, mdb_strerror(code), code);
    return result;
}

static enum lq_result say(struct lq_error_message *message, enum lq_result result,
                          const char *folder, const char *what)
{
    lq_error_message_set(message, "store %.110s: %s", folder, what);
    return result;
}

static enum lq_result say_code(struct lq_error_message *message, int code, const char *folder)
{
    say(message, LQ_OK, folder, mdb_strerror(code));
    return lq_lmdb_environment_result(code, message->text);
}

/* Make every missing folder of the path. */
static enum lq_result make_folders(const char *folder, struct lq_error_message *message)
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
static enum lq_result take_lock(const char *folder, int *lock_fd, struct lq_error_message *message)
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

static void on_assert(MDB_env *env, const char *text)
{
    (void)env;
    lq_map_guard_fail(text);
    lq_log_error("lmdb: %s", text); /* LMDB aborts when we return */
}

static enum lq_result open_file(const struct lq_lmdb_environment_options *options,
                                struct lq_lmdb_environment *environment,
                                struct lq_error_message *message)
{
    MDB_envinfo info;
    int code = 0;

    /* An open can fail because another process opens or closes the environment at that moment. */
    for (int count = 0; count < OPEN_TRIES; count++) {
        code = open_once(options, &environment->env);
        if (code == 0) {
            break;
        }
    }
    if (code != 0) {
        return say_code(message, code, options->folder);
    }
    code = mdb_env_set_assert(environment->env, on_assert);
    LQ_ASSERT(code == 0);
    code = mdb_env_info(environment->env, &info);
    LQ_ASSERT(code == 0);
    environment->is_new = options->writing && info.me_last_txnid == 0;
    environment->map_bytes_max = options->map_bytes_max;
    if (!options->writing || environment->is_new) {
        return LQ_OK;
    }
    enum lq_result result =
        lq_map_size_begin(environment->env, options->map_bytes, options->map_bytes_max);
    return result == LQ_OK ? LQ_OK
                           : say(message, result, options->folder, "its map cannot be used");
}

static bool has_bytes(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && status.st_size > 0;
}

/* The lock file and the made file have a line in them from the first commit on. */
static bool was_made(const struct lq_lmdb_environment_options *options,
                     const struct lq_lmdb_environment *environment)
{
    struct stat status;

    return has_bytes(environment->lock_fd) ||
           (options->made_file != NULL && stat(options->made_file, &status) == 0 &&
            status.st_size > 0);
}

static enum lq_result write_note(int fd)
{
    static const char line[] = "made\n";
    bool written =
        has_bytes(fd) ||
        (pwrite(fd, line, sizeof line - 1, 0) == (ssize_t)(sizeof line - 1) && fsync(fd) == 0);

    if (written) {
        return LQ_OK;
    }
    return errno == ENOSPC || errno == EDQUOT ? LQ_ERR_DISK_FULL : LQ_ERR_IO;
}

enum lq_result lq_lmdb_environment_note_made(const struct lq_lmdb_environment_options *options,
                                             struct lq_lmdb_environment *environment)
{
    LQ_ASSERT(environment->lock_fd >= 0);
    enum lq_result result = write_note(environment->lock_fd);
    if (result != LQ_OK || options->made_file == NULL) {
        return result;
    }
    int fd = open(options->made_file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return LQ_ERR_IO;
    }
    result = write_note(fd);
    close(fd);
    return result;
}

/* Whether a reader finds the traces of a store whose data.mdb is gone or empty. */
static bool lock_file_knows_it(const char *folder)
{
    char path[PATH_MAX];
    struct stat status;

    return snprintf(path, sizeof path, "%s/writer.lock", folder) < (int)sizeof path &&
           stat(path, &status) == 0 && status.st_size > 0;
}

/* No store was ever in this file: a disk got full under who made it, or somebody is making it now,
 * which a reader that has no lock cannot tell. */
static enum lq_result begin_anew(const struct lq_lmdb_environment_options *options,
                                 const char *path, struct lq_error_message *message)
{
    if (!options->writing) {
        return say(message, LQ_ERR_NOT_FOUND, options->folder, "nothing there");
    }
    return truncate(path, 0) == 0 || errno == ENOENT ? LQ_OK
                                                     : say_code(message, errno, options->folder);
}

/* What LMDB itself does not look at, and what it would say in a less helpful way. */
static enum lq_result check_file(const struct lq_lmdb_environment_options *options,
                                 const struct lq_lmdb_environment *environment,
                                 struct lq_error_message *message)
{
    char path[PATH_MAX];
    char why[128] = "";

    if (snprintf(path, sizeof path, "%s/data.mdb", options->folder) >= (int)sizeof path) {
        return say(message, LQ_ERR_INVALID, options->folder, "path too long");
    }
    enum lq_result result = lq_meta_pages_check(path, why, sizeof why);
    bool made =
        options->writing ? was_made(options, environment) : lock_file_knows_it(options->folder);
    if ((result == LQ_ERR_NOT_FOUND || result == LQ_ERR_STATE) && !made) {
        return begin_anew(options, path, message);
    }
    if (result == LQ_ERR_NOT_FOUND) {
        return say(message, LQ_ERR_CORRUPT, options->folder, GONE);
    }
    if (result == LQ_ERR_STATE) {
        result = LQ_ERR_CORRUPT;
    }
    return result == LQ_OK ? LQ_OK : say(message, result, options->folder, why);
}

enum lq_result lq_lmdb_environment_open(const struct lq_lmdb_environment_options *options,
                                        struct lq_lmdb_environment *environment,
                                        struct lq_error_message *message)
{
    enum lq_result result = LQ_OK;

    LQ_ASSERT(options->database_count <= LQ_LMDB_DATABASES_MAX);
    LQ_ASSERT(!options->writing || options->map_bytes > 0);
    *environment = (struct lq_lmdb_environment){.lock_fd = -1};
    if (options->writing) {
        result = make_folders(options->folder, message);
        if (result == LQ_OK) {
            result = take_lock(options->folder, &environment->lock_fd, message);
        }
    }
    if (result == LQ_OK) {
        result = check_file(options, environment, message);
    }
    if (result == LQ_OK) {
        result = open_file(options, environment, message);
    }
    if (result != LQ_OK) {
        lq_lmdb_environment_close(environment);
        return result;
    }
    if (options->writing && environment->is_new && was_made(options, environment)) {
        lq_lmdb_environment_close(environment);
        return say(message, LQ_ERR_CORRUPT, options->folder, GONE);
    }
    if (options->writing) {
        flush_folder(options->folder);
        (void)lq_lmdb_environment_clear_readers(environment);
    }
    return LQ_OK;
}

/* A database's record in the unnamed one: MDB_db of lmdb 0.9 on 64 bits. */
#define RECORD_BYTES 48u

/* LMDB takes a database's record out of its entry without a look at how long that says it is. */
static bool record_fits(MDB_txn *txn, const char *name)
{
    MDB_val key = {strlen(name), (void *)(uintptr_t)name};
    MDB_val record;
    MDB_dbi unnamed;

    return mdb_dbi_open(txn, NULL, 0, &unnamed) == 0 && mdb_get(txn, unnamed, &key, &record) == 0 &&
           record.mv_size == RECORD_BYTES;
}

static enum lq_result open_database(const struct lq_lmdb_environment_options *options,
                                    struct lq_lmdb_environment *environment, MDB_txn *txn,
                                    uint32_t index, struct lq_error_message *message)
{
    const struct lq_lmdb_database *database = &options->databases[index];
    char what[64];
    unsigned flags = 0;
    int code =
        mdb_dbi_open(txn, database->name, database->flags | (environment->is_new ? MDB_CREATE : 0),
                     &environment->databases[index]);

    if (code == 0) {
        code = mdb_dbi_flags(txn, environment->databases[index], &flags);
    }
    if (code == 0 && flags == database->flags &&
        (environment->is_new || record_fits(txn, database->name))) {
        return LQ_OK;
    }
    if (code != 0 && code != MDB_NOTFOUND && code != MDB_INCOMPATIBLE) {
        return say_code(message, code, options->folder);
    }
    snprintf(what, sizeof what, "damaged: its database \"%s\" is %s", database->name,
             code == MDB_NOTFOUND ? "missing" : "of another kind");
    return say(message, LQ_ERR_CORRUPT, options->folder, what);
}

enum lq_result lq_lmdb_environment_databases(const struct lq_lmdb_environment_options *options,
                                             struct lq_lmdb_environment *environment, MDB_txn *txn,
                                             struct lq_error_message *message)
{
    enum lq_result result = LQ_OK;
    MDB_dbi unnamed;
    MDB_stat stat;
    char what[64];

    for (uint32_t index = 0; result == LQ_OK && index < options->database_count; index++) {
        result = open_database(options, environment, txn, index, message);
    }
    if (result != LQ_OK) {
        return result;
    }
    int code = mdb_dbi_open(txn, NULL, 0, &unnamed);
    if (code == 0) {
        code = mdb_stat(txn, unnamed, &stat);
    }
    if (code != 0) {
        return say_code(message, code, options->folder);
    }
    if (stat.ms_entries != options->database_count) {
        snprintf(what, sizeof what, "damaged: %zu databases instead of %u", stat.ms_entries,
                 options->database_count);
        return say(message, LQ_ERR_CORRUPT, options->folder, what);
    }
    return LQ_OK;
}

enum lq_result lq_lmdb_environment_make_database(const struct lq_lmdb_environment_options *options,
                                                 struct lq_lmdb_environment *environment,
                                                 MDB_txn *txn, uint32_t database)
{
    LQ_ASSERT(database < options->database_count);
    return lq_lmdb_environment_result(mdb_dbi_open(txn, options->databases[database].name,
                                                   options->databases[database].flags | MDB_CREATE,
                                                   &environment->databases[database]),
                                      "make a database");
}

enum lq_result lq_lmdb_environment_note_before(const struct lq_lmdb_environment *environment,
                                               MDB_txn *txn, uint8_t digest[LQ_HASH_BYTES])
{
    int fd = -1;
    int code = mdb_env_get_fd(environment->env, &fd);

    LQ_ASSERT(code == 0);
    return lq_meta_pages_digest(fd, mdb_txn_id(txn) - 1, digest);
}

enum lq_result lq_lmdb_environment_compare_before(const struct lq_lmdb_environment *environment,
                                                  uint64_t writer_transaction,
                                                  const uint8_t noted[LQ_HASH_BYTES])
{
    uint8_t digest[LQ_HASH_BYTES];
    int fd = -1;
    int code = mdb_env_get_fd(environment->env, &fd);

    LQ_ASSERT(code == 0);
    /* A writer may be overwriting it: then it is read again, until it is of a newer transaction. */
    for (int count = 0; count < META_TRIES; count++) {
        enum lq_result result = lq_meta_pages_digest(fd, writer_transaction - 1, digest);
        if (result == LQ_ERR_STALE) {
            return LQ_OK;
        }
        if (result == LQ_OK && memcmp(digest, noted, sizeof digest) == 0) {
            return LQ_OK;
        }
        sched_yield();
    }
    return LQ_ERR_CORRUPT;
}

enum lq_result lq_lmdb_environment_count(const struct lq_lmdb_environment *environment,
                                         MDB_txn *txn, uint32_t database, uint64_t *count)
{
    MDB_stat stat = {0};
    enum lq_result result = lq_lmdb_environment_result(
        mdb_stat(txn, environment->databases[database], &stat), "count entries");

    *count = stat.ms_entries;
    return result;
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

/* LMDB keeps two meta pages in turn. A reader takes the number of the newest transaction and then
 * its page; if two more are committed between the two, it has the page of the second of them under
 * the old number, and the next reader may be given the first: time would go backwards. */
static int settle(const struct lq_lmdb_environment *environment, MDB_txn *txn)
{
    uint64_t until_ns = 0;
    MDB_envinfo info;

    while (mdb_env_info(environment->env, &info) == 0 && info.me_last_txnid > mdb_txn_id(txn) + 1) {
        uint64_t now_ns = lq_clock_monotonic_ns();
        until_ns = until_ns == 0 ? now_ns + SETTLE_NS : until_ns;
        if (now_ns > until_ns) {
            break; /* the store is not what its lock file says; whoever reads finds out */
        }
        sched_yield();
        mdb_txn_reset(txn);
        int code = lq_map_size_txn_renew(environment->env, txn);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

enum lq_result lq_lmdb_environment_begin(struct lq_lmdb_environment *environment, unsigned flags,
                                         MDB_txn **txn)
{
    int code = lq_map_size_txn_begin(environment->env, flags, txn);

    if (code == 0 && (flags & MDB_RDONLY) != 0) {
        code = settle(environment, *txn);
        if (code != 0) {
            mdb_txn_abort(*txn);
        }
    }
    return lq_lmdb_environment_result(code, "begin");
}

enum lq_result lq_lmdb_environment_renew(struct lq_lmdb_environment *environment, MDB_txn *txn)
{
    int code = lq_map_size_txn_renew(environment->env, txn);

    if (code == 0) {
        code = settle(environment, txn);
    }
    return lq_lmdb_environment_result(code, "renew");
}

static bool has_no_room(const struct lq_lmdb_environment *environment)
{
    struct statvfs disk;
    int fd = -1;

    return mdb_env_get_fd(environment->env, &fd) == 0 && fstatvfs(fd, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < ROOM_OF_A_WRITE;
}

enum lq_result lq_lmdb_environment_commit(const struct lq_lmdb_environment *environment,
                                          MDB_txn *txn, const char *doing)
{
    int code = mdb_txn_commit(txn);

    return lq_lmdb_environment_result(code == EIO && has_no_room(environment) ? ENOSPC : code,
                                      doing);
}

bool lq_lmdb_environment_is_behind(const struct lq_lmdb_environment *environment, MDB_txn *txn)
{
    MDB_envinfo info;

    return mdb_env_info(environment->env, &info) == 0 && info.me_last_txnid > mdb_txn_id(txn);
}

int lq_lmdb_environment_clear_readers(struct lq_lmdb_environment *environment)
{
    int dead_count = 0;

    return mdb_reader_check(environment->env, &dead_count) == 0 ? dead_count : 0;
}

struct oldest_reader {
    int64_t pid;
    uint64_t transaction; /* 0: none yet */
};

/* LMDB tells its table of readers as lines of text: pid, thread, transaction; "-": none now. Who
 * asks, maybe within a transaction of its own, is not one. */
static int take_reader_line(const char *line, void *context)
{
    struct oldest_reader *oldest = context;
    int64_t pid;
    uint64_t transaction;

    if (sscanf(line, "%" SCNd64 " %*x %" SCNu64, &pid, &transaction) == 2 && pid != getpid() &&
        (oldest->transaction == 0 || transaction < oldest->transaction)) {
        *oldest = (struct oldest_reader){pid, transaction};
    }
    return 0;
}

bool lq_lmdb_environment_oldest_reader(struct lq_lmdb_environment *environment, int64_t *pid,
                                       uint64_t *lag)
{
    struct oldest_reader oldest = {0};
    MDB_envinfo info;

    if (mdb_reader_list(environment->env, take_reader_line, &oldest) < 0 ||
        mdb_env_info(environment->env, &info) != 0 || oldest.transaction == 0) {
        return false;
    }
    *pid = oldest.pid;
    *lag = info.me_last_txnid > oldest.transaction ? info.me_last_txnid - oldest.transaction : 0;
    return true;
}

enum lq_result lq_lmdb_environment_make_room(struct lq_lmdb_environment *environment,
                                             uint64_t bytes)
{
    uint64_t used_bytes;
    uint64_t map_bytes;
    enum lq_result result = LQ_OK;

    LQ_ASSERT(environment->lock_fd >= 0);
    lq_lmdb_environment_map_use(environment, &used_bytes, &map_bytes);
    while (result == LQ_OK && (used_bytes > map_bytes || map_bytes - used_bytes < bytes)) {
        result = lq_map_size_raise(environment->env, environment->map_bytes_max);
        if (result == LQ_OK) { /* else there may be no map to look into */
            lq_lmdb_environment_map_use(environment, &used_bytes, &map_bytes);
        }
    }
    return result;
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
