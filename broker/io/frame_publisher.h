// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* frame_publisher.h - frames as they commit, for whoever watches.
 *
 * Watchers say WATCH for each session and hear WATCHING: that they watch, or why not. Lossy by
 * contract: who does not read sees gaps, and costs no more than its share of memory.
 */
#ifndef LQ_FRAME_PUBLISHER_H
#define LQ_FRAME_PUBLISHER_H

#include "base/error_message.h"
#include "broker/io/watch_table.h"
#include "proto/client_codec.h"
#include "transport/router_socket.h"

typedef struct lq_frame_publisher lq_frame_publisher_t;

#define LQ_FRAME_PUBLISHER_WATCHES_MAX 16384u
#define LQ_FRAME_PUBLISHER_WATCHES_PER_PEER_MAX 1024u
#define LQ_FRAME_PUBLISHER_FORGET_S 10u /* a watch that was not said again */

LQ_MUST_CHECK enum lq_result lq_frame_publisher_open(const char *endpoint, uint32_t watchers_max,
                                                     lq_frame_publisher_t **publisher,
                                                     struct lq_error_message *message);
void lq_frame_publisher_close(lq_frame_publisher_t **publisher);

/* Where watchers speak; the port reads it. */
lq_router_socket_t *lq_frame_publisher_router(const lq_frame_publisher_t *publisher);

/* Do what a WATCH asks for, and fill `answer`: result, whether the watch began, the newest frame
 * that was told of. The texts of errors are static. */
LQ_MUST_CHECK enum lq_result lq_frame_publisher_watch(lq_frame_publisher_t *publisher,
                                                      uint32_t peer,
                                                      const struct lq_watch_request *request,
                                                      uint64_t now_ns, struct lq_watching *answer);

/* Forget who has not said WATCH again. Each second or so. */
void lq_frame_publisher_forget(lq_frame_publisher_t *publisher, uint64_t now_ns);

/* Watches there are; what is wanted of this session, as flags of an item; whether it is watched for
 * play. */
uint32_t lq_frame_publisher_watches(const lq_frame_publisher_t *publisher);
uint32_t lq_frame_publisher_wants(const lq_frame_publisher_t *publisher,
                                  struct lq_session_names names);
bool lq_frame_publisher_played(const lq_frame_publisher_t *publisher,
                               struct lq_session_names names);

/* Send a frame to those who watch it; `world` may be empty, and may have a Play of play_bytes at
 * its end. The notice's tag and world_bytes are set for each. */
void lq_frame_publisher_send(lq_frame_publisher_t *publisher, struct lq_session_names names,
                             struct lq_frame_notice *notice, struct lq_view world,
                             uint32_t play_bytes);

#endif
