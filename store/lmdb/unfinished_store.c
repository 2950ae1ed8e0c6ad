// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/unfinished_store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char suffix[] = ".converting";

/* All that a writer makes in its folder; its lock file last, so that nobody fills what is removed.
 */
static const char *const files[] = {"data.mdb", "lock.mdb", "writer.lock"};

static enum lq_result trouble(struct lq_error_message *message, enum lq_result result,
                              const char *path, const char *why)
{
    lq_error_message_set(message, "%.200s: %s", path, why);
    return result;
}

static bool is_there(const char *path)
{
    struct stat found;

    return lstat(path, &found) == 0;
}

/* 0, or an errno. */
static int remove_files(const char *folder)
{
    char path[PATH_MAX + 16];

    for (size_t at = 0; at < sizeof files / sizeof files[0]; at++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[at]);
        if (unlink(path) != 0 && errno != ENOENT) {
            return errno;
        }
    }
    return rmdir(folder) == 0 ? 0 : errno;
}

/* Under its lock, which a writer holds as long as it fills the folder. */
static enum lq_result remove_left(const char *folder, struct lq_error_message *message)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof path, "%s/writer.lock", folder);
    int lock = open(path, O_RDWR | O_CLOEXEC);
    if (lock < 0 && errno != ENOENT) {
        return trouble(message, LQ_ERR_IO, path, strerror(errno));
    }
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0) {
        close(lock);
        return trouble(message, LQ_ERR_BUSY, folder, "another conversion is at work there");
    }
    int code = remove_files(folder);
    if (lock >= 0) {
        close(lock);
    }
    if (code == ENOTEMPTY || code == EEXIST || code == ENOTDIR) {
        return trouble(message, LQ_ERR_EXISTS, folder,
                       "it is in the way, and not what a conversion left: remove it");
    }
    return code == 0 ? LQ_OK : trouble(message, LQ_ERR_IO, folder, strerror(code));
}

enum lq_result lq_unfinished_store_name(struct lq_unfinished_store *store, const char *folder,
                                        struct lq_error_message *message)
{
    size_t bytes = strlen(folder);

    *store = (struct lq_unfinished_store){.folder = ""};
    while (bytes > 1 && folder[bytes - 1] == '/') {
        bytes--;
    }
    if (bytes == 0 || bytes + sizeof suffix > sizeof store->filling) {
        lq_error_message_set(message, "the path of a folder is missing, or too long");
        return LQ_ERR_INVALID;
    }
    memcpy(store->folder, folder, bytes);
    snprintf(store->filling, sizeof store->filling, "%.*s%s", (int)bytes, folder, suffix);
    if (is_there(store->folder)) {
        return trouble(message, LQ_ERR_EXISTS, store->folder, "it is there already");
    }
    return LQ_OK;
}

enum lq_result lq_unfinished_store_clear(const struct lq_unfinished_store *store, bool *left,
                                         struct lq_error_message *message)
{
    *left = is_there(store->filling);
    return *left ? remove_left(store->filling, message) : LQ_OK;
}

static int sync_parent(const char *path)
{
    char copy[PATH_MAX];

    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0) {
        close(fd);
    }
    return code;
}

enum lq_result lq_unfinished_store_keep(const struct lq_unfinished_store *store,
                                        struct lq_error_message *message)
{
    /* Onto an empty folder that came meanwhile it would go, and onto no other. */
    if (rename(store->filling, store->folder) != 0) {
        int code = errno;

        return trouble(message,
                       code == ENOTEMPTY || code == EEXIST || code == ENOTDIR ? LQ_ERR_EXISTS
                                                                              : LQ_ERR_IO,
                       store->folder, strerror(code));
    }
    return sync_parent(store->folder) == 0
               ? LQ_OK
               : trouble(message, LQ_ERR_IO, store->folder, strerror(errno));
}

void lq_unfinished_store_drop(const struct lq_unfinished_store *store)
{
    (void)remove_files(store->filling);
}
