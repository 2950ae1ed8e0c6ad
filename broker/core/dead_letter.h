// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* dead_letter.h - executions that ran out of attempts.
 *
 * A dying execution waits until its letter is on disk; only then anything forgets it. How many
 * letters are open, of all tenants and of each, is counted here alone.
 */
#ifndef LQ_DEAD_LETTER_H
#define LQ_DEAD_LETTER_H

#include "broker/core/core_tables.h"

/* What is left of the execution (one command or none) becomes a dead letter. */
void lq_dead_letter_begin(struct lq_broker_core *core, uint32_t execution,
                          struct lq_broker_effects *out);

/* An execution's letter is on disk. */
void lq_dead_letter_stored(struct lq_broker_core *core, const struct lq_broker_event *event,
                           struct lq_broker_effects *out);

/* There may be room for letters again. */
void lq_dead_letter_freed(struct lq_broker_core *core, struct lq_broker_effects *out);

/* At start: an open letter of an earlier broker. */
void lq_dead_letter_known(struct lq_broker_core *core, const struct lq_broker_event *event);

/* Purged or acknowledged. */
void lq_dead_letter_gone(struct lq_broker_core *core, const struct lq_broker_event *event);

/* A redrive was decided by a frame: of a letter with a command, or of one without, whose tick it
 * was (frame 0: there is no tick to repeat any more). */
void lq_dead_letter_end_command(struct lq_broker_core *core, const struct lq_core_session *session,
                                const struct lq_core_command *command, uint64_t frame,
                                struct lq_broker_effects *out);
void lq_dead_letter_end_tick(struct lq_broker_core *core, struct lq_core_session *session,
                             uint64_t frame, struct lq_broker_effects *out);

#endif
