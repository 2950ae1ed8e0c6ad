// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* read_wait: how long a tick waits behind READs in the same batch of load.
 *
 * Run it from the build: build/obj/bench/read_wait [--reads N] [--batches N] [--json]. load's own
 * handler works batches of READs with one tick behind them, on a ledger of its own; no cluster, no
 * socket. docs/performance.md says what is printed. Exit codes: 0 within the target, 1 not, 2
 * usage. */
#include "actors/load/load_handler.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "bench/command_line.h"
#include "bench/read_ledger.h"
#include "proto/admin_codec.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define READS_MAX 256u
#define BATCHES_MAX 100000u
#define WARM_BATCHES 20u
#define TARGET_NS (2 * LQ_NS_PER_MS) /* of the wait's 99th percentile */

struct options {
    uint64_t reads, batches, json;
};

static const struct lq_option table[] = {
    {"reads", LQ_OPTION_NUMBER, offsetof(struct options, reads), "", 1, READS_MAX, "8",
     "READs of a batch, each for all frames of its session"},
    {"batches", LQ_OPTION_NUMBER, offsetof(struct options, batches), "", 10, BATCHES_MAX, "1000",
     "of each session"},
    {"json", LQ_OPTION_NUMBER, offsetof(struct options, json), "flag", 0, 1, "0",
     "one JSON object on stdout"},
};

/* The last one fills an answer of 256 KiB with one frame. */
static const struct lq_read_shape shapes[] = {
    {"small", 512, 16, 0, 2, 32},
    {"middle", 256, 256, 0, 8, 32},
    {"largest-world", 32, LQ_BODIES_MAX, LQ_TENANT_BYTES_MAX, 8, 32},
    {"largest-answer", 16, LQ_BODIES_MAX, LQ_TENANT_BYTES_MAX, 7, 16000},
};
#define SHAPE_COUNT (sizeof shapes / sizeof shapes[0])

/* Of a session: all that was measured. */
struct measured {
    uint64_t *read_ns, *wait_ns; /* of each READ that was answered; of each tick */
    uint32_t read_count, wait_count;
    uint64_t returned; /* READs that go back into the queue, because the others took the time */
    uint64_t answer_bytes_max;
};

struct bench {
    struct options options;
    struct lq_batch_stage stage;
    struct lq_out_buffer out;
    uint8_t request[512], tick_request[512];
    size_t request_bytes, tick_request_bytes;
};

