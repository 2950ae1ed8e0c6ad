// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/space_history.h"

#include "base/contract.h"

#include <string.h>

#define NS_PER_HOUR 3600e9

void lq_space_history_begin(struct lq_space_history *history, uint64_t window_ns)
{
    LQ_ASSERT(window_ns >= LQ_SPACE_STEPS);
    memset(history, 0, sizeof *history);
    history->window_ns = window_ns;
}

bool lq_space_history_valid(const struct lq_space_history *history)
{
    if (history->window_ns < LQ_SPACE_STEPS || history->count > LQ_SPACE_SAMPLES_MAX) {
        return false;
    }
    for (uint64_t index = 0; index < history->count; index++) {
        const struct lq_space_sample *sample = &history->samples[index];
        if (sample->free_bytes > sample->used_bytes ||
            (index > 0 && sample->at_ns <= history->samples[index - 1].at_ns)) {
            return false;
        }
    }
    return true;
}

/* All that left the window but the last one that did: it says what was in use when it began. */
static void leave_window(struct lq_space_history *history, uint64_t now_ns)
{
    uint64_t gone = 0;

    while (gone + 1 < history->count &&
           now_ns - history->samples[gone + 1].at_ns >= history->window_ns) {
        gone++;
    }
    history->count -= gone;
    memmove(history->samples, history->samples + gone, history->count * sizeof *history->samples);
}

void lq_space_history_add(struct lq_space_history *history, struct lq_space_sample sample)
{
    uint64_t step_ns = history->window_ns / LQ_SPACE_STEPS;
    uint64_t count = history->count;

    LQ_ASSERT(sample.free_bytes <= sample.used_bytes);
    if (count > 0 && sample.at_ns < history->samples[count - 1].at_ns) {
        history->count = count = 0;
    }
    bool same = count > 0 && sample.at_ns == history->samples[count - 1].at_ns;
    bool young = count > 1 &&
                 history->samples[count - 1].at_ns - history->samples[count - 2].at_ns < step_ns;
    if (same || young) {
        history->samples[count - 1] = sample;
    } else {
        leave_window(history, sample.at_ns);
        if (history->count == LQ_SPACE_SAMPLES_MAX) { /* of one that was read: closer than a step */
            history->count--;
            memmove(history->samples, history->samples + 1,
                    history->count * sizeof *history->samples);
        }
        history->samples[history->count++] = sample;
    }
    leave_window(history, sample.at_ns);
}

static uint64_t grown(uint64_t before, uint64_t now)
{
    return now > before ? now - before : 0;
}

struct lq_space_growth lq_space_history_growth(const struct lq_space_history *history)
{
    struct lq_space_growth growth = {0};

    if (history->count < 2) {
        return growth;
    }
    const struct lq_space_sample *first = &history->samples[0];
    const struct lq_space_sample *last = &history->samples[history->count - 1];
    uint64_t file = grown(first->used_bytes, last->used_bytes);
    uint64_t taken =
        grown(first->used_bytes - first->free_bytes, last->used_bytes - last->free_bytes);
    uint64_t bytes = file > taken ? file : taken;

    growth.span_ns = last->at_ns - first->at_ns;
    double by_hour = (double)bytes * NS_PER_HOUR / (double)growth.span_ns;
    growth.bytes_per_hour = by_hour < (double)(UINT64_MAX / 2) ? (uint64_t)by_hour : UINT64_MAX / 2;
    growth.judged = growth.span_ns >= history->window_ns / LQ_SPACE_JUDGED_PART;
    return growth;
}
