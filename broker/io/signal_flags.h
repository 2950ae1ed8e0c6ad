// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* signal_flags.h - what signals ask of the broker. SIGTERM and SIGINT stop it in order; SIGHUP,
 * SIGUSR1 and SIGUSR2, which would end a program that says nothing of them, are ignored and named
 * in the log; SIGPIPE is ignored. All others have their default action. */
#ifndef LQ_SIGNAL_FLAGS_H
#define LQ_SIGNAL_FLAGS_H

void lq_signal_flags_catch(void);

/* Not 0 once a stop was asked for. */
const volatile int *lq_signal_flags_stop(void);

/* The newest ignored signal since the last call; 0: none. */
int lq_signal_flags_take_ignored(void);

#endif
