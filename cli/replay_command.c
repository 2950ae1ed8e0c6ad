// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/alloc.h"
#include "base/error_message.h"
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/export_replay.h"
#include "cli/frame_replay.h"
#include "cli/json_output.h"
#include "cli/ledger_walk.h"
#include "cli/text_output.h"

#include <inttypes.h>
#include <stdlib.h>

struct replaying {
    const struct lq_invocation *invocation;
    struct lq_ledger_walk walk;
    struct lq_frame_replay *replay;
    uint64_t from, to;
    uint64_t session_count, session_index, sessions_max; /* for choosing some of many */
    uint64_t sessions_replayed;
    uint64_t sessions_unreadable; /* a record of theirs is corrupt */
    struct lq_frame_replay_counts totals;
    json_t *sessions;
};

static json_t *difference_json(const struct lq_frame_difference *difference)
{
    const struct lq_world_difference *world = &difference->world;

    return json_pack("{s:I,s:o,s:o,s:s?,s:I}", "frame", (json_int_t)difference->frame, "recorded",
                     lq_json_output_hex(difference->recorded, LQ_HASH_BYTES), "recomputed",
                     lq_json_output_hex(difference->recomputed, LQ_HASH_BYTES), "field",
                     world->field, "body_id", (json_int_t)world->body_id);
}

/* What of the world differs: the rest of a content has no name that says more than the digests. */
static void print_place(const struct lq_world_difference *world)
{
    if (world->body_id != 0) {
        printf(", body %" PRIu32, world->body_id);
    }
    if (world->field != NULL) {
        printf(", %s", world->field);
    }
}

static void report_session(struct replaying *replaying, const struct lq_session_path *path,
                           const struct lq_frame_replay_counts *counts)
{
    char recorded[LQ_TEXT_HASH_BYTES];
    char recomputed[LQ_TEXT_HASH_BYTES];
    const struct lq_frame_difference *first = &counts->first;

    if (!replaying->invocation->json) {
        printf("%s/%s  frames %" PRIu64 "  equal %" PRIu64 "  differing %" PRIu64
               "  as recorded %" PRIu64 "%s%s\n",
               path->tenant, path->session, counts->frames, counts->equal, counts->differing,
               counts->as_recorded, counts->missing_stage[0] != '\0' ? "  cannot run " : "",
               counts->missing_stage);
        if (counts->differing > 0) {
            printf("  first at frame %" PRIu64, first->frame);
            print_place(&first->world);
            printf("\n    recorded    %s\n    recomputed  %s\n",
                   lq_text_output_hash(first->recorded, 64, recorded),
                   lq_text_output_hash(first->recomputed, 64, recomputed));
        }
        return;
    }
    json_t *document = json_pack(
        "{s:s,s:s,s:I,s:I,s:I,s:I}", "tenant", path->tenant, "session", path->session, "frames",
        (json_int_t)counts->frames, "equal", (json_int_t)counts->equal, "differing",
        (json_int_t)counts->differing, "as_recorded", (json_int_t)counts->as_recorded);
    json_object_set_new(document, "first_difference",
                        counts->differing > 0 ? difference_json(first) : json_null());
    json_array_append_new(replaying->sessions, document);
}

/* Of n sessions, every (n / max)th: a sample over the whole list, not its beginning. */
static bool chosen(struct replaying *replaying)
{
    uint64_t index = replaying->session_index++;

    if (replaying->sessions_max == 0 || replaying->session_count <= replaying->sessions_max) {
        return true;
    }
    return index * replaying->sessions_max / replaying->session_count !=
           (index + 1) * replaying->sessions_max / replaying->session_count;
}

static enum lq_exit_code replay_session(void *context, const struct lq_session_path *path)
{
    struct replaying *replaying = context;
    struct lq_frame_replay_counts counts;
    struct lq_error_message message = {""};

