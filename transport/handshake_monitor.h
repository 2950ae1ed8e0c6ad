// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* handshake_monitor.h - whether the other end takes our key, of a socket that connects.
 *
 * Not for one that listens: what strangers do would be told here, and libzmq's thread waits when
 * its events are not read.
 */
#ifndef LQ_HANDSHAKE_MONITOR_H
#define LQ_HANDSHAKE_MONITOR_H

#include <stdbool.h>

typedef struct lq_handshake_monitor lq_handshake_monitor_t;

/* Of a zsock_t, before it connects; destroyed before the socket is. */
lq_handshake_monitor_t *lq_handshake_monitor_new(void *socket);
void lq_handshake_monitor_destroy(lq_handshake_monitor_t **monitor);

/* Read what has happened. True: the newest handshake was refused. */
bool lq_handshake_monitor_refused(lq_handshake_monitor_t *monitor);

#endif
