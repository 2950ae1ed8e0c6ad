// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* submission.h - commands arrive, new or out of a dead letter.
 *
 * Nothing is acknowledged here: a command is answered by its receipt, by a refusal with a reason,
 * or with the dead letter it lies in.
 */
#ifndef LQ_SUBMISSION_H
#define LQ_SUBMISSION_H

#include "broker/core/core_tables.h"

void lq_submission_command(struct lq_broker_core *core, const struct lq_broker_event *event,
                           struct lq_broker_effects *out);

/* A letter whose command goes back into work under its old client and sequence. */
void lq_submission_redrive(struct lq_broker_core *core, const struct lq_broker_event *event,
                           struct lq_broker_effects *out);

#endif
