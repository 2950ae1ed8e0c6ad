// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* malformed_tally.h - messages that were dropped because of what they are. */
#ifndef LQ_MALFORMED_TALLY_H
#define LQ_MALFORMED_TALLY_H

#include "transport/router_socket.h"

#define LQ_MALFORMED_TALLY_ROUTERS 3

struct lq_malformed_tally {
    uint64_t messages;                                             /* dropped by their ports */
    const lq_router_socket_t *routers[LQ_MALFORMED_TALLY_ROUTERS]; /* NULL: not bound yet */
};

/* Count one, and log it through a throttle of its kind: `what`, a literal. */
void lq_malformed_tally_add(struct lq_malformed_tally *tally, const char *what, const char *where);

/* Those messages, and those that were not even framed as ours. */
uint64_t lq_malformed_tally_count(const struct lq_malformed_tally *tally);

#endif
