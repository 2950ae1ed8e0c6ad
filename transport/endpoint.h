// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* endpoint.h - where a socket listens: "ipc://PATH" or "tcp://ADDRESS:PORT", no other transport.
 *
 * Who may reach an ipc endpoint, its folder says; who may reach a tcp endpoint, only keys can say
 * (curve_keys.h).
 */
#ifndef LQ_ENDPOINT_H
#define LQ_ENDPOINT_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdbool.h>

enum lq_endpoint_transport { LQ_ENDPOINT_OVER_IPC = 1, LQ_ENDPOINT_OVER_TCP };

/* LQ_ERR_INVALID: of another transport, or longer than a local socket's path may be. */
LQ_MUST_CHECK enum lq_result lq_endpoint_read(const char *endpoint,
                                              enum lq_endpoint_transport *transport,
                                              struct lq_error_message *message);

/* The path of an ipc endpoint; NULL of another. In `endpoint`. */
const char *lq_endpoint_path(const char *endpoint);

/* Whether anybody listens at an ipc endpoint. */
bool lq_endpoint_answers(const char *endpoint);

#endif
