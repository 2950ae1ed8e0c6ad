// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* key_guard.h - which keys are let in: the handler that libzmq asks (ZAP) at each connection to a
 * socket that has keys of its own.
 *
 * Without it libzmq lets in whoever has any key at all; so no socket with keys listens before the
 * guard is there, and the guard stays as long as one does. One of a process.
 */
#ifndef LQ_KEY_GUARD_H
#define LQ_KEY_GUARD_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdbool.h>

typedef struct lq_key_guard lq_key_guard_t;

/* Let in those whose public keys lie in the folder, a file each (lq_curve_keys_save()); files may
 * come and go. LQ_ERR_NOT_FOUND: no folder; LQ_ERR_LIMIT: no descriptor is left. */
LQ_MUST_CHECK enum lq_result lq_key_guard_open(const char *folder, lq_key_guard_t **guard,
                                               struct lq_error_message *message);

/* When no socket with keys listens any more. */
void lq_key_guard_close(lq_key_guard_t **guard);

/* For the files of this folder: a socket with keys is about to listen, or has ended. False: there
 * is no guard. */
bool lq_key_guard_hold(void);
void lq_key_guard_let_go(void);

#endif
