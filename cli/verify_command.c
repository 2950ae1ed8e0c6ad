// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/ledger_walk.h"
#include "cli/text_output.h"

#include <inttypes.h>

enum { FAULTS_LISTED_MAX = 1000 };

struct verification {
    const struct lq_invocation *invocation;
    struct lq_ledger_walk walk;
    const char *tenant, *session; /* NULL: all */
    struct lq_session_path path;
    struct lq_chain_totals totals;
    uint64_t opened; /* records whose seal, digest and names were checked with the key */
    json_t *faults;
};

static void note_fault(void *context, const char *tenant, const char *session, uint64_t frame,
                       const char *what)
{
    struct verification *verification = context;

    if (!verification->invocation->json) {
        printf("BROKEN  %s/%s frame %" PRIu64 ": %s\n", tenant, session, frame, what);
    }
    if (json_array_size(verification->faults) < FAULTS_LISTED_MAX) {
        json_array_append_new(verification->faults,
                              json_pack("{s:s,s:s,s:I,s:s}", "tenant", tenant, "session", session,
                                        "frame", (json_int_t)frame, "what", what));
    }
}

static void note_bad_record(struct verification *verification, const char *tenant,
                            const char *session, uint64_t frame, const char *what)
{
    verification->totals.broken++;
    note_fault(verification, tenant, session, frame, what);
}

/* Open one record; *sequence and *frame become those of the record before it (sequence 0: none). */
static enum lq_result open_record(struct verification *verification, const char *tenant,
                                  const char *session, uint64_t *sequence, uint64_t *frame,
                                  char *message)
{
    lq_ledger_t *ledger = verification->walk.ledger;
    struct lq_record_info info;
    struct lq_view content;
    enum lq_result rc = lq_ledger_read_record(ledger, lq_view_text(tenant), lq_view_text(session),
                                              *sequence, verification->walk.content,
                                              LQ_TICK_BYTES_MAX, &content, &info, message);

    if (rc == LQ_OK) {
        verification->opened++;
        *sequence = info.previous_sequence;
        *frame = info.frame == 0 ? 0 : info.frame - 1;
        return LQ_OK;
    }
    /* A bad record does not hide the ones before it, where the ledger still finds them. */
    if (*frame == 0 || lq_ledger_find_frame(ledger, lq_view_text(tenant), lq_view_text(session),
                                            *frame - 1, sequence) != LQ_OK) {
        *sequence = 0;
    }
    *frame -= *frame > 0;
    return rc;
}

/* Open every record from the head back to the first, each in a read transaction of its own so that
 * the writer's freed pages do not pile up behind a long walk. */
static enum lq_exit_code open_records(void *context, const char *tenant, const char *session)
{
    struct verification *verification = context;
    lq_ledger_t *ledger = verification->walk.ledger;
    struct lq_head head = {.ledger_sequence = 0};
    char message[512];
    enum lq_result rc = lq_ledger_read_begin(ledger);

    if (rc == LQ_OK) {
        rc = lq_ledger_head(ledger, lq_view_text(tenant), lq_view_text(session), &head);
        lq_ledger_read_end(ledger);
    }
    if (rc != LQ_OK) {
        note_bad_record(verification, tenant, session, 0, lq_result_text(rc));
        return LQ_EXIT_OK;
    }
    uint64_t sequence = head.ledger_sequence;
    uint64_t frame = head.frame;
    while (sequence != 0) {
        uint64_t frame_now = frame;
        message[0] = '\0';
        rc = lq_ledger_read_begin(ledger);
        if (rc != LQ_OK) {
            lq_text_output_error("%s/%s: %s", tenant, session, lq_result_text(rc));
            return lq_broker_call_exit_code(rc);
        }
        rc = open_record(verification, tenant, session, &sequence, &frame, message);
        lq_ledger_read_end(ledger);
        if (rc != LQ_OK) {
            note_bad_record(verification, tenant, session, frame_now,
                            message[0] != '\0' ? message : lq_result_text(rc));
        }
        if (rc == LQ_ERR_KEY) {
            return LQ_EXIT_FAILED; /* the same would happen to every record */
        }
    }
    return LQ_EXIT_OK;
}

