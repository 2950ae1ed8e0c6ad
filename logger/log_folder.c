// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "logger/log_folder.h"

#include "base/contract.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OLD_NAME_BYTES 16 /* 0000000001.log */
#define FOLDER_ENTRIES_MAX 1000

static void open_file(struct lq_log_folder *log)
{
    struct stat found;

    if (log->folder < 0) {
        log->folder = open(log->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (log->folder >= 0 && log->file < 0) {
        log->file = openat(log->folder, "current",
                           O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        log->file_bytes =
            log->file >= 0 && fstat(log->file, &found) == 0 ? (size_t)found.st_size : 0;
    }
}

void lq_log_folder_open(struct lq_log_folder *log, const char *path)
{
    *log = (struct lq_log_folder){.folder = -1, .file = -1, .path = path};
    open_file(log);
}

/* The number in NNNNNNNNNN.log; 0: another name. */
static uint64_t old_number(const char *name)
{
    char *end;

    if (name[0] < '0' || name[0] > '9') {
        return 0;
    }
    uint64_t number = strtoull(name, &end, 10);
    return end == name + 10 && strcmp(end, ".log") == 0 ? number : 0;
}

/* Lowest and highest number of the older files, and how many they are. */
static size_t find_old_files(int folder, uint64_t *lowest, uint64_t *highest)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy < 0 ? NULL : fdopendir(copy);
    size_t count = 0;

    *lowest = *highest = 0;
    if (entries == NULL) {
        if (copy >= 0) {
            close(copy);
        }
        return 0;
    }
    const struct dirent *entry;
    for (size_t seen = 0; seen < FOLDER_ENTRIES_MAX && (entry = readdir(entries)) != NULL; seen++) {
        uint64_t number = old_number(entry->d_name);
        if (number > 0) {
            *lowest = count == 0 || number < *lowest ? number : *lowest;
            *highest = number > *highest ? number : *highest;
            count++;
        }
    }
    closedir(entries);
    return count;
}

static bool start_next_file(struct lq_log_folder *log)
{
    uint64_t lowest, highest;
    char name[OLD_NAME_BYTES + 16];
    size_t count = find_old_files(log->folder, &lowest, &highest);

    for (; count >= LQ_LOG_FOLDER_OLD_FILES_MAX; count--) {
        snprintf(name, sizeof name, "%010ju.log", (uintmax_t)lowest);
        if (unlinkat(log->folder, name, 0) != 0) {
            return false;
        }
        (void)find_old_files(log->folder, &lowest, &highest);
    }
    /* link() refuses where rename() would replace. */
    snprintf(name, sizeof name, "%010ju.log", (uintmax_t)highest + 1);
    if (linkat(log->folder, "current", log->folder, name, 0) != 0 ||
        unlinkat(log->folder, "current", 0) != 0) {
        return false;
    }
    close(log->file);
    log->file = -1;
    open_file(log);
    return log->file >= 0;
}

/* All of it or nothing: half a line would spoil the next one. */
static bool append_whole(struct lq_log_folder *log, const char *text, size_t bytes)
{
    size_t done = 0;

    while (done < bytes) {
        ssize_t written = write(log->file, text + done, bytes - done);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            int error = written == 0 ? ENOSPC : errno;
            if (done > 0 && ftruncate(log->file, (off_t)log->file_bytes) != 0) {
                log->file_bytes += done;
            }
            errno = error;
            return false;
        }
        done += (size_t)written;
    }
    log->file_bytes += bytes;
    return true;
}

static bool write_whole(struct lq_log_folder *log, const char *text, size_t bytes)
{
    if (log->file < 0) {
        open_file(log);
    }
    if (log->file < 0) {
        return false;
    }
    if (log->file_bytes > 0 && log->file_bytes + bytes > LQ_LOG_FOLDER_FILE_BYTES_MAX &&
        !start_next_file(log)) {
        return false;
    }
    return append_whole(log, text, bytes);
}

void lq_log_folder_write(struct lq_log_folder *log, const char *text, size_t bytes, uint64_t lines)
{
    LQ_ASSERT(bytes > 0);
    LQ_ASSERT(text[bytes - 1] == '\n');
    if (write_whole(log, text, bytes)) {
        log->lost_lines = 0;
        return;
    }
    if (log->lost_lines == 0) {
        log->lost_error = errno;
    }
    log->lost_lines += lines;
}
