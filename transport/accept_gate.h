// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* accept_gate.h - how many connections each listening socket of this process may have.
 *
 * libzmq accepts by itself, as many as come, and ends the process when the kernel has no descriptor
 * left. So this file takes accept()'s place in the whole process. Behind a door that is full, those
 * have to go who have never said anything, or nothing for long; if there are none, the new
 * connection is closed at once, and its peer tries again. Every other listening socket is left
 * alone.
 */
#ifndef LQ_ACCEPT_GATE_H
#define LQ_ACCEPT_GATE_H

#include <stdint.h>

/* Who may have to make room: after so long without a first message; after so long without another.
 */
struct lq_accept_patience {
    uint32_t mute_ms, silence_ms;
};

/* Bound the connections to a local socket. Before it is bound; `path` is copied. At most 8 doors.
 */
void lq_accept_gate_add(const char *path, uint32_t connections_max,
                        struct lq_accept_patience patience);

/* The socket is no more; what is left of its connections is nobody's business. */
void lq_accept_gate_remove(const char *path);

/* The connection with this descriptor has said something. Any thread; nothing if it is none of
 * ours. */
void lq_accept_gate_heard(int descriptor);

/* Connections that stand now: all are looked at. */
uint32_t lq_accept_gate_connections(void);

/* Connections that were closed because a door was full: new ones, and silent ones in favour of new
 * ones. */
uint64_t lq_accept_gate_refused(void);

/* Descriptors that a door takes: besides its connections those that were told to go, at most a
 * quarter at a time, and have not been closed yet. */
#define LQ_ACCEPT_GATE_DESCRIPTORS(connections_max)                                                \
    ((connections_max) + (connections_max) / LQ_ACCEPT_GATE_EVICTED_SHARE + 1)
#define LQ_ACCEPT_GATE_EVICTED_SHARE 4u

#endif
