// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/client_window.h"

#include <string.h>

enum lq_window_verdict lq_client_window_judge(const struct lq_client_window *entry,
                                              uint64_t sequence, uint64_t *frame)
{
    if (sequence > entry->highest) {
        return sequence - entry->highest > LQ_CLIENT_WINDOW ? LQ_WINDOW_TOO_FAR : LQ_WINDOW_EXECUTE;
    }
    if (sequence < entry->highest) {
        uint64_t bit = entry->highest - 1 - sequence;

        if (bit >= LQ_CLIENT_WINDOW) {
            return LQ_WINDOW_TOO_OLD;
        }
        if ((entry->used_map >> bit & 1) == 0) {
            return LQ_WINDOW_EXECUTE;
        }
    }
    *frame = entry->last_frame;
    return LQ_WINDOW_DUPLICATE;
}

static void raise_highest(struct lq_client_window *entry, uint64_t sequence)
{
    uint64_t shift = sequence - entry->highest;

    LQ_ASSERT(shift >= 1);
    LQ_ASSERT(shift <= LQ_CLIENT_WINDOW);
    entry->used_map = shift < 64 ? entry->used_map << shift : 0;
    entry->used_map |= UINT64_C(1) << (shift - 1); /* the former highest */
    entry->highest = sequence;
}

void lq_client_window_use(struct lq_client_window *entry, uint64_t sequence, uint64_t frame)
{
    if (sequence > entry->highest) {
        raise_highest(entry, sequence);
    } else {
        uint64_t bit;

        LQ_ASSERT(sequence < entry->highest);
        bit = entry->highest - 1 - sequence;
        if (bit >= LQ_CLIENT_WINDOW) {
            return;
        }
        LQ_ASSERT((entry->used_map >> bit & 1) == 0);
        entry->used_map |= UINT64_C(1) << bit;
    }
    entry->last_frame = frame;
}

