// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* log_folder.h - a folder of log files: `current`, and older ones numbered from the oldest on.
 *
 * A disk that is full or gone never holds up who writes: lines are lost then, and the first line
 * after that says how many.
 */
#ifndef LQ_LOG_FOLDER_H
#define LQ_LOG_FOLDER_H

#include <stddef.h>
#include <stdint.h>

enum { LQ_LOG_FOLDER_FILE_BYTES_MAX = 1000000, LQ_LOG_FOLDER_OLD_FILES_MAX = 10 };

/* Plain data; the folder is open for the life of the process. */
struct lq_log_folder {
    int folder; /* descriptor of the folder; -1: it cannot be opened, tried again at each write */
    int file;   /* descriptor of `current`, -1 likewise */
    const char *path;
    size_t file_bytes;
    uint64_t lost_lines; /* since the last line that was written */
    int lost_error;      /* errno of the first of them */
};

/* `path` is borrowed for the life of `log`. Nothing can fail: see above. */
void lq_log_folder_open(struct lq_log_folder *log, const char *path);

/* Append whole lines, `lines` of them; to the next file when this one is full. Where they cannot be
 * written, the file holds nothing of them and they are counted in `lost_lines`. */
void lq_log_folder_write(struct lq_log_folder *log, const char *text, size_t bytes, uint64_t lines);

#endif
