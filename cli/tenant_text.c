// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/tenant_text.h"

#include "cli/json_output.h"
#include "cli/text_output.h"
#include "cli/text_table.h"

#include <inttypes.h>

enum { REFUSED_BYTES_MAX = 240 };

/* "commands/s 1,204, letters 3", or "-" where none was. */
static const char *refused_of(const struct lq_tenant_load *load, char *to)
{
    char count[32];
    int written = 0;

    snprintf(to, REFUSED_BYTES_MAX, "-");
    for (uint32_t index = 0; index < load->quota_count; index++) {
        const struct lq_quota_use *use = &load->quotas[index];
        if (use->refused > 0 && written < REFUSED_BYTES_MAX) {
            written +=
                snprintf(to + written, (size_t)(REFUSED_BYTES_MAX - written), "%s%.*s %s",
                         written > 0 ? ", " : "", (int)use->name.bytes,
                         (const char *)use->name.data, lq_text_output_count(use->refused, count));
        }
    }
    return to;
}

void lq_tenant_text_print_shares(const struct lq_status *status, FILE *to)
{
    struct lq_text_table table = {.column_count = 9};
    static const char *const headings[] = {"TENANT",    ">SHARE",      ">WEIGHT",
                                           ">TICKS/s",  ">COMMANDS/s", ">WAIT p50 ms",
                                           ">WAIT p99", ">DEBT ms",    "REFUSED"};
    char text[REFUSED_BYTES_MAX];

    if (status->tenant_count == 0) {
        return;
    }
    for (uint32_t column = 0; column < table.column_count; column++) {
        lq_text_table_add(&table, "%s", headings[column]);
    }
    for (uint32_t index = 0; index < status->tenant_count; index++) {
        const struct lq_tenant_load *load = &status->tenants[index];
        lq_text_table_add(&table, "%.*s", (int)load->name.bytes, (const char *)load->name.data);
        lq_text_table_add(&table, "%.1f %%", load->share_ppm / 1e4);
        lq_text_table_add(&table, "%u", load->weight);
        lq_text_table_add(&table, "%s", lq_text_output_count(load->ticks_per_s, text));
        lq_text_table_add(&table, "%s", lq_text_output_count(load->commands_per_s, text));
        lq_text_table_add(&table, "%.2f", load->wait_p50_us / 1e3);
        lq_text_table_add(&table, "%.2f", load->wait_p99_us / 1e3);
        lq_text_table_add(&table, "%.1f", load->debt_us / 1e3);
        lq_text_table_add(&table, "%s", refused_of(load, text));
    }
    fputc('\n', to);
    lq_text_table_print(&table, to);
    if (status->tenants_resident > status->tenant_count) {
        fprintf(to, "and %u more tenants: lqctl quota show\n",
                status->tenants_resident - status->tenant_count);
    }
}

static void print_stages(const struct lq_tenant_load *load, FILE *to)
{
    bool any = false;

    for (uint32_t index = 0; index < load->stage_count; index++) {
        const struct lq_stage_load *stage = &load->stages[index];
        if (stage->waiting > 0 || stage->in_flight > 0) {
            fprintf(to, "%s%.*s %u waiting, %u in flight", any ? "; " : "tasks     ",
                    (int)stage->stage.bytes, (const char *)stage->stage.data, stage->waiting,
                    stage->in_flight);
            any = true;
        }
    }
    fputs(any ? "\n" : "tasks     none\n", to);
}

