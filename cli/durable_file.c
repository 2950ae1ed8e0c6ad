// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/durable_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAKE_OVER_TRIES = 10 };

static enum lq_result say(struct lq_error_message *message, const char *path, int reason,
                          enum lq_result rc)
{
    lq_error_message_set(message, "%s: %s", path, strerror(reason));
    return rc;
}

/* The folder of a path: "." or with its slash. */
static void folder_of(const char *path, char *folder)
{
    const char *slash = strrchr(path, '/');
    size_t bytes = slash == NULL ? 0 : (size_t)(slash - path) + 1;

    memcpy(folder, path, bytes);
    folder[bytes] = '\0';
    if (bytes == 0) {
        memcpy(folder, ".", 2);
    }
}

/* A file without a name, which needs /proc to get one. -1: not here. */
static int open_nameless(const char *path)
{
    char folder[LQ_DURABLE_FILE_PATH_BYTES];

    if (access("/proc/self/fd", X_OK) != 0) {
        return -1;
    }
    folder_of(path, folder);
    return open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
}

/* PATH.lqctl-tmp, locked and empty. Whoever is done with one unlinks it: then the lock is on a file
 * that nobody finds, and it is tried again. -1 with errno; EWOULDBLOCK: another program has it. */
static int open_named(const char *path)
{
    for (int tries = 0; tries < TAKE_OVER_TRIES; tries++) {
        struct stat mine, found;
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0) {
            return -1;
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            int reason = errno;
            (void)close(fd);
            errno = reason;
            return -1;
        }
        if (fstat(fd, &mine) == 0 && stat(path, &found) == 0 && mine.st_ino == found.st_ino &&
            mine.st_dev == found.st_dev && fchmod(fd, 0600) == 0 && ftruncate(fd, 0) == 0) {
            return fd;
        }
        (void)close(fd);
    }
    errno = EBUSY;
    return -1;
}

static bool set_paths(struct lq_durable_file *file, const char *path)
{
    int bytes = snprintf(file->temporary_path, sizeof file->temporary_path, "%s.lqctl-tmp", path);

    if (bytes < 0 || (size_t)bytes >= sizeof file->temporary_path) {
        return false;
    }
    snprintf(file->path, sizeof file->path, "%s", path);
    return true;
}

enum lq_result lq_durable_file_begin(struct lq_durable_file *file, const char *path, bool replaces,
                                     struct lq_error_message *message)
{
    struct stat found;

    *file = (struct lq_durable_file){.replaces = replaces};
    if (path[0] == '\0' || path[strlen(path) - 1] == '/' || !set_paths(file, path)) {
        return say(message, path,
                   path[0] == '\0'                 ? ENOENT
                   : path[strlen(path) - 1] == '/' ? EISDIR
                                                   : ENAMETOOLONG,
                   LQ_ERR_IO);
    }
    if (!replaces && lstat(path, &found) == 0) {
        return say(message, path, EEXIST, LQ_ERR_EXISTS);
    }
    int fd = replaces ? -1 : open_nameless(path);
    if (fd >= 0) {
        file->temporary_path[0] = '\0';
    } else {
        fd = open_named(file->temporary_path);
    }
    if (fd < 0 && errno == EWOULDBLOCK) {
        lq_error_message_set(message, "%s: another program is writing it", file->temporary_path);
        return LQ_ERR_BUSY;
    }
    if (fd < 0) {
        return say(message, path, errno, LQ_ERR_IO);
    }
    file->stream = fdopen(fd, "w");
    if (file->stream == NULL) {
        int reason = errno;
        (void)close(fd);
        return say(message, path, reason, LQ_ERR_IO);
    }
    return LQ_OK;
}

static bool sync_folder(const char *path)
{
    char folder[LQ_DURABLE_FILE_PATH_BYTES];

    folder_of(path, folder);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool synced = fsync(fd) == 0;
    (void)close(fd);
    return synced;
}

/* link() fails where rename() would replace: so what is there is never lost. */
static bool put_in_place(struct lq_durable_file *file)
{
    char nameless[64];

    if (file->replaces) {
        return rename(file->temporary_path, file->path) == 0;
    }
    if (file->temporary_path[0] != '\0') {
        return link(file->temporary_path, file->path) == 0;
    }
    snprintf(nameless, sizeof nameless, "/proc/self/fd/%d", fileno(file->stream));
    return linkat(AT_FDCWD, nameless, AT_FDCWD, file->path, AT_SYMLINK_FOLLOW) == 0;
}

enum lq_result lq_durable_file_commit(struct lq_durable_file *file,
                                      struct lq_error_message *message)
{
    enum lq_result rc = LQ_OK;

    LQ_ASSERT(file->stream != NULL);
    errno = EIO; /* an early flush that failed left its mark, but not its reason */
    bool written =
        ferror(file->stream) == 0 && fflush(file->stream) == 0 && fsync(fileno(file->stream)) == 0;
    if (!written || !put_in_place(file) || !sync_folder(file->path)) {
        rc =
            say(message, file->path, errno, written && errno == EEXIST ? LQ_ERR_EXISTS : LQ_ERR_IO);
    } else if (file->replaces) {
        file->temporary_path[0] = '\0'; /* it is the file now */
    }
    lq_durable_file_abandon(file);
    return rc;
}

void lq_durable_file_abandon(struct lq_durable_file *file)
{
    if (file->stream == NULL) {
        return;
    }
    if (file->temporary_path[0] != '\0') {
        (void)unlink(file->temporary_path); /* while it is locked */
    }
    (void)fclose(file->stream);
    file->stream = NULL;
}
