// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/instance_cells.h"

#include "proto/instance_cell.h"
#include "world/identity.h"

#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 512
/* Cells of instances that were scaled away stay behind. */
#define LOOKS_MAX 4096u

static bool find_holder(int descriptor, uint32_t *pid)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    if (fcntl(descriptor, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) {
        return false;
    }
    *pid = lock.l_pid > 0 ? (uint32_t)lock.l_pid : 0;
    return true;
}

static bool read_cell(int descriptor, struct lq_instance_cell *cell)
{
    uint64_t words[LQ_CELL_WORDS];

    if (!find_holder(descriptor, &cell->pid) ||
        pread(descriptor, words, sizeof words, 0) != (ssize_t)sizeof words) {
        return false;
    }
    cell->sign_ns = le64toh(words[LQ_CELL_SIGN_WORD]);
    cell->leaving = words[LQ_CELL_LEAVING_WORD] != 0;
    memcpy(cell->stage, &words[LQ_CELL_STAGE_WORD], LQ_CELL_STAGE_BYTES);
    cell->stage[LQ_CELL_STAGE_BYTES] = '\0';
    return true;
}

bool lq_instance_cells_read(const char *runtime_dir, const char *instance,
                            struct lq_instance_cell *cell)
{
    char path[PATH_BYTES];

    if (instance[0] == '.' || !lq_session_name_valid(lq_view_text(instance))) {
        return false; /* no name of a file */
    }
    snprintf(path, sizeof path, "%s/progress/%s", runtime_dir, instance);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) {
        return false;
    }
    memset(cell, 0, sizeof *cell);
    snprintf(cell->instance, sizeof cell->instance, "%s", instance);
    bool held = read_cell(descriptor, cell);
    close(descriptor);
    return held;
}

uint32_t lq_instance_cells_list(const char *runtime_dir, struct lq_instance_cell *cells)
{
    char path[PATH_BYTES];
    uint32_t count = 0;

    snprintf(path, sizeof path, "%s/progress", runtime_dir);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return 0; /* no actor has been here yet */
    }
    for (uint32_t looks = 0; looks < LOOKS_MAX && count < LQ_INSTANCE_CELLS_MAX; looks++) {
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            break;
        }
        count += lq_instance_cells_read(runtime_dir, entry->d_name, &cells[count]);
    }
    closedir(folder);
    return count;
}
