// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* partition.h - a shard of the store: where its states' tasks wait, who writes it, whether it takes
 * work.
 *
 * There is one, number 0, and one pool of actors for each stage.
 */
#ifndef LQ_PARTITION_H
#define LQ_PARTITION_H

#include "broker/core/core_tables.h"

/* Map the pipeline's states to queues. */
void lq_partition_open_all(struct lq_broker_core *core);

/* Why no execution of it may open now, or NULL: the reason a SUBMIT is refused with. */
const char *lq_partition_barred(const struct lq_broker_core *core, uint32_t partition);

/* The queue of the partition's writer. */
uint32_t lq_partition_persist_queue(const struct lq_broker_core *core, uint32_t partition);

/* The actor that is its current writer, or 0. */
uint32_t lq_partition_writer(const struct lq_broker_core *core, uint32_t partition);

#endif
