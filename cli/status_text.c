// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/status_text.h"

#include "cli/json_output.h"
#include "cli/space_text.h"
#include "cli/tenant_text.h"
#include "cli/text_output.h"
#include "cli/text_table.h"

#include <inttypes.h>

static const char *const actor_states[] = {"?", "ready", "paused", "unrouted", "lost", "silent"};

static const char *actor_state(uint8_t state)
{
    return actor_states[state <= LQ_ACTOR_SILENT ? state : 0];
}

static uint32_t serving_actors(const struct lq_status *status, const struct lq_stage_status *stage)
{
    uint32_t count = 0;

    for (uint32_t index = 0; index < status->actor_count; index++) {
        const struct lq_actor_status *actor = &status->actors[index];
        count += actor->state == LQ_ACTOR_READY && actor->version == stage->version &&
                 (lq_view_equal(actor->stage, stage->resource) ||
                  lq_view_equal(actor->stage, stage->name));
    }
    return count;
}

/* Who is to blame for DEGRADED, so that nobody has to look for it in a long table. */
static void print_silent(const struct lq_status *status, FILE *to)
{
    for (uint32_t index = 0; index < status->actor_count; index++) {
        const struct lq_actor_status *actor = &status->actors[index];
        if (actor->state == LQ_ACTOR_SILENT) {
            fprintf(to, "%.*s (pid %u) is silent: %.*s\n", (int)actor->instance.bytes,
                    (const char *)actor->instance.data, actor->pid, (int)actor->reason.bytes,
                    actor->reason.bytes > 0 ? (const char *)actor->reason.data : "");
        }
    }
}

/* The broker counts a stage's actors; those that are paused or lost take no work. */
static bool stage_served(const struct lq_status *status, const struct lq_stage_status *stage)
{
    return status->actor_count == 0 ? stage->actors > 0 : serving_actors(status, stage) > 0;
}

bool lq_status_text_healthy(const struct lq_status_picture *picture)
{
    const struct lq_status *status = picture->status;

    if (picture->spaces != NULL && !lq_partition_space_enough(picture->spaces)) {
        return false;
    }
    for (uint32_t index = 0; index < status->stage_count; index++) {
        if (!stage_served(status, &status->stages[index])) {
            return false;
        }
    }
    for (uint32_t index = 0; index < status->actor_count; index++) {
        if (status->actors[index].state == LQ_ACTOR_SILENT) {
            return false;
        }
    }
    return status->stage_count > 0;
}

static double per_second(uint64_t now, uint64_t before, uint64_t ms)
{
    return ms == 0 || now < before ? 0.0 : (double)(now - before) * 1000.0 / (double)ms;
}

static const struct lq_stage_status *same_stage(const struct lq_status *before, uint32_t index)
{
    return before != NULL && index < before->stage_count ? &before->stages[index] : NULL;
}

static void print_stages(const struct lq_status *status, const struct lq_status *before, FILE *to)
{
    struct lq_text_table table = {.column_count = 11};
    static const char *const headings[] = {"STAGE",          ">V",       ">ACTORS",  ">BACKLOG",
                                           ">IN FLIGHT",     ">OLDEST",  ">DONE",    ">RATE/s",
                                           ">BATCH p50/p90", ">RETRIES", ">FAILURES"};
    uint64_t ms = before != NULL ? status->uptime_ms - before->uptime_ms : status->uptime_ms;
    char text[32];

    for (uint32_t column = 0; column < table.column_count; column++) {
        lq_text_table_add(&table, "%s", headings[column]);
    }
    for (uint32_t index = 0; index < status->stage_count; index++) {
        const struct lq_stage_status *stage = &status->stages[index];
        const struct lq_stage_status *old = same_stage(before, index);
        uint64_t old_done = old != NULL ? old->done : 0;
        lq_text_table_add(&table, "%.*s", (int)stage->name.bytes, (const char *)stage->name.data);
        lq_text_table_add(&table, "%u", stage->version);
        lq_text_table_add(&table, "%u", stage->actors);
        lq_text_table_add(&table, "%s", lq_text_output_count(stage->queued, text));
        lq_text_table_add(&table, "%s", lq_text_output_count(stage->in_flight, text));
        lq_text_table_add(&table, "%s",
                          stage->queued == 0 ? "-" : lq_text_output_span(stage->oldest_ms, text));
        lq_text_table_add(&table, "%s", lq_text_output_count(stage->done, text));
        lq_text_table_add(&table, "%.0f", per_second(stage->done, old_done, ms));
        lq_text_table_add(&table, "%u/%u", stage->batch_p50, stage->batch_p90);
        lq_text_table_add(&table, "%s", lq_text_output_count(stage->retries, text));
        lq_text_table_add(&table, "%s", lq_text_output_count(stage->failures, text));
    }
    lq_text_table_print(&table, to);
}

