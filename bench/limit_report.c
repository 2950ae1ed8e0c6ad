// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/limit_report.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Reads what has been counted up to now, and what was there at `begin` comes off. */
static void take_meter(struct lq_limit_report *report, const struct lq_limit_meter *meter)
{
    for (uint32_t stage = 0; stage < LQ_LIMIT_STAGES; stage++) {
        report->bytes[stage] =
            atomic_load_explicit(&meter->stages[stage].bytes, memory_order_relaxed) -
            report->bytes[stage];
        for (uint32_t size = 0; size <= LQ_LIMIT_BATCH_MAX; size++) {
            report->by_size[stage][size] =
                atomic_load_explicit(&meter->stages[stage].by_size[size], memory_order_relaxed) -
                report->by_size[stage][size];
        }
    }
}

static void take_process(struct lq_limit_report *report, const char *name, pid_t pid)
{
    struct lq_process_usage usage;
    uint32_t index = report->process_count++;

    snprintf(report->names[index], sizeof report->names[index], "%s", name);
    if (lq_process_usage_read(pid, &usage)) {
        report->cpu_ns[index] = usage.cpu_ns - report->cpu_ns[index];
    }
}

static void take_processes(struct lq_limit_report *report, const struct lq_limit_spawn *spawn)
{
    report->process_count = 0;
    for (uint32_t index = 0; index < spawn->count; index++) {
        take_process(report, spawn->processes[index].name, spawn->processes[index].pid);
    }
    take_process(report, "client", getpid());
}

void lq_limit_report_begin(struct lq_limit_report *report, const struct lq_limit_spawn *spawn,
                           const struct lq_limit_meter *meter)
{
    *report = (struct lq_limit_report){0};
    take_processes(report, spawn);
    take_meter(report, meter);
}

void lq_limit_report_end(struct lq_limit_report *report, const struct lq_limit_spawn *spawn,
                         const struct lq_limit_meter *meter, uint64_t ticks, uint64_t window_ns)
{
    report->ticks = ticks;
    report->seconds = (double)window_ns / 1e9;
    take_meter(report, meter);
    take_processes(report, spawn);
}

/* The size of the batch in which the item stands that per_mille of all items come before: the same
 * measure as the broker's. */
static uint32_t batch_at(const struct lq_limit_report *report, uint32_t stage, uint64_t items,
                         uint32_t per_mille)
{
    uint64_t seen = 0;

    for (uint32_t size = 1; size <= LQ_LIMIT_BATCH_MAX; size++) {
        seen += report->by_size[stage][size] * size;
        if (seen > items * per_mille / 1000) {
            return size;
        }
    }
    return 0;
}

static json_t *stage_json(const struct lq_limit_report *report, uint32_t stage)
{
    uint64_t items = 0;
    uint64_t batches = 0;

    for (uint32_t size = 1; size <= LQ_LIMIT_BATCH_MAX; size++) {
        items += report->by_size[stage][size] * size;
        batches += report->by_size[stage][size];
    }
    return json_pack("{s:i, s:i, s:f, s:f}", "batch_p50", (int)batch_at(report, stage, items, 500),
                     "batch_p90", (int)batch_at(report, stage, items, 900), "batch_mean",
                     batches > 0 ? (double)items / (double)batches : 0.0, "bytes_per_hop",
                     items > 0 ? (double)report->bytes[stage] / (double)items : 0.0);
}

static json_t *report_json(const struct lq_limit_report *report)
{
    json_t *stages = json_object();
    json_t *cpu = json_object();

    for (uint32_t stage = 0; stage < LQ_LIMIT_STAGES; stage++) {
        json_object_set_new(stages, lq_limit_stage_names[stage], stage_json(report, stage));
    }
    for (uint32_t index = 0; index < report->process_count; index++) {
        double us = (double)report->cpu_ns[index] / 1e3;
        json_object_set_new(cpu, report->names[index],
                            json_real(report->ticks > 0 ? us / (double)report->ticks : 0.0));
    }
    return json_pack("{s:f, s:I, s:f, s:f, s:f, s:o, s:o}", "ticks_per_s",
                     (double)report->ticks / report->seconds, "ticks", (json_int_t)report->ticks,
                     "seconds", report->seconds, "round_p50_ms",
                     lq_latency_histogram_at_ms(&report->latency, 500), "round_p99_ms",
                     lq_latency_histogram_at_ms(&report->latency, 990), "batches", stages,
                     "cpu_us_per_tick", cpu);
}

static void print_text(json_t *document)
{
    const char *name;
    json_t *value;
    double sum = 0;
    json_t *cpu = json_object_get(document, "cpu_us_per_tick");

    printf("ticks/s      %.0f\n", json_number_value(json_object_get(document, "ticks_per_s")));
    printf("round trip   p50 %.2f ms, p99 %.2f ms\n",
           json_number_value(json_object_get(document, "round_p50_ms")),
           json_number_value(json_object_get(document, "round_p99_ms")));
    json_object_foreach(json_object_get(document, "batches"), name, value)
    {
        printf("%-12s batch p50 %d, p90 %d, mean %.0f; %.0f bytes per hop\n", name,
               (int)json_integer_value(json_object_get(value, "batch_p50")),
               (int)json_integer_value(json_object_get(value, "batch_p90")),
               json_number_value(json_object_get(value, "batch_mean")),
               json_number_value(json_object_get(value, "bytes_per_hop")));
    }
    printf("cpu us/tick ");
    json_object_foreach(cpu, name, value)
    {
        printf(" %s %.2f", name, json_number_value(value));
        sum += json_number_value(value);
    }
    printf("; sum %.2f\n", sum);
}

void lq_limit_report_print(const struct lq_limit_report *report, bool json)
{
    json_t *document = report_json(report);

    if (json) {
        json_dumpf(document, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
        putchar('\n');
    } else {
        print_text(document);
    }
    json_decref(document);
}
