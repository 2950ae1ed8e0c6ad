// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/static_files.h"

#include "base/alloc.h"
#include "base/contract.h"
#include "store/seal/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 512, NAME_BYTES = 128, DEPTH_MAX = 3 };

struct entry {
    char name[NAME_BYTES]; /* from the folder: "/play/arena.js" */
    struct lq_static_file file;
    uint8_t *memory;
};

struct lq_static_files {
    uint32_t count;
    size_t bytes;
    struct entry entries[LQ_STATIC_FILES_MAX];
};

static const char *type_of(const char *name)
{
    static const struct {
        const char *ending, *type;
    } rows[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/vnd.microsoft.icon"},
        {".txt", "text/plain; charset=utf-8"},
        {".ts", "text/plain; charset=utf-8"},
    };
    const char *ending = strrchr(name, '.');

    for (size_t index = 0; ending != NULL && index < sizeof rows / sizeof rows[0]; index++) {
        if (strcmp(ending, rows[index].ending) == 0) {
            return rows[index].type;
        }
    }
    return NULL;
}

static void write_tag(struct lq_static_file *file)
{
    uint8_t digest[LQ_HASH_BYTES];

    lq_digest(digest, file->content);
    file->tag[0] = '"';
    for (size_t index = 0; index < 16; index++) {
        snprintf(file->tag + 1 + 2 * index, 3, "%02x", digest[index]);
    }
    memcpy(file->tag + 33, "\"", 2);
}

static bool read_whole(int fd, uint8_t *to, size_t bytes)
{
    size_t done = 0;
    ssize_t got = 1;

    while (done < bytes && got > 0) {
        got = read(fd, to + done, bytes - done);
        done += got > 0 ? (size_t)got : 0;
    }
    return done == bytes;
}

static enum lq_result add_file(lq_static_files_t *files, const char *path, const char *name,
                               const char *type, struct lq_error_message *message)
{
    struct stat found;

    if (files->count == LQ_STATIC_FILES_MAX) {
        lq_error_message_set(message, "%s: more than %u files", path, LQ_STATIC_FILES_MAX);
        return LQ_ERR_LIMIT;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &found) != 0) {
        lq_error_message_set(message, "%s: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return LQ_ERR_IO;
    }
    size_t bytes = (size_t)found.st_size;
    if (bytes > LQ_STATIC_FILES_BYTES_MAX - files->bytes) {
        lq_error_message_set(message, "%s: more than %u bytes in all", path,
                             LQ_STATIC_FILES_BYTES_MAX);
        close(fd);
        return LQ_ERR_LIMIT;
    }
    struct entry *entry = &files->entries[files->count];
    entry->memory = lq_alloc(bytes + 1, 1);
    bool whole = read_whole(fd, entry->memory, bytes);
    close(fd);
    files->count++;
    files->bytes += bytes;
    snprintf(entry->name, sizeof entry->name, "%s", name);
    entry->file.content = lq_view_of(entry->memory, bytes);
    entry->file.type = type;
    write_tag(&entry->file);
    if (!whole) {
        lq_error_message_set(message, "%s: it changed while it was read", path);
    }
    return whole ? LQ_OK : LQ_ERR_IO;
}

static enum lq_result add_folder(lq_static_files_t *files, const char *folder, const char *prefix,
                                 int depth, struct lq_error_message *message);

static enum lq_result add_entry(lq_static_files_t *files, const char *folder, const char *prefix,
                                const struct dirent *listed, int depth,
                                struct lq_error_message *message)
{
    char path[PATH_BYTES];
    char name[NAME_BYTES];
    struct stat found;

    if (snprintf(path, sizeof path, "%s/%s", folder, listed->d_name) >= (int)sizeof path ||
        snprintf(name, sizeof name, "%s/%s", prefix, listed->d_name) >= (int)sizeof name) {
        lq_error_message_set(message, "%s/%s: path too long", folder, listed->d_name);
        return LQ_ERR_LIMIT;
    }
    if (stat(path, &found) != 0) {
        return LQ_OK; /* a link to nothing */
    }
    if (S_ISDIR(found.st_mode)) {
        return depth < DEPTH_MAX ? add_folder(files, path, name, depth + 1, message) : LQ_OK;
    }
    const char *type = type_of(name);
    return S_ISREG(found.st_mode) && type != NULL ? add_file(files, path, name, type, message)
                                                  : LQ_OK;
}

static enum lq_result add_folder(lq_static_files_t *files, const char *folder, const char *prefix,
                                 int depth, struct lq_error_message *message)
{
    DIR *listing = opendir(folder);
    const struct dirent *listed;
    enum lq_result result = LQ_OK;

    if (listing == NULL) {
        lq_error_message_set(message, "%s: %s", folder, strerror(errno));
        return LQ_ERR_IO;
    }
    while (result == LQ_OK && (listed = readdir(listing)) != NULL) {
        if (listed->d_name[0] != '.') {
            result = add_entry(files, folder, prefix, listed, depth, message);
        }
    }
    closedir(listing);
    return result;
}

enum lq_result lq_static_files_open(const char *folder, lq_static_files_t **files,
                                    struct lq_error_message *message)
{
    lq_static_files_t *opened = lq_alloc(1, sizeof *opened);
    enum lq_result result = folder[0] == '\0' ? LQ_OK : add_folder(opened, folder, "", 1, message);

    if (result != LQ_OK) {
        lq_static_files_close(&opened);
        return result;
    }
    *files = opened;
    return LQ_OK;
}

void lq_static_files_close(lq_static_files_t **files)
{
    if (*files != NULL) {
        for (uint32_t index = 0; index < (*files)->count; index++) {
            free((*files)->entries[index].memory);
        }
        free(*files);
        *files = NULL;
    }
}

static const struct lq_static_file *find_name(const lq_static_files_t *files, const char *name)
{
    for (uint32_t index = 0; index < files->count; index++) {
        if (strcmp(files->entries[index].name, name) == 0) {
            return &files->entries[index].file;
        }
    }
    return NULL;
}

const struct lq_static_file *lq_static_files_find(const lq_static_files_t *files,
                                                  struct lq_view path)
{
    char name[NAME_BYTES];

    while (path.bytes > 0 && path.data[path.bytes - 1] == '/') {
        path.bytes--;
    }
    if (path.bytes + sizeof "/index.html" > sizeof name ||
        (path.bytes > 0 && memchr(path.data, '\0', path.bytes) != NULL)) {
        return NULL;
    }
    snprintf(name, sizeof name, "%.*s", (int)path.bytes,
             path.bytes == 0 ? "" : (const char *)path.data);
    const char *last = strrchr(name, '/');
    if (last == NULL || strchr(last, '.') == NULL) {
        snprintf(name + path.bytes, sizeof name - path.bytes, "/index.html");
    }
    return find_name(files, name);
}
