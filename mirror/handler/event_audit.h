// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* event_audit.h - an event for each segment of a tenant that is in the table: which frames of which
 * sessions it made durable.
 *
 *     a stream opens --its newest segment is not above `from`--> FOLLOWING <----------+
 *                    |                                             |                  |
 *                    |                                   no room for its audit        |
 *                    v                                             v                  |
 *                SEARCHING --the first segment above `from`--> BEHIND --caught up-----+
 *
 * A stream that follows has its audits made from segments as they become durable, in memory. What
 * has no room, because the bus is away, and what an earlier mirror left behind is read from the
 * table later, a segment at a time: it costs read units then, and no memory.
 */
#ifndef LQ_EVENT_AUDIT_H
#define LQ_EVENT_AUDIT_H

#include "mirror/domain/segment_audit.h"
#include "mirror/handler/bus_lane.h"
#include "mirror/handler/mirror_streams.h"
#include "mirror/infrastructure/dynamodb_gateway.h"

enum lq_audit_state {
    LQ_AUDIT_UNKNOWN = 0, /* its stream is not open */
    LQ_AUDIT_SEARCHING,
    LQ_AUDIT_BEHIND,
    LQ_AUDIT_FOLLOWING
};

struct lq_audit_stream {
    enum lq_audit_state state;
    uint64_t told;  /* FOLLOWING, BEHIND: up to this segment; SEARCHING: one that needs it not */
    uint64_t above; /* SEARCHING: one above `from` */
};

struct lq_event_audit {
    struct lq_segment_audit audit; /* at hand */
    lq_ledger_t *ledger;
    const char *table;
    const struct lq_mirror_streams *streams;
    struct lq_bus_lane *lane;
    lq_dynamodb_gateway_t *gateway; /* of its own, for reading */
    struct lq_audit_stream *by_place;
    uint32_t open_count, behind_count; /* streams; SEARCHING counts as behind */
    uint32_t next_place;               /* to look at for one that is behind */
    bool is_asked;
    uint32_t asked_place;
    uint64_t asked_number;
    uint64_t retry_ns;
    uint64_t from;    /* all records up to this were told of by earlier mirrors */
    uint64_t tickets; /* the lane's sequences: audits since the start */
    /* Up to this record all are told of; the next such mark, which waits for audits to leave; and
     * the newest that is known. */
    uint64_t marked;
    struct lq_audit_mark {
        uint64_t ledger_sequence, ticket;
    } pending, newest;
    uint64_t read_count; /* segments that were read from the table */
};

struct lq_event_audit_options {
    const char *table; /* its name, which outlives the audit */
    lq_ledger_t *ledger;
    const struct lq_mirror_streams *streams;
    struct lq_bus_lane *lane;
    const struct lq_aws_environment *environment;
    lq_aws_credentials_t *credentials;
};

/* `message`. Closed by lq_event_audit_close(), also after an error and when it was never opened. */
LQ_MUST_CHECK enum lq_result lq_event_audit_open(struct lq_event_audit *audit,
                                                 const struct lq_event_audit_options *options,
                                                 struct lq_error_message *message);
void lq_event_audit_close(struct lq_event_audit *audit);

/* Of all records up to `from` it was told. */
void lq_event_audit_start(struct lq_event_audit *audit, uint64_t from);

/* The stream at `place` has opened, or the segment that it has on its way has become durable. */
void lq_event_audit_progress(struct lq_event_audit *audit, uint32_t place);

/* Catch up, as far as there is room. `durable`: all records up to this are in the table. */
void lq_event_audit_turn(struct lq_event_audit *audit, uint64_t durable, uint64_t now_ns);

/* All audits have left. */
bool lq_event_audit_is_done(const struct lq_event_audit *audit);

/* When a turn is due though nothing is heard; UINT64_MAX: never. */
uint64_t lq_event_audit_next_ns(const struct lq_event_audit *audit);

#endif
