// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-arena - bots in arena sessions: what the quick start shows, and a first load on a cluster. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error_message.h"
#include "base/log.h"
#include "base/standard_output.h"
#include "examples/arena/arena_bots.h"
#include "examples/arena/arena_report.h"
#include "examples/arena/arena_sessions.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    EXIT_UNREACHABLE = 69,
    TIMEOUT_MS = 15000,
    LEAVE_MS_MAX = 3000,
    OUTSTANDING_PER_SESSION = 8
};

static volatile sig_atomic_t interrupted;

static void note_signal(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static bool connect_client(const struct lq_arena_options *options, struct lq_arena_bots *bots)
{
    char runtime_dir[LQ_LINK_RUNTIME_DIR_BYTES];
    struct lq_error_message message;
    const struct lq_link_options link_options = {
        .runtime_dir = runtime_dir,
        .clients_max = 1,
        .outstanding_max = options->session_count * OUTSTANDING_PER_SESSION + 64,
    };
    const struct lq_client_options client_options = {
        .tenant = options->tenant,
        .on_receipt = lq_arena_bots_take_receipt,
        .context = bots,
        .sessions_max = options->session_count,
    };

    if (lq_link_runtime_dir(options->config_path, runtime_dir, &message) != LQ_OK ||
        lq_link_open(&link_options, &bots->link, &message) != LQ_OK ||
        lq_client_new(bots->link, &client_options, &bots->client, &message) != LQ_OK) {
        fprintf(stderr, "lq-arena: %s\n", message.text);
        return false;
    }
    return true;
}

static void show_creation(void *context, uint32_t done)
{
    const struct lq_arena_options *options = context;

    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\rcreating sessions %u of %u ", done, options->session_count);
        if (done == options->session_count) {
            fputc('\n', stderr);
        }
    }
}

/* 0, or the exit code of what went wrong. */
static int create_sessions(const struct lq_arena_options *options, lq_link_t *link)
{
    const struct lq_arena_creation creation = {
        .tenant = options->tenant,
        .prefix = options->prefix,
        .session_count = options->session_count,
        .timeout_ms = TIMEOUT_MS,
        .plan = {.seed = options->seed,
                 .body_count = options->body_count,
                 .agent_count = options->agent_count,
                 .rate_numerator = options->rate_numerator,
                 .rate_denominator = options->rate_denominator},
        .on_progress = show_creation,
        .context = (void *)(uintptr_t)options,
    };
    struct lq_error_message message;
    uint32_t created = 0;
    uint64_t began_ns = lq_clock_monotonic_ns();
    enum lq_result rc = lq_arena_sessions_create(link, &creation, &created, &message);

    if (rc != LQ_OK) {
        fprintf(stderr, "\nlq-arena: %s\n", message.text);
        return rc == LQ_ERR_UNREACHABLE ? EXIT_UNREACHABLE : EXIT_FAILURE;
    }
    fprintf(stderr, "%u sessions of tenant %s, %u of them new, in %.2f s\n", options->session_count,
            options->tenant, created, (double)(lq_clock_monotonic_ns() - began_ns) / 1e9);
    return 0;
}

static void play(const struct lq_arena_options *options, struct lq_arena_bots *bots,
                 struct lq_arena_report *report)
{
    uint64_t end_ns = bots->started_at_ns + (uint64_t)(options->seconds * 1e9);
    uint64_t now_ns = lq_clock_monotonic_ns();

    while (!interrupted && (options->seconds == 0 || now_ns < end_ns)) {
        uint32_t wait_ms = lq_arena_bots_play(bots, now_ns);
        lq_link_wait(bots->link, wait_ms);
        (void)lq_link_turn(bots->link);
        now_ns = lq_clock_monotonic_ns();
        lq_arena_report_tick(report, now_ns);
    }
}

/* The bots leave, and every command gets its answer, or LEAVE_MS_MAX is over. */
static void settle(struct lq_arena_bots *bots)
{
    uint64_t until_ns = lq_clock_monotonic_ns() + LEAVE_MS_MAX * LQ_NS_PER_MS;

    lq_arena_bots_leave(bots);
    while (lq_client_outstanding(bots->client) > 0 && lq_clock_monotonic_ns() < until_ns) {
        lq_link_wait(bots->link, 10);
        (void)lq_link_turn(bots->link);
    }
}

static int run(const struct lq_arena_options *options, struct lq_arena_bots *bots,
               struct lq_arena_report *report)
{
    struct lq_session_config config;
    const struct lq_arena_plan plan = {.body_count = options->body_count, .rate_denominator = 1};
    int code = create_sessions(options, bots->link);

    if (code != 0) {
        return code;
    }
    if (!lq_arena_report_begin(report, bots)) {
        fputs("lq-arena: the broker does not tell its status\n", stderr);
        return EXIT_FAILURE;
    }
    lq_arena_world_config(&plan, 0, &config);
    lq_arena_bots_start(bots, config.width);
    play(options, bots, report);
    settle(bots);
    return lq_arena_report_end(report) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct lq_arena_options options;
    int code = 0;

    lq_standard_output_open("lq-arena");
    lq_log_open("lq-arena", "lq-arena", LQ_LOG_WARNING);
    if (!lq_arena_options_read(argc, argv, &options, &code)) {
        return code;
    }
    catch_signals();
    struct lq_arena_bots *bots = lq_alloc(1, sizeof *bots);
    struct lq_arena_report *report = lq_alloc(1, sizeof *report);
    bots->options = &options;
    code = connect_client(&options, bots) ? run(&options, bots, report) : EXIT_USAGE;
    lq_arena_bots_release(bots);
    lq_link_close(&bots->link);
    free(report);
    free(bots);
    return code;
}
