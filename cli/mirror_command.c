// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/durability_text.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "cli/text_table.h"

#include <inttypes.h>
#include <stdio.h>

/* What is printed, gathered over the pages. */
struct sight {
    const struct lq_invocation *invocation;
    json_t *tenants;
    struct lq_text_table table;
    uint64_t count;
    char last[LQ_TENANT_NAME_BYTES_MAX + 1];
};

static json_t *tenant_json(const struct lq_tenant_mirror *tenant)
{
    json_t *document = json_pack("{s:o,s:o}", "tenant", lq_json_output_text(tenant->policy.tenant),
                                 "durability", lq_durability_text_json(&tenant->policy.durability));
    bool waits = tenant->told && tenant->progress.waiting > 0;

    json_object_set_new(document, "ledger_sequence",
                        tenant->told ? lq_json_output_number(tenant->progress.ledger_sequence)
                                     : json_null());
    json_object_set_new(document, "waiting",
                        tenant->told ? lq_json_output_number(tenant->progress.waiting)
                                     : json_null());
    json_object_set_new(document, "waiting_ms",
                        lq_json_output_number(waits ? tenant->progress.waiting_ms : 0));
    json_object_set_new(document, "held", lq_json_output_number(tenant->held));
    json_object_set_new(document, "held_frames", lq_json_output_number(tenant->held_frames));
    json_object_set_new(document, "held_ms", lq_json_output_number(tenant->held_ms));
    return document;
}

static void add_seconds(struct lq_text_table *table, bool known, uint32_t ms)
{
    if (known) {
        lq_text_table_add(table, "%u.%u s", ms / 1000, ms % 1000 / 100);
    } else {
        lq_text_table_add(table, "-");
    }
}

static void add_tenant(struct sight *sight, const struct lq_tenant_mirror *tenant)
{
    struct lq_text_table *table = &sight->table;
    struct lq_view name = tenant->policy.tenant;

    sight->count++;
    if (sight->invocation->json) {
        json_array_append_new(sight->tenants, tenant_json(tenant));
        return;
    }
    lq_text_table_add(table, "%.*s", (int)name.bytes, (const char *)name.data);
    lq_text_table_add(table, "%s", lq_durability_name(tenant->policy.durability.policy));
    if (tenant->told) {
        lq_text_table_add(table, "%" PRIu64, tenant->progress.ledger_sequence);
        lq_text_table_add(table, "%u", tenant->progress.waiting);
    } else {
        lq_text_table_add(table, "not told");
        lq_text_table_add(table, "-");
    }
    add_seconds(table, tenant->told && tenant->progress.waiting > 0, tenant->progress.waiting_ms);
    lq_text_table_add(table, "%u", tenant->held);
    lq_text_table_add(table, "%u", tenant->held_frames);
    add_seconds(table, tenant->held > 0, tenant->held_ms);
}

/* Records that the broker has heard of and the mirror has not read. */
static uint64_t unread(const struct lq_mirror_state *state)
{
    return state->ledger_sequence > state->report.read_sequence
               ? state->ledger_sequence - state->report.read_sequence
               : 0;
}

static void print_text(const struct lq_mirror_state *state)
{
    const struct lq_mirror_report *report = &state->report;
    char text[LQ_DURABILITY_TEXT_BYTES_MAX];

    if (!state->reported) {
        printf("no mirror has reported since the broker started\n");
    } else {
        printf("claim %" PRIu64 "  reported %u.%u s ago%s%.*s\n", report->claim,
               state->age_ms / 1000, state->age_ms % 1000 / 100,
               report->over.bytes > 0 ? "  OVER, it may write no more: " : "",
               (int)report->over.bytes, (const char *)report->over.data);
        printf("read to record %" PRIu64 ", %" PRIu64 " not read  control stream to %" PRIu64
               " and %" PRIu64 "\n",
               report->read_sequence, unread(state), report->outbox_sequence,
               report->broker_sequence);
        if (report->all_again > 0) {
            printf("telling again: %" PRIu64 " of %" PRIu64 "\n", report->told_again,
                   report->all_again);
        }
        printf("%" PRIu64 " segments  %" PRIu64 " entries  %" PRIu64 " bytes  %" PRIu64
               " requests  %.1f write units  %" PRIu64 " conflicts  %" PRIu64 " failures\n",
               report->segments, report->entries, report->bytes, report->requests,
               (double)report->milliunits / 1000, report->conflicts, report->refusals);
    }
    printf("held %u of %u  tenants without a policy: %s\n", state->held, state->held_max,
           lq_durability_text(&state->usual, text));
}

