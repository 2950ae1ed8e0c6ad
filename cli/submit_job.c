// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/submit_job.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error_message.h"
#include "base/error_name.h"
#include "cli/broker_call.h"
#include "cli/interrupt.h"
#include "cli/json_output.h"
#include "cli/mirror_delay.h"
#include "cli/text_output.h"

#include <inttypes.h>
#include <stdlib.h>

enum { TURN_MS = 50 };

/* What it means for a script that a command was not applied. */
static enum lq_exit_code failure_code(const struct lq_client_receipt *receipt)
{
    static const char *const try_again[] = {LQ_REASON_MAILBOX_FULL, LQ_REASON_BROKER_PAUSED,
                                            LQ_REASON_CLIENT_QUOTA, LQ_REASON_TENANT_QUOTA,
                                            LQ_REASON_BROKER_FULL,  LQ_REASON_MIRROR_BEHIND};
    char reason[LQ_REASON_BYTES_MAX];

    if (receipt->outcome != LQ_OUTCOME_UNUSED) {
        return LQ_EXIT_FAILED;
    }
    snprintf(reason, sizeof reason, "%.*s", (int)receipt->reason.bytes,
             receipt->reason.bytes > 0 ? (const char *)receipt->reason.data : "");
    if (strstr(reason, LQ_ERROR_SESSION_UNKNOWN) != NULL) {
        return LQ_EXIT_NOT_FOUND;
    }
    for (size_t index = 0; index < sizeof try_again / sizeof try_again[0]; index++) {
        if (strstr(reason, try_again[index]) != NULL) {
            return LQ_EXIT_TRY_AGAIN;
        }
    }
    return LQ_EXIT_FAILED;
}

static json_t *receipt_json(const struct lq_submit_job *job,
                            const struct lq_client_receipt *receipt)
{
    json_t *document = json_pack(
        "{s:s,s:s,s:o,s:I,s:s,s:I,s:o,s:o,s:f}", "tenant", job->tenant, "session", receipt->session,
        "client", lq_json_output_hex(lq_client_identity(job->client)->bytes, LQ_CLIENT_ID_BYTES),
        "sequence", (json_int_t)receipt->sequence, "outcome",
        lq_outcome_name((uint8_t)receipt->outcome), "frame", (json_int_t)receipt->frame, "hash",
        lq_json_output_hex(receipt->hash, 32), "reason", lq_json_output_text(receipt->reason),
        "latency_ms", (double)receipt->latency_ns / 1e6);

    if (receipt->outcome == LQ_OUTCOME_DEAD_LETTERED) {
        json_object_set_new(document, "letter", lq_json_output_letter_id(receipt->letter_id));
    }
    return document;
}

static void print_receipt(const struct lq_submit_job *job, const struct lq_client_receipt *receipt)
{
    char hash[LQ_TEXT_HASH_BYTES];

    printf("%s/%s #%" PRIu64 "  %s", job->tenant, receipt->session, receipt->sequence,
           lq_outcome_name((uint8_t)receipt->outcome));
    if (receipt->frame > 0) {
        printf("  frame %" PRIu64 "  %s", receipt->frame,
               lq_text_output_hash(receipt->hash, 16, hash));
    }
    if (receipt->outcome == LQ_OUTCOME_DEAD_LETTERED) {
        printf("  dlq_%016" PRIx64, receipt->letter_id);
    }
    if (receipt->reason.bytes > 0) {
        printf("  %.*s", (int)receipt->reason.bytes, (const char *)receipt->reason.data);
    }
    printf("  %.2f ms\n", (double)receipt->latency_ns / 1e6);
}

static void take_receipt(void *context, const struct lq_client_receipt *receipt)
{
    struct lq_submit_job *job = context;

    if (receipt->outcome >= LQ_OUTCOME_PENDING && receipt->outcome <= LQ_OUTCOME_LAST) {
        job->counts[receipt->outcome]++;
    }
    job->progress_at_ns = lq_clock_monotonic_ns();
    if (receipt->outcome != LQ_OUTCOME_APPLIED && receipt->outcome != LQ_OUTCOME_DUPLICATE) {
        job->failure_code = failure_code(receipt);
    }
    if (job->receipts != NULL) {
        json_array_append_new(job->receipts, receipt_json(job, receipt));
    } else if (job->invocation->json) {
        lq_json_output_print("receipt", receipt_json(job, receipt));
    } else {
        print_receipt(job, receipt);
    }
}

