// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "examples/arena/arena_report.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TIMEOUT_MS = 10000, ARENA_BYTES = 4 * 1024 * 1024 };

static uint64_t grown(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

static void take_status(struct lq_arena_report *report, const struct lq_status *status)
{
    const struct lq_arena_counters now = {.ticks = status->ticks_committed,
                                          .retries = status->retries,
                                          .letters = status->letters_total,
                                          .missed = status->missed_ticks};
    bool same_broker = report->seen && status->epoch == report->epoch;

    if (report->seen && !same_broker) {
        /* A new broker counts from 0, but for the letters, which it stores. */
        report->latest = (struct lq_arena_counters){.letters = report->latest.letters};
    }
    if (report->seen) {
        report->sum.ticks += grown(now.ticks, report->latest.ticks);
        report->sum.retries += grown(now.retries, report->latest.retries);
        report->sum.letters += grown(now.letters, report->latest.letters);
        report->sum.missed += grown(now.missed, report->latest.missed);
    }
    report->latest = now;
    report->epoch = status->epoch;
    report->seen = true;
    report->letters_open = status->letters_open;
    report->lateness_p50_ms = status->lateness_p50_us / 1000.0;
    report->lateness_p99_ms = status->lateness_p99_us / 1000.0;
}

static bool ask_and_wait(struct lq_arena_report *report)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_STATUS};
    struct lq_arena arena = {.memory = lq_alloc(ARENA_BYTES, 1), .bytes = ARENA_BYTES};
    struct lq_admin_reply reply;
    enum lq_result rc = lq_link_ask(report->bots->link, &request, TIMEOUT_MS, &arena, &reply);
    bool told = rc == LQ_OK && reply.status != NULL;

    if (told) {
        take_status(report, reply.status);
    }
    free(arena.memory);
    return told;
}

bool lq_arena_report_begin(struct lq_arena_report *report, struct lq_arena_bots *bots)
{
    *report = (struct lq_arena_report){.bots = bots, .on_terminal = isatty(STDERR_FILENO) == 1};
    report->began_ns = lq_clock_monotonic_ns();
    report->shown_at_ns = report->began_ns;
    return ask_and_wait(report);
}

static void show_line(struct lq_arena_report *report, uint64_t now_ns)
{
    const struct lq_latency_histogram *latency = &report->bots->latency;
    double seconds = (double)(now_ns - report->shown_at_ns) / 1e9;
    uint64_t ticks = report->sum.ticks - report->shown_ticks;

    fprintf(stderr,
            "%s%4.0fs  ticks %" PRIu64 " (%.0f/s)  receipts %" PRIu64
            "  p50 %.2f ms  p99 %.2f ms  lateness p99 %.2f ms  retries %" PRIu64 "  dead %" PRIu64,
            report->on_terminal ? "\r\033[K" : "", (double)(now_ns - report->began_ns) / 1e9,
            report->sum.ticks, seconds > 0 ? (double)ticks / seconds : 0.0, report->bots->receipts,
            lq_latency_histogram_at_ms(latency, 500), lq_latency_histogram_at_ms(latency, 990),
            report->lateness_p99_ms, report->sum.retries, report->sum.letters);
    if (!report->on_terminal) {
        fputc('\n', stderr);
    }
    fflush(stderr);
    report->shown_ticks = report->sum.ticks;
    report->shown_at_ns = now_ns;
}

static void take_reply(void *context, const struct lq_admin_reply *reply)
{
    struct lq_arena_report *report = context;

    report->asking = false;
    if (reply->result == LQ_OK && reply->status != NULL) {
        take_status(report, reply->status);
    }
    show_line(report, lq_clock_monotonic_ns());
}

void lq_arena_report_tick(struct lq_arena_report *report, uint64_t now_ns)
{
    if (report->asking || now_ns < report->shown_at_ns + LQ_NS_PER_S) {
        return;
    }
    report->request = (struct lq_admin_request){.kind = LQ_ADMIN_STATUS};
    report->asking =
        lq_link_request(report->bots->link, &report->request, take_reply, report) == LQ_OK;
}

static void print_json(const struct lq_arena_report *report, double seconds)
{
    const struct lq_arena_bots *bots = report->bots;
    json_t *document = json_pack(
        "{s:s,s:I,s:I,s:f,s:f,s:I,s:I,s:I,s:f,s:f,s:I,s:I,s:I,s:I,s:I,s:I,s:f}", "schema",
        "lq-arena.summary/v1", "ticks_committed", (json_int_t)report->sum.ticks, "receipts",
        (json_int_t)bots->receipts, "receipt_p50_ms",
        lq_latency_histogram_at_ms(&bots->latency, 500), "receipt_p99_ms",
        lq_latency_histogram_at_ms(&bots->latency, 990), "retries", (json_int_t)report->sum.retries,
        "dead_letters", (json_int_t)report->sum.letters, "sessions",
        (json_int_t)bots->options->session_count, "lateness_p50_ms", report->lateness_p50_ms,
        "lateness_p99_ms", report->lateness_p99_ms, "resends",
        (json_int_t)lq_link_resends(bots->link), "applied", (json_int_t)bots->applied, "refused",
        (json_int_t)(bots->refused + bots->unused), "without_receipt",
        (json_int_t)lq_client_outstanding(bots->client), "skipped", (json_int_t)bots->skipped,
        "missed_ticks", (json_int_t)report->sum.missed, "seconds", seconds);

    LQ_ASSERT(document != NULL);
    json_dumpf(document, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    fputc('\n', stdout);
    json_decref(document);
}

static void print_text(const struct lq_arena_report *report, double seconds)
{
    const struct lq_arena_bots *bots = report->bots;
    FILE *to = stdout;

    fprintf(to, "ticks committed  %" PRIu64 " in %.1f s, %u sessions\n", report->sum.ticks, seconds,
            bots->options->session_count);
    fprintf(to,
            "receipts         %" PRIu64 "  (%" PRIu64 " applied, %" PRIu64 " refused, %" PRIu64
            " dead-lettered, %u missing)\n",
            bots->receipts, bots->applied, bots->refused + bots->unused, bots->dead_lettered,
            lq_client_outstanding(bots->client));
    fprintf(to, "receipt latency  p50 %.2f ms  p99 %.2f ms  max %.2f ms\n",
            lq_latency_histogram_at_ms(&bots->latency, 500),
            lq_latency_histogram_at_ms(&bots->latency, 990), (double)bots->latency.max_ns / 1e6);
    fprintf(to, "tick lateness    p50 %.2f ms  p99 %.2f ms, %" PRIu64 " grid points missed\n",
            report->lateness_p50_ms, report->lateness_p99_ms, report->sum.missed);
    fprintf(to, "retries %" PRIu64 "  dead letters %" PRIu64 "  resends %" PRIu64 "\n",
            report->sum.retries, report->sum.letters, lq_link_resends(bots->link));
}

bool lq_arena_report_end(struct lq_arena_report *report)
{
    bool told = ask_and_wait(report);
    double seconds = (double)(lq_clock_monotonic_ns() - report->began_ns) / 1e9;

    if (report->on_terminal) {
        fputc('\n', stderr);
    }
    if (report->bots->last_reason[0] != '\0') {
        fprintf(stderr, "the latest refusal: %s\n", report->bots->last_reason);
    }
    if (report->bots->options->json) {
        print_json(report, seconds);
    } else {
        print_text(report, seconds);
    }
    return told;
}
