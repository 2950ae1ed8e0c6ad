// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_call.h"
#include "cli/cloud_verification.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/ledger_walk.h"
#include "cli/text_output.h"
#include "store/lmdb/ledger_verify.h"

#include <inttypes.h>

enum { FAULTS_LISTED_MAX = 1000 };

struct verification {
    const struct lq_invocation *invocation;
    struct lq_ledger_walk walk;
    const char *tenant, *session; /* NULL: all */
    struct lq_session_path path;
    struct lq_ledger_verify_totals totals; /* over the partitions */
    bool found;                            /* what was asked for, in one of them */
    json_t *partitions;
    json_t *faults;
    json_t *destroyed;
};

static void print_fault(const struct lq_ledger_fault *fault)
{
    printf("BROKEN  ");
    if (fault->database[0] != '\0') {
        printf("%s: ", fault->database);
    }
    if (fault->session[0] != '\0') {
        printf("%s/%s frame %" PRIu64 ": ", fault->tenant, fault->session, fault->frame);
    }
    printf("%s\n", fault->what);
    fflush(stdout); /* a damaged page further on may end us */
}

static void note_fault(void *context, const struct lq_ledger_fault *fault)
{
    struct verification *verification = context;

    if (!verification->invocation->json) {
        print_fault(fault);
    }
    if (json_array_size(verification->faults) < FAULTS_LISTED_MAX) {
        json_array_append_new(verification->faults,
                              json_pack("{s:s,s:s,s:s,s:I,s:s}", "database", fault->database,
                                        "tenant", fault->tenant, "session", fault->session, "frame",
                                        (json_int_t)fault->frame, "what", fault->what));
    }
}

static void note_destroyed(void *context, const char *tenant, uint64_t records)
{
    struct verification *verification = context;

    if (!verification->invocation->json) {
        printf("contents of tenant %s were destroyed (%" PRIu64 " records)\n", tenant, records);
    }
    json_array_append_new(verification->destroyed,
                          json_pack("{s:s,s:I}", "tenant", tenant, "records", (json_int_t)records));
}

static void add_totals(struct verification *verification, uint32_t partition,
                       const struct lq_ledger_verify_totals *part)
{
    struct lq_ledger_verify_totals *totals = &verification->totals;

    totals->tenants += part->tenants;
    totals->sessions += part->sessions;
    totals->records += part->records;
    totals->opened += part->opened;
    totals->destroyed += part->destroyed;
    totals->dropped += part->dropped;
    totals->first_frame = part->first_frame;
    totals->head_frame = part->head_frame;
    totals->events += part->events;
    totals->letters += part->letters;
    totals->faults += part->faults;
    totals->next_ledger_sequence = part->next_ledger_sequence;
    memcpy(totals->records_sum, part->records_sum, sizeof totals->records_sum);
    json_array_append_new(verification->partitions,
                          json_pack("{s:I,s:I,s:o}", "partition", (json_int_t)partition,
                                    "next_ledger_sequence", (json_int_t)part->next_ledger_sequence,
                                    "sum", lq_json_output_hex(part->records_sum, 32)));
}

static enum lq_exit_code verify_partition(struct verification *verification, uint32_t partition)
{
    struct lq_ledger_verify_totals totals;
    const struct lq_ledger_verify_options options = {
        .names = lq_session_names_of(verification->tenant != NULL ? verification->tenant : "",
                                     verification->session != NULL ? verification->session : ""),
        .on_fault = note_fault,
        .on_destroyed = note_destroyed,
        .context = verification,
    };
    enum lq_exit_code code = lq_ledger_walk_partition(&verification->walk, partition);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    enum lq_result rc = lq_ledger_verify(verification->walk.ledger, &options, &totals);
    if (rc == LQ_ERR_NOT_FOUND) {
        return LQ_EXIT_OK; /* in another partition */
    }
    if (rc != LQ_OK) {
        lq_text_output_error("partition %u: %s", partition, lq_result_text(rc));
        return lq_broker_call_exit_code(rc);
    }
    verification->found = true;
    add_totals(verification, partition, &totals);
    return LQ_EXIT_OK;
}

