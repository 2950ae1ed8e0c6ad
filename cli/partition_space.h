// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* partition_space.h - what a partition takes, how fast it grows, and when there is no room left;
 * read from the store of this host, so that it is known also while its writer is not there. Shared
 * by status and top. */
#ifndef LQ_PARTITION_SPACE_H
#define LQ_PARTITION_SPACE_H

#include "config/config_file.h"
#include "store/core/space_forecast.h"
#include "store/lmdb/ledger_feed.h"
#include "store/lmdb/ledger_space.h"
#include "store/lmdb/space_page.h"

struct lq_partition_space {
    uint32_t partition;
    char fault[256]; /* why nothing of the following is known; empty: it is */
    struct lq_ledger_space found;
    struct lq_feed_state feed;
    uint64_t map_bytes_max;
    uint64_t reserve_s;
    struct lq_space_growth growth;
    struct lq_space_forecast forecast;
    enum lq_space_verdict verdict;
};

/* The partitions of a cluster, opened as a reader: without a key, which is not needed for this. */
struct lq_partition_spaces {
    lq_ledger_t *ledger; /* NULL: could not be opened yet */
    struct lq_partition_space spaces[1];
    uint32_t count;
};

/* Look, and look again. What cannot be read is said in `fault`. A file that is damaged in a way
 * that kills its reader ends the process, as map_guard.h says. */
void lq_partition_space_look(struct lq_partition_spaces *spaces,
                             const struct lq_cluster_config *cluster);
void lq_partition_space_close(struct lq_partition_spaces *spaces);

/* Forecast and verdict of what was found, the samples of its writer, and now. Pure but for the
 * arguments: `page` may be NULL, `boot` says which boot this is. */
void lq_partition_space_judge(struct lq_partition_space *space, struct lq_space_page *page,
                              const char *boot, uint64_t now_ns);

/* No partition is short of space, and none keeps old frames because its clock is doubted. */
bool lq_partition_space_enough(const struct lq_partition_spaces *spaces);

#endif
