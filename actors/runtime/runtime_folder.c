// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/runtime_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum lq_result lq_runtime_folder_check(const char *path, struct lq_error_message *message)
{
    struct stat state;

    if (stat(path, &state) != 0) {
        lq_error_message_set(message, "cluster/runtime_dir %.160s: %s", path, strerror(errno));
        return LQ_ERR_INVALID;
    }
    if (!S_ISDIR(state.st_mode)) {
        lq_error_message_set(message, "cluster/runtime_dir %.160s: not a folder", path);
        return LQ_ERR_INVALID;
    }
    if (state.st_uid != geteuid() || (state.st_mode & 0777) != 0700) {
        lq_error_message_set(
            message,
            "cluster/runtime_dir %.160s: must belong to this user and have mode 0700, has %03o",
            path, (unsigned)(state.st_mode & 0777));
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}
