// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_BYTES = 2 * LQ_SEAL_KEY_BYTES, FILE_BYTES = HEX_BYTES + 1 };

static enum lq_result say(char *message, enum lq_result result, const char *path, const char *what)
{
    snprintf(message, LQ_KEY_FILE_MESSAGE_BYTES, "key file %.180s: %s", path, what);
    return result;
}

static enum lq_result read_open_file(int fd, const char *path, uint8_t key[LQ_SEAL_KEY_BYTES],
                                     char *message)
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
        return say(message, LQ_ERR_KEY, path, "must hold 64 hex digits and a newline");
    }
    return LQ_OK;
}

enum lq_result lq_key_file_read(const char *path, uint8_t key[LQ_SEAL_KEY_BYTES], char *message)
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

/* The folder of `path`, made if it is missing, flushed so that a new file in it stays. */
static enum lq_result flush_folder(const char *path, bool make, char *message)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t bytes = slash == NULL ? 0 : (size_t)(slash - path);

    if (bytes >= sizeof folder) {
        return say(message, LQ_ERR_INVALID, path, "path too long");
    }
    memcpy(folder, path, bytes);
    folder[bytes] = '\0';
    const char *name = slash == NULL ? "." : bytes == 0 ? "/" : folder;
    if (make && mkdir(name, 0700) != 0 && errno != EEXIST) {
        return say(message, LQ_ERR_IO, path, strerror(errno));
    }
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return say(message, LQ_ERR_IO, path, strerror(errno));
    }
    int failed = fsync(fd);
    close(fd);
    return failed == 0 ? LQ_OK : say(message, LQ_ERR_IO, path, strerror(errno));
}

static bool write_key(int fd)
{
    uint8_t key[LQ_SEAL_KEY_BYTES];
    char text[FILE_BYTES + 1];

    randombytes_buf(key, sizeof key);
    sodium_bin2hex(text, sizeof text, key, sizeof key);
    text[HEX_BYTES] = '\n';
    bool written = write(fd, text, FILE_BYTES) == FILE_BYTES && fsync(fd) == 0;
    sodium_memzero(key, sizeof key);
    sodium_memzero(text, sizeof text);
    return written;
}

/* Written beside it and linked into place, so that a crash never leaves half a key. */
enum lq_result lq_key_file_create(const char *path, char *message)
{
    char temporary[PATH_MAX];

    if (sodium_init() < 0) {
        return say(message, LQ_ERR_IO, path, "no source of randomness");
    }
    if (snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid()) >=
        (int)sizeof temporary) {
        return say(message, LQ_ERR_INVALID, path, "path too long");
    }
    enum lq_result result = flush_folder(path, true, message);
    if (result != LQ_OK) {
        return result;
    }
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return say(message, LQ_ERR_IO, path, strerror(errno));
    }
    bool written = write_key(fd);
    close(fd);
    if (!written) {
        result = say(message, LQ_ERR_IO, path, strerror(errno));
    } else if (link(temporary, path) != 0) {
        result = say(message, errno == EEXIST ? LQ_ERR_EXISTS : LQ_ERR_IO, path, strerror(errno));
    }
    unlink(temporary);
    return result == LQ_OK ? flush_folder(path, false, message) : result;
}