static void report_json(struct verification *verification)
{
    const struct lq_ledger_verify_totals *totals = &verification->totals;

    lq_json_output_print(
        "verify",
        json_pack("{s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:O,s:O,s:O}", "verified",
                  totals->faults == 0, "tenants", (json_int_t)totals->tenants, "sessions",
                  (json_int_t)totals->sessions, "records", (json_int_t)totals->records, "opened",
                  (json_int_t)totals->opened, "destroyed", (json_int_t)totals->destroyed, "dropped",
                  (json_int_t)totals->dropped, "events", (json_int_t)totals->events, "letters",
                  (json_int_t)totals->letters, "broken", (json_int_t)totals->faults, "partitions",
                  verification->partitions, "destroyed_tenants", verification->destroyed, "faults",
                  verification->faults));
}

static void report_text(const struct verification *verification)
{
    const struct lq_ledger_verify_totals *totals = &verification->totals;
    char records[32];
    char opened[32];
    char sum[LQ_TEXT_HASH_BYTES];

    printf("tenants %" PRIu64 "  sessions %" PRIu64 "  records %s  opened with the key %s",
           totals->tenants, totals->sessions, lq_text_output_count(totals->records, records),
           lq_text_output_count(totals->opened, opened));
    if (totals->destroyed > 0) {
        printf("  of destroyed keys %" PRIu64, totals->destroyed);
    }
    if (totals->dropped > 0) {
        printf("  dropped %" PRIu64, totals->dropped);
    }
    if (verification->tenant == NULL) {
        printf("  events %" PRIu64 "  letters %" PRIu64, totals->events, totals->letters);
    }
    printf("  faults %" PRIu64 "\n", totals->faults);
    if (verification->tenant == NULL && json_array_size(verification->partitions) == 1) {
        printf("next ledger sequence %" PRIu64 "  sum %s\n", totals->next_ledger_sequence,
               lq_text_output_hash(totals->records_sum, 64, sum));
    }
    if (verification->session != NULL && totals->faults == 0 && totals->dropped > 0) {
        printf("complete up to frame %" PRIu64, totals->head_frame);
        if (totals->first_frame <= totals->head_frame) {
            printf(", contents kept from frame %" PRIu64 " on\n", totals->first_frame);
        } else {
            printf(", all contents dropped\n");
        }
    }
    printf("%s\n", totals->faults == 0 ? "VERIFIED" : "BROKEN");
}

static enum lq_exit_code verify(struct verification *verification)
{
    enum lq_exit_code code = lq_ledger_walk_open(verification->invocation, &verification->walk);

    verification->walk.without_key =
        lq_invocation_value(verification->invocation, "no-key") != NULL;
    for (uint32_t partition = 0;
         code == LQ_EXIT_OK && partition < verification->walk.partition_count; partition++) {
        code = verify_partition(verification, partition);
    }
    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (!verification->found || (verification->tenant != NULL && verification->totals.faults == 0 &&
                                 verification->totals.sessions == 0)) {
        lq_text_output_error("%s%s%s: nothing there to verify", verification->tenant,
                             verification->session != NULL ? "/" : "",
                             verification->session != NULL ? verification->session : "");
        return LQ_EXIT_NOT_FOUND;
    }
    if (verification->invocation->json) {
        report_json(verification);
    } else {
        report_text(verification);
    }
    return verification->totals.faults == 0 ? LQ_EXIT_OK : LQ_EXIT_BROKEN;
}

enum lq_exit_code lq_verify_command_run(const struct lq_invocation *invocation)
{
    struct verification verification = {.invocation = invocation};
    const char *session = lq_invocation_value(invocation, "session");

    if (lq_invocation_value(invocation, "against-cloud") != NULL) {
        return lq_cloud_verification_run(invocation);
    }
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
    verification.partitions = json_array();
    verification.destroyed = json_array();
    enum lq_exit_code code = verify(&verification);
    json_decref(verification.faults);
    json_decref(verification.partitions);
    json_decref(verification.destroyed);
    lq_ledger_walk_close(&verification.walk);
    return code;
}
