// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* poll_set.h - wait for sockets and descriptors, all at once, and to the microsecond: what is due
 * at a time of its own would come up to a millisecond late by zmq_poll().
 *
 * Each entry is a socket (a handle of router_socket.h or dealer_socket.h) or a descriptor. After a
 * wait all that are ready are known, so that one turn of a loop can serve them all.
 */
#ifndef LQ_POLL_SET_H
#define LQ_POLL_SET_H

#include <stdbool.h>
#include <stdint.h>

#define LQ_POLL_SET_MAX 8u

struct lq_poll_entry {
    void *socket;   /* NULL: the descriptor */
    int descriptor; /* for reading only */
    bool wants_room;
    bool readable; /* set by the wait */
    bool has_room;
};

/* Wait up to timeout_ns (0: not at all). How many are ready; -1: a signal ended the wait. */
int lq_poll_set_wait(struct lq_poll_entry *entries, uint32_t count, uint64_t timeout_ns);

#endif
