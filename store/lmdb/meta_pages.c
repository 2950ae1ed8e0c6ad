// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/meta_pages.h"

#include "store/seal/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file is read in the machine's own byte order, as LMDB writes it. */
enum {
    HEADER_BYTES = 16,
    META_BYTES = 136,
    PAGE_BYTES_MIN = 512,
    PAGE_BYTES_MAX = 65536,
    PAGE_IS_META = 0x08,
    TRIES = 200
};
#define MAGIC UINT32_C(0xBEEFC0DE)
#define DATA_VERSION 1u
#define NO_PAGE UINT64_MAX
#define ADDRESSES_MAX (UINT64_C(1) << 47)

struct tree {
    uint32_t pad; /* of the free list: the size of a page */
    uint16_t flags;
    uint16_t depth;
    uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
};

struct meta_page {
    uint64_t number;
    uint16_t pad, flags;
    uint32_t bounds;
    uint32_t magic, version;
    uint64_t address, map_bytes;
    struct tree free_list, main_tree;
    uint64_t last_page, transaction;
};

_Static_assert(sizeof(struct meta_page) == HEADER_BYTES + META_BYTES, "LMDB's layout on 64 bits");

static const char *check_page(const struct meta_page *page, uint64_t number)
{
    if (page->magic != MAGIC || page->version != DATA_VERSION) {
        return "magic or version";
    }
    if (page->number != number || page->flags != PAGE_IS_META) {
        return "number or kind";
    }
    if (page->free_list.pad < PAGE_BYTES_MIN || page->free_list.pad > PAGE_BYTES_MAX ||
        (page->free_list.pad & (page->free_list.pad - 1)) != 0) {
        return "size of a page";
    }
    if (page->map_bytes > ADDRESSES_MAX || page->last_page > ADDRESSES_MAX / page->free_list.pad) {
        return "size of the map";
    }
    if ((page->main_tree.root != NO_PAGE && page->main_tree.root > page->last_page) ||
        (page->free_list.root != NO_PAGE && page->free_list.root > page->last_page)) {
        return "root of a tree";
    }
    return NULL;
}

static bool check_pair(const struct meta_page pages[2], char *why, size_t why_bytes)
{
    for (uint64_t number = 0; number < 2; number++) {
        const char *what = check_page(&pages[number], number);
        if (what != NULL) {
            snprintf(why, why_bytes, "meta page %" PRIu64 " is damaged: %s", number, what);
            return false;
        }
    }
    uint64_t even = pages[0].transaction;
    uint64_t odd = pages[1].transaction;
    bool fresh = even == 0 && odd == 0; /* nothing was ever committed */
    if (!fresh && (even % 2 != 0 || odd % 2 != 1 || (even + 1 != odd && odd + 1 != even))) {
        snprintf(why, why_bytes,
                 "the meta pages are of transactions %" PRIu64 " and %" PRIu64
                 ", which do not follow each other",
                 even, odd);
        return false;
    }
    return true;
}

static enum lq_result read_pair(int fd, struct meta_page pages[2], char *why, size_t why_bytes)
{
    struct stat status;

    if (fstat(fd, &status) != 0) {
        snprintf(why, why_bytes, "%s", strerror(errno));
        return LQ_ERR_IO;
    }
    if (status.st_size == 0) {
        return LQ_ERR_NOT_FOUND;
    }
    if (pread(fd, &pages[0], sizeof pages[0], 0) != (ssize_t)sizeof pages[0]) {
        snprintf(why, why_bytes, "the file is cut off within its first page");
        return LQ_ERR_STATE;
    }
    uint32_t page_bytes = pages[0].free_list.pad;
    if (page_bytes < PAGE_BYTES_MIN || page_bytes > PAGE_BYTES_MAX) {
        snprintf(why, why_bytes, "meta page 0 is damaged: size of a page");
        return LQ_ERR_CORRUPT;
    }
    if (pread(fd, &pages[1], sizeof pages[1], page_bytes) != (ssize_t)sizeof pages[1]) {
        snprintf(why, why_bytes, "the file is cut off within its second page");
        return LQ_ERR_STATE;
    }
    return LQ_OK;
}

enum lq_result lq_meta_pages_check(const char *file, char *why, size_t why_bytes)
{
    struct meta_page pages[2];
    enum lq_result result = LQ_OK;
    int fd = open(file, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        snprintf(why, why_bytes, "%s", strerror(errno));
        return errno == ENOENT ? LQ_ERR_NOT_FOUND : errno == EACCES ? LQ_ERR_PERMISSION : LQ_ERR_IO;
    }
    for (int count = 0; count < TRIES; count++) {
        result = read_pair(fd, pages, why, why_bytes);
        if (result == LQ_OK && !check_pair(pages, why, why_bytes)) {
            result = LQ_ERR_CORRUPT;
        }
        if (result != LQ_ERR_CORRUPT && result != LQ_ERR_STATE) {
            break;
        }
        sched_yield();
    }
    close(fd);
    return result;
}

enum lq_result lq_meta_pages_digest(int fd, uint64_t transaction, uint8_t digest[LQ_HASH_BYTES])
{
    struct meta_page pages[2];
    char why[128];
    enum lq_result result = read_pair(fd, pages, why, sizeof why);

    if (result != LQ_OK) {
        return LQ_ERR_CORRUPT;
    }
    const struct meta_page *page = &pages[transaction % 2];
    if (page->transaction != transaction) {
        return LQ_ERR_STALE;
    }
    lq_digest(digest, lq_view_of(page, sizeof *page));
    return LQ_OK;
}

enum lq_result lq_meta_pages_map_bytes(int fd, uint64_t *map_bytes)
{
    struct meta_page pages[2];
    char why[128];

    if (read_pair(fd, pages, why, sizeof why) != LQ_OK || !check_pair(pages, why, sizeof why)) {
        return LQ_ERR_CORRUPT;
    }
    *map_bytes = pages[pages[0].transaction < pages[1].transaction].map_bytes;
    return LQ_OK;
}
