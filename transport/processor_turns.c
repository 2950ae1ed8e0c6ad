// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/processor_turns.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SLICE_NS 500000u

void lq_processor_turns_shorten(void)
{
    struct sched_attr wanted = {.size = sizeof wanted};

    if (syscall(SYS_sched_getattr, 0, &wanted, sizeof wanted, 0) != 0 ||
        wanted.sched_policy != SCHED_NORMAL) {
        return;
    }
    wanted.sched_runtime = SLICE_NS;
    (void)syscall(SYS_sched_setattr, 0, &wanted, 0);
}
