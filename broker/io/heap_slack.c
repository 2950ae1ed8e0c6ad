// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/heap_slack.h"

#include <malloc.h>
#include <stddef.h>

#define SLACK_BYTES_MAX ((size_t)32 << 20)

bool lq_heap_slack_return(void)
{
    struct mallinfo2 heap = mallinfo2();

    /* What the beats of normal work free and take again is worth keeping. */
    if (heap.fordblks < SLACK_BYTES_MAX || heap.fordblks < heap.uordblks / 2) {
        return false;
    }
    (void)malloc_trim(0);
    return true;
}
