// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-mirror: a second copy of the ledger in a DynamoDB table. Wiring only. */
#include "config.h"

#include "base/error_message.h"
#include "base/log.h"
#include "base/readiness.h"
#include "base/standard_output.h"
#include "config/program_configuration.h"
#include "mirror/handler/mirror_loop.h"
#include "store/lmdb/map_guard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_TRY_AGAIN = 71 };

static volatile int stop;

static void ask_to_stop(int signal_number)
{
    (void)signal_number;
    stop = 1;
}

static void demand_table(const char *path, const struct lq_mirror_config *config)
{
    if (config->table[0] == '\0') {
        lq_log_error("%s: mirror/table must be set", path);
        exit(LQ_PROGRAM_EXIT_CONFIG);
    }
}

static int exit_code_of(enum lq_mirror_end end)
{
    switch (end) {
    case LQ_MIRROR_STOPPED:
        return EXIT_SUCCESS;
    case LQ_MIRROR_OVER:
        return LQ_PROGRAM_EXIT_CONFIG;
    case LQ_MIRROR_FAILED:
        break;
    }
    return EXIT_TRY_AGAIN;
}

int main(int argc, char **argv)
{
    static struct lq_cluster_config cluster;
    static struct lq_mirror_config config;
    static struct lq_mirror_loop loop;
    const struct sigaction on_stop = {.sa_handler = ask_to_stop};
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    struct lq_error_message message = {""};
    const char *instance = "mirror";

    lq_standard_output_open("lq-mirror");
    lq_log_open("lq-mirror", instance, LQ_LOG_INFO);
    struct lq_program program = {.name = "lq-mirror", .version = PACKAGE_VERSION};
    program.options = lq_mirror_config_options(&program.option_count);
    const char *path = lq_program_arguments_parse(&program, argc, argv, &instance);
    lq_program_configuration_read(&program, path, instance, &cluster, &config);
    demand_table(path, &config);
    sigset_t stops;

    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigprocmask(SIG_BLOCK, &stops, NULL); /* before any thread: the loop lets them in */
    sigaction(SIGTERM, &on_stop, NULL);
    sigaction(SIGINT, &on_stop, NULL);
    sigaction(SIGPIPE, &ignored, NULL);
    lq_map_guard_arm("lq-mirror", LQ_PROGRAM_EXIT_CONFIG);
    enum lq_result result = lq_mirror_loop_open(&loop, &cluster, &config, &message);
    if (result != LQ_OK) {
        lq_log_error("%s", message.text[0] != '\0' ? message.text : lq_result_text(result));
        lq_mirror_loop_close(&loop);
        return result == LQ_ERR_NOT_FOUND ? EXIT_TRY_AGAIN : LQ_PROGRAM_EXIT_CONFIG;
    }
    lq_readiness_notify();
    enum lq_mirror_end end = lq_mirror_loop_run(&loop, &stop);
    lq_mirror_loop_close(&loop);
    return exit_code_of(end);
}
