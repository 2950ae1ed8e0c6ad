// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* clock.h - the clocks. Deadlines and grids use the monotonic one; wall time is data only and
 * is never compared. */
#ifndef LQ_CLOCK_H
#define LQ_CLOCK_H

#include <stdint.h>

#define LQ_NS_PER_MS UINT64_C(1000000)
#define LQ_NS_PER_S UINT64_C(1000000000)

uint64_t lq_clock_monotonic_ns(void);

/* The same, and counts the time that the machine slept. */
uint64_t lq_clock_running_ns(void);
uint64_t lq_clock_wall_ns(void);

/* What the calling thread has had of a processor; for figures, never for a decision. */
uint64_t lq_clock_thread_ns(void);

#endif
