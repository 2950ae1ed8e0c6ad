// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* result_message.h - from the answers of a batch to RESULT or RESOLVED messages.
 *
 * A batch is one message as a rule. Many long reasons do not fit into one header: then several
 * follow each other and only the final one says `last`.
 */
#ifndef LQ_RESULT_MESSAGE_H
#define LQ_RESULT_MESSAGE_H

#include "actors/runtime/stage_batch.h"

struct lq_result_message {
    struct lq_result_item *items; /* LQ_BATCH_ITEMS_MAX */
    uint8_t *header;              /* LQ_HEADER_BYTES_MAX */
    size_t header_bytes;
    size_t payload_offset; /* of this message's part of the out buffer */
    size_t payload_bytes;
};

void lq_result_message_open(struct lq_result_message *message);
void lq_result_message_close(struct lq_result_message *message);

/* Bring the payloads that are sent to the front, in the order of the items: those of items that
 * failed afterwards are left out. Once, before the first message. */
void lq_result_message_pack(struct lq_stage_batch *batch);

/* Encode the answers from `first` on; the index behind the last one that fitted. The batch is done
 * when that is item_count. */
uint32_t lq_result_message_build(struct lq_result_message *message, struct lq_stage_batch *batch,
                                 uint32_t first);

#endif
