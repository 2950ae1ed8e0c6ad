// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* space_history.h - how much of a partition's file was in use over a window of time, and how fast
 * that grows.
 *
 *     |<-------------- window --------------->|
 *   o | o   o   o   o   o   o   o   o   o   o o   samples, a step (a 60th of the window) apart
 *   ^ the last one before it stays              ^ the newest one, replaced until it is a step old
 *
 * Time is the monotonic clock's and comes in as an argument. A sample that is older than the newest
 * one is of another clock: everything before it is forgotten, because nothing can be told between
 * the two. Pure.
 */
#ifndef LQ_SPACE_HISTORY_H
#define LQ_SPACE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LQ_SPACE_STEPS = 60, /* of a window */
    LQ_SPACE_SAMPLES_MAX = 64,
    LQ_SPACE_JUDGED_PART = 10 /* growth is judged when its samples span this part of the window */
};

struct lq_space_sample {
    uint64_t at_ns;
    uint64_t used_bytes; /* of the file, to the end of its last page in use */
    uint64_t free_bytes; /* of these: pages that the next commits will use again */
};

struct lq_space_history {
    uint64_t window_ns;
    uint64_t count;
    struct lq_space_sample samples[LQ_SPACE_SAMPLES_MAX]; /* oldest first, times ascending */
};

/* Nothing is known yet. */
void lq_space_history_begin(struct lq_space_history *history, uint64_t window_ns);

/* Whether bytes that came from a file are a history. */
bool lq_space_history_valid(const struct lq_space_history *history);

void lq_space_history_add(struct lq_space_history *history, struct lq_space_sample sample);

struct lq_space_growth {
    uint64_t span_ns;        /* from the first sample to the newest; 0: nothing is known */
    uint64_t bytes_per_hour; /* 0: it does not grow */
    bool judged;             /* the span is long enough to go by it */
};

/* The greater of two: how the file grows, and how what is in use of it grows. They differ while
 * pages become free, and while a reader that stands still keeps free pages from being used. */
struct lq_space_growth lq_space_history_growth(const struct lq_space_history *history);

#endif
