// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/poll_set.h"

#include "base/clock.h"
#include "base/contract.h"

#include <poll.h>
#include <zmq.h>

static int descriptor_of(const struct lq_poll_entry *entry)
{
    int descriptor = entry->descriptor;
    size_t bytes = sizeof descriptor;

    if (entry->socket != NULL) {
        int rc = zmq_getsockopt(entry->socket, ZMQ_FD, &descriptor, &bytes);
        LQ_ASSERT(rc == 0);
    }
    return descriptor;
}

/* What the socket has at hand. Its descriptor tells only that something has changed since it was
 * asked: so it is asked before each wait. False: a signal came between. */
static bool ask(struct lq_poll_entry *entry)
{
    int events = 0;
    size_t bytes = sizeof events;

    if (zmq_getsockopt(entry->socket, ZMQ_EVENTS, &events, &bytes) != 0) {
        return false;
    }
    entry->readable = (events & ZMQ_POLLIN) != 0;
    entry->has_room = entry->wants_room && (events & ZMQ_POLLOUT) != 0;
    return true;
}

static int count_ready(const struct lq_poll_entry *entries, uint32_t count)
{
    int ready = 0;

    for (uint32_t index = 0; index < count; index++) {
        ready += entries[index].readable || entries[index].has_room;
    }
    return ready;
}

/* Until one of the descriptors has something to tell, or the time is over: how many have. */
static int wait_until(struct pollfd *items, uint32_t count, uint64_t until_ns)
{
    uint64_t now_ns = until_ns == 0 ? 0 : lq_clock_monotonic_ns();
    uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    struct timespec left = {(time_t)(left_ns / LQ_NS_PER_S), (long)(left_ns % LQ_NS_PER_S)};

    return ppoll(items, count, &left, NULL);
}

/* Take over what descriptors tell: of a socket, that it has to be asked again. */
static bool hear(struct lq_poll_entry *entries, const struct pollfd *items, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++) {
        if (entries[index].socket == NULL) {
            entries[index].readable = items[index].revents != 0;
        } else if (items[index].revents != 0 && !ask(&entries[index])) {
            return false;
        }
    }
    return true;
}

static bool begin(struct lq_poll_entry *entries, struct pollfd *items, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++) {
        struct lq_poll_entry *entry = &entries[index];
        items[index] = (struct pollfd){descriptor_of(entry), POLLIN, 0};
        entry->readable = entry->has_room = false;
        if (entry->socket != NULL && !ask(entry)) {
            return false;
        }
    }
    return true;
}

int lq_poll_set_wait(struct lq_poll_entry *entries, uint32_t count, uint64_t timeout_ns)
{
    struct pollfd items[LQ_POLL_SET_MAX];
    uint64_t until_ns = timeout_ns == 0 ? 0 : lq_clock_monotonic_ns() + timeout_ns;
    int told;

    LQ_ASSERT(count > 0);
    LQ_ASSERT(count <= LQ_POLL_SET_MAX);
    LQ_ASSERT(timeout_ns <= UINT64_MAX / 2);
    if (!begin(entries, items, count)) {
        return -1;
    }
    int ready = count_ready(entries, count);
    do {
        told = wait_until(items, count, ready > 0 ? 0 : until_ns);
        if (told < 0 || !hear(entries, items, count)) {
            return -1;
        }
        ready = count_ready(entries, count);
    } while (ready == 0 && told > 0);
    return ready;
}
