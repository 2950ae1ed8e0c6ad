// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* websocket_accept.h - the answer to a WebSocket key (RFC 6455, 4.2.2): proof that it was read. */
#ifndef LQ_WEBSOCKET_ACCEPT_H
#define LQ_WEBSOCKET_ACCEPT_H

#include "base/view.h"

#define LQ_WEBSOCKET_ACCEPT_BYTES 29 /* with a NUL */

void lq_websocket_accept(struct lq_view key, char accept[LQ_WEBSOCKET_ACCEPT_BYTES]);

#endif
