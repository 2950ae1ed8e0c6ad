// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* submit_job.h - commands on their way from lqctl: numbers reserved on disk before they are sent,
 * receipts printed as they come, counts for the end. */
#ifndef LQ_SUBMIT_JOB_H
#define LQ_SUBMIT_JOB_H

#include "cli/client_state.h"
#include "cli/invocation.h"
#include "client/client.h"

#include <jansson.h>

#define LQ_SUBMIT_JOB_SESSIONS_MAX 65536u
#define LQ_SUBMIT_JOB_OUTSTANDING_MAX 4096u
#define LQ_SUBMIT_JOB_RESERVE                                                                      \
    32u /* numbers at a time in a stream; below half of the ledger's window */

struct lq_submit_job_session {
    char name[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint64_t reserved; /* numbers below are on disk as used */
};

struct lq_submit_job {
    const struct lq_invocation *invocation;
    const char *tenant;
    lq_link_t *link;
    lq_client_t *client;
    struct lq_client_state state;
    struct lq_submit_job_session *sessions; /* by the client's handle */
    uint32_t session_count;
    uint32_t reserve;
    bool unsaved;
    uint64_t progress_at_ns;
    uint64_t counts[LQ_OUTCOME_LAST + 1]; /* by enum lq_outcome */
    uint64_t invalid_count;               /* refused here */
    json_t *receipts;                     /* one document for all; NULL: a document each */
    enum lq_exit_code failure_code;       /* what the latest failure of a command means */
};

/* Opens the client's state and connects. Closed by lq_submit_job_close(), also after an error,
 * which is said on stderr. */
enum lq_exit_code lq_submit_job_open(const struct lq_invocation *invocation, const char *tenant,
                                     uint32_t reserve, struct lq_submit_job *job);
void lq_submit_job_close(struct lq_submit_job *job);

/* Make sure that the session's next number is reserved; takes effect with lq_submit_job_save(). */
enum lq_exit_code lq_submit_job_reserve(struct lq_submit_job *job, const char *session,
                                        uint32_t *handle);
enum lq_exit_code lq_submit_job_save(struct lq_submit_job *job);

/* Queue a command, waiting for room. LQ_EXIT_FAILED: refused here (said, counted); LQ_EXIT_TIMEOUT,
 * LQ_EXIT_UNREACHABLE: no answers came for the time-out. */
enum lq_exit_code lq_submit_job_send(struct lq_submit_job *job, uint32_t handle,
                                     const struct lq_command *command);

/* Send and receive for up to wait_ms. As lq_submit_job_send(). */
enum lq_exit_code lq_submit_job_turn(struct lq_submit_job *job, uint32_t wait_ms);

/* Wait for what is outstanding, give back unused numbers, print the summary. `code`: what happened
 * so far. Returns the exit code of the whole. */
enum lq_exit_code lq_submit_job_finish(struct lq_submit_job *job, enum lq_exit_code code);

#endif
