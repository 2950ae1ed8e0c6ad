// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* frame_publisher.h - frames as they commit, for whoever watches.
 *
 * Watchers subscribe to "tenant NUL session NUL" (frame, hash) or "tenant NUL session NUL world
 * NUL" (the world too). Only exact topics are accepted; others are logged and ignored, so that
 * nobody listens to every tenant by a short prefix. Lossy by contract: a slow watcher sees gaps.
 */
#ifndef LQ_FRAME_PUBLISHER_H
#define LQ_FRAME_PUBLISHER_H

#include "base/result.h"
#include "base/view.h"
#include "proto/client_codec.h"

typedef struct lq_frame_publisher lq_frame_publisher_t;

LQ_MUST_CHECK enum lq_result lq_frame_publisher_open(void *zmq_context, const char *endpoint,
                                                     lq_frame_publisher_t **publisher,
                                                     char *message);
void lq_frame_publisher_close(lq_frame_publisher_t **publisher);
void *lq_frame_publisher_handle(lq_frame_publisher_t *publisher);

/* Take in subscriptions that came. */
void lq_frame_publisher_read(lq_frame_publisher_t *publisher);

/* Whether anyone watches at all, or this session's world. */
bool lq_frame_publisher_watched(const lq_frame_publisher_t *publisher);
bool lq_frame_publisher_world_wanted(const lq_frame_publisher_t *publisher, struct lq_view tenant,
                                     struct lq_view session);

/* Send a frame to those who watch it; `world` may be empty. */
void lq_frame_publisher_send(lq_frame_publisher_t *publisher, struct lq_view tenant,
                             struct lq_view session, const struct lq_frame_notice *notice,
                             struct lq_view world);

#endif
