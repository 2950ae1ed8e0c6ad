// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* answering.h - executions end: what became of each command goes to its sender. */
#ifndef LQ_ANSWERING_H
#define LQ_ANSWERING_H

#include "broker/core/core_tables.h"

/* persist made the frame: receipts, the broadcast, and the session is free. */
void lq_answering_committed(struct lq_broker_core *core, uint32_t execution,
                            const struct lq_result_item *item, struct lq_payload *world,
                            struct lq_broker_effects *out);

/* load found nothing to execute, or a stage knows no such session: no frame was made. */
void lq_answering_ended(struct lq_broker_core *core, uint32_t execution,
                        const struct lq_result_item *item, struct lq_broker_effects *out);

/* The session is parked: its command was looked up (or could not be), and goes no further. */
void lq_answering_parked(struct lq_broker_core *core, uint32_t execution, const char *reason,
                         struct lq_broker_effects *out);

/* One command is refused without using up its number; its record is given back. */
void lq_answering_unused(struct lq_broker_core *core, uint32_t tenant, uint32_t command,
                         const char *reason, struct lq_broker_effects *out);

/* The one command of a dead execution lies in its letter now. */
void lq_answering_dead_lettered(struct lq_broker_core *core, uint32_t execution,
                                struct lq_broker_effects *out);

#endif