    if (!chosen(replaying)) {
        return LQ_EXIT_OK;
    }
    enum lq_result rc = lq_frame_replay_session(
        replaying->replay, replaying->walk.ledger, lq_session_names_of(path->tenant, path->session),
        (struct lq_frame_range){replaying->from, replaying->to}, &counts, &message);
    if (rc != LQ_OK) {
        lq_text_output_error("%s/%s: %s", path->tenant, path->session,
                             message.text[0] != '\0' ? message.text : lq_result_text(rc));
        if (rc != LQ_ERR_CORRUPT) {
            return lq_broker_call_exit_code(rc);
        }
        replaying->sessions_unreadable++; /* its frames do not count; the next sessions go on */
    }
    replaying->sessions_replayed++;
    replaying->totals.frames += counts.frames;
    replaying->totals.equal += counts.equal;
    replaying->totals.differing += counts.differing;
    replaying->totals.as_recorded += counts.as_recorded;
    report_session(replaying, path, &counts);
    return LQ_EXIT_OK;
}

static enum lq_exit_code count_session(void *context, const struct lq_session_path *path)
{
    (void)context;
    (void)path;
    return LQ_EXIT_OK;
}

static enum lq_exit_code walk_partitions(struct replaying *replaying,
                                         const struct lq_session_path *wanted,
                                         lq_ledger_walk_fn each, uint64_t *found)
{
    enum lq_exit_code code = LQ_EXIT_OK;

    for (uint32_t partition = 0; code == LQ_EXIT_OK && partition < replaying->walk.partition_count;
         partition++) {
        code = lq_ledger_walk_partition(&replaying->walk, partition);
        if (code == LQ_EXIT_OK) {
            code = lq_ledger_walk_sessions(&replaying->walk, wanted, each, replaying, found);
        }
    }
    return code;
}

static enum lq_exit_code report(struct replaying *replaying)
{
    const struct lq_frame_replay_counts *totals = &replaying->totals;

    if (replaying->invocation->json) {
        lq_json_output_print("replay", json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:O}", "sessions",
                                                 (json_int_t)replaying->sessions_replayed, "frames",
                                                 (json_int_t)totals->frames, "equal",
                                                 (json_int_t)totals->equal, "differing",
                                                 (json_int_t)totals->differing, "as_recorded",
                                                 (json_int_t)totals->as_recorded, "unreadable",
                                                 (json_int_t)replaying->sessions_unreadable,
                                                 "by_session", replaying->sessions));
    } else {
        printf("sessions %" PRIu64 "  frames %" PRIu64 "  equal %" PRIu64 "  differing %" PRIu64
               "  as recorded %" PRIu64 "\n",
               replaying->sessions_replayed, totals->frames, totals->equal, totals->differing,
               totals->as_recorded);
    }
    return totals->differing == 0 && replaying->sessions_unreadable == 0 ? LQ_EXIT_OK
                                                                         : LQ_EXIT_BROKEN;
}

static enum lq_exit_code replay(struct replaying *replaying, const struct lq_session_path *wanted)
{
    uint64_t found = 0;
    enum lq_exit_code code = lq_ledger_walk_open(replaying->invocation, &replaying->walk);

    if (code == LQ_EXIT_OK) {
        code = walk_partitions(replaying, wanted, count_session, &replaying->session_count);
    }
    if (code == LQ_EXIT_OK && replaying->session_count == 0 && wanted->tenant[0] != '\0') {
        lq_text_output_error("%s%s%s: nothing there to replay", wanted->tenant,
                             wanted->session[0] != '\0' ? "/" : "", wanted->session);
        return LQ_EXIT_NOT_FOUND;
    }
    if (code == LQ_EXIT_OK) {
        code = walk_partitions(replaying, wanted, replay_session, &found);
    }
    if (code == LQ_EXIT_OK && replaying->totals.frames == 0 &&
        replaying->sessions_unreadable == 0) {
        lq_text_output_error("no frame from %" PRIu64
                             " on: nothing was replayed, nothing is proven",
                             replaying->from);
        return LQ_EXIT_NOT_FOUND;
    }
    return code == LQ_EXIT_OK ? report(replaying) : code;
}

