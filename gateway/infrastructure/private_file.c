// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum lq_result say(struct lq_error_message *message, enum lq_result result, const char *path,
                          const char *what)
{
    lq_error_message_set(message, "%s: %s", path, what);
    return result;
}

enum lq_result lq_private_file_make_folder(const char *path, struct lq_error_message *message)
{
    struct stat found;

    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return say(message, LQ_ERR_IO, path, strerror(errno));
    }
    if (stat(path, &found) != 0) {
        return say(message, LQ_ERR_IO, path, strerror(errno));
    }
    if (!S_ISDIR(found.st_mode)) {
        return say(message, LQ_ERR_IO, path, "no folder");
    }
    if ((found.st_mode & 077) != 0) {
        return say(message, LQ_ERR_PERMISSION, path, "others may look into it (chmod 700)");
    }
    return LQ_OK;
}

static enum lq_result read_open(int fd, const char *path, uint8_t *to, size_t bytes_max,
                                size_t *bytes, struct lq_error_message *message)
{
    struct stat found;
    ssize_t got = 1;

    if (fstat(fd, &found) != 0) {
        return say(message, LQ_ERR_IO, path, strerror(errno));
    }
    if (!S_ISREG(found.st_mode) || (found.st_mode & 077) != 0 || found.st_uid != geteuid()) {
        return say(message, LQ_ERR_PERMISSION, path,
                   "not a file of ours that only we may read (chmod 600)");
    }
    if (found.st_size > (off_t)bytes_max) {
        return say(message, LQ_ERR_LIMIT, path, "too large");
    }
    for (*bytes = 0; got > 0 && *bytes < bytes_max; *bytes += (size_t)got) {
        got = read(fd, to + *bytes, bytes_max - *bytes);
        if (got < 0) {
            return say(message, LQ_ERR_IO, path, strerror(errno));
        }
    }
    return LQ_OK;
}

enum lq_result lq_private_file_read(const char *path, uint8_t *to, size_t bytes_max, size_t *bytes,
                                    struct lq_error_message *message)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0) {
        return errno == ENOENT  ? LQ_ERR_NOT_FOUND
               : errno == ELOOP ? say(message, LQ_ERR_PERMISSION, path, "a link")
                                : say(message, LQ_ERR_IO, path, strerror(errno));
    }
    enum lq_result result = read_open(fd, path, to, bytes_max, bytes, message);
    close(fd);
    return result;
}
