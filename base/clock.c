// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/clock.h"

#include "base/contract.h"

#include <time.h>

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;

    LQ_ASSERT(clock_gettime(clock, &now) == 0);
    return (uint64_t)now.tv_sec * LQ_NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t lq_clock_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t lq_clock_running_ns(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

uint64_t lq_clock_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t lq_clock_thread_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}
