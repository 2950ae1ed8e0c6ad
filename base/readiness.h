// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* readiness.h - tell the supervisor that this process serves, once. */
#ifndef LQ_READINESS_H
#define LQ_READINESS_H

/* Write a newline to the descriptor named by LQ_NOTIFY_FD and close it; nothing if the variable is
 * not set. A second call does nothing. */
void lq_readiness_notify(void);

#endif
