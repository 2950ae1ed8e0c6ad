// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/cloud_verification.h"

#include "cli/json_output.h"
#include "cli/ledger_walk.h"
#include "cli/mirrored_table.h"
#include "cli/text_output.h"
#include "mirror/restore/table_comparison.h"

#include <inttypes.h>

enum { FAULTS_LISTED_MAX = 1000 };

struct verification {
    const struct lq_invocation *invocation;
    struct lq_ledger_walk walk;
    struct lq_mirror_config mirror;
    uint64_t faults;
    struct lq_compared_stream total;
    json_t *streams, *listed;
};

static void note_fault(void *context, const char *what)
{
    struct verification *verification = context;

    if (!verification->invocation->json) {
        printf("BROKEN  %s\n", what);
        fflush(stdout);
    }
    if (json_array_size(verification->listed) < FAULTS_LISTED_MAX) {
        json_array_append_new(verification->listed, lq_json_output_text(lq_view_text(what)));
    }
}

static void note_stream(void *context, const struct lq_compared_stream *stream)
{
    struct verification *verification = context;
    struct lq_compared_stream *total = &verification->total;
    json_t *document = json_pack(
        "{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I}", "stream", stream->pk, "tenant", stream->tenant,
        "segments", (json_int_t)stream->segments, "claim", (json_int_t)stream->claim, "records",
        (json_int_t)stream->records, "entries", (json_int_t)stream->entries, "records_behind",
        (json_int_t)stream->records_behind, "entries_behind", (json_int_t)stream->entries_behind);

    json_object_set_new(document, "trimmed", lq_json_output_number(stream->trimmed));
    json_object_set_new(document, "left_out", lq_json_output_number(stream->left_out));
    json_object_set_new(document, "broker_entries", lq_json_output_number(stream->broker_entries));
    json_object_set_new(document, "ledger_sequence",
                        lq_json_output_number(stream->ledger_sequence));
    json_object_set_new(document, "outbox_sequence",
                        lq_json_output_number(stream->outbox_sequence));
    json_object_set_new(document, "bases", lq_json_output_number(stream->bases));
    json_object_set_new(document, "bases_at_head", lq_json_output_number(stream->bases_at_head));
    json_object_set_new(document, "bases_unfinished",
                        lq_json_output_number(stream->bases_unfinished));
    json_object_set_new(document, "shredded", json_boolean(stream->is_shredded));
    json_array_append_new(verification->streams, document);
    total->bases += stream->bases;
    total->bases_at_head += stream->bases_at_head;
    total->bases_unfinished += stream->bases_unfinished;
    total->segments += stream->segments;
    total->records += stream->records;
    total->entries += stream->entries;
    total->records_behind += stream->records_behind;
    total->entries_behind += stream->entries_behind;
    if (!verification->invocation->json && stream->is_shredded) {
        printf("contents of tenant %s were destroyed (%" PRIu64 " records)\n", stream->tenant,
               stream->records);
    }
    if (!verification->invocation->json && stream->records_behind + stream->entries_behind > 0) {
        printf("BEHIND  stream %s: %" PRIu64 " records, %" PRIu64 " entries of the outbox\n",
               stream->pk, stream->records_behind, stream->entries_behind);
    }
}

static void report(struct verification *verification)
{
    const struct lq_compared_stream *total = &verification->total;
    char records[32];
    char segments[32];

    if (verification->invocation->json) {
        lq_json_output_print(
            "verify_cloud",
            json_pack("{s:b,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:O,s:O}", "verified",
                      verification->faults == 0, "table", verification->mirror.table, "segments",
                      (json_int_t)total->segments, "records", (json_int_t)total->records, "entries",
                      (json_int_t)total->entries, "records_behind",
                      (json_int_t)total->records_behind, "entries_behind",
                      (json_int_t)total->entries_behind, "bases", (json_int_t)total->bases,
                      "bases_at_head", (json_int_t)total->bases_at_head, "bases_unfinished",
                      (json_int_t)total->bases_unfinished, "broken",
                      (json_int_t)verification->faults, "streams", verification->streams, "faults",
                      verification->listed));
        return;
    }
    printf("table %s  segments %s  records %s  entries of the outbox %" PRIu64
           "  behind: records %" PRIu64 "  entries %" PRIu64 "  faults %" PRIu64 "\n",
           verification->mirror.table, lq_text_output_count(total->segments, segments),
           lq_text_output_count(total->records, records), total->entries, total->records_behind,
           total->entries_behind, verification->faults);
    printf("bases %" PRIu64 ", of heads %" PRIu64 ", unfinished slots %" PRIu64 "\n", total->bases,
           total->bases_at_head, total->bases_unfinished);
    printf("%s\n", verification->faults == 0 ? "VERIFIED" : "BROKEN");
}

static enum lq_exit_code compare(struct verification *verification)
{
    struct lq_error_message message;
    struct lq_cluster_config cluster;
    enum lq_exit_code code =
        lq_mirrored_table_configure(verification->invocation, &cluster, &verification->mirror);

    if (code == LQ_EXIT_OK) {
        code = lq_ledger_walk_open(verification->invocation, &verification->walk);
    }
    if (code != LQ_EXIT_OK) {
        return code;
    }
    verification->walk.without_key =
        lq_invocation_value(verification->invocation, "no-key") != NULL;
    code = lq_ledger_walk_partition(&verification->walk, 0);
    if (code != LQ_EXIT_OK) {
        return code;
    }
    const struct lq_table_comparison_options options = {
        .table = verification->mirror.table,
        .ledger = verification->walk.ledger,
        .on_stream = note_stream,
        .on_fault = note_fault,
        .context = verification,
    };
    enum lq_result result = lq_table_comparison_run(&options, &verification->faults, &message);
    if (result != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return lq_mirrored_table_exit_code(result);
    }
    report(verification);
    return verification->faults == 0 ? LQ_EXIT_OK : LQ_EXIT_BROKEN;
}

enum lq_exit_code lq_cloud_verification_run(const struct lq_invocation *invocation)
{
    struct verification verification = {.invocation = invocation};

    if (invocation->argument_count > 0 || lq_invocation_value(invocation, "tenant") != NULL ||
        lq_invocation_value(invocation, "session") != NULL) {
        lq_text_output_error("--against-cloud compares the whole ledger, not a tenant or session");
        return LQ_EXIT_USAGE;
    }
    verification.streams = json_array();
    verification.listed = json_array();
    enum lq_exit_code code = compare(&verification);
    json_decref(verification.streams);
    json_decref(verification.listed);
    lq_ledger_walk_close(&verification.walk);
    return code;
}
