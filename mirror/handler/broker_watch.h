// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_watch.h - wakes who waits when a broker has bound its sockets: a broker that starts knows
 * nothing of what its predecessor was told, and clients of mirrored tenants wait for that. */
#ifndef LQ_BROKER_WATCH_H
#define LQ_BROKER_WATCH_H

#include <stdbool.h>

/* A descriptor that becomes readable then; -1: the folder cannot be watched, and the log says so.
 */
int lq_broker_watch_open(const char *runtime_dir);

/* Whether one has come since the last call. */
bool lq_broker_watch_take(int descriptor);

#endif
