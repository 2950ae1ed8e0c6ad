// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_report.h - the feed of a partition as administration shows it. Used by load for its queries
 * and by persist for its answers about cursors. */
#ifndef LQ_FEED_REPORT_H
#define LQ_FEED_REPORT_H

#include "proto/admin_codec.h"
#include "store/lmdb/ledger_feed.h"

/* Inside a read transaction. Names in `report` are views of `state`. */
LQ_MUST_CHECK enum lq_result lq_feed_report_read(lq_ledger_t *ledger, struct lq_feed_state *state,
                                                 struct lq_feed_report *report);

#endif
