// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* heap_slack.h - give back to the system what a flood has left behind.
 *
 * The allocator keeps freed memory below live blocks, and libzmq's threads leave many such blocks.
 */
#ifndef LQ_HEAP_SLACK_H
#define LQ_HEAP_SLACK_H

#include <stdbool.h>

/* Each few seconds: if much of the heap is free, return it. Whether there was so much. Costs next
 * to nothing otherwise. */
bool lq_heap_slack_return(void);

#endif
