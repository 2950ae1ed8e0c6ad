// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* process_watch.h - know at once when a local process ends (pidfd), through one epoll descriptor.
 */
#ifndef LQ_PROCESS_WATCH_H
#define LQ_PROCESS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

typedef struct lq_process_watch lq_process_watch_t;

lq_process_watch_t *lq_process_watch_new(void);
void lq_process_watch_destroy(lq_process_watch_t **watch);

/* Readable when a watched process has ended. */
int lq_process_watch_descriptor(const lq_process_watch_t *watch);

/* Watch a process on behalf of `peer`. False: there is no such process of ours to see (it is of
 * another host, or gone already). */
bool lq_process_watch_add(lq_process_watch_t *watch, uint32_t pid, uint32_t peer);

/* The next process that ended. False: none. */
bool lq_process_watch_take(lq_process_watch_t *watch, uint32_t *peer);

/* SIGKILL the watched process of `peer`; by its pidfd, so that no other process can be hit. */
void lq_process_watch_kill(const lq_process_watch_t *watch, uint32_t peer);

#endif
