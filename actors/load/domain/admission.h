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

/* How a version of load judges a command by the tick's windows, and marks its number used. */
struct lq_admission_rules {
    enum lq_window_verdict (*judge)(const struct lq_tick *tick, const struct lq_command *command,
                                    uint64_t *used_frame);
    void (*use)(struct lq_client_windows *windows, const struct lq_client_id *client,
                uint64_t sequence, uint64_t frame);
};

/* Judge the commands of `tick`, in order. They are pending, or refused already because nobody could
 * read them. Call it after lq_tick_advance() has set the tick to the frame it makes.
 *
 * A redriven command (with a letter id) that the windows know nothing of any more - it is below its
 * window, its incarnation is superseded or too old - is executed: the caller has found in the
 * letters' table that its letter was not. */
void lq_admission_judge(struct lq_tick *tick, const struct lq_admission_rules *rules);

/* Whether a command is left that belongs into a record (pending or refused). A tick without steps
 * and without such a command makes no frame. */
bool lq_admission_any_left(const struct lq_tick *tick);

#endif
