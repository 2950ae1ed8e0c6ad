// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* table_port.h - carries out what the logs of the streams want done in the table, and tells them
 * what came of it; and the items beside the streams: the partition's state (partition_mark.h) and
 * the wrapped keys of tenants:
 *
 *     K   n outbox sequence of the note that it follows, h and b key_item.h */
#ifndef LQ_TABLE_PORT_H
#define LQ_TABLE_PORT_H

#include "mirror/handler/broker_source.h"
#include "mirror/handler/ledger_source.h"
#include "mirror/handler/mirror_streams.h"
#include "mirror/handler/partition_mark.h"
#include "mirror/handler/upkeep.h"
#include "mirror/infrastructure/dynamodb_gateway.h"

enum { LQ_TABLE_PORT_KEYS_MAX = 64, LQ_TABLE_PORT_KEY_BYTES_MAX = 64 * 1024 };

/* A tenant's keys on their way. */
struct lq_key_change {
    uint64_t tenant_number;
    uint64_t outbox_sequence;
    bool is_asked;
    uint64_t retry_ns; /* it was refused: not before */
};

struct lq_table_port {
    lq_dynamodb_gateway_t *gateway;
    struct lq_ledger_source *source;
    struct lq_broker_source *broker;
    struct lq_mirror_streams *streams;
    struct lq_upkeep *upkeep;
    struct lq_partition_mark mark;
    void (*on_progress)(void *context, uint32_t place); /* or NULL: a stream has opened, or the
                                     * segment that it has on its way is in the table */
    void *progress_context;
    struct lq_key_change keys[LQ_TABLE_PORT_KEYS_MAX];
    uint32_t key_count;
    uint64_t requests, conflicts, refusals;
    double write_units;
    uint32_t turns;
    const char *over; /* NULL, or why this mirror may write no more */
};

/* Everything that can be asked now is asked. */
void lq_table_port_turn(struct lq_table_port *port, uint64_t now_ns, bool ends);

/* When something is asked again though nobody wakes it; UINT64_MAX: nothing is. */
uint64_t lq_table_port_next_ns(const struct lq_table_port *port);

/* Answers of the gateway, as they came. */
void lq_table_port_hear(struct lq_table_port *port, uint64_t now_ns);

/* Put the tenant's wrapped keys as they are now. LQ_ERR_FULL: too many are on their way. */
LQ_MUST_CHECK enum lq_result lq_table_port_change_keys(struct lq_table_port *port,
                                                       uint64_t tenant_number,
                                                       uint64_t outbox_sequence);

#endif
