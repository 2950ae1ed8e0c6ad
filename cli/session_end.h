// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_end.h - a session is deleted: for `session delete`, and for `tenant delete`, which does
 * it to each. */
#ifndef LQ_SESSION_END_H
#define LQ_SESSION_END_H

#include "cli/broker_call.h"

/* Delete a stopped session; of one that was deleted before it is said again. Refusals are said on
 * stderr. Names in `entry` live until the next call. */
enum lq_exit_code lq_session_end_ask(struct lq_broker_call *call, const char *tenant,
                                     const char *session, struct lq_session_entry *entry);

/* Purge its dead letters, those too that are being redriven; session NULL: the tenant's. */
enum lq_exit_code lq_session_end_letters(struct lq_broker_call *call, const char *tenant,
                                         const char *session, uint64_t *count);

#endif
