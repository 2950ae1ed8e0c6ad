// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* connection_mark.h - whether the connection that a message came over still stands.
 *
 * A router is not told when a peer goes. But a received part knows its connection's descriptor, and
 * a socket that is closed takes its inode with it: nobody has to be asked over the connection.
 */
#ifndef LQ_CONNECTION_MARK_H
#define LQ_CONNECTION_MARK_H

#include "transport/message_part.h"

#include <stdbool.h>

struct lq_connection_mark {
    int descriptor; /* -1: none */
    uint64_t inode;
};

struct lq_connection_mark lq_connection_mark_of(struct lq_message_part *part);
bool lq_connection_mark_stands(const struct lq_connection_mark *mark);

#endif
