// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* attendance.h - who is attached to which session, in all gateways of the machine: a mapped file
 * for each process (attendance_page.h) in one folder, locked while the process lives.
 *
 * The file of a process that is gone is found by its lock being free. Whoever finds it first takes
 * what stands in it over as players who were cut, and removes it: so a body is looked after
 * although its gateway was killed. Should that one die in the middle, some are looked after twice,
 * which does no harm.
 */
#ifndef LQ_ATTENDANCE_H
#define LQ_ATTENDANCE_H

#include "base/error_message.h"
#include "gateway/domain/attendance_page.h"

#define LQ_ATTENDANCE_NONE UINT32_MAX
#define LQ_ATTENDANCE_PROCESSES_MAX 64u
#define LQ_ATTENDANCE_LOOK_NS (UINT64_C(100) * 1000 * 1000)

typedef struct lq_attendance lq_attendance_t;

struct lq_attendance_who {
    const char *tenant, *session;
    const uint8_t *player; /* 8 bytes */
    uint64_t incarnation;
};

struct lq_attendance_options {
    const char *folder; /* made if it is not there, 0700 */
    const char *instance;
    uint32_t slots;
    uint64_t grace_ms;
};

/* Closed by lq_attendance_close(), which leaves the file to others if anything stands in it. */
LQ_MUST_CHECK enum lq_result lq_attendance_open(const struct lq_attendance_options *options,
                                                lq_attendance_t **attendance,
                                                struct lq_error_message *message);
void lq_attendance_close(lq_attendance_t **attendance);

/* A place of this process; LQ_ATTENDANCE_NONE: there is none left. */
uint32_t lq_attendance_attach(lq_attendance_t *attendance, const struct lq_attendance_who *who);
/* From then on the player is not attached, and due when the grace is over. */
void lq_attendance_cut(lq_attendance_t *attendance, uint32_t place, uint64_t wall_ms);
void lq_attendance_forget(lq_attendance_t *attendance, uint32_t place);

/* Whether somebody is attached for a player, in any gateway; as of the last look. */
bool lq_attendance_knows(const lq_attendance_t *attendance, const char *tenant, const char *session,
                         const uint8_t *player);

/* Look at the other gateways' files and take over what is nobody's. True: who is attached may have
 * changed since the last look. */
bool lq_attendance_look(lq_attendance_t *attendance, uint64_t wall_ms);

/* The next player from `place` on whose grace is over; *slot is a copy. LQ_ATTENDANCE_NONE: none.
 * */
uint32_t lq_attendance_due(const lq_attendance_t *attendance, uint32_t place, uint64_t wall_ms,
                           struct lq_attendance_slot *slot);

/* Look again at it later: something was not ready. */
void lq_attendance_postpone(lq_attendance_t *attendance, uint32_t place, uint64_t until_ms);

#endif