static void print_actors(const struct lq_status *status, FILE *to)
{
    struct lq_text_table table = {.column_count = 8};
    static const char *const headings[] = {"ACTOR", "STAGE",  ">V",       ">PID",
                                           "STATE", ">ITEMS", ">us/ITEM", "REASON"};
    char text[32];

    for (uint32_t column = 0; column < table.column_count; column++) {
        lq_text_table_add(&table, "%s", headings[column]);
    }
    for (uint32_t index = 0; index < status->actor_count; index++) {
        const struct lq_actor_status *actor = &status->actors[index];
        lq_text_table_add(&table, "%.*s", (int)actor->instance.bytes,
                          (const char *)actor->instance.data);
        lq_text_table_add(&table, "%.*s", (int)actor->stage.bytes, (const char *)actor->stage.data);
        lq_text_table_add(&table, "%u", actor->version);
        lq_text_table_add(&table, "%u", actor->pid);
        lq_text_table_add(&table, "%s%s", actor_state(actor->state),
                          actor->remote ? ",remote" : "");
        lq_text_table_add(&table, "%s", lq_text_output_count(actor->items, text));
        lq_text_table_add(&table, "%u", actor->service_us);
        lq_text_table_add(&table, "%.*s", (int)actor->reason.bytes,
                          actor->reason.bytes > 0 ? (const char *)actor->reason.data : "");
    }
    lq_text_table_print(&table, to);
}

static void print_counters(const struct lq_status *status, const struct lq_status *before, FILE *to)
{
    uint64_t ms = before != NULL ? status->uptime_ms - before->uptime_ms : status->uptime_ms;
    uint64_t old_ticks = before != NULL ? before->ticks_committed : 0;
    uint64_t old_receipts = before != NULL ? before->receipts : 0;
    char a[32];
    char b[32];
    char c[32];

    fprintf(
        to,
        "\nticks %s (%.0f/s)  receipts %s (%.0f/s)  refused %" PRIu64 "  duplicates %" PRIu64 "\n",
        lq_text_output_count(status->ticks_committed, a),
        per_second(status->ticks_committed, old_ticks, ms),
        lq_text_output_count(status->receipts, b), per_second(status->receipts, old_receipts, ms),
        status->commands_refused, status->duplicates);
    fprintf(to, "sessions %s resident, %s live, %u parked  executions %u open  mailboxes %s\n",
            lq_text_output_count(status->sessions_resident, a),
            lq_text_output_count(status->sessions_live, b), status->sessions_parked,
            status->executions_open, lq_text_output_count(status->mailbox_commands, c));
    fprintf(to,
            "lateness p50 %.2f ms, p99 %.2f ms, %s grid points missed  retries %" PRIu64
            "  conflicts %" PRIu64 "  doubts %" PRIu64 "\n",
            status->lateness_p50_us / 1000.0, status->lateness_p99_us / 1000.0,
            lq_text_output_count(status->missed_ticks, a), status->retries, status->conflicts,
            status->resolves);
    if (status->sessions_stopped > 0) {
        fprintf(to, "%u sessions stopped by an operator\n", status->sessions_stopped);
    }
    if (status->letters_open > 0) {
        fprintf(to, "%u dead letters open or being redriven: lqctl dlq list\n",
                status->letters_open);
    }
}

void lq_status_text_print(const struct lq_status_picture *picture, FILE *to)
{
    const struct lq_status *status = picture->status;
    char up[32];

    fprintf(to, "cluster  %s  (broker up %s, epoch %" PRIu64 ", version %.*s)  %s\n",
            picture->cluster, lq_text_output_span(status->uptime_ms, up), status->epoch,
            (int)status->version.bytes,
            status->version.bytes > 0 ? (const char *)status->version.data : "",
            lq_status_text_healthy(picture) ? "HEALTHY" : "DEGRADED");
    print_silent(status, to);
    if (picture->spaces != NULL) {
        lq_space_text_print_short(picture->spaces, to);
    }
    print_stages(status, picture->before, to);
    lq_tenant_text_print_shares(status, to);
    fputc('\n', to);
    print_actors(status, to);
    if (picture->spaces != NULL) {
        fputc('\n', to);
        lq_space_text_print(picture->spaces, to);
    }
    print_counters(status, picture->before, to);
}

static json_t *stage_json(const struct lq_status *status, const struct lq_stage_status *stage)
{
    return json_pack(
        "{s:o,s:o,s:I,s:I,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "name",
        lq_json_output_text(stage->name), "resource", lq_json_output_text(stage->resource),
        "version", (json_int_t)stage->version, "actors", (json_int_t)stage->actors, "served",
        stage_served(status, stage), "queued", (json_int_t)stage->queued, "in_flight",
        (json_int_t)stage->in_flight, "done", (json_int_t)stage->done, "retries",
        (json_int_t)stage->retries, "failures", (json_int_t)stage->failures, "dispatches",
        (json_int_t)stage->dispatches, "dispatch_items", (json_int_t)stage->dispatch_items,
        "dispatch_bytes", (json_int_t)stage->dispatch_bytes, "batch_p50",
        (json_int_t)stage->batch_p50, "batch_p90", (json_int_t)stage->batch_p90, "oldest_ms",
        (json_int_t)stage->oldest_ms, "waiting_retry", (json_int_t)stage->waiting_retry);
}

