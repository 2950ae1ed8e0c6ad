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
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t index = 0; index < sizeof numbers / sizeof numbers[0]; index++) {
        struct sigaction found;
        /* nohup, or a shell's background job: who ignores it wants it ignored */
        if (sigaction(numbers[index], NULL, &found) == 0 && found.sa_handler != SIG_IGN) {
            (void)sigaction(numbers[index], &action, NULL);
        }
    }
}

bool lq_interrupt_asked(void)
{
    return asked != 0;
}