static enum lq_exit_code verify_partition(struct verification *verification, uint32_t partition)
{
    struct lq_chain_totals totals = {.sessions = 0};
    const char *tenant = verification->tenant != NULL ? verification->tenant : "";
    const char *session = verification->session != NULL ? verification->session : "";
    uint64_t found = 0;
    enum lq_exit_code code = lq_ledger_walk_partition(&verification->walk, partition);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    enum lq_result rc = lq_ledger_verify(verification->walk.ledger, lq_view_text(tenant),
                                         lq_view_text(session), note_fault, verification, &totals);
    if (rc == LQ_ERR_NOT_FOUND) {
        return LQ_EXIT_OK; /* in another partition */
    }
    if (rc != LQ_OK) {
        lq_text_output_error("partition %u: %s", partition, lq_result_text(rc));
        return lq_broker_call_exit_code(rc);
    }
    verification->totals.sessions += totals.sessions;
    verification->totals.records += totals.records;
    verification->totals.broken += totals.broken;
    if (lq_invocation_value(verification->invocation, "no-key") != NULL) {
        return LQ_EXIT_OK;
    }
    return lq_ledger_walk_sessions(&verification->walk, verification->tenant, verification->session,
                                   open_records, verification, &found);
}

static enum lq_exit_code report(struct verification *verification)
{
    const struct lq_chain_totals *totals = &verification->totals;
    char records[32];
    char opened[32];

    if (verification->invocation->json) {
        lq_json_output_print("verify",
                             json_pack("{s:b,s:I,s:I,s:I,s:I,s:O}", "verified", totals->broken == 0,
                                       "sessions", (json_int_t)totals->sessions, "records",
                                       (json_int_t)totals->records, "opened",
                                       (json_int_t)verification->opened, "broken",
                                       (json_int_t)totals->broken, "faults", verification->faults));
    } else {
        printf("sessions %" PRIu64 "  records %s  opened with the key %s  faults %" PRIu64 "\n%s\n",
               totals->sessions, lq_text_output_count(totals->records, records),
               lq_text_output_count(verification->opened, opened), totals->broken,
               totals->broken == 0 ? "VERIFIED" : "BROKEN");
    }
    return totals->broken == 0 ? LQ_EXIT_OK : LQ_EXIT_BROKEN;
}

static enum lq_exit_code verify(struct verification *verification)
{
    enum lq_exit_code code = lq_ledger_walk_open(verification->invocation, &verification->walk);

    for (uint32_t partition = 0;
         code == LQ_EXIT_OK && partition < verification->walk.partition_count; partition++) {
        code = verify_partition(verification, partition);
    }
    if (code != LQ_EXIT_OK && verification->totals.broken == 0) {
        return code;
    }
    if (verification->totals.sessions == 0 && verification->totals.broken == 0 &&
        verification->tenant != NULL) {
        lq_text_output_error("%s%s%s: nothing there to verify", verification->tenant,
                             verification->session != NULL ? "/" : "",
                             verification->session != NULL ? verification->session : "");
        return LQ_EXIT_NOT_FOUND;
    }
    return report(verification);
}

enum lq_exit_code lq_verify_command_run(const struct lq_invocation *invocation)
{
    struct verification verification = {.invocation = invocation};
    const char *session = lq_invocation_value(invocation, "session");

    if (session == NULL && invocation->argument_count == 1) {
        session = invocation->arguments[0];
    }
    verification.tenant = lq_invocation_value(invocation, "tenant");
    if (invocation->argument_count > 1 ||
        (session != NULL && !lq_invocation_session_path(session, &verification.path))) {
        lq_text_output_error("name one session as TENANT/SESSION");
        return LQ_EXIT_USAGE;
    }
    if (session != NULL) {
        verification.tenant = verification.path.tenant;
        verification.session = verification.path.session;
    }
    verification.faults = json_array();
    enum lq_exit_code code = verify(&verification);
    json_decref(verification.faults);
    lq_ledger_walk_close(&verification.walk);
    return code;
}
