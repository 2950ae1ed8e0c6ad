// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mirror_streams.h - the streams of one partition: the control stream and one of each tenant, each
 * with the segment that is being filled and the one that is on its way.
 *
 *     feed entry --take--> its stream's segment --full--> those that wait --seal--> put_header,
 *                                   +---------------when it is due---------seal-->  put_body
 *
 * A stream whose put is slow keeps full segments waiting, up to its share of the bodies that there
 * are, and the feed is read on for all others; beyond that they all wait.
 *
 * Who steps their logs and speaks to the table: table_port.h. */
#ifndef LQ_MIRROR_STREAMS_H
#define LQ_MIRROR_STREAMS_H

#include "mirror/domain/segment_key.h"
#include "mirror/domain/segment_packer.h"
#include "mirror/domain/stream_set.h"
#include "mirror/handler/body_pool.h"
#include "store/lmdb/ledger_feed.h"

/* A segment that is full and waits for the one before it. */
struct lq_full_segment {
    uint8_t *body;
    struct lq_segment_header closed;
    uint64_t first_ns;
    uint64_t names; /* as of its stream, when it was closed */
    struct lq_full_segment *next;
};

struct lq_mirror_stream {
    struct lq_segment_key key; /* its pk */
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    struct lq_segment_packer packer;
    bool is_started; /* its log is open: the packer knows where it goes on */
    bool is_full;    /* what comes next has no room in `body` */
    bool is_active;  /* listed */
    uint8_t *body;   /* being filled; NULL: nothing waits */
    struct lq_full_segment *full, *full_last; /* before it, in order; none without `body` */
    uint32_t full_count, full_pieces;
    uint64_t first_ns;
    uint64_t flush_ns; /* how long it may wait for more; 0: as all others */
    /* What the broker says of its tenant (progress_report.h). */
    bool knows_policy;      /* it has said something */
    bool keeps_own_history; /* the tenant's own number of days, not the configuration's */
    uint32_t history_days;
    uint64_t put_first_ns;
    uint8_t *put_body; /* on its way; NULL: none is */
    uint8_t put_header[LQ_SEGMENT_HEADER_BYTES];
    struct lq_segment_header put;
    uint64_t names;    /* the newest entry of the control stream that was read before what waits */
    uint32_t owed;     /* puts that the checkpoint waits for */
    uint64_t retry_ns; /* a request that was refused is made again then */
    uint64_t retry_token; /* of it; 0: none */
    uint64_t put_units;   /* what the put on its way was estimated at */
};

/* All up to `position`, and `broker` in the broker's outbox, is in the table once no stream owes
 * anything. */
struct lq_mirror_checkpoint {
    bool is_open;
    struct lq_feed_position position;
    uint64_t broker;
    uint32_t owed; /* streams that owe something */
};

struct lq_mirror_streams {
    struct lq_stream_set set;
    struct lq_mirror_stream *streams;
    uint32_t *of_tenant; /* place by tenant number; 0: none (that place is the control stream's) */
    uint64_t tenants_max;
    uint32_t *active; /* places of streams with something to do */
    uint32_t active_count;
    struct lq_body_pool bodies;
    struct lq_full_segment *full_free; /* a list of those that nobody has; as many as bodies */
    struct lq_full_segment *full_made;
    uint32_t full_max; /* that a stream may have */
    struct lq_mirror_checkpoint checkpoint;
    uint64_t names; /* the newest entry of the control stream that was read */
    /* Where something is told again: nobody is told of more notes, or entries of the broker, before
     * the control stream covers these. UINT64_MAX: it is not read yet. */
    uint64_t notes_from, letters_from;
    uint64_t segments, entries, bytes; /* put and told durable */
    uint64_t policies;                 /* the broker has said what a tenant wants, so often */
    bool any_policy;   /* some tenant has a policy of its own: how long it keeps its history */
    uint64_t progress; /* counts streams that opened and segments that became durable */
    uint64_t flush_ns;
    uint64_t held_until_ns; /* the write units are used up until then; 0: they are not */
    uint32_t partition;
    uint8_t writer[LQ_SEGMENT_WRITER_BYTES];
};

struct lq_mirror_streams_options {
    uint32_t partition;
    uint64_t tenants_max;
    uint32_t bodies_max;
    size_t body_bytes;
    uint64_t flush_ns;
};

/* With the control stream, and a writer id drawn. */
void lq_mirror_streams_init(struct lq_mirror_streams *streams,
                            const struct lq_mirror_streams_options *options);
void lq_mirror_streams_destroy(struct lq_mirror_streams *streams);

/* A tenant's stream, if there is none yet. LQ_ERR_FULL: more than tenants_max. */
LQ_MUST_CHECK enum lq_result lq_mirror_streams_add(struct lq_mirror_streams *streams,
                                                   struct lq_view tenant, uint64_t tenant_number);

/* Where a tenant's stream is; LQ_STREAM_SET_CONTROL: nowhere yet. */
uint32_t lq_mirror_streams_place(const struct lq_mirror_streams *streams, uint64_t tenant_number);

/* An entry of the feed goes to its stream. LQ_ERR_FULL: it has to wait. LQ_ERR_CORRUPT: it cannot
 * be read, or names a tenant that no note has told of. */
LQ_MUST_CHECK enum lq_result lq_mirror_streams_take(struct lq_mirror_streams *streams,
                                                    const struct lq_feed_entry *entry,
                                                    uint64_t now_ns);

/* An entry of the broker's outbox, as it is sealed for the table, goes to the control stream.
 * LQ_ERR_FULL: it has to wait; the same bytes are to come again. */
LQ_MUST_CHECK enum lq_result lq_mirror_streams_take_broker(struct lq_mirror_streams *streams,
                                                           uint64_t sequence, struct lq_view sealed,
                                                           uint64_t now_ns);

/* The log of the stream at `place` is open, and stands at that position. */
void lq_mirror_streams_start(struct lq_mirror_streams *streams, uint32_t place);

/* Whether the stream's segment should go now; `ends`: whatever it has. */
bool lq_mirror_streams_is_due(const struct lq_mirror_streams *streams, uint32_t place,
                              uint64_t now_ns, bool ends);

/* Seal the segment: put_header and put_body have it, and the next one may be filled. */
void lq_mirror_streams_seal(struct lq_mirror_streams *streams, uint32_t place, uint64_t wall_ns);

/* What was on its way is in the table. */
void lq_mirror_streams_durable(struct lq_mirror_streams *streams, uint32_t place);

/* Wait for all that was read up to `position` and `broker` to be in the table. */
void lq_mirror_streams_open_checkpoint(struct lq_mirror_streams *streams,
                                       struct lq_feed_position position, uint64_t broker);

/* When the next segment is due by time; UINT64_MAX: none waits. */
uint64_t lq_mirror_streams_next_ns(const struct lq_mirror_streams *streams);

/* Nothing is being filled or on its way. */
bool lq_mirror_streams_are_idle(const struct lq_mirror_streams *streams);

/* List it among those with something to do; forget those that have nothing. */
void lq_mirror_streams_activate(struct lq_mirror_streams *streams, uint32_t place);
void lq_mirror_streams_rest(struct lq_mirror_streams *streams);

#endif
