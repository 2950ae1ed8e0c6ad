// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/data_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 16, KEY_FILE_BYTES_MAX = 4096 };

static enum lq_result trouble(struct lq_error_message *message, const char *path)
{
    int code = errno;

    lq_error_message_set(message, "%.200s: %s", path, strerror(code));
    return code == ENOSPC || code == EDQUOT ? LQ_ERR_DISK_FULL : LQ_ERR_IO;
}

/* Nothing, or an empty folder. */
static enum lq_result check_free(const char *path, struct lq_error_message *message)
{
    const struct dirent *entry;
    bool is_empty = true;
    DIR *folder = opendir(path);

    if (folder == NULL && errno == ENOENT) {
        return LQ_OK;
    }
    if (folder == NULL) {
        (void)trouble(message, path);
        return LQ_ERR_EXISTS;
    }
    while ((entry = readdir(folder)) != NULL) {
        is_empty =
            is_empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
    }
    closedir(folder);
    if (!is_empty) {
        lq_error_message_set(message, "%.200s is not empty", path);
        return LQ_ERR_EXISTS;
    }
    return LQ_OK;
}

/* What is there already has to let itself be replaced: a mount point, a link and "." do not, and in
 * the end, when the table is claimed, that would be too late to find out. It is given the other
 * name, and its own back. */
static enum lq_result check_replaceable(const struct lq_data_folder *folder,
                                        struct lq_error_message *message)
{
    struct stat found;

    if (lstat(folder->path, &found) != 0) {
        return LQ_OK; /* it is not there */
    }
    if (S_ISLNK(found.st_mode)) {
        lq_error_message_set(message, "%.200s is a link: name the folder that it leads to",
                             folder->path);
        return LQ_ERR_EXISTS;
    }
    if (rename(folder->path, folder->filled) != 0) {
        lq_error_message_set(message,
                             "%.200s cannot be replaced (%s): name a folder in it, or one that is "
                             "not there",
                             folder->path, strerror(errno));
        return LQ_ERR_EXISTS;
    }
    return rename(folder->filled, folder->path) == 0 ? LQ_OK : trouble(message, folder->path);
}

static enum lq_result make_filled(const struct lq_data_folder *folder,
                                  struct lq_error_message *message)
{
    struct stat found;

    if (lstat(folder->filled, &found) == 0) {
        lq_error_message_set(message,
                             "%.200s is there, of a restore that was killed or is at work: remove "
                             "it if none is",
                             folder->filled);
        return LQ_ERR_EXISTS;
    }
    enum lq_result result = check_replaceable(folder, message);
    if (result != LQ_OK || mkdir(folder->filled, 0700) == 0) {
        return result;
    }
    result = trouble(message, folder->filled);
    return result == LQ_ERR_IO ? LQ_ERR_EXISTS : result; /* trying again does not help */
}

enum lq_result lq_data_folder_make(struct lq_data_folder *folder, const char *path,
                                   struct lq_error_message *message)
{
    size_t bytes = strlen(path);

    *folder = (struct lq_data_folder){.filled = ""};
    while (bytes > 1 && path[bytes - 1] == '/') {
        bytes--;
    }
    if (bytes == 0 || bytes + 32 > sizeof folder->filled) {
        lq_error_message_set(message, "the path of a folder is missing, or too long");
        return LQ_ERR_INVALID;
    }
    memcpy(folder->path, path, bytes);
    enum lq_result result = check_free(folder->path, message);
    if (result != LQ_OK) {
        return result;
    }
    snprintf(folder->filled, sizeof folder->filled, "%.*s.restoring-%ld", (int)bytes, path,
             (long)getpid());
    result = make_filled(folder, message);
    if (result != LQ_OK) {
        folder->filled[0] = '\0';
    }
    return result;
}

static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = fd < 0 ? -1 : fsync(fd);

    if (fd >= 0) {
        close(fd);
    }
    return code;
}

static int write_file(const char *path, const char *bytes, size_t count)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write(fd, bytes, count) == (ssize_t)count && fsync(fd) == 0;

    if (fd >= 0) {
        written = close(fd) == 0 && written;
    }
    return written ? 0 : -1;
}

enum lq_result lq_data_folder_copy_key(const struct lq_data_folder *folder, const char *from,
                                       struct lq_error_message *message)
{
    char keys[PATH_MAX + 16];
    char path[PATH_MAX + 32];
    char bytes[KEY_FILE_BYTES_MAX];
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);

    if (fd >= 0) {
        close(fd);
    }
    if (count < 0) {
        return trouble(message, from);
    }
    snprintf(keys, sizeof keys, "%s/keys", folder->filled);
    snprintf(path, sizeof path, "%s/master.key", keys);
    bool copied = mkdir(keys, 0700) == 0 && write_file(path, bytes, (size_t)count) == 0 &&
                  sync_folder(keys) == 0;
    enum lq_result result = copied ? LQ_OK : trouble(message, path);
    explicit_bzero(bytes, sizeof bytes);
    return result;
}

enum lq_result lq_data_folder_keep(struct lq_data_folder *folder, struct lq_error_message *message)
{
    char above[PATH_MAX];

    if (sync_folder(folder->filled) != 0 || rename(folder->filled, folder->path) != 0) {
        return trouble(message, folder->path);
    }
    folder->filled[0] = '\0';
    memcpy(above, folder->path, sizeof above);
    return sync_folder(dirname(above)) == 0 ? LQ_OK : trouble(message, folder->path);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void lq_data_folder_remove(struct lq_data_folder *folder)
{
    if (folder->filled[0] != '\0') {
        (void)nftw(folder->filled, remove_one, DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS);
        folder->filled[0] = '\0';
    }
}