static json_t *report_json(const struct lq_mirror_state *state)
{
    const struct lq_mirror_report *report = &state->report;

    if (!state->reported) {
        return json_null();
    }
    json_t *document = json_pack(
        "{s:o,s:o,s:o,s:o}", "writer", lq_json_output_hex(report->writer, sizeof report->writer),
        "claim", lq_json_output_number(report->claim), "age_ms",
        lq_json_output_number(state->age_ms), "over",
        report->over.bytes > 0 ? lq_json_output_text(report->over) : json_null());
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"outbox_sequence", report->outbox_sequence},
        {"broker_sequence", report->broker_sequence},
        {"read_sequence", report->read_sequence},
        {"not_read", unread(state)},
        {"segments", report->segments},
        {"entries", report->entries},
        {"bytes", report->bytes},
        {"requests", report->requests},
        {"conflicts", report->conflicts},
        {"failures", report->refusals},
        {"told_again", report->told_again},
        {"all_again", report->all_again},
    };

    for (size_t index = 0; index < sizeof numbers / sizeof numbers[0]; index++) {
        json_object_set_new(document, numbers[index].name,
                            lq_json_output_number(numbers[index].value));
    }
    json_object_set_new(document, "write_units", json_real((double)report->milliunits / 1000));
    return document;
}

static void print(struct sight *sight, const struct lq_mirror_state *state)
{
    if (sight->invocation->json) {
        lq_json_output_print("mirror.status",
                             json_pack("{s:o,s:o,s:o,s:o,s:o,s:O}", "mirror", report_json(state),
                                       "held", lq_json_output_number(state->held), "held_max",
                                       lq_json_output_number(state->held_max), "ledger_sequence",
                                       lq_json_output_number(state->ledger_sequence), "default",
                                       lq_durability_text_json(&state->usual), "tenants",
                                       sight->tenants));
        return;
    }
    print_text(state);
    if (sight->count > 0) {
        lq_text_table_print(&sight->table, stdout);
    }
}

/* Page after page; what is said of the mirror itself is the last one's. */
static enum lq_exit_code gather(struct lq_broker_call *call, struct sight *sight)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_MIRROR};
    struct lq_admin_reply reply;
    bool more = true;

    while (more) {
        request.after = lq_view_text(sight->last);
        enum lq_exit_code code = lq_broker_call_ask(call, &request, "mirror", &reply);
        if (code != LQ_EXIT_OK) {
            return code;
        }
        if (reply.mirror == NULL) {
            lq_text_output_error("mirror: the broker's answer holds nothing of it");
            return LQ_EXIT_FAILED;
        }
        for (uint32_t index = 0; index < reply.mirror->tenant_count; index++) {
            const struct lq_tenant_mirror *tenant = &reply.mirror->tenants[index];
            add_tenant(sight, tenant);
            snprintf(sight->last, sizeof sight->last, "%.*s", (int)tenant->policy.tenant.bytes,
                     (const char *)tenant->policy.tenant.data);
        }
        more = reply.more && reply.mirror->tenant_count > 0;
    }
    print(sight, reply.mirror);
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_mirror_command_status(const struct lq_invocation *invocation)
{
    static const char *const headings[] = {"TENANT", "DURABILITY", ">AT RECORD", ">WAITING",
                                           ">FOR",   ">HELD",      ">FRAMES",    ">HELD FOR"};
    struct sight sight = {.invocation = invocation, .table = {.column_count = 8}};
    struct lq_broker_call call;

    if (invocation->argument_count != 0) {
        lq_text_output_error("%s: mirror status takes no argument", invocation->arguments[0]);
        return LQ_EXIT_USAGE;
    }
    sight.tenants = json_array();
    for (size_t index = 0; index < sizeof headings / sizeof headings[0]; index++) {
        lq_text_table_add(&sight.table, "%s", headings[index]);
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = gather(&call, &sight);
    }
    lq_text_table_clear(&sight.table);
    json_decref(sight.tenants);
    lq_broker_call_close(&call);
    return code;
}
