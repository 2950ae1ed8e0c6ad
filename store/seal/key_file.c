// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_BYTES = 2 * LQ_SEAL_KEY_BYTES, FILE_BYTES = HEX_BYTES + 1 };

static enum lq_result say(struct lq_error_message *message, enum lq_result result, const char *path,
                          const char *what)
{
    lq_error_message_set(message, "key file %.170s: %.70s", path, what);
    return result;
}

static enum lq_result read_open_file(int fd, const char *path, uint8_t key[LQ_SEAL_KEY_BYTES],
                                     struct lq_error_message *message)
{
    struct stat status;
    char text[FILE_BYTES + 1];
    size_t key_bytes = 0;

    if (fstat(fd, &status) != 0) {
        return say(message, LQ_ERR_IO, path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode) || (status.st_mode & 077) != 0) {
        return say(message, LQ_ERR_PERMISSION, path, "must be a file of mode 0600");
    }
    ssize_t bytes = read(fd, text, sizeof text);
    bool fits =
        bytes == FILE_BYTES && text[HEX_BYTES] == '\n' &&
        sodium_hex2bin(key, LQ_SEAL_KEY_BYTES, text, HEX_BYTES, NULL, &key_bytes, NULL) == 0 &&
        key_bytes == LQ_SEAL_KEY_BYTES;
    sodium_memzero(text, sizeof text);
    if (!fits) {
        char what[70];
        snprintf(what, sizeof what, "must hold 64 hex digits and a newline (it has %jd bytes)",
                 (intmax_t)status.st_size);
        return say(message, LQ_ERR_KEY, path, what);
    }
    return LQ_OK;
}

enum lq_result lq_key_file_read(const char *path, uint8_t key[LQ_SEAL_KEY_BYTES],
                                struct lq_error_message *message)
{
    int fd = sodium_init() < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return say(message,
                   errno == ENOENT   ? LQ_ERR_NOT_FOUND
                   : errno == EACCES ? LQ_ERR_PERMISSION
                                     : LQ_ERR_IO,
                   path, strerror(errno));
    }
    enum lq_result result = read_open_file(fd, path, key, message);
    close(fd);
    return result;
}

void lq_key_file_forget(uint8_t key[LQ_SEAL_KEY_BYTES])
{
    sodium_memzero(key, LQ_SEAL_KEY_BYTES);
}

static enum lq_result flush_folder(const char *name, const char *path,
                                   struct lq_error_message *message)
{
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return say(message, LQ_ERR_IO, path, strerror(errno));
    }
    int failed = fsync(fd);
    int error = errno;
    close(fd);
    return failed == 0 ? LQ_OK : say(message, LQ_ERR_IO, path, strerror(error));
}

/* The folder that `path` lies in, to `to` (PATH_MAX). */
static enum lq_result find_folder(const char *path, char *to, struct lq_error_message *message)
{
    const char *slash = strrchr(path, '/');
    int bytes = slash == NULL   ? snprintf(to, PATH_MAX, ".")
                : slash == path ? snprintf(to, PATH_MAX, "/")
                                : snprintf(to, PATH_MAX, "%.*s", (int)(slash - path), path);

    return bytes < PATH_MAX ? LQ_OK : say(message, LQ_ERR_INVALID, path, "path too long");
}

/* Make `folder` if it is missing; it is on disk then. */
static enum lq_result make_folder(const char *folder, const char *path,
                                  struct lq_error_message *message)
{
    char parent[PATH_MAX];

    if (mkdir(folder, 0700) != 0) {
        return errno == EEXIST ? LQ_OK : say(message, LQ_ERR_IO, path, strerror(errno));
    }
    enum lq_result result = find_folder(folder, parent, message);
    return result == LQ_OK ? flush_folder(parent, path, message) : result;
}

/* False with errno. */
static bool write_key(int fd)
{
    uint8_t key[LQ_SEAL_KEY_BYTES];
    char text[FILE_BYTES + 1];
    size_t done = 0;
    ssize_t bytes;

    randombytes_buf(key, sizeof key);
    sodium_bin2hex(text, sizeof text, key, sizeof key);
    text[HEX_BYTES] = '\n';
    while (done < FILE_BYTES && (bytes = write(fd, text + done, FILE_BYTES - done)) > 0) {
        done += (size_t)bytes;
    }
    sodium_memzero(key, sizeof key);
    sodium_memzero(text, sizeof text);
    return done == FILE_BYTES && fsync(fd) == 0;
}

/* Written to a file that nobody else has (its name is random: process ids repeat in containers) and
 * linked into place: link() refuses where rename() would replace, so a key is never half there,
 * never exchanged, and of several that make one at once all go on with the same. */
enum lq_result lq_key_file_create(const char *path, struct lq_error_message *message)
{
    char folder[PATH_MAX];
    char temporary[PATH_MAX];

    if (sodium_init() < 0) {
        return say(message, LQ_ERR_IO, path, "no source of randomness");
    }
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary) {
        return say(message, LQ_ERR_INVALID, path, "path too long");
    }
    enum lq_result result = find_folder(path, folder, message);
    if (result == LQ_OK) {
        result = make_folder(folder, path, message);
    }
    if (result != LQ_OK) {
        return result;
    }
    int fd = mkostemp(temporary, O_CLOEXEC); /* of mode 0600 */
    if (fd < 0) {
        return say(message, LQ_ERR_IO, path, strerror(errno));
    }
    if (!write_key(fd)) {
        result = say(message, LQ_ERR_IO, path, strerror(errno));
    } else if (link(temporary, path) != 0) {
        result = say(message, errno == EEXIST ? LQ_ERR_EXISTS : LQ_ERR_IO, path, strerror(errno));
    }
    close(fd);
    unlink(temporary);
    return result == LQ_OK ? flush_folder(folder, path, message) : result;
}
