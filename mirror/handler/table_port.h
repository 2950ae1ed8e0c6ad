// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* table_port.h - carries out what the logs of the streams want done in the table, and tells them
 * what came of it; and the items beside the streams: the partition's state (`M`) and the wrapped
 * keys of tenants (`K`).
 *
 *     M   n claim, h partition_item.h; l, o and q: all records, entries of the outbox and entries
 *         of the broker's outbox up to these are in the table; s: up to this record every session
 *         has a base; e, f and a, once there is a bus: the events of all up to these have left
 *     K   n outbox sequence of the note that it follows, h and b key_item.h
 *
 * M is put once the control stream is claimed, and moved on by an update that demands our claim. */
#ifndef LQ_TABLE_PORT_H
#define LQ_TABLE_PORT_H

#include "mirror/handler/broker_source.h"
#include "mirror/handler/ledger_source.h"
#include "mirror/handler/mirror_streams.h"
#include "mirror/handler/upkeep.h"
#include "mirror/infrastructure/dynamodb_gateway.h"

enum { LQ_TABLE_PORT_KEYS_MAX = 64, LQ_TABLE_PORT_KEY_BYTES_MAX = 64 * 1024 };

/* A tenant's keys on their way. */
struct lq_key_change {
    uint64_t tenant_number;
    uint64_t outbox_sequence;
    bool is_asked;
};

/* How far the broker's outbox is in the table. */
struct lq_broker_mark {
    uint64_t marked; /* what M says */
    uint64_t wanted; /* what it should say */
    uint64_t asked;  /* MOVING: what it is about to say */
};

enum lq_mark_state {
    LQ_MARK_UNREAD, /* M has to be read */
    LQ_MARK_READING,
    LQ_MARK_READ, /* what it says is known; it may be put when the control stream is ours */
    LQ_MARK_PUTTING,
    LQ_MARK_SET,
    LQ_MARK_MOVING
};

/* How far events have left: those of the ledger's outbox, of the broker's, and the audits of
 * records. */
struct lq_event_marks {
    bool is_there;
    uint64_t outbox, broker, audited;
};

static inline bool lq_event_marks_equal(const struct lq_event_marks *a,
                                        const struct lq_event_marks *b)
{
    return a->is_there == b->is_there && a->outbox == b->outbox && a->broker == b->broker &&
           a->audited == b->audited;
}

struct lq_table_port {
    lq_dynamodb_gateway_t *gateway;
    struct lq_ledger_source *source;
    struct lq_broker_source *broker;
    struct lq_mirror_streams *streams;
    struct lq_upkeep *upkeep;
    enum lq_mark_state mark;
    uint64_t mark_retry_ns;         /* not before */
    struct lq_feed_position marked; /* what M says */
    struct lq_feed_position wanted; /* what it should say */
    struct lq_feed_position asked;  /* MOVING: what it is about to say */
    struct lq_broker_mark broker_mark;
    struct lq_event_marks left, left_wanted, left_asked; /* likewise */
    uint64_t left_ns;                                    /* moved on for these alone not before */
    uint64_t based, wanted_based, asked_based;           /* likewise, of bases */
    void (*on_progress)(void *context, uint32_t place);  /* or NULL: a stream has opened, or the
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

/* When the table's state is to be asked or moved on though nobody wakes it; UINT64_MAX: never. */
uint64_t lq_table_port_next_ns(const struct lq_table_port *port);

/* Answers of the gateway, as they came. */
void lq_table_port_hear(struct lq_table_port *port, uint64_t now_ns);

/* Put the tenant's wrapped keys as they are now. LQ_ERR_FULL: too many are on their way. */
LQ_MUST_CHECK enum lq_result lq_table_port_change_keys(struct lq_table_port *port,
                                                       uint64_t tenant_number,
                                                       uint64_t outbox_sequence);

#endif
