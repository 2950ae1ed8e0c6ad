// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_life_text.h - whether a session runs, for people and programs. */
#ifndef LQ_SESSION_LIFE_TEXT_H
#define LQ_SESSION_LIFE_TEXT_H

#include "cli/broker_call.h"

#include <jansson.h>

/* The session as the ledger has it, which may be deleted. LQ_EXIT_NOT_FOUND: there is none, said on
 * stderr. Its texts live until the next call. */
enum lq_exit_code lq_session_life_text_find(struct lq_broker_call *call,
                                            const struct lq_session_path *path,
                                            struct lq_session_entry *entry);

/* Ask the broker how a session is. The text lives until the next call. */
enum lq_exit_code lq_session_life_text_ask(struct lq_broker_call *call,
                                           const struct lq_session_path *path,
                                           struct lq_session_life *life);

/* "state      stopped", and the rate that is to come; two lines at most. */
void lq_session_life_text_print(const struct lq_session_life *life);

/* stopped, parked_by (or null), next_rate (or null). */
json_t *lq_session_life_text_json(const struct lq_session_life *life);

#endif
