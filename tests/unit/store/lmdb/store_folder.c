// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/store/lmdb/store_folder.h"

#include "tests/support/suite.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void lq_store_folder_make(char *path)
{
    const char *parent = getenv("TMPDIR");

    int bytes = snprintf(path, LQ_STORE_FOLDER_PATH_MAX, "%s/lq_store_XXXXXX",
                         parent != NULL ? parent : "/tmp");
    ck_assert_int_lt(bytes, LQ_STORE_FOLDER_PATH_MAX);
    ck_assert_ptr_nonnull(mkdtemp(path));
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void lq_store_folder_remove(const char *path)
{
    ck_assert_int_eq(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

uint32_t lq_store_folder_flip(const char *file, const uint8_t *found, size_t found_bytes,
                              long offset)
{
    struct stat status;
    uint32_t count = 0;
    int fd = open(file, O_RDWR | O_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fstat(fd, &status), 0);
    size_t bytes = (size_t)status.st_size;
    uint8_t *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    uint8_t *at = memory;
    while ((at = memmem(at, bytes - (size_t)(at - memory), found, found_bytes)) != NULL) {
        at[offset] ^= 4;
        at += found_bytes;
        count++;
    }
    munmap(memory, bytes);
    close(fd);
    return count;
}

/* The child ends by SIGKILL: what it inherited from its parent is not its own to free, and no leak
 * checker shall look for it there. */
int lq_store_folder_in_child(int (*act)(void *context), void *context)
{
    int ends[2];
    int result = -1;

    fflush(NULL);
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        result = act(context);
        ssize_t written = write(ends[1], &result, sizeof result);
        (void)written;
        raise(SIGKILL);
    }
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], &result, sizeof result), sizeof result);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    return result;
}
