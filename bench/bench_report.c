// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/bench_report.h"

#include "base/clock.h"

#include <jansson.h>
#include <stdio.h>

static double per(double amount, double of)
{
    return of > 0 ? amount / of : 0.0;
}

static json_t *batches_json(const struct lq_bench_sample *begin, const struct lq_bench_sample *end)
{
    json_t *stages = json_object();

    for (uint32_t index = 0; index < end->status.stage_count; index++) {
        const struct lq_stage_status *now = &end->status.stages[index];
        const struct lq_stage_status *then = &begin->status.stages[index];
        double items = (double)(now->dispatch_items - then->dispatch_items);
        double dispatches = (double)(now->dispatches - then->dispatches);
        double bytes = (double)(now->dispatch_bytes - then->dispatch_bytes);
        json_object_set_new(stages, end->stage_names[index],
                            json_pack("{s:i, s:i, s:f, s:f}", "batch_p50", (int)now->batch_p50,
                                      "batch_p90", (int)now->batch_p90, "batch_mean",
                                      per(items, dispatches), "bytes_per_hop", per(bytes, items)));
    }
    return stages;
}

static json_t *cpu_json(const struct lq_bench_sample *begin, const struct lq_bench_sample *end,
                        double ticks, double *sum)
{
    json_t *cpu = json_object();

    *sum = 0;
    for (uint32_t index = 0; index < end->process_count; index++) {
        const struct lq_bench_process *now = &end->processes[index];
        const struct lq_bench_process *then = lq_bench_sample_find(begin, now);
        uint64_t used_ns = now->usage.cpu_ns - (then != NULL ? then->usage.cpu_ns : 0);
        double us = per((double)used_ns / 1e3, ticks);
        json_object_set_new(cpu, now->name, json_real(us));
        *sum += us;
    }
    return cpu;
}

static void add_memory(json_t *document, const struct lq_bench_sample *end)
{
    json_t *own = json_object();
    json_t *file = json_object();

    for (uint32_t index = 0; index < end->process_count; index++) {
        const struct lq_bench_process *process = &end->processes[index];
        json_object_set_new(own, process->name, json_integer((json_int_t)process->usage.own_bytes));
        json_object_set_new(file, process->name,
                            json_integer((json_int_t)process->usage.file_bytes));
    }
    json_object_set_new(document, "rss_bytes", own);
    json_object_set_new(document, "rss_file_bytes", file);
}

static void add_number(json_t *document, const char *key, uint64_t number)
{
    json_object_set_new(document, key, json_integer((json_int_t)number));
}

static void add_latency(json_t *document, const struct lq_bench_sender *sender)
{
    static const struct {
        const char *receipt;
        const char *sending;
        uint32_t per_mille;
    } keys[] = {{"receipt_p50_ms", "sending_p50_ms", 500},
                {"receipt_p90_ms", "sending_p90_ms", 900},
                {"receipt_p99_ms", "sending_p99_ms", 990},
                {"receipt_max_ms", "sending_max_ms", 1000}};

    for (size_t index = 0; index < sizeof keys / sizeof keys[0]; index++) {
        uint32_t per_mille = keys[index].per_mille;
        json_object_set_new(document, keys[index].receipt,
                            json_real(lq_latency_histogram_at_ms(&sender->latency, per_mille)));
        json_object_set_new(document, keys[index].sending,
                            json_real(lq_latency_histogram_at_ms(&sender->sending, per_mille)));
    }
}

static void add_outcomes(json_t *document, const struct lq_bench_sender *sender)
{
    add_number(document, "receipts", sender->receipts);
    add_number(document, "applied", sender->applied);
    add_number(document, "refused", sender->refused + sender->unused);
    add_number(document, "duplicates", sender->duplicates);
    add_number(document, "dead_lettered", sender->dead_lettered);
    add_number(document, "resends", lq_link_resends(sender->link));
}

static void add_counters(json_t *document, const struct lq_status *then,
                         const struct lq_status *now)
{
    add_number(document, "retries", now->retries - then->retries);
    add_number(document, "conflicts", now->conflicts - then->conflicts);
    add_number(document, "missed_ticks", now->missed_ticks - then->missed_ticks);
}

