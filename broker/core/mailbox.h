// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mailbox.h - the commands of a session that wait for its next tick, in order of arrival. */
#ifndef LQ_MAILBOX_H
#define LQ_MAILBOX_H

#include "broker/core/core_tables.h"

/* Append a command. */
void lq_mailbox_post(struct lq_broker_core *core, uint32_t session, uint32_t command);

/* Put a list of commands back in front, in order; it is empty then. */
void lq_mailbox_put_back(struct lq_broker_core *core, uint32_t session,
                         struct lq_index_list *commands);

/* Give back a command's payload and record; its tenant's count goes down. */
void lq_mailbox_drop(struct lq_broker_core *core, uint32_t tenant, uint32_t command,
                     struct lq_broker_effects *out);

#endif
