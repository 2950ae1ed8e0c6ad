// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* recall.h - at start, before the storage thread: quotas, live and parked sessions and letters of
 * an earlier broker become events. */
#ifndef LQ_RECALL_H
#define LQ_RECALL_H

#include "broker/io/core_feed.h"
#include "broker/io/message_memory.h"
#include "broker/io/payload_buffers.h"
#include "store/lmdb/broker_store.h"

struct lq_recall {
    struct lq_core_feed *feed;
    lq_payload_buffers_t *buffers;
    struct lq_message_memory *memory;
    uint64_t broker_sequence; /* of the store's outbox as it is: no letter is told of behind it */
};

/* An entry that does not open is logged and left alone. */
LQ_MUST_CHECK enum lq_result lq_recall_run(struct lq_recall *recall, lq_broker_store_t *store);

#endif