static void demand(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "read_wait: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

static void encode_requests(struct bench *bench, const struct lq_read_shape *shape)
{
    static struct lq_tick_request tick = {.steps = 1};
    const struct lq_admin_request read = {.kind = LQ_ADMIN_READ,
                                          .tag = 1,
                                          .tenant = lq_view_text(LQ_READ_LEDGER_TENANT),
                                          .session = lq_view_text(shape->session),
                                          .has_read = true,
                                          .read = {.from = 1}};

    demand(lq_admin_request_encode(&read, bench->request, sizeof bench->request,
                                   &bench->request_bytes) == LQ_OK &&
               lq_tick_request_encode(&tick, bench->tick_request, sizeof bench->tick_request,
                                      &bench->tick_request_bytes) == LQ_OK,
           "a request does not fit");
}

static void work(struct bench *bench, const struct lq_read_shape *shape,
                 enum lq_execution_kind kind, struct lq_answer *answer)
{
    bool is_tick = kind == LQ_EXECUTION_TICK;
    const struct lq_stage_item item = {
        .execution = {1, 1},
        .kind = kind,
        .names = lq_session_names_of(LQ_READ_LEDGER_TENANT, shape->session),
        .payload = is_tick ? lq_view_of(bench->tick_request, bench->tick_request_bytes)
                           : lq_view_of(bench->request, bench->request_bytes)};

    *answer = (struct lq_answer){.verdict = LQ_ITEM_RETURNED};
    bench->stage.item(bench->stage.state, &item, answer, &bench->out);
    demand(answer->verdict == LQ_ITEM_DONE || (!is_tick && answer->verdict == LQ_ITEM_RETURNED),
           answer->failure.cause[0] != '\0' ? answer->failure.cause : "an item was not worked");
}

static void work_batch(struct bench *bench, const struct lq_read_shape *shape,
                       struct measured *measured)
{
    static struct lq_answer answer;
    struct lq_error_message message;

    bench->out.used_bytes = 0;
    uint64_t begun_ns = lq_clock_monotonic_ns();
    bench->stage.batch_begin(bench->stage.state, 0);
    for (uint64_t at = 0; at < bench->options.reads; at++) {
        uint64_t before_ns = lq_clock_monotonic_ns();
        work(bench, shape, LQ_EXECUTION_QUERY, &answer);
        uint64_t took_ns = lq_clock_monotonic_ns() - before_ns;
        if (answer.verdict == LQ_ITEM_RETURNED) {
            measured->returned++;
            continue;
        }
        measured->read_ns[measured->read_count++] = took_ns;
        if (answer.payload_bytes > measured->answer_bytes_max) {
            measured->answer_bytes_max = answer.payload_bytes;
        }
    }
    measured->wait_ns[measured->wait_count++] = lq_clock_monotonic_ns() - begun_ns;
    work(bench, shape, LQ_EXECUTION_TICK, &answer);
    demand(bench->stage.batch_end(bench->stage.state, 0, &answer, 1, &bench->out, &message) ==
               LQ_OK,
           "the ledger cannot be read");
}

static int compare(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;

    return *a < *b ? -1 : *a > *b;
}

/* Microseconds; `part` of 1, of values in order. */
static double part_us(const uint64_t *values, uint32_t count, double part)
{
    uint32_t at = (uint32_t)(part * (double)count);

    return count == 0 ? 0 : (double)values[at < count ? at : count - 1] / 1e3;
}

static void measure(struct bench *bench, const struct lq_read_shape *shape,
                    struct measured *measured)
{
    size_t reads = (bench->options.batches + WARM_BATCHES) * bench->options.reads;

    *measured = (struct measured){
        .read_ns = lq_alloc(reads, sizeof(uint64_t)),
        .wait_ns = lq_alloc(bench->options.batches + WARM_BATCHES, sizeof(uint64_t))};
    encode_requests(bench, shape);
    for (uint32_t at = 0; at < WARM_BATCHES; at++) {
        work_batch(bench, shape, measured);
    }
    measured->read_count = 0;
    measured->wait_count = 0;
    measured->returned = 0;
    for (uint64_t at = 0; at < bench->options.batches; at++) {
        work_batch(bench, shape, measured);
    }
    qsort(measured->read_ns, measured->read_count, sizeof(uint64_t), compare);
    qsort(measured->wait_ns, measured->wait_count, sizeof(uint64_t), compare);
}

static void print_text(const struct measured *rows, const struct options *options)
{
    printf("%" PRIu64 " batches of %" PRIu64 " READs and a tick behind them; microseconds\n",
           options->batches, options->reads);
    printf("%-15s %8s %8s %9s %28s %28s\n", "session", "answered", "returned", "bytes max",
           "READ p50 / p99 / max", "tick waits p50 / p99 / max");
    for (size_t at = 0; at < SHAPE_COUNT; at++) {
        const struct measured *row = &rows[at];
        printf("%-15s %8" PRIu32 " %8" PRIu64 " %9" PRIu64 " %8.0f / %6.0f / %7.0f %10.0f / %6.0f"
               " / %7.0f\n",
               shapes[at].session, row->read_count, row->returned, row->answer_bytes_max,
               part_us(row->read_ns, row->read_count, 0.5),
               part_us(row->read_ns, row->read_count, 0.99),
               part_us(row->read_ns, row->read_count, 1),
               part_us(row->wait_ns, row->wait_count, 0.5),
               part_us(row->wait_ns, row->wait_count, 0.99),
               part_us(row->wait_ns, row->wait_count, 1));
    }
}

static json_t *describe(const struct lq_read_shape *shape, const struct measured *row)
{
    return json_pack("{s:s, s:i, s:i, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "session",
                     shape->session, "bodies", (int)shape->bodies, "frames", (int)shape->frames,
                     "answered", (json_int_t)row->read_count, "returned", (json_int_t)row->returned,
                     "answer_bytes_max", (json_int_t)row->answer_bytes_max, "read_p50_us",
                     part_us(row->read_ns, row->read_count, 0.5), "read_p99_us",
                     part_us(row->read_ns, row->read_count, 0.99), "read_max_us",
                     part_us(row->read_ns, row->read_count, 1), "wait_p50_us",
                     part_us(row->wait_ns, row->wait_count, 0.5), "wait_p99_us",
                     part_us(row->wait_ns, row->wait_count, 0.99), "wait_max_us",
                     part_us(row->wait_ns, row->wait_count, 1));
}

static void print_json(const struct measured *rows, const struct options *options)
{
    json_t *list = json_array();

    for (size_t at = 0; at < SHAPE_COUNT; at++) {
        json_array_append_new(list, describe(&shapes[at], &rows[at]));
    }
    json_t *document =
        json_pack("{s:I, s:I, s:f, s:o}", "reads", (json_int_t)options->reads, "batches",
                  (json_int_t)options->batches, "target_us", (double)TARGET_NS / 1e3, "rows", list);
    json_dumpf(document, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(document);
}

static int judge(const struct measured *rows)
{
    int code = EXIT_SUCCESS;

    for (size_t at = 0; at < SHAPE_COUNT; at++) {
        double wait_us = part_us(rows[at].wait_ns, rows[at].wait_count, 0.99);
        if (wait_us >= (double)TARGET_NS / 1e3) {
            fprintf(stderr, "read_wait: %s: a tick waits %.0f us at the 99th percentile\n",
                    shapes[at].session, wait_us);
            code = EXIT_FAILURE;
        }
    }
    return code;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    struct lq_cluster_config cluster;
    struct measured rows[SHAPE_COUNT];
    struct lq_error_message message;

    lq_command_line_read(argc, argv, "how long a tick waits behind READs in a batch of load", table,
                         sizeof table / sizeof table[0], &bench.options);
    lq_read_ledger_make(&cluster, shapes, SHAPE_COUNT);
    lq_load_handler_stage(&bench.stage);
    bench.out = (struct lq_out_buffer){lq_alloc(LQ_BODY_BYTES_MAX, 1), LQ_BODY_BYTES_MAX, 0};
    demand(bench.stage.open(bench.stage.state, &cluster, &message) == LQ_OK, message.text);
    for (size_t at = 0; at < SHAPE_COUNT; at++) {
        measure(&bench, &shapes[at], &rows[at]);
    }
    bench.stage.close(bench.stage.state);
    lq_read_ledger_remove(&cluster);
    if (bench.options.json != 0) {
        print_json(rows, &bench.options);
    } else {
        print_text(rows, &bench.options);
    }
    for (size_t at = 0; at < SHAPE_COUNT; at++) {
        free(rows[at].read_ns);
        free(rows[at].wait_ns);
    }
    free(bench.out.memory);
    return judge(rows);
}
