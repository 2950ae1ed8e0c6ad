// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* admission.h - which commands of a tick are executed at all.
 *
 * Each command is judged against the session's client windows, and its number used if it is new.
 * Then its fields are checked. What comes out, by command:
 *
 *   PENDING    new and in range: for the stages
 *   REFUSED    new, but unreadable or out of range; recorded, its number is used up
 *   DUPLICATE  used before; not recorded
 *   UNUSED     the window has no place for it; not recorded, its number stays free
 *
 * Pure; depends on world/.
 */
#ifndef LQ_ADMISSION_H
#define LQ_ADMISSION_H

#include "world/tick.h"

/* Judge the commands of `tick`, in order. They are pending, or refused already because nobody could
 * read them. Call it after lq_tick_advance() has set the tick to the frame it makes.
 *
 * A redriven command (with a letter id) below its window is executed: the caller has found in the
 * letters' table that its letter was not.
 *
 * Returns whether a command is left that belongs into a record (pending or refused). A tick without
 * steps and without such a command makes no frame. */
bool lq_admission_judge(struct lq_tick *tick);

#endif
