// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* core_case.h - what the tests of the core begin with: one core, opened before each and closed
 * after it, and what several of them do to it. */
#ifndef LQ_CORE_CASE_H
#define LQ_CORE_CASE_H

#include "tests/unit/broker/core/core_fixture.h"

extern struct lq_core_fixture *fixture;

/* The usual pipeline, with an actor of each state. */
void lq_core_case_open(void);
/* Every failure is final: for what comes after the retries. */
void lq_core_case_open_without_retries(void);
struct lq_broker_core_config lq_core_case_without_retries(void);
void lq_core_case_reopen(const struct lq_broker_core_config *config);
void lq_core_case_close(void);

/* A command for each of the sessions s0, s1, ..., and that all of them and no other came through.
 */
void lq_core_case_submit_sessions(uint32_t count);
void lq_core_case_expect_all_committed(uint32_t count);

/* A command of the session that becomes a dead letter: its tag. Three of them park the session. */
uint64_t lq_core_case_die_once(const char *session, uint32_t client, uint64_t sequence);
void lq_core_case_park(const char *session, uint32_t client);

#endif
