// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/client_window.h"

#include <string.h>

/* The index of `client`, or the index at which it would stand; *found says which. */
static uint32_t find_entry(const struct lq_client_windows *windows,
                           const struct lq_client_id *client, bool *found)
{
    uint32_t low = 0;
    uint32_t high = windows->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order =
            memcmp(windows->entries[middle].client.bytes, client->bytes, LQ_CLIENT_ID_BYTES);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = false;
    return low;
}

/* The entry silent longest, if for long enough; the first of several. windows->count: none. */
static uint32_t find_evictable(const struct lq_client_windows *windows, uint64_t frame_now)
{
    uint32_t oldest = windows->count;

    for (uint32_t index = 0; index < windows->count; index++) {
        uint64_t last = windows->entries[index].last_frame;
        bool silent = last <= frame_now && frame_now - last >= LQ_CLIENT_SILENT_FRAMES;

        if (silent && (oldest == windows->count || last < windows->entries[oldest].last_frame)) {
            oldest = index;
        }
    }
    return oldest;
}

static enum lq_window_verdict judge_unknown(const struct lq_client_windows *windows,
                                            uint64_t sequence, uint64_t frame_now)
{
    if (sequence > LQ_CLIENT_WINDOW) {
        return LQ_WINDOW_TOO_FAR;
    }
    if (windows->count == LQ_CLIENTS_MAX && find_evictable(windows, frame_now) == windows->count) {
        return LQ_WINDOW_CLIENTS_FULL;
    }
    return LQ_WINDOW_EXECUTE;
}

enum lq_window_verdict lq_client_windows_judge(const struct lq_client_windows *windows,
                                               const struct lq_client_id *client, uint64_t sequence,
                                               uint64_t frame_now, uint64_t *frame)
{
    bool found;
    uint32_t index;
    const struct lq_client_window *entry;

    LQ_ASSERT(windows->count <= LQ_CLIENTS_MAX);
    if (sequence == 0) {
        return LQ_WINDOW_ZERO;
    }
    index = find_entry(windows, client, &found);
    if (!found) {
        return judge_unknown(windows, sequence, frame_now);
    }
    entry = &windows->entries[index];
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

static void add_entry(struct lq_client_windows *windows, uint32_t at,
                      const struct lq_client_id *client, uint64_t sequence, uint64_t frame)
{
    if (windows->count == LQ_CLIENTS_MAX) {
        uint32_t evicted = find_evictable(windows, frame);

        LQ_ASSERT(evicted < windows->count);
        windows->count--;
        memmove(&windows->entries[evicted], &windows->entries[evicted + 1],
                (windows->count - evicted) * sizeof windows->entries[0]);
        at -= evicted < at;
    }
    memmove(&windows->entries[at + 1], &windows->entries[at],
            (windows->count - at) * sizeof windows->entries[0]);
    windows->entries[at] = (struct lq_client_window){
        .client = *client, .highest = sequence, .used_map = 0, .last_frame = frame};
    windows->count++;
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

void lq_client_windows_use(struct lq_client_windows *windows, const struct lq_client_id *client,
                           uint64_t sequence, uint64_t frame)
{
    bool found;
    uint32_t index = find_entry(windows, client, &found);
    struct lq_client_window *entry = &windows->entries[index];

    LQ_ASSERT(sequence > 0);
    if (!found) {
        LQ_ASSERT(sequence <= LQ_CLIENT_WINDOW);
        add_entry(windows, index, client, sequence, frame);
        return;
    }
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
        [LQ_WINDOW_EXECUTE] = "EXECUTE",           [LQ_WINDOW_DUPLICATE] = "DUPLICATE",
        [LQ_WINDOW_TOO_OLD] = "SEQUENCE_TOO_OLD",  [LQ_WINDOW_TOO_FAR] = "SEQUENCE_TOO_FAR",
        [LQ_WINDOW_CLIENTS_FULL] = "CLIENTS_FULL", [LQ_WINDOW_ZERO] = "SEQUENCE_ZERO",
    };

    LQ_ASSERT(verdict >= LQ_WINDOW_EXECUTE);
    LQ_ASSERT(verdict <= LQ_WINDOW_ZERO);
    return reasons[verdict];
}
