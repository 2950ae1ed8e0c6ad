// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* silent_instance.h - local processes that should say READY to this broker and do not.
 *
 *                 no sign of life             none until the limit of silence
 *   (not known) ------------------> SILENT ----------------------------------> killed, LOST
 *                                     |
 *              READY, or another sign +--> READY, or forgotten again
 *
 * An actor that froze under an earlier broker, or before its first READY, is in no table of this
 * one, and a frozen writer would hold the ledger for ever. What it left in the runtime folder tells
 * of it: the shell looks there now and then, and says here what it found.
 */
#ifndef LQ_SILENT_INSTANCE_H
#define LQ_SILENT_INSTANCE_H

#include "broker/core/core_tables.h"

/* A look found a living process that holds an instance. One that is known otherwise, or gave a sign
 * of life not long ago, changes nothing: it says READY by itself. */
void lq_silent_instance_found(struct lq_broker_core *core, const struct lq_broker_event *event,
                              uint64_t now_ns);

#endif
