// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/space_page.h"

#include "store/seal/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BOOT_FILE "/proc/sys/kernel/random/boot_id"

enum { TRIES = 50 };

void lq_space_page_boot(char boot[LQ_SPACE_BOOT_BYTES])
{
    int fd = open(BOOT_FILE, O_RDONLY | O_CLOEXEC);

    memset(boot, 0, LQ_SPACE_BOOT_BYTES);
    if (fd >= 0) {
        ssize_t bytes = read(fd, boot, LQ_SPACE_BOOT_BYTES - 1);
        if (bytes <= 0) {
            boot[0] = '\0';
        }
        close(fd);
    }
}

static void digest_page(const struct lq_space_page *page, uint8_t digest[LQ_HASH_BYTES])
{
    lq_digest(digest, lq_view_of(page, offsetof(struct lq_space_page, digest)));
}

static bool is_whole(const struct lq_space_page *page)
{
    uint8_t digest[LQ_HASH_BYTES];

    digest_page(page, digest);
    return memcmp(page->magic, LQ_SPACE_PAGE_MAGIC, sizeof page->magic) == 0 &&
           memcmp(page->digest, digest, sizeof digest) == 0 &&
           memchr(page->boot, '\0', sizeof page->boot) != NULL &&
           lq_space_history_valid(&page->history);
}

static int open_page(const char *folder, int flags)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%s/space", folder) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, flags | O_CLOEXEC, 0600);
}

enum lq_result lq_space_page_read(const char *folder, struct lq_space_page *page)
{
    int fd = open_page(folder, O_RDONLY);
    enum lq_result result = LQ_ERR_CORRUPT;

    if (fd < 0) {
        return errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO;
    }
    for (int count = 0; result == LQ_ERR_CORRUPT && count < TRIES;
         count++) { /* it may be written */
        ssize_t bytes = pread(fd, page, sizeof *page, 0);
        if (bytes < 0) {
            result = LQ_ERR_IO;
        } else if (bytes == (ssize_t)sizeof *page && is_whole(page)) {
            result = LQ_OK;
        } else {
            sched_yield();
        }
    }
    close(fd);
    return result;
}

enum lq_result lq_space_page_write(const char *folder, struct lq_space_page *page)
{
    int fd = open_page(folder, O_WRONLY | O_CREAT);

    if (fd < 0) {
        return LQ_ERR_IO;
    }
    memcpy(page->magic, LQ_SPACE_PAGE_MAGIC, sizeof page->magic);
    digest_page(page, page->digest);
    ssize_t bytes = pwrite(fd, page, sizeof *page, 0);
    close(fd);
    return bytes == (ssize_t)sizeof *page ? LQ_OK : LQ_ERR_IO;
}