enum lq_exit_code lq_submit_job_open(const struct lq_invocation *invocation, const char *tenant,
                                     uint32_t reserve, struct lq_submit_job *job)
{
    struct lq_error_message message;
    struct lq_cluster_config cluster;
    const char *name = lq_invocation_value(invocation, "client");

    *job = (struct lq_submit_job){.invocation = invocation,
                                  .tenant = tenant,
                                  .state = {.lock_fd = -1},
                                  .reserve = reserve,
                                  .failure_code = LQ_EXIT_FAILED};
    enum lq_exit_code code = lq_broker_call_configure(invocation, &cluster);
    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (lq_broker_call_is_hopeless(invocation, &cluster)) {
        return LQ_EXIT_UNREACHABLE;
    }
    enum lq_result rc = lq_client_state_open(&cluster, name != NULL ? name : "default",
                                             invocation->timeout_ms, &job->state, &message);
    if (rc != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return rc == LQ_ERR_INVALID ? LQ_EXIT_USAGE : lq_broker_call_exit_code(rc);
    }
    const struct lq_link_options of_link = {.runtime_dir = cluster.runtime_dir,
                                            .clients_max = 1,
                                            .outstanding_max = LQ_SUBMIT_JOB_OUTSTANDING_MAX};
    const struct lq_client_options options = {
        .tenant = tenant,
        .id = &job->state.id,
        .history = job->state.has_history ? job->state.history : NULL,
        .on_receipt = take_receipt,
        .context = job,
        .sessions_max = LQ_SUBMIT_JOB_SESSIONS_MAX,
        .outstanding_max = LQ_SUBMIT_JOB_OUTSTANDING_MAX,
    };
    if (lq_link_open(&of_link, &job->link, &message) != LQ_OK ||
        lq_client_new(job->link, &options, &job->client, &message) != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    job->sessions = lq_alloc(LQ_SUBMIT_JOB_SESSIONS_MAX, sizeof *job->sessions);
    return LQ_EXIT_OK;
}

void lq_submit_job_close(struct lq_submit_job *job)
{
    lq_link_close(&job->link);
    job->client = NULL;
    lq_client_state_close(&job->state);
    json_decref(job->receipts);
    free(job->sessions);
    job->receipts = NULL;
    job->sessions = NULL;
}

enum lq_exit_code lq_submit_job_reserve(struct lq_submit_job *job, const char *session,
                                        uint32_t *handle)
{
    uint64_t stored = lq_client_state_next(&job->state, lq_session_names_of(job->tenant, session));
    enum lq_result rc = lq_client_session(job->client, session, stored, handle);

    if (rc != LQ_OK) {
        lq_text_output_error("%s: %s", session,
                             rc == LQ_ERR_FULL ? "too many sessions for one stream"
                                               : "no name of a session");
        return rc == LQ_ERR_FULL ? LQ_EXIT_FAILED : LQ_EXIT_USAGE;
    }
    struct lq_submit_job_session *row = &job->sessions[*handle];
    if (row->name[0] == '\0') {
        snprintf(row->name, sizeof row->name, "%s", session);
        row->reserved = stored;
        job->session_count++;
    }
    uint64_t next = lq_client_next_sequence(job->client, *handle);
    if (next >= row->reserved) {
        row->reserved = next + job->reserve;
        lq_client_state_set(&job->state, lq_session_names_of(job->tenant, session), row->reserved);
        job->unsaved = true;
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_submit_job_save(struct lq_submit_job *job)
{
    struct lq_error_message message;

    if (!job->unsaved) {
        return LQ_EXIT_OK;
    }
    if (lq_client_state_save(&job->state, &message) != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_FAILED;
    }
    job->unsaved = false;
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_submit_job_turn(struct lq_submit_job *job, uint32_t wait_ms)
{
    if (lq_client_outstanding(job->client) == 0) {
        job->progress_at_ns = lq_clock_monotonic_ns();
    }
    lq_link_wait(job->link, wait_ms);
    (void)lq_link_turn(job->link);
    if (lq_client_outstanding(job->client) == 0) {
        return LQ_EXIT_OK;
    }
    uint64_t still_ns = lq_clock_monotonic_ns() - job->progress_at_ns;
    if (still_ns < job->invocation->timeout_ms * LQ_NS_PER_MS && !lq_interrupt_asked()) {
        return LQ_EXIT_OK;
    }
    if (lq_link_broker_epoch(job->link) == 0) {
        const char *why = lq_link_not_served(job->link);
        lq_text_output_error("%s", why[0] != '\0' ? why : "no broker answers: is the cluster up?");
        return LQ_EXIT_UNREACHABLE;
    }
    /* No more patience with a quota: what waits for it gets its answer now. */
    if (lq_client_hear_quota(job->client) > 0 && lq_client_outstanding(job->client) == 0) {
        return LQ_EXIT_OK;
    }
    lq_text_output_error(
        "%u commands without a receipt: they may be applied or not, their numbers are "
        "used up",
        lq_client_outstanding(job->client));
    lq_mirror_delay_explain_alone(job->invocation, job->tenant);
    return LQ_EXIT_TIMEOUT;
}

enum lq_exit_code lq_submit_job_send(struct lq_submit_job *job, uint32_t handle,
                                     const struct lq_command *command)
{
    char reason[LQ_REASON_BYTES_MAX] = "";
    uint64_t sequence = 0;

    if (lq_client_outstanding(job->client) == 0) {
        job->progress_at_ns = lq_clock_monotonic_ns(); /* patience begins with the first command */
    }
    for (;;) {
        enum lq_exit_code code = LQ_EXIT_OK;
        enum lq_result rc = lq_client_submit(job->client, handle, command, NULL, &sequence, reason);
        if (rc == LQ_OK) {
            LQ_ASSERT(sequence < job->sessions[handle].reserved);
            return LQ_EXIT_OK;
        }
        if (rc != LQ_ERR_FULL) {
            lq_text_output_error("refused: %s", reason);
            job->invalid_count++;
            return LQ_EXIT_FAILED;
        }
        code = lq_submit_job_turn(job, TURN_MS);
        if (code != LQ_EXIT_OK || lq_interrupt_asked()) {
            return code; /* there may be room now, but who wants to end sends no more */
        }
    }
}

/* Numbers reserved but not used go back, so that the next lqctl does not leave the ledger's window.
 */
static enum lq_exit_code give_numbers_back(struct lq_submit_job *job)
{
    const struct lq_client_id *id = lq_client_identity(job->client);
    bool same_id = lq_client_id_equal(&job->state.id, id);

    job->unsaved =
        lq_client_state_renew(&job->state, id, lq_link_history(job->link)) || job->unsaved;
    for (uint32_t handle = 0; handle < job->session_count; handle++) {
        struct lq_submit_job_session *row = &job->sessions[handle];
        uint64_t next = lq_client_next_sequence(job->client, handle);
        if (next != row->reserved || !same_id) {
            row->reserved = next;
            lq_client_state_set(&job->state, lq_session_names_of(job->tenant, row->name), next);
            job->unsaved = true;
        }
    }
    return lq_submit_job_save(job);
}

static uint64_t done_count(const struct lq_submit_job *job)
{
    return job->counts[LQ_OUTCOME_APPLIED] + job->counts[LQ_OUTCOME_DUPLICATE];
}

static uint64_t failed_count(const struct lq_submit_job *job)
{
    return job->counts[LQ_OUTCOME_REFUSED] + job->counts[LQ_OUTCOME_UNUSED] +
           job->counts[LQ_OUTCOME_DEAD_LETTERED] + job->invalid_count;
}

static void print_summary(struct lq_submit_job *job)
{
    const uint64_t *counts = job->counts;
    uint64_t refused = counts[LQ_OUTCOME_REFUSED] + job->invalid_count;
    uint32_t open = lq_client_outstanding(job->client);

    if (!job->invocation->json) {
        lq_text_output_note(job->invocation,
                            "%" PRIu64 " applied, %" PRIu64 " duplicates, %" PRIu64
                            " refused, %" PRIu64 " unused, %" PRIu64
                            " dead-lettered, %u without a receipt",
                            counts[LQ_OUTCOME_APPLIED], counts[LQ_OUTCOME_DUPLICATE], refused,
                            counts[LQ_OUTCOME_UNUSED], counts[LQ_OUTCOME_DEAD_LETTERED], open);
        return;
    }
    json_t *document =
        json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "submitted",
                  (json_int_t)(done_count(job) + failed_count(job) + open), "applied",
                  (json_int_t)counts[LQ_OUTCOME_APPLIED], "duplicates",
                  (json_int_t)counts[LQ_OUTCOME_DUPLICATE], "refused", (json_int_t)refused,
                  "unused", (json_int_t)counts[LQ_OUTCOME_UNUSED], "dead_lettered",
                  (json_int_t)counts[LQ_OUTCOME_DEAD_LETTERED], "without_receipt", (json_int_t)open,
                  "resends", (json_int_t)lq_link_resends(job->link));
    if (job->receipts != NULL) {
        json_object_set(document, "receipts", job->receipts);
    }
    lq_json_output_print("submit", document);
}

enum lq_exit_code lq_submit_job_finish(struct lq_submit_job *job, enum lq_exit_code code)
{
    while (lq_client_outstanding(job->client) > 0 && code != LQ_EXIT_TIMEOUT &&
           code != LQ_EXIT_UNREACHABLE) {
        enum lq_exit_code turned = lq_submit_job_turn(job, TURN_MS);
        code = turned != LQ_EXIT_OK ? turned : code;
    }
    enum lq_exit_code saved = give_numbers_back(job);
    print_summary(job);
    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (saved != LQ_EXIT_OK || failed_count(job) == 0) {
        return saved;
    }
    return done_count(job) > 0 ? LQ_EXIT_PARTLY : job->failure_code;
}
