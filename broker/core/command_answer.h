// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* command_answer.h - what became of each command goes to its sender. */
#ifndef LQ_COMMAND_ANSWER_H
#define LQ_COMMAND_ANSWER_H

#include "broker/core/core_tables.h"

/* Answer the execution's commands with an item's outcomes, and give their records back. */
void lq_command_answer_outcomes(struct lq_broker_core *core, struct lq_core_execution *execution,
                                const struct lq_result_item *item, struct lq_broker_effects *out);

/* None of the commands of an execution is used up. */
void lq_command_answer_refuse(struct lq_broker_core *core, struct lq_core_execution *execution,
                              struct lq_view reason, struct lq_broker_effects *out);

/* One command is refused without using up its number; its record is given back. */
void lq_command_answer_unused(struct lq_broker_core *core, uint32_t tenant, uint32_t command,
                              const char *reason, struct lq_broker_effects *out);

/* The one command of a dead execution lies in its letter now, which tells of `needs`. */
void lq_command_answer_dead_lettered(struct lq_broker_core *core, uint32_t execution,
                                     const struct lq_core_needs *needs,
                                     struct lq_broker_effects *out);

#endif
