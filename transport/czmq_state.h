// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* czmq_state.h - what czmq keeps for the whole process, kept in hand: its signal handlers stay off,
 * it prints nothing, and its context has one thread for all sockets, of which there may be as many
 * as there are descriptors.
 *
 * The context is made with the first socket and ends when the process exits. A child after fork()
 * has none until it makes a socket of its own.
 */
#ifndef LQ_CZMQ_STATE_H
#define LQ_CZMQ_STATE_H

#include "base/error_message.h"
#include "base/result.h"

/* Before each socket is made, whoever was first. LQ_ERR_LIMIT: too few descriptors are left; czmq
 * would end the process. */
LQ_MUST_CHECK enum lq_result lq_czmq_state_prepare(struct lq_error_message *message);

#endif
