// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* process_watch.h - know at once when a local process ends (pidfd), through one epoll descriptor.
 *
 * One entry a process, however many actors say that they are in it. Whoever adds one has proven
 * that the pid is the right one: see process_proof.h.
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

/* Whether a process of that pid is watched and alive. */
bool lq_process_watch_knows(const lq_process_watch_t *watch, uint32_t pid);

/* Watch the process `pid` by its pidfd, which is taken over in any case. False: there is no room,
 * or the end of another process of that pid was not taken yet. */
bool lq_process_watch_add(lq_process_watch_t *watch, uint32_t pid, int pidfd);

/* The next process that ended. False: none. */
bool lq_process_watch_take(lq_process_watch_t *watch, uint32_t *pid);

/* SIGKILL a watched process; by its pidfd, so that no other process can be hit. */
void lq_process_watch_kill(const lq_process_watch_t *watch, uint32_t pid);

#endif
