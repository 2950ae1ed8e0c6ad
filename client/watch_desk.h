// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* watch_desk.h - the watches of a link: what is said for them, over which connection, and whose a
 * frame is. Not part of the library's interface.
 *
 *         WATCH, each 250 ms                 WATCH, each second
 *   ASKED -------------------- answered ---> HEARD
 *     ^                                        |
 *     +----------- a new broker ---------------+   said at once, to it
 *
 * A connection has at most as many watches as a broker takes over one; the next one is opened for
 * more.
 */
#ifndef LQ_WATCH_DESK_H
#define LQ_WATCH_DESK_H

#include "base/arena.h"
#include "client/watch.h"
#include "config/config_file.h"
#include "transport/dealer_socket.h"

#define LQ_WATCH_DESK_SOCKETS_MAX 16u
#define LQ_WATCH_DESK_OF_A_SOCKET 1024u

struct lq_watch_socket {
    lq_dealer_socket_t *dealer; /* NULL: not open */
    uint32_t watch_count;
};

/* Watches in the order in which they are to be said again. */
struct lq_watch_row {
    struct lq_watch *first, *last;
};

struct lq_watch_desk {
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];
    int poll_descriptor; /* sockets' descriptors are added to it */
    struct lq_watch **watches;
    uint32_t watches_max, watch_count;
    uint32_t cursor;     /* where to look for a free place first */
    uint32_t generation; /* of the newest watch: above its place in its tag */
    struct lq_watch_socket sockets[LQ_WATCH_DESK_SOCKETS_MAX];
    uint32_t socket_turn; /* the one to receive from first */
    struct lq_watch_row asked, heard;
    uint64_t blocked_until_ns; /* nothing could be sent: there is no broker, or no room */
    uint64_t epoch;            /* of the broker heard last; 0: none */
    struct lq_message_part header, body;
    struct lq_arena arena;
};

/* Does nothing but to remember. LQ_ERR_INVALID with `message`. Released by
 * lq_watch_desk_release(), which ends what watches are left; also of zeroes. */
LQ_MUST_CHECK enum lq_result lq_watch_desk_init(struct lq_watch_desk *desk, const char *runtime_dir,
                                                uint32_t watches_max, int poll_descriptor,
                                                struct lq_error_message *message);
void lq_watch_desk_release(struct lq_watch_desk *desk);

/* Say what is due, take what is there, within bounds. True: there may be more. */
bool lq_watch_desk_turn(struct lq_watch_desk *desk, uint64_t now_ns);

/* A broker of this epoch is there; of later ones it is told by the link as well. */
void lq_watch_desk_meet(struct lq_watch_desk *desk, uint64_t epoch);

/* When there is something to say; UINT64_MAX: nothing is watched. */
uint64_t lq_watch_desk_due_ns(const struct lq_watch_desk *desk);

#endif