void lq_tenant_text_print(const struct lq_tenant_load *load, FILE *to)
{
    char ticks[32];
    char rate[32];
    char receipts[32];
    char commands[32];
    char text[REFUSED_BYTES_MAX];

    fprintf(to, "weight    %u\n", load->weight);
    fprintf(to, "share     %.1f %% of the service time of late; %.1f s in all\n",
            load->share_ppm / 1e4, (double)load->service_us / 1e6);
    fprintf(to, "ticks     %s (%s/s of late)  receipts %s  commands %s/s of late\n",
            lq_text_output_count(load->ticks, ticks), lq_text_output_count(load->ticks_per_s, rate),
            lq_text_output_count(load->receipts, receipts),
            lq_text_output_count(load->commands_per_s, commands));
    fprintf(to, "sessions  %u resident, %u parked\n", load->sessions, load->sessions_parked);
    fprintf(to, "waits     p50 %.2f ms, p99 %.2f ms before a stage; debt %.1f ms\n",
            load->wait_p50_us / 1e3, load->wait_p99_us / 1e3, load->debt_us / 1e3);
    print_stages(load, to);
    fprintf(to, "refused   %s\n", refused_of(load, text));
    if (load->throttled_ticks > 0) {
        fprintf(to, "throttled %s grid points lost to ticks/s\n",
                lq_text_output_count(load->throttled_ticks, ticks));
    }
    for (uint32_t index = 0; index < load->reason_count; index++) {
        fprintf(to, "%s%.*s\n", index == 0 ? "why       " : "          ",
                (int)load->reasons[index].bytes, (const char *)load->reasons[index].data);
    }
}

static json_t *quota_json(const struct lq_quota_use *use)
{
    bool bounded = use->limit != LQ_QUOTA_NO_LIMIT;

    return json_pack("{s:o,s:o,s:b,s:o,s:o,s:o,s:o}", "name", lq_json_output_text(use->name),
                     "limit", bounded ? lq_json_output_number(use->limit) : json_null(), "own",
                     use->own, "used", lq_json_output_number(use->used), "left",
                     bounded ? lq_json_output_number(use->left) : json_null(), "next_ms",
                     lq_json_output_number(use->next_ms), "refused",
                     lq_json_output_number(use->refused));
}

static json_t *numbers_json(const struct lq_tenant_load *load)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"weight", load->weight},
        {"share_ppm", load->share_ppm},
        {"service_us", load->service_us},
        {"ticks", load->ticks},
        {"receipts", load->receipts},
        {"ticks_per_s", load->ticks_per_s},
        {"commands_per_s", load->commands_per_s},
        {"wait_p50_us", load->wait_p50_us},
        {"wait_p99_us", load->wait_p99_us},
        {"debt_us", load->debt_us},
        {"throttled_ticks", load->throttled_ticks},
        {"sessions", load->sessions},
        {"sessions_parked", load->sessions_parked},
    };
    json_t *document = json_pack("{s:o,s:b}", "tenant", lq_json_output_text(load->name), "resident",
                                 load->resident);

    for (size_t index = 0; index < sizeof numbers / sizeof numbers[0]; index++) {
        json_object_set_new(document, numbers[index].name,
                            lq_json_output_number(numbers[index].value));
    }
    return document;
}

json_t *lq_tenant_text_json(const struct lq_tenant_load *load)
{
    json_t *document = numbers_json(load);
    json_t *quotas = json_array();
    json_t *stages = json_array();

    for (uint32_t index = 0; index < load->quota_count; index++) {
        json_array_append_new(quotas, quota_json(&load->quotas[index]));
    }
    for (uint32_t index = 0; index < load->stage_count; index++) {
        const struct lq_stage_load *stage = &load->stages[index];
        json_array_append_new(stages,
                              json_pack("{s:o,s:I,s:I}", "stage", lq_json_output_text(stage->stage),
                                        "waiting", (json_int_t)stage->waiting, "in_flight",
                                        (json_int_t)stage->in_flight));
    }
    json_object_set_new(document, "quotas", quotas);
    json_object_set_new(document, "stages", stages);
    return document;
}

json_t *lq_tenant_text_reasons_json(const struct lq_tenant_load *load)
{
    json_t *reasons = json_array();

    for (uint32_t index = 0; index < load->reason_count; index++) {
        json_array_append_new(reasons, lq_json_output_text(load->reasons[index]));
    }
    return reasons;
}