static json_t *make_document(const struct lq_bench_options *options,
                             const struct lq_bench_sample *begin, const struct lq_bench_sample *end,
                             const struct lq_bench_sender *sender)
{
    static const char *const modes[] = {
        [LQ_BENCH_CLOSED] = "closed-loop", [LQ_BENCH_PACED] = "paced", [LQ_BENCH_FREE] = "free"};
    double seconds = (double)(end->at_ns - begin->at_ns) / 1e9;
    double ticks = (double)(end->status.ticks_committed - begin->status.ticks_committed);
    double ledger_bytes = (double)end->ledger_bytes - (double)begin->ledger_bytes;
    double cpu_us;
    json_t *cpu = cpu_json(begin, end, ticks, &cpu_us);
    json_t *document = json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:o, s:f, s:o}", "mode",
        modes[options->mode], "sessions", (json_int_t)options->sessions, "bodies",
        (json_int_t)options->bodies, "agents", (json_int_t)options->agents, "rate",
        (json_int_t)options->rate, "seconds", seconds, "ticks_per_s", per(ticks, seconds),
        "receipts_per_s", per((double)sender->receipts, seconds), "lateness_p99_ms",
        end->status.lateness_p99_us / 1e3, "ledger_bytes_per_tick", per(ledger_bytes, ticks),
        "cpu_us_per_tick", cpu, "cpu_us_per_tick_sum", cpu_us, "batches", batches_json(begin, end));

    add_latency(document, sender);
    add_outcomes(document, sender);
    add_counters(document, &begin->status, &end->status);
    add_memory(document, end);
    return document;
}

static double real_of(const json_t *document, const char *key)
{
    return json_number_value(json_object_get(document, key));
}

static void print_by_name(const char *title, json_t *numbers, int digits, double divisor)
{
    const char *name;
    json_t *value;

    printf("%s", title);
    json_object_foreach(numbers, name, value)
    {
        printf(" %s %.*f", name, digits, json_number_value(value) / divisor);
    }
    putchar('\n');
}

static void print_text(json_t *document)
{
    const char *name;
    json_t *stage;

    printf("ticks        %.0f/s committed, %.0f missed on the grid, lateness p99 %.2f ms\n",
           real_of(document, "ticks_per_s"), real_of(document, "missed_ticks"),
           real_of(document, "lateness_p99_ms"));
    printf("receipts     %.0f, %.0f/s; p50 %.2f ms, p99 %.2f ms, of which sending p99 %.2f ms\n",
           real_of(document, "receipts"), real_of(document, "receipts_per_s"),
           real_of(document, "receipt_p50_ms"), real_of(document, "receipt_p99_ms"),
           real_of(document, "sending_p99_ms"));
    printf("not applied  %.0f refused, %.0f duplicates, %.0f dead letters; %.0f retries\n",
           real_of(document, "refused"), real_of(document, "duplicates"),
           real_of(document, "dead_lettered"), real_of(document, "retries"));
    json_object_foreach(json_object_get(document, "batches"), name, stage)
    {
        printf("%-12s batch p50 %.0f, p90 %.0f, mean %.0f; %.0f bytes per hop\n", name,
               real_of(stage, "batch_p50"), real_of(stage, "batch_p90"),
               real_of(stage, "batch_mean"), real_of(stage, "bytes_per_hop"));
    }
    print_by_name("cpu us/tick ", json_object_get(document, "cpu_us_per_tick"), 2, 1.0);
    printf("             sum %.2f\n", real_of(document, "cpu_us_per_tick_sum"));
    print_by_name("memory MB   ", json_object_get(document, "rss_bytes"), 1, 1e6);
    print_by_name("mapped MB   ", json_object_get(document, "rss_file_bytes"), 1, 1e6);
    printf("ledger       %.0f bytes per tick\n", real_of(document, "ledger_bytes_per_tick"));
}

void lq_bench_report_print(const struct lq_bench_options *options,
                           const struct lq_bench_sample *begin, const struct lq_bench_sample *end,
                           const struct lq_bench_sender *sender)
{
    json_t *document = make_document(options, begin, end, sender);

    if (options->json != 0) {
        json_dumpf(document, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
        putchar('\n');
    } else {
        print_text(document);
    }
    json_decref(document);
}

void lq_bench_report_print_wake(const struct lq_bench_sender *sender, uint64_t took_ns)
{
    const char *mode = sender->options->mode == LQ_BENCH_ONCE ? "once" : "wake";
    double seconds = (double)took_ns / 1e9;
    json_t *document = json_pack("{s:s, s:I, s:f}", "mode", mode, "sessions",
                                 (json_int_t)sender->options->sessions, "seconds", seconds);

    add_outcomes(document, sender);
    add_latency(document, sender);
    if (sender->options->json != 0) {
        json_dumpf(document, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
        putchar('\n');
    } else {
        printf("%.0f receipts in %.1f s, %.0f applied; p50 %.2f ms, p99 %.2f ms, max %.2f ms\n",
               real_of(document, "receipts"), seconds, real_of(document, "applied"),
               real_of(document, "receipt_p50_ms"), real_of(document, "receipt_p99_ms"),
               real_of(document, "receipt_max_ms"));
    }
    json_decref(document);
}
