// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/mirrored_table.h"
#include "cli/text_output.h"
#include "mirror/restore/data_folder.h"
#include "mirror/restore/table_restore.h"
#include "proto/admin_codec.h"
#include "store/lmdb/map_guard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A letter opened: some times as long as the longest that is stored. */
enum { LETTER_BYTES = 16 * 1024 * 1024 };

struct restoration {
    const struct lq_invocation *invocation;
    struct lq_cluster_config cluster;
    struct lq_mirror_config mirror;
    struct lq_data_folder folder;
    const char *tenant;  /* NULL: all */
    const char *without; /* NULL: none */
    struct lq_table_restored restored;
    struct lq_arena arena; /* for a letter */
    json_t *destroyed;
};

/* Whose a letter is, it says itself. */
static bool letter_is_of(void *context, struct lq_view stored, const char *tenant)
{
    struct restoration *restoration = context;
    static struct lq_letter letter; /* large; one thread */
    const char *where;

    lq_arena_reset(&restoration->arena);
    return lq_letter_decode(stored, &restoration->arena, &letter, &where) == LQ_OK &&
           lq_view_equal(letter.tenant, lq_view_text(tenant));
}

static void note_destroyed(void *context, const char *tenant, uint64_t records, uint64_t letters)
{
    struct restoration *restoration = context;

    if (!restoration->invocation->json) {
        printf("contents of tenant %s were destroyed (%" PRIu64 " records, %" PRIu64
               " dead letters, which are left out)\n",
               tenant, records, letters);
    }
    json_array_append_new(restoration->destroyed,
                          json_pack("{s:s,s:I,s:I}", "tenant", tenant, "records",
                                    (json_int_t)records, "letters", (json_int_t)letters));
}

static void report_json(const struct restoration *restoration)
{
    const struct lq_table_restored *restored = &restoration->restored;
    const struct lq_ledger_restored *ledger = &restored->ledger;
    const struct lq_broker_restored *broker = &restored->broker;
    json_t *document =
        json_pack("{s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I}", "table", restoration->mirror.table, "folder",
                  restoration->folder.path, "dry_run", restoration->invocation->dry_run, "tenants",
                  (json_int_t)ledger->tenants, "sessions", (json_int_t)ledger->sessions, "records",
                  (json_int_t)ledger->records, "entries", (json_int_t)ledger->entries, "decided",
                  (json_int_t)ledger->letters);
    json_t *left = json_pack(
        "{s:I,s:I,s:I,s:I,s:I}", "tenants", (json_int_t)ledger->tenants_left, "sessions",
        (json_int_t)ledger->sessions_left, "entries", (json_int_t)ledger->entries_left, "decided",
        (json_int_t)ledger->letters_left, "letters", (json_int_t)broker->letters_left);
    json_t *of_broker =
        json_pack("{s:I,s:I,s:I,s:I,s:I}", "live", (json_int_t)broker->live, "parked",
                  (json_int_t)broker->parked, "letters", (json_int_t)broker->letters, "quotas",
                  (json_int_t)broker->quotas, "entries", (json_int_t)broker->entries);

    json_object_set(document, "destroyed_tenants", restoration->destroyed);
    json_object_set_new(document, "left_out", left);
    json_object_set_new(document, "broker", of_broker);
    json_object_set_new(document, "tenants_without_keys",
                        lq_json_output_number(restored->tenants_without_keys));
    json_object_set_new(document, "keys_made", lq_json_output_number(restored->keys_made));
    json_object_set_new(document, "keys_destroyed",
                        lq_json_output_number(restored->keys_destroyed));
    json_object_set_new(document, "segments", lq_json_output_number(restored->segments));
    json_object_set_new(document, "claim", lq_json_output_number(restored->claim));
    json_object_set_new(document, "epoch", lq_json_output_number(restored->epoch));
    json_object_set_new(document, "next_ledger_sequence",
                        lq_json_output_number(ledger->ledger_sequence + 1));
    json_object_set_new(document, "history",
                        lq_json_output_hex(ledger->history, sizeof ledger->history));
    lq_json_output_print("restore", document);
}

static void report_text(const struct restoration *restoration)
{
    const struct lq_table_restored *restored = &restoration->restored;
    const struct lq_ledger_restored *ledger = &restored->ledger;
    const struct lq_broker_restored *broker = &restored->broker;
    char records[32];
    char segments[32];

    printf("tenants %" PRIu64 "  sessions %" PRIu64 "  records %s  entries of the outbox %" PRIu64
           "  of %s segments\n",
           ledger->tenants, ledger->sessions, lq_text_output_count(ledger->records, records),
           ledger->entries, lq_text_output_count(restored->segments, segments));
    printf("letters %" PRIu64 "  live %" PRIu64 "  parked %" PRIu64 "  quotas %" PRIu64
           "  the broker's next epoch %" PRIu64 "\n",
           broker->letters, broker->live, broker->parked, broker->quotas, restored->epoch);
    printf("%s %s\n", restoration->invocation->dry_run ? "WOULD RESTORE into" : "RESTORED",
           restoration->folder.path);
}

