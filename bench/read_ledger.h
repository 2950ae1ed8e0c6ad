// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* read_ledger.h - for read_wait: a ledger in a folder of its own, with sessions of different size.
 */
#ifndef LQ_READ_LEDGER_H
#define LQ_READ_LEDGER_H

#include "config/config_file.h"
#include "world/tick.h"

#define LQ_READ_LEDGER_TENANT "bench"

/* A session, and of what its frames are. */
struct lq_read_shape {
    const char *session;
    uint32_t frames; /* behind frame 0 */
    uint32_t bodies; /* each with an agent, all of them moving */
    uint32_t tenant_bytes;
    uint32_t commands; /* of a frame: Custom */
    uint32_t custom_bytes;
};

/* Make the folder in TMPDIR, else /tmp, and write the sessions; `cluster` says where. Ends the
 * process when that cannot be done. */
void lq_read_ledger_make(struct lq_cluster_config *cluster, const struct lq_read_shape *shapes,
                         uint32_t count);
void lq_read_ledger_remove(const struct lq_cluster_config *cluster);

#endif
