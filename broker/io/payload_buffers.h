// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* payload_buffers.h - received message parts, kept as long as a payload in them is of use.
 *
 * A batch's answers come back to back in one part; each execution keeps a reference to the whole
 * part until its next stage is done. Nothing is copied before the next batch is put together.
 */
#ifndef LQ_PAYLOAD_BUFFERS_H
#define LQ_PAYLOAD_BUFFERS_H

#include "base/view.h"
#include "broker/core/broker_core.h"
#include "transport/message_part.h"

typedef struct lq_payload_buffers lq_payload_buffers_t;

lq_payload_buffers_t *lq_payload_buffers_new(void);
void lq_payload_buffers_destroy(lq_payload_buffers_t **buffers);

/* Take a part over (it is empty afterwards) with one reference of the caller's. The number is never
 * 0. */
uint32_t lq_payload_buffers_keep(lq_payload_buffers_t *buffers, struct lq_message_part *part);

/* The same for a copy of bytes. */
uint32_t lq_payload_buffers_copy(lq_payload_buffers_t *buffers, struct lq_view bytes);

void lq_payload_buffers_retain(lq_payload_buffers_t *buffers, uint32_t buffer);
void lq_payload_buffers_release(lq_payload_buffers_t *buffers, uint32_t buffer);

/* The bytes of a payload, alive while it is referenced. */
struct lq_view lq_payload_buffers_view(const lq_payload_buffers_t *buffers,
                                       const struct lq_payload *payload);

#endif
