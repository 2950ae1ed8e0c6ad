// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-bench: a client that makes load on a running cluster and measures it. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error_message.h"
#include "bench/bench_report.h"
#include "bench/bench_wake.h"
#include "examples/arena/arena_sessions.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_UNREACHABLE = 69, EXIT_CONFIG = 78, TIMEOUT_MS = 15000, DRAIN_MS_MAX = 5000 };

static volatile sig_atomic_t interrupted;

struct bench {
    struct lq_bench_options options;
    struct lq_cluster_config cluster;
    struct lq_bench_sender sender;
    struct lq_admin_request request;
    struct lq_bench_sample begin, end;
    struct lq_bench_sample *awaited; /* to be taken when the status comes */
    bool lost;                       /* the broker has no status, or is another one now */
};

static void note_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static bool connect_client(struct bench *bench)
{
    struct lq_error_message message;
    size_t count = 0;
    const struct lq_option *table = lq_cluster_options(&count);
    const struct lq_link_options of_link = {
        .runtime_dir = bench->cluster.runtime_dir,
        .clients_max = 1,
        .outstanding_max = lq_bench_sender_outstanding_max(&bench->options),
    };
    const struct lq_client_options options = {
        .tenant = bench->options.tenant,
        .on_receipt = lq_bench_sender_take_receipt,
        .context = &bench->sender,
        .sessions_max = (uint32_t)bench->options.sessions,
    };

    if (lq_config_file_load(bench->options.config, table, count, &bench->cluster, &message) !=
            LQ_OK ||
        lq_link_open(&of_link, &bench->sender.link, &message) != LQ_OK ||
        lq_client_new(bench->sender.link, &options, &bench->sender.client, &message) != LQ_OK) {
        fprintf(stderr, "lq-bench: %s\n", message.text);
        return false;
    }
    return true;
}

static int create_sessions(struct bench *bench)
{
    const struct lq_bench_options *options = &bench->options;
    const struct lq_arena_creation creation = {
        .tenant = options->tenant,
        .prefix = options->prefix,
        .session_count = (uint32_t)options->sessions,
        .timeout_ms = TIMEOUT_MS,
        .plan = {.seed = 1,
                 .body_count = (uint32_t)options->bodies,
                 .agent_count = (uint32_t)options->agents,
                 .rate_numerator = (uint32_t)options->rate,
                 .rate_denominator = 1},
    };
    struct lq_error_message message;
    uint32_t created;
    enum lq_result rc = lq_arena_sessions_create(bench->sender.link, &creation, &created, &message);

    if (rc != LQ_OK) {
        fprintf(stderr, "lq-bench: %s\n", message.text);
        return rc == LQ_ERR_UNREACHABLE ? EXIT_UNREACHABLE : EXIT_FAILURE;
    }
    fprintf(stderr, "lq-bench: %u of %llu sessions are new\n", created,
            (unsigned long long)options->sessions);
    return 0;
}

static void take_status(void *context, const struct lq_admin_reply *reply)
{
    struct bench *bench = context;

    if (reply->result != LQ_OK || reply->status == NULL ||
        (bench->awaited == &bench->end && reply->status->epoch != bench->begin.status.epoch)) {
        bench->lost = true;
    } else {
        lq_bench_sample_take(bench->awaited, &bench->cluster, reply->status);
    }
    bench->awaited = NULL;
}

static void turn(struct bench *bench)
{
    lq_link_wait(bench->sender.link, lq_bench_sender_send(&bench->sender, lq_clock_monotonic_ns()));
    (void)lq_link_turn(bench->sender.link);
}

