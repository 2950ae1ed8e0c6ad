// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_source.h - the outbox of the broker's store as the mirror reads it: its entries, sealed
 * (broker_sealing.h), go to the control stream. Opened read-only, in short transactions; woken by
 * the broker's commits. */
#ifndef LQ_BROKER_SOURCE_H
#define LQ_BROKER_SOURCE_H

#include "config/config_file.h"
#include "mirror/handler/broker_sealing.h"
#include "mirror/handler/mirror_streams.h"
#include "mirror/handler/telling_port.h"
#include "store/lmdb/broker_feed.h"

struct lq_broker_source {
    lq_broker_feed_t *feed;
    struct lq_broker_sealing sealing;
    int watch;                       /* of commits; -1: none */
    struct lq_broker_feed_run run;   /* the entries at hand; memory of its own */
    uint32_t next;                   /* of them, the one to be packed next */
    struct lq_broker_feed_run probe; /* for comparisons, likewise */
    uint8_t *sealed;                 /* the entry to be packed next */
    size_t sealed_bytes;             /* 0: it is not sealed yet */
    uint64_t at;                     /* packed up to here */
    uint64_t settled;                /* without a gap: where something is told again, as before */
    uint64_t kept_after;             /* what lies behind this was kept when it was last looked at */
    struct lq_asked_telling *again;  /* what is told again of this store */
    bool is_stale;                   /* there may be more than was read */
    uint64_t look_ns;                /* when to read on though nobody wakes it; UINT64_MAX: never */
    uint32_t looks;                  /* so often in a row for a commit that could not be seen */
};

/* LQ_ERR_NOT_FOUND: the broker has not made its store yet. `message` for the operator. `ledger` is
 * open for longer than this. Closed by lq_broker_source_close(), also after an error. */
LQ_MUST_CHECK enum lq_result lq_broker_source_open(struct lq_broker_source *source,
                                                   const struct lq_cluster_config *cluster,
                                                   lq_ledger_t *ledger,
                                                   struct lq_error_message *message);
void lq_broker_source_close(struct lq_broker_source *source);

/* What this store says of the entry that a table names, for lq_stream_log_compare(). */
LQ_MUST_CHECK enum lq_result lq_broker_source_describe(struct lq_broker_source *source,
                                                       const struct lq_segment_position *table,
                                                       struct lq_stream_log_store *store);

/* All up to this entry is in the table. */
void lq_broker_source_start(struct lq_broker_source *source, uint64_t sequence);

/* Look what is kept now. */
LQ_MUST_CHECK enum lq_result lq_broker_source_look(struct lq_broker_source *source);

/* Read on and pack, as much as has room. What is gone and was not packed is told again, and reading
 * goes on there. As lq_broker_feed_read(). */
LQ_MUST_CHECK enum lq_result lq_broker_source_turn(struct lq_broker_source *source,
                                                   struct lq_mirror_streams *streams,
                                                   uint64_t now_ns);

/* All that is known of is packed. */
bool lq_broker_source_is_done(const struct lq_broker_source *source);

#endif
