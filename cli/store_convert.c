// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* store convert: a partition of an earlier format, written anew beside it, and verified before it
 * gets its name. */
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "store/core/partition_state.h"
#include "store/lmdb/ledger_conversion.h"
#include "store/lmdb/ledger_verify.h"
#include "store/lmdb/map_guard.h"
#include "store/lmdb/unfinished_store.h"

#include <inttypes.h>

struct store_conversion {
    const struct lq_invocation *invocation;
    const char *from, *to;
    struct lq_cluster_config cluster;
    struct lq_unfinished_store store;
    struct lq_ledger_converted converted;
};

static enum lq_exit_code exit_code_of(enum lq_result result)
{
    switch (result) {
    case LQ_ERR_VERSION:
    case LQ_ERR_STATE:
    case LQ_ERR_EXISTS:
    case LQ_ERR_INVALID:
        return LQ_EXIT_FAILED;
    default:
        return lq_broker_call_exit_code(result);
    }
}

static struct lq_ledger_options options_of(const struct store_conversion *conversion,
                                           const char *folder)
{
    return (struct lq_ledger_options){.folder = folder,
                                      .master_key_file = conversion->cluster.master_key_file,
                                      .map_bytes = conversion->cluster.map_bytes,
                                      .map_bytes_max = conversion->cluster.map_bytes_max,
                                      .partition = 0};
}

static enum lq_exit_code run_conversion(struct store_conversion *conversion)
{
    const struct lq_ledger_conversion_options options = {
        .from = conversion->from,
        .to = options_of(conversion,
                         conversion->invocation->dry_run ? NULL : conversion->store.filling)};
    struct lq_error_message message;
    enum lq_result result = lq_ledger_conversion_run(&options, &conversion->converted, &message);

    if (result != LQ_OK) {
        lq_text_output_error("%s; nothing was converted", message.text);
    }
    return exit_code_of(result);
}

/* Damage that the source had: what it says of its tables does not tell. */
static void note_fault(void *context, const struct lq_ledger_fault *fault)
{
    bool *told = context;

    if (!*told) {
        lq_text_output_error("%s%s%s%s%s: %s", fault->database, fault->tenant[0] != '\0' ? " " : "",
                             fault->tenant, fault->session[0] != '\0' ? "/" : "", fault->session,
                             fault->what);
    }
    *told = true;
}

static enum lq_exit_code verify(const struct store_conversion *conversion)
{
    bool told = false;
    const struct lq_ledger_options options = options_of(conversion, conversion->store.filling);
    const struct lq_ledger_verify_options verification = {
        .names = lq_session_names_of("", ""), .on_fault = note_fault, .context = &told};
    struct lq_ledger_verify_totals totals = {.faults = 0};
    struct lq_error_message message;
    lq_ledger_t *ledger = NULL;
    enum lq_result result = lq_ledger_open_reader(&options, &ledger, &message);

    if (result != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return lq_broker_call_exit_code(result);
    }
    result = lq_ledger_verify(ledger, &verification, &totals);
    lq_ledger_close(&ledger);
    if (result != LQ_OK) {
        lq_text_output_error("%s: %s", conversion->store.filling, lq_result_text(result));
        return lq_broker_call_exit_code(result);
    }
    if (totals.faults > 0) {
        lq_text_output_error("%" PRIu64 " faults that %.200s has: nothing was converted",
                             totals.faults, conversion->from);
        return LQ_EXIT_BROKEN;
    }
    return LQ_EXIT_OK;
}

static void report(const struct store_conversion *conversion)
{
    const struct lq_ledger_converted *converted = &conversion->converted;
    bool dry_run = conversion->invocation->dry_run;
    char sum[LQ_TEXT_HASH_BYTES];

    if (conversion->invocation->json) {
        lq_json_output_print(
            "store.convert",
            json_pack("{s:s,s:s,s:b,s:I,s:I,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "from",
                      conversion->from, "to", conversion->store.folder, "dry_run", (int)dry_run,
                      "format", (json_int_t)converted->format, "format_now",
                      (json_int_t)LQ_PARTITION_FORMAT, "proven", (int)converted->is_proven,
                      "tenants", (json_int_t)converted->tenants, "sessions",
                      (json_int_t)converted->sessions, "records", (json_int_t)converted->records,
                      "entries", (json_int_t)converted->entries, "letters",
                      (json_int_t)converted->letters, "cursors", (json_int_t)converted->cursors,
                      "next_ledger_sequence", (json_int_t)converted->next_ledger_sequence, "sum",
                      lq_json_output_hex(converted->records_sum, sizeof converted->records_sum)));
        return;
    }
    printf("format %" PRIu32 "  tenants %" PRIu64 "  sessions %" PRIu64 "  records %" PRIu64
           "  entries of the outbox %" PRIu64 "  letters %" PRIu64 "\n",
           converted->format, converted->tenants, converted->sessions, converted->records,
           converted->entries, converted->letters);
    printf("next ledger sequence %" PRIu64 "  sum %s\n", converted->next_ledger_sequence,
           lq_text_output_hash(converted->records_sum, 2 * sizeof converted->records_sum, sum));
    printf("%s %s, format %u\n", dry_run ? "WOULD CONVERT to" : "CONVERTED to",
           conversion->store.folder, LQ_PARTITION_FORMAT);
}

/* A place for the new partition. */
static enum lq_exit_code find_room(struct store_conversion *conversion)
{
    struct lq_error_message message;
    bool left = false;
    enum lq_result result = lq_unfinished_store_name(&conversion->store, conversion->to, &message);

    if (result == LQ_OK && !conversion->invocation->dry_run) {
        result = lq_unfinished_store_clear(&conversion->store, &left, &message);
    }
    if (result != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return exit_code_of(result);
    }
    if (left) {
        lq_text_output_note(conversion->invocation,
                            "an earlier conversion left %s unfinished: removed, and begun anew",
                            conversion->store.filling);
    }
    return LQ_EXIT_OK;
}

static enum lq_exit_code verify_and_keep(const struct store_conversion *conversion)
{
    struct lq_error_message message;
    enum lq_exit_code code = verify(conversion);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    enum lq_result result = lq_unfinished_store_keep(&conversion->store, &message);
    if (result != LQ_OK) {
        lq_text_output_error("%s", message.text);
    }
    return exit_code_of(result);
}

static enum lq_exit_code convert(struct store_conversion *conversion)
{
    bool dry_run = conversion->invocation->dry_run;
    enum lq_exit_code code = find_room(conversion);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    code = run_conversion(conversion);
    if (code == LQ_EXIT_OK && !dry_run) {
        code = verify_and_keep(conversion);
    }
    if (code == LQ_EXIT_OK) {
        report(conversion);
    } else if (!dry_run) {
        lq_unfinished_store_drop(&conversion->store);
    }
    return code;
}

enum lq_exit_code lq_store_convert_run(const struct lq_invocation *invocation)
{
    struct store_conversion conversion = {.invocation = invocation,
                                          .from = lq_invocation_value(invocation, "from"),
                                          .to = lq_invocation_value(invocation, "to")};

    if (conversion.from == NULL || conversion.to == NULL) {
        lq_text_output_error("store convert needs --from DIR and --to DIR");
        return LQ_EXIT_USAGE;
    }
    lq_map_guard_arm("lqctl", LQ_EXIT_BROKEN);
    enum lq_exit_code code = lq_broker_call_configure(invocation, &conversion.cluster);
    return code == LQ_EXIT_OK ? convert(&conversion) : code;
}
