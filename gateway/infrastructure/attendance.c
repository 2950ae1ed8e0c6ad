// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/attendance.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 512
#define KEYS_LEAST 1024u /* entries of the table of who is attached; a power of two */

/* The file of a process, mapped; of another one for reading alone. */
struct page_file {
    char name[NAME_MAX + 1];
    int fd;
    void *page;
    size_t bytes;
    uint64_t changes_seen;
    bool is_there; /* in this look */
};

struct lq_attendance {
    char folder[PATH_BYTES - NAME_MAX - 2];
    uint64_t grace_ms;
    struct page_file own;
    uint32_t slots, free_from; /* no slot below it is free */
    struct page_file others[LQ_ATTENDANCE_PROCESSES_MAX];
    uint32_t other_count;
    uint64_t *keys; /* open addressing; 0: empty */
    uint32_t key_room, key_count;
};

static uint64_t key_of(const char *tenant, const char *session, const uint8_t *player)
{
    uint64_t key = UINT64_C(0xcbf29ce484222325);

    for (const char *at = tenant; *at != '\0'; at++) {
        key = (key ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
    }
    key = (key ^ 0) * UINT64_C(0x100000001b3);
    for (const char *at = session; *at != '\0'; at++) {
        key = (key ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
    }
    for (size_t at = 0; at < 8; at++) {
        key = (key ^ player[at]) * UINT64_C(0x100000001b3);
    }
    key ^= key >> 32;
    return key == 0 ? 1 : key;
}

static void keys_clear(lq_attendance_t *attendance)
{
    memset(attendance->keys, 0, attendance->key_room * sizeof *attendance->keys);
    attendance->key_count = 0;
}

static void keys_put(lq_attendance_t *attendance, uint64_t key)
{
    uint32_t at = (uint32_t)key & (attendance->key_room - 1);

    while (attendance->keys[at] != 0) {
        if (attendance->keys[at] == key) {
            return;
        }
        at = (at + 1) & (attendance->key_room - 1);
    }
    attendance->keys[at] = key;
    attendance->key_count++;
}

static void keys_add(lq_attendance_t *attendance, uint64_t key)
{
    if (attendance->key_count >= attendance->key_room / 2) {
        uint64_t *old = attendance->keys;
        uint32_t old_room = attendance->key_room;
        attendance->key_room = old_room * 2;
        attendance->keys = lq_alloc(attendance->key_room, sizeof *attendance->keys);
        attendance->key_count = 0;
        for (uint32_t at = 0; at < old_room; at++) {
            if (old[at] != 0) {
                keys_put(attendance, old[at]);
            }
        }
        free(old);
    }
    keys_put(attendance, key);
}

bool lq_attendance_knows(const lq_attendance_t *attendance, const char *tenant, const char *session,
                         const uint8_t *player)
{
    uint64_t key = key_of(tenant, session, player);
    uint32_t at = (uint32_t)key & (attendance->key_room - 1);

    while (attendance->keys[at] != 0 && attendance->keys[at] != key) {
        at = (at + 1) & (attendance->key_room - 1);
    }
    return attendance->keys[at] == key;
}

static void path_of(const lq_attendance_t *attendance, const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", attendance->folder, name);
}

/* Under a name that nobody looks at until it is locked and whole. */
static enum lq_result make_own(lq_attendance_t *attendance, const char *instance,
                               struct lq_error_message *message)
{
    char path[PATH_BYTES];
    char hidden[PATH_BYTES];
    struct page_file *own = &attendance->own;

    snprintf(own->name, sizeof own->name, "%.64s.%08" PRIx32 "%08" PRIx32, instance,
             (uint32_t)getpid(), (uint32_t)(lq_clock_wall_ns() >> 10));
    path_of(attendance, own->name, path);
    snprintf(hidden, sizeof hidden, "%s/.%.128s", attendance->folder, own->name);
    own->bytes = lq_attendance_page_bytes(attendance->slots);
    own->fd = open(hidden, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (own->fd >= 0 && flock(own->fd, LOCK_EX | LOCK_NB) == 0 &&
        ftruncate(own->fd, (off_t)own->bytes) == 0) {
        own->page = mmap(NULL, own->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, own->fd, 0);
    }
    if (own->page == NULL || own->page == MAP_FAILED || rename(hidden, path) != 0) {
        lq_error_message_set(message, "%.400s: %s", path, strerror(errno));
        own->page = own->page == MAP_FAILED ? NULL : own->page;
        return LQ_ERR_IO;
    }
    lq_attendance_page_make(own->page, attendance->slots);
    return LQ_OK;
}

enum lq_result lq_attendance_open(const struct lq_attendance_options *options,
                                  lq_attendance_t **attendance, struct lq_error_message *message)
{
    lq_attendance_t *made = lq_alloc(1, sizeof *made);

    *attendance = made;
    made->own.fd = -1;
    made->slots = options->slots;
    made->grace_ms = options->grace_ms;
    made->key_room = KEYS_LEAST;
    made->keys = lq_alloc(made->key_room, sizeof *made->keys);
    int length = snprintf(made->folder, sizeof made->folder, "%s", options->folder);
    if (length < 0 || (size_t)length >= sizeof made->folder) {
        lq_error_message_set(message, "%.200s...: too long a path", options->folder);
        lq_attendance_close(attendance);
        return LQ_ERR_LIMIT;
    }
    if (mkdir(made->folder, 0700) != 0 && errno != EEXIST) {
        lq_error_message_set(message, "%.400s: %s", made->folder, strerror(errno));
        lq_attendance_close(attendance);
        return LQ_ERR_IO;
    }
    enum lq_result result = make_own(made, options->instance, message);
    if (result != LQ_OK) {
        lq_attendance_close(attendance);
    }
    return result;
}

static void unmap(struct page_file *file)
{
    if (file->page != NULL) {
        munmap(file->page, file->bytes);
    }
    if (file->fd >= 0) {
        close(file->fd); /* and its lock is free */
    }
    *file = (struct page_file){.fd = -1};
}

static bool own_is_empty(const lq_attendance_t *attendance)
{
    struct lq_attendance_slot slot;
    const struct lq_attendance_head *head = attendance->own.page;

    for (uint32_t at = 0; at < head->used_below; at++) {
        if (lq_attendance_page_read(&lq_attendance_page_slots(attendance->own.page)[at], &slot)) {
            return false;
        }
    }
    return true;
}

void lq_attendance_close(lq_attendance_t **attendance)
{
    lq_attendance_t *closed = *attendance;
    char path[PATH_BYTES];

    if (closed == NULL) {
        return;
    }
    *attendance = NULL;
    if (closed->own.page != NULL && own_is_empty(closed)) {
        path_of(closed, closed->own.name, path);
        unlink(path);
    }
    unmap(&closed->own);
    for (uint32_t at = 0; at < closed->other_count; at++) {
        unmap(&closed->others[at]);
    }
    free(closed->keys);
    free(closed);
}

static uint32_t take_place(lq_attendance_t *attendance, const struct lq_attendance_slot *slot)
{
    const struct lq_attendance_slot *slots = lq_attendance_page_slots(attendance->own.page);

    for (uint32_t at = attendance->free_from; at < attendance->slots; at++) {
        if (slots[at].state == LQ_ATTENDANCE_FREE) {
            attendance->free_from = at + 1;
            lq_attendance_page_write(attendance->own.page, at, slot);
            return at;
        }
    }
    attendance->free_from = attendance->slots;
    return LQ_ATTENDANCE_NONE;
}

uint32_t lq_attendance_attach(lq_attendance_t *attendance, const struct lq_attendance_who *who)
{
    struct lq_attendance_slot slot = {.state = LQ_ATTENDANCE_ATTACHED,
                                      .incarnation = who->incarnation};

    memcpy(slot.player, who->player, sizeof slot.player);
    snprintf(slot.tenant, sizeof slot.tenant, "%s", who->tenant);
    snprintf(slot.session, sizeof slot.session, "%s", who->session);
    uint32_t place = take_place(attendance, &slot);
    if (place != LQ_ATTENDANCE_NONE) {
        keys_add(attendance, key_of(who->tenant, who->session, who->player));
    }
    return place;
}

static void rewrite(lq_attendance_t *attendance, uint32_t place, uint64_t leave_at_ms)
{
    struct lq_attendance_slot slot = lq_attendance_page_slots(attendance->own.page)[place];

    slot.state = LQ_ATTENDANCE_CUT;
    slot.leave_at_ms = leave_at_ms;
    lq_attendance_page_write(attendance->own.page, place, &slot);
}

void lq_attendance_cut(lq_attendance_t *attendance, uint32_t place, uint64_t wall_ms)
{
    rewrite(attendance, place, wall_ms + attendance->grace_ms);
}

void lq_attendance_postpone(lq_attendance_t *attendance, uint32_t place, uint64_t until_ms)
{
    rewrite(attendance, place, until_ms);
}

void lq_attendance_forget(lq_attendance_t *attendance, uint32_t place)
{
    const struct lq_attendance_slot none = {.state = LQ_ATTENDANCE_FREE};

    lq_attendance_page_write(attendance->own.page, place, &none);
    if (place < attendance->free_from) {
        attendance->free_from = place;
    }
}

/* Everything that stands in a page becomes ours, as cut. False: there was no room for all. */
static bool adopt_slots(lq_attendance_t *attendance, const struct page_file *file, uint64_t wall_ms)
{
    uint32_t used;
    uint32_t adopted = 0;
    struct lq_attendance_slot slot;
    bool fits = true;

    if (lq_attendance_page_open(file->page, file->bytes, &used) != LQ_OK) {
        return true;
    }
    for (uint32_t at = 0; fits && at < used; at++) {
        if (!lq_attendance_page_read(&lq_attendance_page_slots(file->page)[at], &slot)) {
            continue;
        }
        uint64_t latest_ms = wall_ms + attendance->grace_ms;
        if (slot.state != LQ_ATTENDANCE_CUT || slot.leave_at_ms > latest_ms) {
            slot.leave_at_ms = latest_ms;
        }
        slot.state = LQ_ATTENDANCE_CUT;
        fits = take_place(attendance, &slot) != LQ_ATTENDANCE_NONE;
        adopted += fits ? 1 : 0;
    }
    lq_log_info("took over %" PRIu32 " players of %s", adopted, file->name);
    return fits;
}

/* True: its process is gone, and so is the file now. */
static bool adopt(lq_attendance_t *attendance, const struct page_file *file, uint64_t wall_ms)
{
    char path[PATH_BYTES];
    struct stat status;

    if (flock(file->fd, LOCK_EX | LOCK_NB) != 0) {
        return false;
    }
    if (fstat(file->fd, &status) == 0 && status.st_nlink > 0) {
        if (!adopt_slots(attendance, file, wall_ms)) {
            flock(file->fd, LOCK_UN);
            return false;
        }
        path_of(attendance, file->name, path);
        unlink(path);
    }
    return true;
}

static bool map_other(const lq_attendance_t *attendance, const char *name, struct page_file *file)
{
    char path[PATH_BYTES];
    struct stat status;

    path_of(attendance, name, path);
    *file = (struct page_file){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (file->fd < 0) {
        return false;
    }
    snprintf(file->name, sizeof file->name, "%s", name);
    if (fstat(file->fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= 64) {
        file->bytes = (size_t)status.st_size;
        file->page = mmap(NULL, file->bytes, PROT_READ, MAP_SHARED, file->fd, 0);
    }
    if (file->page == NULL || file->page == MAP_FAILED) {
        file->page = NULL;
        unmap(file);
        return false;
    }
    file->changes_seen = UINT64_MAX;
    return true;
}

static void note_file(lq_attendance_t *attendance, const char *name)
{
    if (name[0] == '.' || strcmp(name, attendance->own.name) == 0) {
        return;
    }
    for (uint32_t at = 0; at < attendance->other_count; at++) {
        if (strcmp(attendance->others[at].name, name) == 0) {
            attendance->others[at].is_there = true;
            return;
        }
    }
    if (attendance->other_count < LQ_ATTENDANCE_PROCESSES_MAX &&
        map_other(attendance, name, &attendance->others[attendance->other_count])) {
        attendance->others[attendance->other_count++].is_there = true;
    }
}

static void list_files(lq_attendance_t *attendance)
{
    DIR *folder = opendir(attendance->folder);
    const struct dirent *entry;

    if (folder == NULL) {
        lq_log_rarely(LQ_LOG_WARNING, "%s: %s", attendance->folder, strerror(errno));
        return;
    }
    while ((entry = readdir(folder)) != NULL) {
        note_file(attendance, entry->d_name);
    }
    closedir(folder);
}

/* Forgets files that are gone, adopts those that are nobody's. True: one was. */
static bool sort_files(lq_attendance_t *attendance, uint64_t wall_ms)
{
    bool changed = false;

    for (uint32_t at = 0; at < attendance->other_count;) {
        struct page_file *file = &attendance->others[at];
        if (file->is_there && !adopt(attendance, file, wall_ms)) {
            file->is_there = false; /* until the next look */
            at++;
            continue;
        }
        unmap(file);
        *file = attendance->others[--attendance->other_count];
        changed = true;
    }
    return changed;
}

static bool has_changes(struct page_file *file)
{
    const struct lq_attendance_head *head = file->page;
    uint64_t changes = __atomic_load_n(&head->changes, __ATOMIC_ACQUIRE);
    bool changed = changes != file->changes_seen;

    file->changes_seen = changes;
    return changed;
}

static void add_keys_of(lq_attendance_t *attendance, const struct page_file *file)
{
    uint32_t used;
    struct lq_attendance_slot slot;

    if (lq_attendance_page_open(file->page, file->bytes, &used) != LQ_OK) {
        return;
    }
    for (uint32_t at = 0; at < used; at++) {
        if (lq_attendance_page_read(&lq_attendance_page_slots(file->page)[at], &slot) &&
            slot.state == LQ_ATTENDANCE_ATTACHED) {
            keys_add(attendance, key_of(slot.tenant, slot.session, slot.player));
        }
    }
}

bool lq_attendance_look(lq_attendance_t *attendance, uint64_t wall_ms)
{
    list_files(attendance);
    bool changed = sort_files(attendance, wall_ms);
    for (uint32_t at = 0; at < attendance->other_count; at++) {
        changed = has_changes(&attendance->others[at]) || changed;
    }
    changed = has_changes(&attendance->own) || changed;
    if (changed) {
        keys_clear(attendance);
        add_keys_of(attendance, &attendance->own);
        for (uint32_t at = 0; at < attendance->other_count; at++) {
            add_keys_of(attendance, &attendance->others[at]);
        }
    }
    return changed;
}

uint32_t lq_attendance_due(const lq_attendance_t *attendance, uint32_t place, uint64_t wall_ms,
                           struct lq_attendance_slot *slot)
{
    const struct lq_attendance_head *head = attendance->own.page;
    const struct lq_attendance_slot *slots = lq_attendance_page_slots(attendance->own.page);

    for (; place < head->used_below; place++) {
        if (slots[place].state == LQ_ATTENDANCE_CUT && slots[place].leave_at_ms <= wall_ms) {
            *slot = slots[place];
            return place;
        }
    }
    return LQ_ATTENDANCE_NONE;
}