/* What is not there although the table tells of it. */
static void tell_left(const struct restoration *restoration)
{
    const struct lq_table_restored *restored = &restoration->restored;
    const struct lq_ledger_restored *ledger = &restored->ledger;

    if (ledger->sessions_left + ledger->entries_left + ledger->letters_left > 0) {
        lq_text_output_note(restoration->invocation,
                            "left out, because the table has their frames not: %" PRIu64
                            " sessions, %" PRIu64 " entries of the outbox, %" PRIu64
                            " decisions about letters",
                            ledger->sessions_left, ledger->entries_left, ledger->letters_left);
    }
    if (restored->broker.letters_left > 0) {
        lq_text_output_note(restoration->invocation,
                            "left out, because the keys of their tenants are not there: %" PRIu64
                            " dead letters",
                            restored->broker.letters_left);
    }
    if (restored->keys_made > 0) {
        lq_text_output_note(restoration->invocation,
                            "%" PRIu64 " tenants of which the table has no record and no key got a "
                            "new key",
                            restored->keys_made);
    }
    if (restored->keys_destroyed > 0) {
        lq_text_output_note(restoration->invocation,
                            "%" PRIu64 " keys that the table still had were destroyed before, and "
                            "are not restored",
                            restored->keys_destroyed);
    }
    if (ledger->tenants_left > 0) {
        lq_text_output_error("%" PRIu64
                             " tenants are left out: as asked, or because the table has records of "
                             "theirs and no keys",
                             ledger->tenants_left);
    }
}

static enum lq_exit_code read_table(struct restoration *restoration)
{
    const struct lq_table_restore_options options = {
        .table = restoration->mirror.table,
        .folder = restoration->folder.filled,
        .master_key_file = restoration->cluster.master_key_file,
        .tenant = restoration->tenant,
        .without = restoration->without,
        .letter_is_of = letter_is_of,
        .on_destroyed = note_destroyed,
        .context = restoration,
        .dry_run = restoration->invocation->dry_run,
        .map_bytes = restoration->cluster.map_bytes,
        .map_bytes_max = restoration->cluster.map_bytes_max,
    };
    struct lq_error_message message;

    restoration->arena =
        (struct lq_arena){.memory = lq_alloc(LETTER_BYTES, 1), .bytes = LETTER_BYTES};
    enum lq_result result = lq_table_restore(&options, &restoration->restored, &message);
    free(restoration->arena.memory);

    if (result != LQ_OK) {
        lq_text_output_error("%s; nothing was restored",
                             message.text[0] != '\0' ? message.text : lq_result_text(result));
    }
    return lq_mirrored_table_exit_code(result);
}

/* A master key that lies where a cluster makes it comes along: DATA/keys/master.key. */
static enum lq_result copy_key(const struct restoration *restoration,
                               struct lq_error_message *message)
{
    const struct lq_cluster_config *cluster = &restoration->cluster;
    char usual[LQ_OPTION_TEXT_BYTES_MAX + 32];

    snprintf(usual, sizeof usual, "%s/keys/master.key", cluster->data_dir);
    return strcmp(usual, cluster->master_key_file) == 0
               ? lq_data_folder_copy_key(&restoration->folder, cluster->master_key_file, message)
               : LQ_OK;
}

static enum lq_exit_code keep_folder(struct restoration *restoration)
{
    struct lq_error_message message;
    enum lq_result result = LQ_OK;

    if (!restoration->invocation->dry_run) {
        result = copy_key(restoration, &message);
        if (result == LQ_OK) {
            result = lq_data_folder_keep(&restoration->folder, &message);
        }
    }
    if (result != LQ_OK) {
        lq_text_output_error("%s; the table has a claim for what was restored: restore again",
                             message.text);
        return lq_mirrored_table_exit_code(result);
    }
    if (restoration->invocation->json) {
        report_json(restoration);
    } else {
        report_text(restoration);
    }
    tell_left(restoration);
    return restoration->restored.ledger.tenants_left > 0 ? LQ_EXIT_PARTLY : LQ_EXIT_OK;
}

static enum lq_exit_code restore(struct restoration *restoration, const char *into)
{
    struct lq_error_message message;
    enum lq_exit_code code = lq_mirrored_table_configure(
        restoration->invocation, &restoration->cluster, &restoration->mirror);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    enum lq_result result = lq_data_folder_make(&restoration->folder, into, &message);
    if (result != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return result == LQ_ERR_EXISTS ? LQ_EXIT_FAILED : lq_mirrored_table_exit_code(result);
    }
    code = read_table(restoration);
    if (code == LQ_EXIT_OK) {
        code = keep_folder(restoration);
    }
    lq_data_folder_remove(&restoration->folder);
    return code;
}

static bool are_names(const char *at)
{
    const char *end;

    for (; (end = strchr(at, ',')) != NULL; at = end + 1) {
        if (!lq_tenant_name_valid(lq_view_of(at, (size_t)(end - at)))) {
            return false;
        }
    }
    return lq_tenant_name_valid(lq_view_text(at));
}

enum lq_exit_code lq_restore_command_run(const struct lq_invocation *invocation)
{
    struct restoration restoration = {.invocation = invocation};
    const char *into = lq_invocation_value(invocation, "into");

    restoration.tenant = lq_invocation_value(invocation, "tenant");
    if (lq_invocation_value(invocation, "from-cloud") == NULL || into == NULL) {
        lq_text_output_error("restore needs --from-cloud and --into DIR");
        return LQ_EXIT_USAGE;
    }
    if (restoration.tenant != NULL && !lq_tenant_name_valid(lq_view_text(restoration.tenant))) {
        lq_text_output_error("%.200s is no name of a tenant", restoration.tenant);
        return LQ_EXIT_USAGE;
    }
    restoration.without = lq_invocation_value(invocation, "without");
    if (restoration.without != NULL && !are_names(restoration.without)) {
        lq_text_output_error("--without %.200s: names of tenants, with commas between them",
                             restoration.without);
        return LQ_EXIT_USAGE;
    }
    if (restoration.without != NULL && restoration.tenant != NULL) {
        lq_text_output_error("--without and --tenant exclude each other");
        return LQ_EXIT_USAGE;
    }
    lq_map_guard_arm("lqctl", LQ_EXIT_BROKEN);
    restoration.destroyed = json_array();
    enum lq_exit_code code = restore(&restoration, into);
    json_decref(restoration.destroyed);
    return code;
}
