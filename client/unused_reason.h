// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* unused_reason.h - what an answer "unused" says about a command.
 *
 * The broker refuses what it has no room for without a look into the ledger. That is the truth
 * about the copy that it refused, and about a command sent once it is all there is to know. Of a
 * command sent before, by this process or another, an earlier copy may have been executed, its
 * receipt lost with a connection or a broker: then only load knows, and the command has to be said
 * again. Depends on base/.
 */
#ifndef LQ_UNUSED_REASON_H
#define LQ_UNUSED_REASON_H

#include "base/contract.h"
#include "base/view.h"

/* Whether it is a quota of the tenant that is used up, or the mirror that is behind: waiting helps.
 */
bool lq_unused_reason_is_quota(struct lq_view reason);

/* Whether the answer decides the command, of which so many copies may be executed or may have been,
 * whoever sent them (at least the one that was refused). */
bool lq_unused_reason_decides(struct lq_view reason, uint32_t copies);

#endif
