// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/progress_cell.h"

#include "base/clock.h"
#include "proto/instance_cell.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 512

static enum lq_result refuse(struct lq_progress_cell *cell, const char *path, const char *what,
                             struct lq_error_message *message)
{
    enum lq_result result = errno == EWOULDBLOCK ? LQ_ERR_BUSY : LQ_ERR_IO;

    lq_error_message_set(message, "progress cell %.180s: %s (errno %d)", path, what, errno);
    lq_progress_cell_close(cell);
    return result;
}

/* The broker reads nothing before the record lock is there: who we are comes first. */
static bool introduce(struct lq_progress_cell *cell, const char *stage)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *name = (char *)&cell->words[LQ_CELL_STAGE_WORD];

    lq_progress_cell_clear(cell);
    cell->words[LQ_CELL_LEAVING_WORD] = 0;
    memset(name, 0, LQ_CELL_STAGE_BYTES);
    memcpy(name, stage, strnlen(stage, LQ_CELL_STAGE_BYTES));
    lq_progress_cell_sign(cell, lq_clock_monotonic_ns());
    return fcntl(cell->descriptor, F_SETLK, &whole) == 0;
}

enum lq_result lq_progress_cell_open(struct lq_progress_cell *cell, const char *runtime_dir,
                                     const char *instance, const char *stage,
                                     struct lq_execution_id *suspect,
                                     struct lq_error_message *message)
{
    char path[PATH_BYTES];

    *cell = (struct lq_progress_cell){.descriptor = -1};
    snprintf(path, sizeof path, "%s/progress", runtime_dir);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return refuse(cell, path, "the folder cannot be made", message);
    }
    snprintf(path, sizeof path, "%s/progress/%s", runtime_dir, instance);
    cell->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (cell->descriptor < 0) {
        return refuse(cell, path, "cannot be opened", message);
    }
    if (flock(cell->descriptor, LOCK_EX | LOCK_NB) != 0) {
        return refuse(cell, path, "this instance runs already", message);
    }
    /* Not ftruncate: without room on the disk the first store to the memory would be a SIGBUS. */
    errno = posix_fallocate(cell->descriptor, 0, LQ_CELL_BYTES);
    if (errno != 0) {
        return refuse(cell, path, errno == ENOSPC ? "no room on the disk" : "cannot be sized",
                      message);
    }
    void *memory =
        mmap(NULL, LQ_CELL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, cell->descriptor, 0);
    if (memory == MAP_FAILED) {
        return refuse(cell, path, "cannot be mapped", message);
    }
    cell->words = memory;
    suspect->epoch = le64toh(cell->words[LQ_CELL_EPOCH_WORD]);
    suspect->counter = le64toh(cell->words[LQ_CELL_COUNTER_WORD]);
    if (!introduce(cell, stage)) {
        return refuse(cell, path, "cannot be locked", message);
    }
    return LQ_OK;
}

void lq_progress_cell_close(struct lq_progress_cell *cell)
{
    if (cell->words != NULL) {
        munmap(cell->words, LQ_CELL_BYTES);
        cell->words = NULL;
    }
    if (cell->descriptor >= 0) {
        close(cell->descriptor);
        cell->descriptor = -1;
    }
}

/* Relaxed stores with a barrier for the compiler: a fault in the work that follows finds them done,
 * on any machine with precise exceptions, and they cost nothing. */
static void store_words(struct lq_progress_cell *cell, uint64_t epoch, uint64_t counter)
{
    atomic_signal_fence(memory_order_seq_cst);
    __atomic_store_n(&cell->words[LQ_CELL_EPOCH_WORD], htole64(epoch), __ATOMIC_RELAXED);
    atomic_signal_fence(memory_order_seq_cst);
    __atomic_store_n(&cell->words[LQ_CELL_COUNTER_WORD], htole64(counter), __ATOMIC_RELAXED);
    atomic_signal_fence(memory_order_seq_cst);
}

void lq_progress_cell_set(struct lq_progress_cell *cell, struct lq_execution_id execution)
{
    store_words(cell, execution.epoch, execution.counter);
}

/* The epoch goes first here as well: between the two stores the counter is of no execution of epoch
 * 0, and no broker has that epoch. */
void lq_progress_cell_clear(struct lq_progress_cell *cell)
{
    store_words(cell, 0, 0);
}

void lq_progress_cell_sign(struct lq_progress_cell *cell, uint64_t now_ns)
{
    __atomic_store_n(&cell->words[LQ_CELL_SIGN_WORD], htole64(now_ns), __ATOMIC_RELAXED);
}

void lq_progress_cell_leave(struct lq_progress_cell *cell)
{
    __atomic_store_n(&cell->words[LQ_CELL_LEAVING_WORD], htole64(1), __ATOMIC_RELAXED);
}
