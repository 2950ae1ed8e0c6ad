// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/ticket_store.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/contract.h"
#include "gateway/domain/base64url.h"
#include "gateway/infrastructure/private_file.h"
#include "store/seal/digest.h"
#include "store/seal/random_bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TICKET_BYTES = 24,
    NAME_BYTES = 16, /* of the digest */
    SWEEP_MS = 1000,
    SWEEP_FILES = 512, /* a step */
    UNFINISHED_S = 60, /* then nobody writes it any more */
    FILE_BYTES_MAX = 8192
};

struct lq_ticket_store {
    const char *folder, *audience;
    uint64_t tickets_max;
    lq_event_loop_t *loop;
    struct lq_event_timer timer;
    DIR *sweep;       /* under way; NULL: none */
    uint64_t counted; /* by it, so far */
    uint64_t open;    /* by the last that was whole, and what was made and redeemed here since */
};

/* Where the ticket lies, as a name in the folder. */
static bool name_of(struct lq_view text, char name[2 * NAME_BYTES + 1])
{
    uint8_t bytes[TICKET_BYTES];
    uint8_t digest[LQ_HASH_BYTES];
    size_t count = 0;

    if (lq_base64url_decode(text, bytes, sizeof bytes, &count) != LQ_OK || count != sizeof bytes) {
        return false;
    }
    lq_digest(digest, lq_view_of(bytes, sizeof bytes));
    for (size_t index = 0; index < NAME_BYTES; index++) {
        snprintf(name + 2 * index, 3, "%02x", digest[index]);
    }
    return true;
}

static int64_t wall_s(void)
{
    return (int64_t)(lq_clock_wall_ns() / LQ_NS_PER_S);
}

/* A step of a sweep, at most `files` files; true: it is at its end. */
static bool sweep_step(lq_ticket_store_t *store, uint32_t files)
{
    int64_t now_s = wall_s();

    if (store->sweep == NULL) {
        store->sweep = opendir(store->folder);
        store->counted = 0;
        if (store->sweep == NULL) {
            return true;
        }
    }
    for (uint32_t count = 0; count < files; count++) {
        const struct dirent *entry = readdir(store->sweep);
        struct stat found;
        if (entry == NULL) {
            closedir(store->sweep);
            store->sweep = NULL;
            store->open = store->counted;
            return true;
        }
        if (entry->d_name[0] == '.' && entry->d_name[1] != 't') {
            continue; /* the folder itself, its parent */
        }
        if (fstatat(dirfd(store->sweep), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0) {
            bool is_unfinished = entry->d_name[0] == '.';
            if (found.st_mtim.tv_sec + (is_unfinished ? UNFINISHED_S : 0) <= now_s) {
                (void)unlinkat(dirfd(store->sweep), entry->d_name, 0);
            } else {
                store->counted++;
            }
        }
    }
    return false;
}

static void sweep(void *context, uint64_t now_ns)
{
    lq_ticket_store_t *store = context;

    (void)sweep_step(store, SWEEP_FILES);
    lq_event_loop_set_timer(store->loop, &store->timer, now_ns + SWEEP_MS * LQ_NS_PER_MS);
}

/* From the first to the last file, a bounded number of them. */
static void sweep_whole(lq_ticket_store_t *store)
{
    if (store->sweep != NULL) {
        closedir(store->sweep);
        store->sweep = NULL;
    }
    (void)sweep_step(store, UINT32_MAX);
}

lq_ticket_store_t *lq_ticket_store_open(const char *folder, const char *audience,
                                        uint64_t tickets_max, lq_event_loop_t *loop)
{
    lq_ticket_store_t *store = lq_alloc(1, sizeof *store);

    store->folder = folder;
    store->audience = audience;
    store->tickets_max = tickets_max;
    store->loop = loop;
    store->timer = (struct lq_event_timer){.due = sweep, .context = store};
    sweep_whole(store);
    if (loop != NULL) {
        lq_event_loop_set_timer(loop, &store->timer,
                                lq_clock_monotonic_ns() + SWEEP_MS * LQ_NS_PER_MS);
    }
    return store;
}

void lq_ticket_store_close(lq_ticket_store_t **store)
{
    if (*store != NULL) {
        if ((*store)->loop != NULL) {
            lq_event_loop_stop_timer((*store)->loop, &(*store)->timer);
        }
        if ((*store)->sweep != NULL) {
            closedir((*store)->sweep);
        }
        free(*store);
        *store = NULL;
    }
}

/* Written beside, then named: who finds it finds all of it. It need not outlive a crash of the
 * machine. */
static enum lq_result write_file(const lq_ticket_store_t *store, const char *name,
                                 struct lq_view text, int64_t expires_at_s,
                                 struct lq_error_message *message)
{
    char temporary[LQ_PRIVATE_FILE_PATH_BYTES];
    char path[LQ_PRIVATE_FILE_PATH_BYTES];
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = expires_at_s}};

    int temporary_bytes = snprintf(temporary, sizeof temporary, "%s/.tXXXXXX", store->folder);
    int bytes = snprintf(path, sizeof path, "%s/%s", store->folder, name);
    if (temporary_bytes >= (int)sizeof temporary || bytes >= (int)sizeof path) {
        lq_error_message_set(message, "%s: path too long", store->folder);
        return LQ_ERR_IO;
    }
    int fd = mkostemp(temporary, O_CLOEXEC); /* of mode 0600 */
    if (fd < 0) {
        lq_error_message_set(message, "%s: %s", store->folder, strerror(errno));
        return LQ_ERR_IO;
    }
    bool written = write(fd, text.data, text.bytes) == (ssize_t)text.bytes &&
                   futimens(fd, times) == 0 && rename(temporary, path) == 0;
    if (!written) {
        lq_error_message_set(message, "%s: %s", path, strerror(errno));
        unlink(temporary);
    }
    close(fd);
    return written ? LQ_OK : LQ_ERR_IO;
}