/* The load goes on until `until_ns`, and on until the sample is taken. */
static void run_and_sample(struct bench *bench, uint64_t until_ns, struct lq_bench_sample *sample)
{
    while (!interrupted && lq_clock_monotonic_ns() < until_ns) {
        turn(bench);
    }
    uint64_t patience_ns = lq_clock_monotonic_ns() + TIMEOUT_MS * LQ_NS_PER_MS;
    bench->request = (struct lq_admin_request){.kind = LQ_ADMIN_STATUS};
    bench->awaited = sample;
    bench->lost = lq_link_request(bench->sender.link, &bench->request, take_status, bench) != LQ_OK;
    while (bench->awaited != NULL && !bench->lost) {
        turn(bench);
        bench->lost = bench->lost || lq_clock_monotonic_ns() > patience_ns;
    }
    if (bench->awaited != NULL) {
        lq_link_forget(bench->sender.link, &bench->request);
    }
}

/* What is outstanding gets its receipt, so that the next run finds quiet sessions. */
static void drain(struct bench *bench)
{
    uint64_t until_ns = lq_clock_monotonic_ns() + DRAIN_MS_MAX * LQ_NS_PER_MS;

    bench->sender.stopped = true;
    while (lq_client_outstanding(bench->sender.client) > 0 && lq_clock_monotonic_ns() < until_ns) {
        lq_link_wait(bench->sender.link, 10);
        (void)lq_link_turn(bench->sender.link);
    }
}

static int measure(struct bench *bench)
{
    lq_bench_sender_start(&bench->sender);
    run_and_sample(bench, lq_clock_monotonic_ns() + bench->options.warmup * LQ_NS_PER_S,
                   &bench->begin);
    lq_bench_sender_clear(&bench->sender);
    if (!bench->lost) {
        run_and_sample(bench, bench->begin.at_ns + bench->options.seconds * LQ_NS_PER_S,
                       &bench->end);
    }
    if (bench->lost) {
        fputs("lq-bench: the broker told no status, or was replaced: no figures\n", stderr);
        return EXIT_FAILURE;
    }
    lq_bench_report_print(&bench->options, &bench->begin, &bench->end, &bench->sender);
    if (bench->sender.last_reason[0] != '\0') {
        fprintf(stderr, "lq-bench: not every command was applied: %s\n", bench->sender.last_reason);
    }
    drain(bench);
    return EXIT_SUCCESS;
}

static int wake(struct bench *bench)
{
    struct lq_bench_sender *sender = &bench->sender;

    lq_bench_sender_start(sender);
    uint64_t from_ns = lq_clock_monotonic_ns();
    bool done = bench->options.mode == LQ_BENCH_ONCE ? lq_bench_wake_all(sender, &interrupted)
                                                     : lq_bench_wake_some(sender, &interrupted);
    lq_bench_report_print_wake(sender, lq_clock_monotonic_ns() - from_ns);
    if (!done) {
        fprintf(stderr, "lq-bench: %u commands have no receipt\n",
                lq_client_outstanding(sender->client));
    }
    if (sender->last_reason[0] != '\0') {
        fprintf(stderr, "lq-bench: not every command was applied: %s\n", sender->last_reason);
    }
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run(struct bench *bench)
{
    switch (bench->options.mode) {
    case LQ_BENCH_WAKE: /* of sessions that exist */
        return wake(bench);
    case LQ_BENCH_ONCE:
    case LQ_BENCH_CLOSED:
    case LQ_BENCH_PACED:
    case LQ_BENCH_FREE:
        break;
    }
    int code = create_sessions(bench);
    if (code != 0) {
        return code;
    }
    return bench->options.mode == LQ_BENCH_ONCE ? wake(bench) : measure(bench);
}

int main(int argc, char **argv)
{
    struct bench *bench = lq_alloc(1, sizeof *bench);
    int code = EXIT_CONFIG;

    lq_bench_options_read(argc, argv, &bench->options);
    catch_signals();
    bench->sender.options = &bench->options;
    if (connect_client(bench)) {
        code = run(bench);
    }
    lq_bench_sender_release(&bench->sender);
    lq_link_close(&bench->sender.link);
    free(bench);
    return code;
}
