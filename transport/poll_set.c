// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/poll_set.h"

#include "base/contract.h"

#include <zmq.h>

int lq_poll_set_wait(struct lq_poll_entry *entries, uint32_t count, long timeout_ms)
{
    zmq_pollitem_t items[LQ_POLL_SET_MAX];

    LQ_ASSERT(count > 0);
    LQ_ASSERT(count <= LQ_POLL_SET_MAX);
    for (uint32_t index = 0; index < count; index++) {
        const struct lq_poll_entry *entry = &entries[index];
        short room = entry->wants_room ? ZMQ_POLLOUT : 0;
        items[index] =
            (zmq_pollitem_t){entry->socket, entry->descriptor, (short)(ZMQ_POLLIN | room), 0};
    }
    int ready = zmq_poll(items, (int)count, timeout_ms);
    for (uint32_t index = 0; index < count; index++) {
        short found = ready > 0 ? items[index].revents : 0;
        entries[index].readable = (found & ~ZMQ_POLLOUT) != 0;
        entries[index].has_room = (found & ZMQ_POLLOUT) != 0;
    }
    return ready;
}
