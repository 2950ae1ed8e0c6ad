// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* dispatch_writer.h - batches become DISPATCH messages: one header part, one body part. */
#ifndef LQ_DISPATCH_WRITER_H
#define LQ_DISPATCH_WRITER_H

#include "broker/core/broker_core.h"
#include "broker/io/payload_buffers.h"

/* Asked for each item: whether someone watches the session's world. */
/* What watchers of a session want of its frames: flags of an item (actor_codec.h). */
typedef uint32_t (*lq_world_wanted_fn)(void *context, struct lq_session_names names);

typedef struct lq_dispatch_writer lq_dispatch_writer_t;

/* Borrows core and buffers. */
lq_dispatch_writer_t *lq_dispatch_writer_new(uint64_t epoch, const uint8_t pipeline_hash[32],
                                             const lq_broker_core_t *core,
                                             const lq_payload_buffers_t *buffers,
                                             lq_world_wanted_fn world_wanted, void *context);
void lq_dispatch_writer_destroy(lq_dispatch_writer_t **writer);

/* The header (valid until the next call) and the body (initialised here, the caller's) of a batch.
 */
void lq_dispatch_writer_write(lq_dispatch_writer_t *writer, uint32_t batch, struct lq_view *header,
                              struct lq_message_part *body);

/* The tick request of an execution at load: also the evidence of a letter. Valid until the next
 * call. Empty if it does not fit a payload. */
struct lq_view lq_dispatch_writer_request(lq_dispatch_writer_t *writer,
                                          const struct lq_broker_item *item);

#endif
