// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-gateway: players over WebSocket. Wiring only. */
#include "config.h"

#include "base/log.h"
#include "base/standard_output.h"
#include "config/program_configuration.h"
#include "gateway/handler/gateway_loop.h"

#include <signal.h>
#include <stdlib.h>

enum { EXIT_TRY_AGAIN = 71 };

static volatile int stop;

static void ask_to_stop(int signal_number)
{
    (void)signal_number;
    stop = 1;
}

int main(int argc, char **argv)
{
    static struct lq_cluster_config cluster;
    static struct lq_gateway_config config;
    const struct sigaction on_stop = {.sa_handler = ask_to_stop};
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    struct lq_error_message message = {""};
    const char *instance = "gateway-1";
    lq_gateway_loop_t *loop = NULL;

    lq_standard_output_open("lq-gateway");
    lq_log_open("lq-gateway", instance, LQ_LOG_INFO);
    struct lq_program program = {.name = "lq-gateway", .version = PACKAGE_VERSION};
    program.options = lq_gateway_config_options(&program.option_count);
    const char *path = lq_program_arguments_parse(&program, argc, argv, &instance);
    lq_program_configuration_read(&program, path, instance, &cluster, &config);
    sigaction(SIGTERM, &on_stop, NULL);
    sigaction(SIGINT, &on_stop, NULL);
    sigaction(SIGPIPE, &ignored, NULL);
    enum lq_result result = lq_gateway_loop_open(&cluster, &config, instance, &loop, &message);
    if (result != LQ_OK) {
        lq_log_error("%s", message.text[0] != '\0' ? message.text : lq_result_text(result));
        return result == LQ_ERR_INVALID ? LQ_PROGRAM_EXIT_CONFIG : EXIT_TRY_AGAIN;
    }
    lq_gateway_loop_run(loop, &stop);
    lq_gateway_loop_close(&loop);
    return EXIT_SUCCESS;
}
