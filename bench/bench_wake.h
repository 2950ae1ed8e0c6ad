// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* bench_wake.h - one command for a session that sleeps: for all of them in a stream, or for some
 * drawn at random, each after the receipt of the one before. */
#ifndef LQ_BENCH_WAKE_H
#define LQ_BENCH_WAKE_H

#include "bench/bench_sender.h"

#include <signal.h>

/* Both want a started sender of a mode without commands of its own, and block until every command
 * has its receipt. False: interrupted, or the broker has been silent for 15 s. */
bool lq_bench_wake_all(struct lq_bench_sender *sender, const volatile sig_atomic_t *interrupted);
bool lq_bench_wake_some(struct lq_bench_sender *sender, const volatile sig_atomic_t *interrupted);

#endif
