// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* submission.h - commands on their way from lqctl: numbers reserved on disk before they are sent,
 * receipts printed as they come, counts for the end. */
#ifndef LQ_SUBMISSION_H
#define LQ_SUBMISSION_H

#include "broker/client/client.h"
#include "cli/client_state.h"
#include "cli/invocation.h"

#include <jansson.h>

#define LQ_SUBMISSION_SESSIONS_MAX 65536u
#define LQ_SUBMISSION_OUTSTANDING_MAX 4096u
#define LQ_SUBMISSION_RESERVE 32u /* numbers at a time in a stream; below half of the ledger's window */

struct lq_submission_session {
    char name[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint64_t reserved; /* numbers below are on disk as used */
};

struct lq_submission {
    const struct lq_invocation *invocation;
    const char *tenant;
    lq_client_t *client;
    struct lq_client_state state;
    struct lq_submission_session *sessions; /* by the client's handle */
    uint32_t session_count;
    uint32_t reserve;
    bool unsaved;
    uint64_t progress_at_ns;
    uint64_t counts[LQ_OUTCOME_LAST + 1]; /* by enum lq_outcome */
    uint64_t invalid_count;               /* refused here */
    json_t *receipts;                     /* one document for all; NULL: a document each */
    enum lq_exit_code failure_code;       /* what the latest failure of a command means */
};

/* Opens the client's state and connects. Closed by lq_submission_close(), also after an error, which is
 * said on stderr. */
enum lq_exit_code lq_submission_open(const struct lq_invocation *invocation, const char *tenant,
                                     uint32_t reserve, struct lq_submission *submission);
void lq_submission_close(struct lq_submission *submission);

/* Make sure that the session's next number is reserved; takes effect with lq_submission_save(). */
enum lq_exit_code lq_submission_reserve(struct lq_submission *submission, const char *session,
                                        uint32_t *handle);
enum lq_exit_code lq_submission_save(struct lq_submission *submission);

/* Queue a command, waiting for room. LQ_EXIT_FAILED: refused here (said, counted); LQ_EXIT_TIMEOUT,
 * LQ_EXIT_UNREACHABLE: no answers came for the time-out. */
enum lq_exit_code lq_submission_send(struct lq_submission *submission, uint32_t handle,
                                     const struct lq_command *command);

/* Send and receive for up to wait_ms. As lq_submission_send(). */
enum lq_exit_code lq_submission_turn(struct lq_submission *submission, uint32_t wait_ms);

/* Wait for what is outstanding, give back unused numbers, print the summary. `code`: what happened so
 * far. Returns the exit code of the whole. */
enum lq_exit_code lq_submission_finish(struct lq_submission *submission, enum lq_exit_code code);

#endif
