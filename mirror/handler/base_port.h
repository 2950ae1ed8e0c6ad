// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* base_port.h - puts the bases of sessions into the table, when they are due (base_schedule.h).
 *
 *     due --> records of the ledger, as far as the table has them --> READING its slots
 *         --> it is there, or: PUTTING piece after piece into the slot that is not the newest's
 *         --> based; else later again
 *
 * A base has all frames of its session that its stream has in the table, and is named after the
 * newest segment of that: so a later base of the session has a higher one. A put that meets an item
 * reads it, where the service did not show it (CHECKING).
 *
 * What is due and not done when the mirror ends is found again by the walk over the ledger's heads:
 * from the record on that the item of the partition names. */
#ifndef LQ_BASE_PORT_H
#define LQ_BASE_PORT_H

#include "mirror/domain/base_schedule.h"
#include "mirror/domain/base_slots.h"
#include "mirror/domain/write_budget.h"
#include "mirror/handler/ledger_source.h"
#include "mirror/handler/mirror_streams.h"
#include "mirror/infrastructure/dynamodb_gateway.h"

enum {
    LQ_BASE_PORT_FLIGHTS = 8,                    /* bases under way at a time */
    LQ_BASE_PORT_RUN_BYTES_MAX = 4 * 1024 * 1024 /* of a base */
};

enum lq_base_flight_state {
    LQ_BASE_FLIGHT_NONE = 0,
    LQ_BASE_FLIGHT_READING,
    LQ_BASE_FLIGHT_PUTTING,
    LQ_BASE_FLIGHT_CHECKING
};

struct lq_base_flight {
    enum lq_base_flight_state state;
    bool is_asked;  /* its answer is awaited */
    uint32_t place; /* of the stream */
    struct lq_base_header base;
    uint8_t *run; /* LQ_BASE_PORT_RUN_BYTES_MAX; NULL before the first */
    struct lq_base_slots slots;
    char after_sk[LQ_SEGMENT_KEY_SK_BYTES_MAX + 1]; /* READING: where the last page ended */
    uint32_t slot, piece;
    uint64_t units; /* PUTTING: what the piece was estimated at */
};

struct lq_base_port {
    lq_dynamodb_gateway_t *gateway;
    struct lq_ledger_source *source;
    struct lq_mirror_streams *streams;
    struct lq_write_budget *budget;
    struct lq_base_schedule schedule;
    struct lq_base_flight flights[LQ_BASE_PORT_FLIGHTS];
    size_t piece_bytes_max;
    bool has_begun;
    uint64_t walk_retry_ns; /* not before */
    uint64_t draw;
    uint64_t requests, bases, found; /* asked; put; were there already */
    double write_units;
};

struct lq_base_port_options {
    lq_dynamodb_gateway_t *gateway;
    struct lq_ledger_source *source;
    struct lq_mirror_streams *streams;
    struct lq_write_budget *budget;
    uint32_t session_max;
    uint64_t quiet_ns, every_ns;
    size_t piece_bytes_max;
};

void lq_base_port_init(struct lq_base_port *port, const struct lq_base_port_options *options);
void lq_base_port_destroy(struct lq_base_port *port);

/* Records up to `covered` have bases, says the table. */
void lq_base_port_begin(struct lq_base_port *port, uint64_t covered);

/* An entry of the feed was taken. */
void lq_base_port_saw(struct lq_base_port *port, const struct lq_feed_entry *entry,
                      uint64_t now_ns);

/* Everything that can be asked now is asked; `ends`: all sessions are due. */
void lq_base_port_turn(struct lq_base_port *port, uint64_t now_ns, bool ends);

/* An answer to flight `flight`. */
void lq_base_port_hear(struct lq_base_port *port, uint32_t flight,
                       const struct lq_dynamodb_answer *answer, uint64_t now_ns);

uint64_t lq_base_port_next_ns(struct lq_base_port *port, uint64_t now_ns);

/* All sessions have their bases, as far as is known. */
bool lq_base_port_is_idle(const struct lq_base_port *port);

#endif
