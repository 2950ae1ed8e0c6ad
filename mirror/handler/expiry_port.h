// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* expiry_port.h - lets segments of tenants that do not keep all their history expire: sets their
 * `ttl`, one after the other in each stream, as segment_expiry.h allows.
 *
 *     SEARCHING up to which segment all have one --> READING the next --> its ttl can be set, or
 *     later, when more is settled --> SETTING --> READING the next ...
 *
 * When a tenant keeps its history longer than before, those that have one are RENEWED first.
 *
 * It remembers nothing over an end: the table says by itself how far it has come. A ttl is set as
 * soon as it is allowed, mostly days ahead, so that nothing has to wake up for it later. */
#ifndef LQ_EXPIRY_PORT_H
#define LQ_EXPIRY_PORT_H

#include "mirror/domain/expiry_renewal.h"
#include "mirror/domain/expiry_search.h"
#include "mirror/domain/segment_expiry.h"
#include "mirror/domain/write_budget.h"
#include "mirror/handler/mirror_streams.h"
#include "mirror/infrastructure/dynamodb_gateway.h"

enum { LQ_EXPIRY_PORT_FLIGHTS = 2 };

enum lq_expiry_state {
    LQ_EXPIRY_UNKNOWN = 0,
    LQ_EXPIRY_FIRST, /* of a tenant that keeps all now: whether its first segment ever expired */
    LQ_EXPIRY_SEARCHING,
    LQ_EXPIRY_READING,  /* the one behind search.low has to be read */
    LQ_EXPIRY_SETTING,  /* it was read: `segment` */
    LQ_EXPIRY_RENEWING, /* those that have a ttl get a later one: `renewal` */
    LQ_EXPIRY_BROKEN    /* it cannot be read: none expires any more */
};

/* Of a stream. */
struct lq_expiry_stream {
    enum lq_expiry_state state;
    bool is_asked;
    struct lq_expiry_search search; /* once it is found: all up to low expire */
    struct lq_segment_expiry segment;
    size_t body_bytes;  /* of it */
    uint64_t retry_ns;  /* not before */
    bool never_expired; /* none of it has a ttl, or is gone for one */
    bool knows_days;    /* whatever has a ttl keeps to `days` */
    uint32_t days;      /* 0: for ever */
    struct lq_expiry_renewal renewal;
    uint64_t renewed_ttl; /* what the segment of `renewal` shall have; 0: it was not looked at */
};

struct lq_expiry_flight {
    uint32_t place; /* of the stream; LQ_STREAM_SET_CONTROL: free */
    uint64_t number;
    uint64_t units; /* what it was estimated at; 0: it only reads */
};

struct lq_expiry_port {
    lq_dynamodb_gateway_t *gateway;
    struct lq_mirror_streams *streams;
    struct lq_write_budget *budget;
    struct lq_expiry_stream *of_place; /* by the place of the stream */
    struct lq_expiry_flight flights[LQ_EXPIRY_PORT_FLIGHTS];
    uint32_t flight_base; /* the first flight's place in a tag */
    uint32_t history_days;
    uint32_t next_place;                  /* where the look around goes on */
    uint64_t settled[LQ_SEGMENT_SOURCES]; /* as of segment_expiry.h */
    uint64_t based, audited;              /* of records: both make one settled */
    uint64_t seen_progress;               /* what streams->progress was */
    uint64_t seen_policies;               /* and streams->policies */
    uint64_t looked_ns;                   /* when nothing was found last */
    uint64_t retry_ns;                    /* of a stream; UINT64_MAX: none waits */
    bool is_stirred;                      /* there may be something to do */
    uint64_t requests, segments;          /* asked; that have a ttl since the start */
    uint64_t renewed;                     /* that have a later one */
    double write_units;
};

struct lq_expiry_port_options {
    lq_dynamodb_gateway_t *gateway;
    struct lq_mirror_streams *streams;
    struct lq_write_budget *budget;
    uint32_t flight_base;
    uint32_t history_days; /* of tenants that say nothing; 0: all of it is kept */
};

void lq_expiry_port_init(struct lq_expiry_port *port, const struct lq_expiry_port_options *options);
void lq_expiry_port_destroy(struct lq_expiry_port *port);

/* How many days the tenant of the stream keeps its history; 0: for ever. */
uint32_t lq_expiry_port_history_days(const struct lq_expiry_port *port, uint32_t place);

/* Records up to `ledger_sequence` have bases. */
void lq_expiry_port_based(struct lq_expiry_port *port, uint64_t ledger_sequence);

/* Events of the outbox up to `outbox_sequence` have left, and the audits of records up to
 * `audited`. Never called: there is no bus, and none is owed. */
void lq_expiry_port_left(struct lq_expiry_port *port, uint64_t outbox_sequence, uint64_t audited);

/* Everything that can be asked now is asked. */
void lq_expiry_port_turn(struct lq_expiry_port *port, uint64_t now_ns);

/* An answer to flight `flight`. */
void lq_expiry_port_hear(struct lq_expiry_port *port, uint32_t flight,
                         const struct lq_dynamodb_answer *answer, uint64_t now_ns);

uint64_t lq_expiry_port_next_ns(struct lq_expiry_port *port, uint64_t now_ns);

#endif
