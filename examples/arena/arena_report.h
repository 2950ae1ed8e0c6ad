// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* arena_report.h - what the bots and the broker count: a line a second, and a summary. */
#ifndef LQ_ARENA_REPORT_H
#define LQ_ARENA_REPORT_H

#include "client/administration.h"
#include "examples/arena/arena_bots.h"

/* The counters of a broker's status that matter here. They start at 0 with each broker, so the sum
 * over brokers is kept. */
struct lq_arena_counters {
    uint64_t ticks, retries, letters, missed;
};

struct lq_arena_report {
    struct lq_arena_bots *bots;
    struct lq_admin_request request; /* the status asked for while playing */
    bool asking;
    bool seen;
    uint64_t epoch;
    struct lq_arena_counters latest; /* of this epoch */
    struct lq_arena_counters sum;    /* since the beginning */
    double lateness_p99_ms, lateness_p50_ms;
    uint32_t letters_open;
    uint64_t began_ns, shown_at_ns, shown_ticks;
    bool on_terminal;
};

/* Ask for the first status. Blocks. False: none came. */
bool lq_arena_report_begin(struct lq_arena_report *report, struct lq_arena_bots *bots);

/* Once a turn: each second ask, and show a line. */
void lq_arena_report_tick(struct lq_arena_report *report, uint64_t now_ns);

/* Ask for the last status and print the summary. Blocks. False: none came. */
bool lq_arena_report_end(struct lq_arena_report *report);

#endif