enum lq_result lq_ticket_store_make(lq_ticket_store_t *store,
                                    const struct lq_ticket_document *ticket,
                                    char text[LQ_TICKET_TEXT_BYTES],
                                    struct lq_error_message *message)
{
    uint8_t bytes[TICKET_BYTES];
    char name[2 * NAME_BYTES + 1];

    if (store->open >= store->tickets_max) {
        sweep_whole(store);
        if (store->open >= store->tickets_max) {
            lq_error_message_set(message, "%llu tickets are open", (unsigned long long)store->open);
            return LQ_ERR_FULL;
        }
    }
    lq_random_bytes(bytes, sizeof bytes);
    size_t digits = lq_base64url_encode(lq_view_of(bytes, sizeof bytes), text);
    LQ_ASSERT(digits == LQ_TICKET_TEXT_BYTES - 1);
    bool named = name_of(lq_view_of(text, digits), name);
    LQ_ASSERT(named);
    char *document = lq_token_document_write_ticket(ticket, store->audience);
    enum lq_result result =
        write_file(store, name, lq_view_text(document), ticket->expires_at_s, message);
    free(document);
    store->open += result == LQ_OK ? 1 : 0;
    return result;
}

enum lq_result lq_ticket_store_redeem(lq_ticket_store_t *store, struct lq_view text, int64_t now_s,
                                      struct lq_ticket_document *ticket,
                                      struct lq_error_message *message)
{
    char name[2 * NAME_BYTES + 1];
    char path[LQ_PRIVATE_FILE_PATH_BYTES];
    uint8_t document[FILE_BYTES_MAX];
    size_t bytes = 0;

    if (text.bytes != LQ_TICKET_TEXT_BYTES - 1 || !name_of(text, name) ||
        snprintf(path, sizeof path, "%s/%s", store->folder, name) >= (int)sizeof path) {
        return LQ_ERR_NOT_FOUND;
    }
    enum lq_result result = lq_private_file_read(path, document, sizeof document, &bytes, message);
    if (result == LQ_ERR_NOT_FOUND) {
        return result;
    }
    if (unlink(path) != 0) {
        /* Another was faster, or the disk fails: either way it is not ours. */
        return errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO;
    }
    store->open -= store->open > 0 ? 1 : 0;
    if (result == LQ_OK) {
        result = lq_token_document_read_ticket(lq_view_of(document, bytes), store->audience, ticket,
                                               message);
    }
    return result == LQ_OK && ticket->expires_at_s <= now_s ? LQ_ERR_TIMEOUT : result;
}
