// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/tenant_keys.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/contract.h"
#include "base/log.h"
#include "gateway/infrastructure/private_file.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { LOOK_MS = 500 };

/* By what a file is known to be the same. */
struct file_mark {
    ino_t inode;
    off_t bytes;
    struct timespec changed;
};

struct tenant_entry {
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    struct file_mark mark;
    struct lq_token_keys *keys;
};

struct lq_tenant_keys {
    const char *folder;
    lq_event_loop_t *loop;
    struct lq_tenant_keys_events events;
    struct lq_event_timer timer;
    uint32_t count, capacity;
    struct tenant_entry *entries; /* by name */
};

enum lq_result lq_tenant_keys_path(const char *folder, const char *tenant, char *to,
                                   size_t bytes_max)
{
    LQ_ASSERT(lq_tenant_name_valid(lq_view_text(tenant)));
    int bytes = snprintf(to, bytes_max, "%s/%s.json", folder, tenant);

    return bytes > 0 && (size_t)bytes < bytes_max ? LQ_OK : LQ_ERR_LIMIT;
}

enum lq_result lq_tenant_keys_read(const char *folder, const char *tenant,
                                   struct lq_token_keys *keys, struct lq_error_message *message)
{
    char path[LQ_PRIVATE_FILE_PATH_BYTES];
    uint8_t *text = lq_alloc(1, LQ_TOKEN_DOCUMENT_BYTES_MAX);
    struct lq_error_message wrong = {""};
    size_t bytes = 0;

    keys->count = 0;
    enum lq_result result = lq_tenant_keys_path(folder, tenant, path, sizeof path);
    if (result == LQ_OK) {
        result = lq_private_file_read(path, text, LQ_TOKEN_DOCUMENT_BYTES_MAX, &bytes, message);
    }
    if (result == LQ_OK) {
        result = lq_token_document_read_keys(lq_view_of(text, bytes), keys, &wrong);
        if (result != LQ_OK) {
            lq_error_message_set(message, "%s: %s", path, wrong.text);
        }
    }
    sodium_memzero(text, bytes);
    free(text);
    return result;
}

static struct file_mark mark_of(const char *folder, const char *tenant)
{
    char path[LQ_PRIVATE_FILE_PATH_BYTES];
    struct file_mark mark;
    struct stat found;

    memset(&mark, 0, sizeof mark);
    if (lq_tenant_keys_path(folder, tenant, path, sizeof path) == LQ_OK &&
        lstat(path, &found) == 0) {
        mark.inode = found.st_ino;
        mark.bytes = found.st_size;
        mark.changed = found.st_ctim; /* a file in another's place has its own */
    }
    return mark;
}

