// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* dispatch.h - which tasks go to which actor, in one message.
 *
 * Whenever an actor has credit it gets what is queued for it, tenants in turn (flow.h), as much as
 * keeps it busy for some milliseconds: alone at low load, in batches under load. No timer holds a
 * dispatch back. What may hold an actor for long goes apart: a suspect, tasks of a flow that takes
 * long or has ended an actor lately. Such a batch goes to an actor that has nothing else and gets
 * nothing else meanwhile, and one actor of the queue is left to the others.
 */
#ifndef LQ_DISPATCH_H
#define LQ_DISPATCH_H

#include "broker/core/core_tables.h"

/* Give queued tasks to actors with credit. */
void lq_dispatch_queues(struct lq_broker_core *core, struct lq_broker_effects *out);

#endif