/* The first entry whose id is not below `client` in its first `bytes` bytes. */
static uint32_t lower_bound(const struct lq_client_windows *windows,
                            const struct lq_client_id *client, size_t bytes)
{
    uint32_t low = 0;
    uint32_t high = windows->count;

    LQ_ASSERT(windows->count <= LQ_CLIENTS_MAX);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (memcmp(windows->entries[middle].client.bytes, client->bytes, bytes) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t lq_client_windows_place(const struct lq_client_windows *windows,
                                 const struct lq_client_id *client, bool *found)
{
    uint32_t index = lower_bound(windows, client, LQ_CLIENT_ID_BYTES);

    *found = index < windows->count && lq_client_id_equal(&windows->entries[index].client, client);
    return index;
}

void lq_client_windows_add(struct lq_client_windows *windows, const struct lq_client_id *client,
                           uint64_t sequence, uint64_t frame)
{
    uint32_t at = lower_bound(windows, client, LQ_CLIENT_ID_BYTES);

    LQ_ASSERT(windows->count < LQ_CLIENTS_MAX);
    memmove(&windows->entries[at + 1], &windows->entries[at],
            (windows->count - at) * sizeof windows->entries[0]);
    windows->entries[at] = (struct lq_client_window){
        .client = *client, .highest = sequence, .used_map = 0, .last_frame = frame};
    windows->count++;
}

void lq_client_windows_drop(struct lq_client_windows *windows, uint32_t index)
{
    LQ_ASSERT(index < windows->count);
    windows->count--;
    memmove(&windows->entries[index], &windows->entries[index + 1],
            (windows->count - index) * sizeof windows->entries[0]);
}

/* The player's entry, or windows->count. A player has one; only load 1, for which each id was a
 * player of its own, can have left several: then it is the newest, and of two that count alike
 * `client`'s own before another. */
static uint32_t find_player(const struct lq_client_windows *windows,
                            const struct lq_client_id *client)
{
    uint32_t newest = windows->count;
    uint64_t highest = 0;

    for (uint32_t index = lower_bound(windows, client, LQ_PLAYER_BYTES);
         index < windows->count &&
         lq_client_id_same_player(&windows->entries[index].client, client);
         index++) {
        const struct lq_client_id *id = &windows->entries[index].client;
        uint64_t incarnation = lq_client_id_incarnation(id);

        if (newest == windows->count || incarnation > highest ||
            (incarnation == highest && lq_client_id_equal(id, client))) {
            newest = index;
            highest = incarnation;
        }
    }
    return newest;
}

/* Whose entry goes when the table is full. There is one. */
static uint32_t find_lowest(const struct lq_client_windows *windows)
{
    uint32_t lowest = 0;
    uint64_t incarnation = lq_client_id_incarnation(&windows->entries[0].client);

    for (uint32_t index = 1; index < windows->count; index++) {
        const struct lq_client_window *entry = &windows->entries[index];
        uint64_t other = lq_client_id_incarnation(&entry->client);

        if (other < incarnation ||
            (other == incarnation && entry->last_frame < windows->entries[lowest].last_frame)) {
            lowest = index;
            incarnation = other;
        }
    }
    return lowest;
}

bool lq_client_windows_lowest(const struct lq_client_windows *windows, uint64_t *incarnation)
{
    if (windows->count < LQ_CLIENTS_MAX) {
        return false;
    }
    *incarnation = lq_client_id_incarnation(&windows->entries[find_lowest(windows)].client);
    return true;
}

const struct lq_client_window *lq_client_windows_find(const struct lq_client_windows *windows,
                                                      const struct lq_client_id *client)
{
    uint32_t index = find_player(windows, client);

    return index < windows->count ? &windows->entries[index] : NULL;
}

enum lq_window_verdict lq_client_windows_judge(const struct lq_client_windows *windows,
                                               const struct lq_client_id *client, uint64_t sequence,
                                               uint64_t *frame)
{
    const struct lq_client_window *entry;
    uint64_t incarnation = lq_client_id_incarnation(client);
    uint64_t lowest;

    if (sequence == 0) {
        return LQ_WINDOW_ZERO;
    }
    entry = lq_client_windows_find(windows, client);
    if (entry != NULL && lq_client_id_equal(&entry->client, client)) {
        return lq_client_window_judge(entry, sequence, frame);
    }
    if (entry != NULL && incarnation <= lq_client_id_incarnation(&entry->client)) {
        return LQ_WINDOW_SUPERSEDED;
    }
    if (entry == NULL && lq_client_windows_lowest(windows, &lowest) && incarnation <= lowest) {
        return LQ_WINDOW_INCARNATION_TOO_OLD;
    }
    return sequence > LQ_CLIENT_WINDOW ? LQ_WINDOW_TOO_FAR : LQ_WINDOW_EXECUTE;
}

void lq_client_windows_use(struct lq_client_windows *windows, const struct lq_client_id *client,
                           uint64_t sequence, uint64_t frame)
{
    uint32_t index = find_player(windows, client);

    LQ_ASSERT(sequence > 0);
    if (index < windows->count && lq_client_id_equal(&windows->entries[index].client, client)) {
        lq_client_window_use(&windows->entries[index], sequence, frame);
        return;
    }
    LQ_ASSERT(sequence <= LQ_CLIENT_WINDOW);
    if (index < windows->count) {
        lq_client_windows_drop(windows, index);
    } else if (windows->count == LQ_CLIENTS_MAX) {
        lq_client_windows_drop(windows, find_lowest(windows));
    }
    lq_client_windows_add(windows, client, sequence, frame);
}

bool lq_client_windows_valid(const struct lq_client_windows *windows)
{
    if (windows->count > LQ_CLIENTS_MAX) {
        return false;
    }
    for (uint32_t index = 0; index < windows->count; index++) {
        const struct lq_client_window *entry = &windows->entries[index];

        if (entry->highest == 0) {
            return false;
        }
        if (index > 0 &&
            memcmp(entry[-1].client.bytes, entry->client.bytes, LQ_CLIENT_ID_BYTES) >= 0) {
            return false;
        }
    }
    return true;
}

const char *lq_window_verdict_reason(enum lq_window_verdict verdict)
{
    static const char *const reasons[] = {
        [LQ_WINDOW_EXECUTE] = "EXECUTE",
        [LQ_WINDOW_DUPLICATE] = "DUPLICATE",
        [LQ_WINDOW_TOO_OLD] = "SEQUENCE_TOO_OLD",
        [LQ_WINDOW_TOO_FAR] = "SEQUENCE_TOO_FAR",
        [LQ_WINDOW_ZERO] = "SEQUENCE_ZERO",
        [LQ_WINDOW_SUPERSEDED] = "SUPERSEDED",
        [LQ_WINDOW_INCARNATION_TOO_OLD] = "INCARNATION_TOO_OLD",
        [LQ_WINDOW_CLIENTS_FULL] = "CLIENTS_FULL",
    };

    LQ_ASSERT(verdict >= LQ_WINDOW_EXECUTE);
    LQ_ASSERT(verdict <= LQ_WINDOW_CLIENTS_FULL);
    return reasons[verdict];
}
