// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* link.h - a program's connection to a broker: for one client or for many thousands, of any
 * tenants, and for the sessions whose frames it watches.
 *
 *     link --+-- clients (client.h): commands and their receipts
 *            +-- watches (watch.h): frames as they commit
 *
 * A link never waits and calls nothing but from within a turn: it is a descriptor, a turn and the
 * time of its next timer, so that one thread serves all that is on it beside whatever else it
 * polls.
 *
 *     poll() until lq_link_descriptor() is readable or lq_link_next_timer_ns() has come
 *         --> lq_link_turn(): takes what is there, calls back, sends what is due
 *
 * The descriptor tells of changes only: ask for the next timer after the last other call and before
 * poll(), since it is "now" when a turn has left something or a command waits to be sent. A program
 * with nothing else to do calls lq_link_wait() in poll()'s place.
 *
 * Clients take turns: one that has much to send does not hold up the others, and a tenant whose
 * quota is used up waits alone. A turn takes and sends a bounded number of messages.
 *
 * All functions on one link and on what is on it belong to one thread; links are independent.
 */
#ifndef LQ_LINK_H
#define LQ_LINK_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdint.h>

typedef struct lq_link lq_link_t;

#define LQ_LINK_CLIENTS_MAX 16384u
#define LQ_LINK_OUTSTANDING_MAX 1000000u
#define LQ_LINK_WATCHES_MAX 16384u
#define LQ_LINK_REQUESTS_MAX 4096u

/* All of it is borrowed for the call of lq_link_open(). */
struct lq_link_options {
    const char *runtime_dir;  /* the cluster's, see lq_link_runtime_dir() */
    uint32_t clients_max;     /* at a time; 0: none, for who asks and watches only */
    uint32_t outstanding_max; /* commands without a receipt, of all clients; memory for them is
                               * taken at once, some 160 bytes each */
    uint32_t watches_max;     /* sessions watched at a time */
    uint32_t requests_max;    /* administrative requests at a time; 0: 64 */
};

#define LQ_LINK_RUNTIME_DIR_BYTES 256

/* The runtime folder of the cluster whose configuration is in `path`; `runtime_dir` has
 * LQ_LINK_RUNTIME_DIR_BYTES. LQ_ERR_NOT_FOUND: no such file; LQ_ERR_INVALID: a bad line;
 * LQ_ERR_IO, LQ_ERR_LIMIT: it cannot be read, is too long; each with `message`. */
LQ_MUST_CHECK enum lq_result lq_link_runtime_dir(const char *path, char *runtime_dir,
                                                 struct lq_error_message *message);

/* Connects in the background, also to a broker that is not there yet. Raises the soft limit of
 * descriptors if it is very low. The link is the caller's; closed by lq_link_close(), which takes
 * it and may be called twice. LQ_ERR_INVALID, LQ_ERR_LIMIT, LQ_ERR_IO: `message` says why. */
LQ_MUST_CHECK enum lq_result lq_link_open(const struct lq_link_options *options, lq_link_t **link,
                                          struct lq_error_message *message);

/* Clients and watches of it that are left end with it: their pointers are no longer valid. */
void lq_link_close(lq_link_t **link);

/* For poll(), epoll and their like: readable (POLLIN) when there is something for a turn to do. Not
 * to be read, written or closed. It stays the same as long as the link. */
int lq_link_descriptor(const lq_link_t *link);

/* When the next turn is due though nothing was heard, in nanoseconds of CLOCK_MONOTONIC. 0: now.
 * UINT64_MAX: never; nothing is awaited. */
uint64_t lq_link_next_timer_ns(const lq_link_t *link);

/* Send what is queued (many commands a message), take what is there, repeat what needs it. Calls
 * back clients, watches and requests; what is called may use the link and all that is on it, but
 * not turn or close the link. Never waits. Returns the number of receipts. */
uint32_t lq_link_turn(lq_link_t *link);

/* Until a turn has something to do, at most timeout_ms; a signal ends it too. Blocks, and does
 * nothing else: a turn comes next. */
void lq_link_wait(const lq_link_t *link, uint32_t timeout_ms);

uint32_t lq_link_outstanding(const lq_link_t *link);  /* commands without a receipt, of all */
uint64_t lq_link_resends(const lq_link_t *link);      /* commands sent again so far */
uint64_t lq_link_broker_epoch(const lq_link_t *link); /* 0: none seen yet */

/* 16 bytes: the history of the broker, to be remembered with the ids of clients; NULL: none was
 * heard yet. Another one than before: the broker's store was restored from a copy (client.h). */
const uint8_t *lq_link_history(const lq_link_t *link);

/* Why the broker does not serve this connection ("CLIENT_QUOTA: ..."). "": it does, as far as is
 * known. Lives until the next turn. */
const char *lq_link_not_served(const lq_link_t *link);

#endif