static bool is_same(const struct file_mark *a, const struct file_mark *b)
{
    return a->inode == b->inode && a->bytes == b->bytes && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Looked at before it is read: what changes in between is seen the next time. */
static void read_entry(const lq_tenant_keys_t *keys, struct tenant_entry *entry)
{
    struct lq_error_message message = {""};

    entry->mark = mark_of(keys->folder, entry->tenant);
    enum lq_result result = lq_tenant_keys_read(keys->folder, entry->tenant, entry->keys, &message);
    if (result != LQ_OK) {
        entry->keys->count = 0;
        if (result != LQ_ERR_NOT_FOUND) {
            lq_log_rarely(LQ_LOG_ERROR, "keys of tenant %s: %s", entry->tenant, message.text);
        }
    }
}

static const struct lq_token_key *find_key(const struct lq_token_keys *keys, const char *key_id)
{
    for (uint32_t index = 0; index < keys->count; index++) {
        if (strcmp(keys->keys[index].id, key_id) == 0) {
            return &keys->keys[index];
        }
    }
    return NULL;
}

/* A key of the same id that verifies other tokens is another key. */
static bool is_same_key(const struct lq_token_key *a, const struct lq_token_key *b)
{
    return a->algorithm == b->algorithm &&
           (a->algorithm == LQ_TOKEN_EDDSA
                ? memcmp(a->public_key, b->public_key, sizeof a->public_key) == 0
                : a->secret_bytes == b->secret_bytes &&
                      sodium_memcmp(a->secret, b->secret, a->secret_bytes) == 0);
}

static void read_again(lq_tenant_keys_t *keys, struct tenant_entry *entry)
{
    struct lq_token_keys *before = lq_alloc(1, sizeof *before);

    *before = *entry->keys;
    read_entry(keys, entry);
    for (uint32_t index = 0; index < before->count; index++) {
        const struct lq_token_key *now = find_key(entry->keys, before->keys[index].id);
        if ((now == NULL || !is_same_key(now, &before->keys[index])) &&
            keys->events.on_revoked != NULL) {
            keys->events.on_revoked(keys->events.context, entry->tenant, before->keys[index].id);
        }
    }
    sodium_memzero(before, sizeof *before);
    free(before);
}

static void look(void *context, uint64_t now_ns)
{
    lq_tenant_keys_t *keys = context;

    for (uint32_t index = 0; index < keys->count; index++) {
        struct tenant_entry *entry = &keys->entries[index];
        struct file_mark mark = mark_of(keys->folder, entry->tenant);
        if (!is_same(&mark, &entry->mark)) {
            read_again(keys, entry);
        }
    }
    lq_event_loop_set_timer(keys->loop, &keys->timer, now_ns + LOOK_MS * LQ_NS_PER_MS);
}

lq_tenant_keys_t *lq_tenant_keys_open(const char *folder, lq_event_loop_t *loop,
                                      const struct lq_tenant_keys_events *events)
{
    lq_tenant_keys_t *keys = lq_alloc(1, sizeof *keys);

    keys->folder = folder;
    keys->loop = loop;
    keys->events = *events;
    keys->timer = (struct lq_event_timer){.due = look, .context = keys};
    if (loop != NULL) {
        lq_event_loop_set_timer(loop, &keys->timer,
                                lq_clock_monotonic_ns() + LOOK_MS * LQ_NS_PER_MS);
    }
    return keys;
}

void lq_tenant_keys_close(lq_tenant_keys_t **keys)
{
    lq_tenant_keys_t *closed = *keys;

    if (closed == NULL) {
        return;
    }
    if (closed->loop != NULL) {
        lq_event_loop_stop_timer(closed->loop, &closed->timer);
    }
    for (uint32_t index = 0; index < closed->count; index++) {
        sodium_memzero(closed->entries[index].keys, sizeof *closed->entries[index].keys);
        free(closed->entries[index].keys);
    }
    free(closed->entries);
    free(closed);
    *keys = NULL;
}

/* Where a tenant is among the entries, or would be. */
static uint32_t place_of(const lq_tenant_keys_t *keys, const char *tenant)
{
    uint32_t low = 0;
    uint32_t high = keys->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(keys->entries[middle].tenant, tenant) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct tenant_entry *add_entry(lq_tenant_keys_t *keys, uint32_t place, const char *tenant)
{
    if (keys->count == keys->capacity) {
        keys->capacity = keys->capacity == 0 ? 16 : 2 * keys->capacity;
        keys->entries = lq_realloc(keys->entries, keys->capacity, sizeof *keys->entries);
    }
    struct tenant_entry *entry = &keys->entries[place];
    memmove(entry + 1, entry, (keys->count - place) * sizeof *entry);
    keys->count++;
    memset(entry, 0, sizeof *entry);
    snprintf(entry->tenant, sizeof entry->tenant, "%s", tenant);
    entry->keys = lq_alloc(1, sizeof *entry->keys);
    read_entry(keys, entry);
    return entry;
}

/* A tenant without a file takes no place: its name is anybody's invention. */
static bool has_file(const lq_tenant_keys_t *keys, const char *tenant)
{
    struct file_mark mark = mark_of(keys->folder, tenant);

    return mark.inode != 0;
}

const struct lq_token_key *lq_tenant_keys_find(lq_tenant_keys_t *keys, const char *tenant,
                                               const char *key_id)
{
    uint32_t place = place_of(keys, tenant);
    bool found = place < keys->count && strcmp(keys->entries[place].tenant, tenant) == 0;

    if (!found) {
        if (keys->count == LQ_TENANT_KEYS_TENANTS_MAX) {
            lq_log_rarely(LQ_LOG_ERROR, "more than %u tenants have keys here",
                          LQ_TENANT_KEYS_TENANTS_MAX);
            return NULL;
        }
        if (!has_file(keys, tenant)) {
            return NULL;
        }
        add_entry(keys, place, tenant);
    }
    return find_key(keys->entries[place].keys, key_id);
}
