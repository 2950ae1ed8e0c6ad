// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/signal_flags.h"

#include <signal.h>
#include <stddef.h>

static volatile int stop_asked;
static volatile sig_atomic_t ignored;

static void on_stop(int number)
{
    (void)number;
    stop_asked = 1;
}

static void on_ignored(int number)
{
    ignored = number;
}

void lq_signal_flags_catch(void)
{
    static const int stops[] = {SIGTERM, SIGINT};
    static const int ignores[] = {SIGHUP, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_handler = on_stop};

    sigemptyset(&action.sa_mask);
    for (size_t index = 0; index < sizeof stops / sizeof stops[0]; index++) {
        sigaction(stops[index], &action, NULL);
    }
    action.sa_handler = on_ignored;
    action.sa_flags = SA_RESTART;
    for (size_t index = 0; index < sizeof ignores / sizeof ignores[0]; index++) {
        sigaction(ignores[index], &action, NULL);
    }
}

const volatile int *lq_signal_flags_stop(void)
{
    return &stop_asked;
}

int lq_signal_flags_take_ignored(void)
{
    int number = ignored;

    ignored = 0;
    return number;
}
