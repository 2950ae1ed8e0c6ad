// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* interrupt.h - Ctrl-C as a wish to end cleanly; a second one ends at once. */
#ifndef LQ_INTERRUPT_H
#define LQ_INTERRUPT_H

#include <stdbool.h>

void lq_interrupt_catch(void); /* SIGINT, SIGTERM, SIGHUP; a second one kills */
bool lq_interrupt_asked(void);

#endif