static bool read_range(const struct lq_invocation *invocation, struct replaying *replaying)
{
    struct lq_error_message message;

    if (lq_invocation_number(invocation, "from", (struct lq_number_range){1, UINT64_MAX, 1},
                             &replaying->from, &message) &&
        lq_invocation_number(invocation, "to",
                             (struct lq_number_range){replaying->from, UINT64_MAX, UINT64_MAX},
                             &replaying->to, &message) &&
        lq_invocation_number(invocation, "sessions", (struct lq_number_range){0, UINT64_MAX, 0},
                             &replaying->sessions_max, &message)) {
        return true;
    }
    lq_text_output_error("%s", message.text);
    return false;
}

static bool take_tenant(const char *name, struct lq_session_path *wanted)
{
    if (!lq_tenant_name_valid(lq_view_text(name))) {
        lq_text_output_error("--tenant %s is no name of a tenant: 1 to %d of [A-Za-z0-9._-]", name,
                             LQ_TENANT_NAME_BYTES_MAX);
        return false;
    }
    snprintf(wanted->tenant, sizeof wanted->tenant, "%s", name);
    return true;
}

/* A file that is no good as a whole proves nothing of its frames, not of those before the fault. */
static enum lq_exit_code replay_export(struct replaying *replaying, const char *file)
{
    static const char *const of_ledgers[] = {"tenant", "sessions", "from", "to"};
    const char *key_path = lq_invocation_value(replaying->invocation, "key");
    struct lq_frame_replay_counts counts;
    struct lq_session_path path = {"", ""};
    struct lq_error_message message = {""};

    for (size_t index = 0; index < sizeof of_ledgers / sizeof of_ledgers[0]; index++) {
        if (lq_invocation_value(replaying->invocation, of_ledgers[index]) != NULL) {
            lq_text_output_error("--%s: an export is replayed as a whole", of_ledgers[index]);
            return LQ_EXIT_USAGE;
        }
    }
    enum lq_result result =
        lq_export_replay_file(replaying->replay, file, key_path, &path, &counts, &message);
    if (result != LQ_OK) {
        lq_text_output_error("%s: %s", file, message.text);
        return lq_broker_call_exit_code(result);
    }
    if (counts.frames == 0) {
        lq_text_output_error("%s: it has one record, and none to recompute it from: nothing was "
                             "replayed, nothing is proven",
                             file);
        return LQ_EXIT_NOT_FOUND;
    }
    replaying->sessions_replayed = 1;
    replaying->totals = counts;
    report_session(replaying, &path, &counts);
    return report(replaying);
}

enum lq_exit_code lq_replay_command_run(const struct lq_invocation *invocation)
{
    struct replaying replaying = {.invocation = invocation};
    struct lq_session_path wanted = {"", ""};
    const char *tenant = lq_invocation_value(invocation, "tenant");
    bool is_file =
        invocation->argument_count == 1 && (lq_invocation_value(invocation, "key") != NULL ||
                                            lq_export_replay_is_file(invocation->arguments[0]));

    if (invocation->argument_count > 1 ||
        (invocation->argument_count == 0 && lq_invocation_value(invocation, "key") != NULL) ||
        (invocation->argument_count == 1 && !is_file &&
         !lq_invocation_session_path(invocation->arguments[0], &wanted))) {
        lq_text_output_error(
            "name one session as TENANT/SESSION, or --tenant, or the file of an export");
        return LQ_EXIT_USAGE;
    }
    if (invocation->argument_count == 0 && tenant != NULL && !take_tenant(tenant, &wanted)) {
        return LQ_EXIT_USAGE;
    }
    if (!read_range(invocation, &replaying)) {
        return LQ_EXIT_USAGE;
    }
    replaying.sessions = json_array();
    replaying.replay = lq_alloc(1, sizeof *replaying.replay);
    enum lq_exit_code code =
        is_file ? replay_export(&replaying, invocation->arguments[0]) : replay(&replaying, &wanted);
    free(replaying.replay);
    json_decref(replaying.sessions);
    lq_ledger_walk_close(&replaying.walk);
    return code;
}