static json_t *counts_json(const struct lq_actor_counts *counts)
{
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "batches",
                     (json_int_t)counts->batches, "done", (json_int_t)counts->done, "ended",
                     (json_int_t)counts->ended, "failed", (json_int_t)counts->failed, "returned",
                     (json_int_t)counts->returned, "conflicts", (json_int_t)counts->conflicts,
                     "bytes_in", (json_int_t)counts->bytes_in, "bytes_out",
                     (json_int_t)counts->bytes_out, "work_us", (json_int_t)counts->work_us,
                     "end_us", (json_int_t)counts->end_us, "commits", (json_int_t)counts->commits,
                     "records", (json_int_t)counts->records);
}

static json_t *actor_json(const struct lq_actor_status *actor)
{
    return json_pack("{s:o,s:o,s:I,s:I,s:b,s:s,s:o,s:I,s:I,s:I,s:I,s:o}", "instance",
                     lq_json_output_text(actor->instance), "stage",
                     lq_json_output_text(actor->stage), "version", (json_int_t)actor->version,
                     "pid", (json_int_t)actor->pid, "remote", actor->remote, "state",
                     actor_state(actor->state), "reason", lq_json_output_text(actor->reason),
                     "batches_in_flight", (json_int_t)actor->batches_in_flight, "credit",
                     (json_int_t)actor->credit, "items", (json_int_t)actor->items, "service_us",
                     (json_int_t)actor->service_us, "counts", counts_json(&actor->counts));
}

static void add_counters(json_t *document, const struct lq_status *status)
{
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {
        {"ticks_committed", status->ticks_committed},
        {"receipts", status->receipts},
        {"commands_refused", status->commands_refused},
        {"duplicates", status->duplicates},
        {"retries", status->retries},
        {"conflicts", status->conflicts},
        {"resolves", status->resolves},
        {"letters_total", status->letters_total},
        {"letters_open", status->letters_open},
        {"sessions_resident", status->sessions_resident},
        {"sessions_live", status->sessions_live},
        {"sessions_resting", status->sessions_resting},
        {"sessions_stopped", status->sessions_stopped},
        {"sessions_parked", status->sessions_parked},
        {"executions_open", status->executions_open},
        {"payload_bytes", status->payload_bytes},
        {"missed_ticks", status->missed_ticks},
        {"lateness_p50_us", status->lateness_p50_us},
        {"lateness_p99_us", status->lateness_p99_us},
        {"mailbox_commands", status->mailbox_commands},
        {"stale_results", status->stale_results},
        {"resends", status->resends},
        {"malformed", status->malformed},
        {"turn_max_us", status->turn_max_us},
        {"connections", status->connections},
        {"refused_connections", status->refused_connections},
        {"watches", status->watches},
        {"tenants_resident", status->tenants_resident},
    };

    for (size_t index = 0; index < sizeof counters / sizeof counters[0]; index++) {
        json_object_set_new(document, counters[index].name,
                            lq_json_output_number(counters[index].value));
    }
}

json_t *lq_status_text_json(const struct lq_status_picture *picture)
{
    const struct lq_status *status = picture->status;
    json_t *document = json_pack(
        "{s:o,s:b,s:I,s:I,s:I,s:o}", "cluster", lq_json_output_text(lq_view_text(picture->cluster)),
        "healthy", lq_status_text_healthy(picture), "epoch", (json_int_t)status->epoch, "pid",
        (json_int_t)status->pid, "uptime_ms", (json_int_t)status->uptime_ms, "version",
        lq_json_output_text(status->version));
    json_t *stages = json_array();
    json_t *actors = json_array();
    json_t *tenants = json_array();

    add_counters(document, status);
    for (uint32_t index = 0; index < status->stage_count; index++) {
        json_array_append_new(stages, stage_json(status, &status->stages[index]));
    }
    for (uint32_t index = 0; index < status->actor_count; index++) {
        json_array_append_new(actors, actor_json(&status->actors[index]));
    }
    json_object_set_new(document, "stages", stages);
    for (uint32_t index = 0; index < status->tenant_count; index++) {
        json_array_append_new(tenants, lq_tenant_text_json(&status->tenants[index]));
    }
    json_object_set_new(document, "actors", actors);
    json_object_set_new(document, "tenants", tenants);
    if (picture->spaces != NULL) {
        json_object_set_new(document, "partitions", lq_space_text_json(picture->spaces));
    }
    return document;
}
