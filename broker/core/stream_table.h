// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* stream_table.h - how far each tenant's stream is in the table, and the control stream, as the
 * mirror has told since the broker started.
 *
 * Positions only grow, as long as one writer tells of them. Another writer may have another table:
 * what was known is forgotten then. A tenant's record has its own position; here it is kept for
 * those that the broker has no record of at the moment.
 */
#ifndef LQ_STREAM_TABLE_H
#define LQ_STREAM_TABLE_H

#include "broker/core/core_tables.h"

/* LQ_ON_MIRROR: another writer, the control stream's position, whether it may write no more. */
void lq_stream_table_mirror(struct lq_broker_core *core, const struct lq_broker_event *event);

/* LQ_ON_STREAM: a tenant's position. One that finds no room is not known. */
void lq_stream_table_told(struct lq_broker_core *core, const struct lq_broker_event *event);

/* The stream of a tenant, or 0. */
uint32_t lq_stream_table_find(const struct lq_broker_core *core, const struct lq_hashed_names *key);

#endif
