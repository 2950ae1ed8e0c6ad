// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* process_proof.h - of which process is this pid? A number in a message proves nothing.
 *
 * Two witnesses are believed, both of them the kernel: the credentials of a connection (who
 * connected it), and the holder of the record lock on an instance's cell (proto/instance_cell.h).
 * Both tell pids of our own pid namespace, or none for a process that it does not have. Each is
 * asked again once the process is held by a pidfd: what still holds then holds for that process and
 * not for a later one of the same number.
 */
#ifndef LQ_PROCESS_PROOF_H
#define LQ_PROCESS_PROOF_H

#include "transport/message_part.h"

#include <stdint.h>

/* A pidfd of `pid`, -1 if it cannot be an actor's: no such process, 0, 1, ourselves, or one that we
 * descend from (the supervisor). The caller closes it. */
int lq_process_proof_open(uint32_t pid);

/* The same, if `message` came over a connection that this process made and still has. */
int lq_process_proof_of_sender(struct lq_message_part *message, uint32_t pid);

/* The same, if this process holds `instance` in the runtime folder. */
int lq_process_proof_of_holder(const char *runtime_dir, const char *instance, uint32_t pid);

#endif
