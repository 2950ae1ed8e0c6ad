// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/domain/client_window_v1.h"

/* The entry silent longest, if for long enough; the first of several. windows->count: none. */
static uint32_t find_evictable(const struct lq_client_windows *windows, uint64_t frame_now)
{
    uint32_t oldest = windows->count;

    for (uint32_t index = 0; index < windows->count; index++) {
        uint64_t last = windows->entries[index].last_frame;
        bool silent = last <= frame_now && frame_now - last >= LQ_CLIENT_V1_SILENT_FRAMES;

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

enum lq_window_verdict lq_client_window_v1_judge(const struct lq_client_windows *windows,
                                                 const struct lq_client_id *client,
                                                 uint64_t sequence, uint64_t frame_now,
                                                 uint64_t *frame)
{
    bool found;
    uint32_t index;

    if (sequence == 0) {
        return LQ_WINDOW_ZERO;
    }
    index = lq_client_windows_place(windows, client, &found);
    if (!found) {
        return judge_unknown(windows, sequence, frame_now);
    }
    return lq_client_window_judge(&windows->entries[index], sequence, frame);
}

void lq_client_window_v1_use(struct lq_client_windows *windows, const struct lq_client_id *client,
                             uint64_t sequence, uint64_t frame)
{
    bool found;
    uint32_t index = lq_client_windows_place(windows, client, &found);

    LQ_ASSERT(sequence > 0);
    if (found) {
        lq_client_window_use(&windows->entries[index], sequence, frame);
        return;
    }
    LQ_ASSERT(sequence <= LQ_CLIENT_WINDOW);
    if (windows->count == LQ_CLIENTS_MAX) {
        lq_client_windows_drop(windows, find_evictable(windows, frame));
    }
    lq_client_windows_add(windows, client, sequence, frame);
}
