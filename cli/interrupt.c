// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked;

static void note_signal(int signal_number)
{
    (void)signal_number;
    asked = 1;
}

void lq_interrupt_catch(void)
{
    /* No SA_RESTART: a wait for the broker or for stdin ends early. */
    const struct sigaction action = {.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool lq_interrupt_asked(void)
{
    return asked != 0;
}
