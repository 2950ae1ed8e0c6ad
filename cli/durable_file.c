// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/durable_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum lq_result lq_durable_file_begin(struct lq_durable_file *file, const char *path, char *message)
{
    *file = (struct lq_durable_file){.stream = NULL};
    int bytes = snprintf(file->temporary_path, sizeof file->temporary_path, "%s.tmp.%ld", path,
                         (long)getpid());
    if (bytes < 0 || (size_t)bytes >= sizeof file->temporary_path) {
        snprintf(message, LQ_DURABLE_FILE_MESSAGE_BYTES, "the path is too long");
        return LQ_ERR_IO;
    }
    snprintf(file->path, sizeof file->path, "%s", path);
    int fd = open(file->temporary_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) {
        file->stream = fdopen(fd, "w");
    }
    if (file->stream == NULL) {
        snprintf(message, LQ_DURABLE_FILE_MESSAGE_BYTES, "%s: %s", file->temporary_path,
                 strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return LQ_ERR_IO;
    }
    return LQ_OK;
}

static bool sync_folder(const char *path)
{
    char folder[LQ_DURABLE_FILE_PATH_BYTES];
    const char *slash = strrchr(path, '/');
    size_t bytes = slash == NULL ? 0 : (size_t)(slash - path) + 1;

    memcpy(folder, path, bytes);
    folder[bytes] = '\0';
    int fd = open(bytes == 0 ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool synced = fsync(fd) == 0;
    (void)close(fd);
    return synced;
}

/* link() fails where rename() would replace: so what is there is never lost. */
static bool put_in_place(const struct lq_durable_file *file, bool replace)
{
    if (replace) {
        return rename(file->temporary_path, file->path) == 0;
    }
    return link(file->temporary_path, file->path) == 0 && unlink(file->temporary_path) == 0;
}

enum lq_result lq_durable_file_commit(struct lq_durable_file *file, bool replace, char *message)
{
    enum lq_result rc = LQ_OK;

    LQ_ASSERT(file->stream != NULL);
    bool written =
        fflush(file->stream) == 0 && ferror(file->stream) == 0 && fsync(fileno(file->stream)) == 0;
    if (!written || !put_in_place(file, replace) || !sync_folder(file->path)) {
        rc = written && errno == EEXIST ? LQ_ERR_EXISTS : LQ_ERR_IO;
        snprintf(message, LQ_DURABLE_FILE_MESSAGE_BYTES, "%s: %s", file->path, strerror(errno));
    }
    lq_durable_file_abandon(file);
    return rc;
}

void lq_durable_file_abandon(struct lq_durable_file *file)
{
    if (file->stream == NULL) {
        return;
    }
    (void)fclose(file->stream);
    (void)unlink(file->temporary_path);
    file->stream = NULL;
}
