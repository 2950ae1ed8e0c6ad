// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* piped_thread.h - a thread, and the pipe over which it is woken and told to end.
 *
 * What is to be done lies elsewhere, under a lock of its users; the pipe says that there is
 * something. One thread starts, wakes and stops it: an end of a pipe belongs to one thread.
 */
#ifndef LQ_PIPED_THREAD_H
#define LQ_PIPED_THREAD_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdbool.h>

typedef struct lq_piped_thread lq_piped_thread_t;
typedef struct lq_piped_thread_end lq_piped_thread_end_t; /* the thread's own end of the pipe */

/* Runs in the thread, which ends when it returns. */
typedef void (*lq_piped_thread_fn)(void *context, lq_piped_thread_end_t *end);

/* `context` is borrowed until the thread is stopped. LQ_ERR_LIMIT: no descriptor or
 * thread is left. */
LQ_MUST_CHECK enum lq_result lq_piped_thread_start(lq_piped_thread_fn run, void *context,
                                                   lq_piped_thread_t **thread,
                                                   struct lq_error_message *message);

/* Wakes it for good, and waits until it has ended. */
void lq_piped_thread_stop(lq_piped_thread_t **thread);

void lq_piped_thread_wake(lq_piped_thread_t *thread);

/* In the thread: sleep until it is woken, at most timeout_ms (-1: without end). False: the time is
 * over. Wakes that came before count, several as one; one that is to end never sleeps again. */
bool lq_piped_thread_sleep(lq_piped_thread_end_t *end, int timeout_ms);

#endif
