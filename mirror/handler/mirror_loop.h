// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mirror_loop.h - the mirror at work: one thread, woken by commits, answers and its next timer.
 *
 *     commit --> feed --> streams' segments --> table --> durable --> M, cursor
 *                                                            +--> events on the bus
 *
 * While nothing is committed, and all sessions have bases, nothing is due, and it sleeps without a
 * timer. */
#ifndef LQ_MIRROR_LOOP_H
#define LQ_MIRROR_LOOP_H

#include "config/config_file.h"
#include "mirror/handler/cursor_keeper.h"
#include "mirror/handler/mirror_config.h"
#include "mirror/handler/notes_again.h"
#include "mirror/handler/progress_report.h"
#include "mirror/handler/publisher.h"
#include "mirror/handler/table_port.h"
#include "mirror/handler/upkeep.h"

struct lq_mirror_loop {
    struct lq_ledger_source source;
    struct lq_broker_source broker;
    struct lq_mirror_streams streams;
    struct lq_table_port port;
    struct lq_upkeep upkeep;
    struct lq_cursor_keeper cursor;
    struct lq_telling_port again;
    struct lq_notes_again notes;
    struct lq_publisher publisher;
    struct lq_progress_report progress;
    lq_aws_credentials_t *credentials;
    lq_dynamodb_gateway_t *gateway;
    int watch; /* of commits */
    bool has_position;
    bool is_stale;              /* there may be more in the feed than was read */
    uint64_t look_ns;           /* when to read on though nobody wakes it; UINT64_MAX: never */
    uint32_t looks;             /* so often in a row for a commit that could not be seen */
    struct lq_feed_position at; /* packed up to here */
    bool fails_at_broker;       /* what a turn fails at is the broker's outbox, not the ledger */
    uint64_t checkpoint_ns;     /* when the next one may be opened */
    uint64_t report_ns;
    uint64_t reported_requests;
};

/* LQ_ERR_NOT_FOUND: no ledger yet; all others are for the operator. `message`. Closed by
 * lq_mirror_loop_close(), also after an error. */
LQ_MUST_CHECK enum lq_result lq_mirror_loop_open(struct lq_mirror_loop *loop,
                                                 const struct lq_cluster_config *cluster,
                                                 const struct lq_mirror_config *config,
                                                 struct lq_error_message *message);
void lq_mirror_loop_close(struct lq_mirror_loop *loop);

enum lq_mirror_end {
    LQ_MIRROR_STOPPED = 1, /* asked to, and what was read is in the table, or it took too long */
    LQ_MIRROR_OVER,        /* it may write no more: another writer, another history */
    LQ_MIRROR_FAILED       /* the ledger cannot be read */
};

/* Until *stop is not 0, or it may not go on. Signals that set it are blocked but while it waits. */
enum lq_mirror_end lq_mirror_loop_run(struct lq_mirror_loop *loop, const volatile int *stop);

#endif
