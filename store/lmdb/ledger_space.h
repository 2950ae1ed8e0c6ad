// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_space.h - what a partition takes of its file, its map and its disk, and who keeps pages
 * from being used again. */
#ifndef LQ_LEDGER_SPACE_H
#define LQ_LEDGER_SPACE_H

#include "store/lmdb/ledger.h"

struct lq_ledger_space {
    uint64_t used_bytes;      /* of the file, to the end of its last page in use */
    uint64_t free_bytes;      /* of these: pages that the next commits may use again */
    uint64_t map_bytes;       /* as it is in this process */
    uint64_t disk_free_bytes; /* for who is not root */
    int64_t reader_pid;       /* whose read transaction is the oldest; 0: nobody's */
    uint64_t reader_lag;      /* how many transactions that is behind the newest */
};

/* Inside a read transaction; that one does not count as a reader. Walks the list of free pages:
 * microseconds for a list of thousands. */
LQ_MUST_CHECK enum lq_result lq_ledger_space(lq_ledger_t *ledger, struct lq_ledger_space *space);

#endif
