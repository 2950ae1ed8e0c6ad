// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* flood_sender.h - the connections of a flood: each speaks the protocol by itself, without the
 * client library, which would wait when it is told to.
 *
 * Numbers are free ones: from each client's highest that was used in a session on. One that was
 * refused unused is free again, so the 60 above that are said in turn. A tag holds the session, the
 * number, and the place in its message, by which the commands of a run are counted: nothing else is
 * kept of a command that was sent.
 */
#ifndef LQ_FLOOD_SENDER_H
#define LQ_FLOOD_SENDER_H

#include "base/error_message.h"
#include "bench/flood_tally.h"

typedef struct lq_flood_sender lq_flood_sender_t;

/* Connects in the background. Options and tally are borrowed for its life. */
LQ_MUST_CHECK enum lq_result lq_flood_sender_open(const struct lq_flood_options *options,
                                                  const char *runtime_dir,
                                                  struct lq_flood_tally *tally,
                                                  lq_flood_sender_t **sender,
                                                  struct lq_error_message *message);
void lq_flood_sender_close(lq_flood_sender_t **sender);

/* Take what is there, on all connections; say HELLO where it is time to. The number of connections
 * that have been welcomed. */
uint32_t lq_flood_sender_receive(lq_flood_sender_t *sender, uint64_t now_ns);

/* When there is nothing to send, or no room: a millisecond, less if something is heard on the
 * connection whose turn it is. */
void lq_flood_sender_pause(lq_flood_sender_t *sender);

/* Send up to `messages` messages on connections that take one, in turn. How many were. */
uint64_t lq_flood_sender_send(lq_flood_sender_t *sender, uint64_t messages);

#endif
