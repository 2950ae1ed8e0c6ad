// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-flood: a tenant that sends whatever it is told, over many connections. */
#include "base/alloc.h"
#include "base/clock.h"
#include "bench/flood_sender.h"
#include "config/config_file.h"
#include "examples/arena/arena_sessions.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_UNREACHABLE = 69, EXIT_CONFIG = 78, TIMEOUT_MS = 15000, MESSAGES_PER_TURN = 64 };

static volatile sig_atomic_t interrupted;

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

static enum lq_result create_sessions(const struct lq_flood_options *options,
                                      const char *runtime_dir, struct lq_error_message *message)
{
    const struct lq_link_options of_link = {.runtime_dir = runtime_dir};
    const struct lq_arena_creation creation = {
        .tenant = options->tenant,
        .prefix = options->prefix,
        .session_count = (uint32_t)options->sessions,
        .timeout_ms = TIMEOUT_MS,
        .plan = {.seed = 1, .body_count = 1, .rate_denominator = 1},
    };
    lq_link_t *link = NULL;
    uint32_t created = 0;
    enum lq_result rc = lq_link_open(&of_link, &link, message);

    if (rc == LQ_OK) {
        rc = lq_arena_sessions_create(link, &creation, &created, message);
    }
    lq_link_close(&link);
    return rc;
}

static bool welcome_all(const struct lq_flood_options *options, lq_flood_sender_t *sender)
{
    uint64_t until_ns = lq_clock_monotonic_ns() + TIMEOUT_MS * LQ_NS_PER_MS;
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint32_t welcomed = 0;

    /* Of one client the broker lets in some only: the first is enough. */
    while (welcomed < (options->one_client != 0 ? 1 : options->connections) && !interrupted &&
           now_ns < until_ns) {
        welcomed = lq_flood_sender_receive(sender, now_ns);
        lq_flood_sender_pause(sender);
        now_ns = lq_clock_monotonic_ns();
    }
    return welcomed > 0;
}

/* Messages that are due by the clock. */
static uint64_t due(const struct lq_flood_options *options, const struct lq_flood_tally *tally,
                    uint64_t passed_ns)
{
    double commands = (double)options->rate * (double)passed_ns / 1e9;

    if (options->rate == 0) {
        return MESSAGES_PER_TURN;
    }
    uint64_t messages = (uint64_t)(commands / (double)options->commands) + 1;
    uint64_t left = messages > tally->messages ? messages - tally->messages : 0;
    return left < MESSAGES_PER_TURN ? left : MESSAGES_PER_TURN;
}

static void flood(const struct lq_flood_options *options, lq_flood_sender_t *sender,
                  struct lq_flood_tally *tally)
{
    uint64_t from_ns = lq_clock_monotonic_ns();
    uint64_t now_ns = from_ns;

    while (!interrupted && now_ns < from_ns + options->seconds * LQ_NS_PER_S) {
        uint64_t sent = lq_flood_sender_send(sender, due(options, tally, now_ns - from_ns));
        (void)lq_flood_sender_receive(sender, now_ns);
        if (sent == 0) {
            lq_flood_sender_pause(sender);
        }
        now_ns = lq_clock_monotonic_ns();
    }
    tally->seconds_ns = now_ns - from_ns;
    while (!interrupted && lq_flood_tally_answered(tally) < tally->sent &&
           now_ns < from_ns + tally->seconds_ns + options->drain * LQ_NS_PER_S) {
        (void)lq_flood_sender_receive(sender, now_ns);
        lq_flood_sender_pause(sender);
        now_ns = lq_clock_monotonic_ns();
    }
}

static int run(const struct lq_flood_options *options, struct lq_flood_tally *tally)
{
    char runtime_dir[LQ_LINK_RUNTIME_DIR_BYTES];
    struct lq_error_message message = {.text = ""};
    lq_flood_sender_t *sender = NULL;
    int code = EXIT_CONFIG;

    if (lq_link_runtime_dir(options->config, runtime_dir, &message) == LQ_OK) {
        enum lq_result rc = create_sessions(options, runtime_dir, &message);
        code = rc == LQ_ERR_UNREACHABLE ? EXIT_UNREACHABLE : EXIT_FAILURE;
        if (rc == LQ_OK &&
            lq_flood_sender_open(options, runtime_dir, tally, &sender, &message) == LQ_OK) {
            code = welcome_all(options, sender) ? EXIT_SUCCESS : EXIT_UNREACHABLE;
        }
    }
    if (code == EXIT_SUCCESS) {
        flood(options, sender, tally);
        lq_flood_tally_print(tally, options);
    } else {
        fprintf(stderr, "lq-flood: %s\n",
                message.text[0] != '\0' ? message.text : "no connection was welcomed");
    }
    lq_flood_sender_close(&sender);
    return code;
}

int main(int argc, char **argv)
{
    static struct lq_flood_options options;
    static struct lq_flood_tally tally;

    lq_flood_options_read(argc, argv, &options);
    catch_signals();
    return run(&options, &tally);
}
