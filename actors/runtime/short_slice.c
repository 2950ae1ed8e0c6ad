// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/short_slice.h"

#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SLICE_NS 100000u /* the shortest there is */

void lq_short_slice_ask(void)
{
    struct sched_attr wanted = {.size = sizeof wanted, .sched_runtime = SLICE_NS};

    (void)syscall(SYS_sched_setattr, 0, &wanted, 0);
}
