// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_walk.h - the ledger of this host, opened read-only, and its sessions one after the other.
 * Used by verify and replay, which need no broker. */
#ifndef LQ_LEDGER_WALK_H
#define LQ_LEDGER_WALK_H

#include "cli/invocation.h"
#include "config/config_file.h"
#include "store/lmdb/ledger.h"

struct lq_ledger_walk {
    struct lq_cluster_config cluster;
    uint32_t partition_count;
    bool without_key;    /* open the ledger without its key file */
    lq_ledger_t *ledger; /* of the partition under way */
    uint8_t *content;    /* LQ_TICK_BYTES_MAX, for whoever reads a record */
};

/* The configuration. Closed by lq_ledger_walk_close(), also after an error, which is said on
 * stderr. */
enum lq_exit_code lq_ledger_walk_open(const struct lq_invocation *invocation,
                                      struct lq_ledger_walk *walk);
void lq_ledger_walk_close(struct lq_ledger_walk *walk);

/* Open one partition's ledger as walk->ledger (any other is closed). */
enum lq_exit_code lq_ledger_walk_partition(struct lq_ledger_walk *walk, uint32_t partition);

/* Call `each` for the sessions of walk->ledger: one (both names), those of a tenant (session empty)
 * or all (both empty), outside of any read transaction. Stops at anything but LQ_EXIT_OK and
 * returns it. *found counts the calls. */
typedef enum lq_exit_code (*lq_ledger_walk_fn)(void *context, const struct lq_session_path *path);
enum lq_exit_code lq_ledger_walk_sessions(struct lq_ledger_walk *walk,
                                          const struct lq_session_path *wanted,
                                          lq_ledger_walk_fn each, void *context, uint64_t *found);

#endif
