// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lqctl - the operator's command line. */
#include "base/error_message.h"
#include "base/log.h"
#include "base/standard_output.h"
#include "cli/command_help.h"
#include "cli/command_table.h"
#include "cli/commands.h"
#include "cli/text_output.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    struct lq_invocation invocation;
    struct lq_error_message message;

    lq_standard_output_open("lqctl");
    lq_log_open("lqctl", "lqctl", LQ_LOG_WARNING);
    enum lq_exit_code code = lq_invocation_parse(&invocation, argc, argv, &message);
    if (invocation.version && code == LQ_EXIT_OK) {
        return (int)lq_help_command_version(&invocation);
    }
    if (invocation.help && (invocation.command != NULL || message.text[0] == '\0')) {
        if (invocation.command == NULL) {
            lq_command_help_overview(stdout);
        } else {
            lq_command_help_command(invocation.command, stdout);
        }
        return LQ_EXIT_OK;
    }
    if (code != LQ_EXIT_OK && message.text[0] == '\0') {
        lq_command_help_overview(stderr);
        return LQ_EXIT_USAGE;
    }
    if (code != LQ_EXIT_OK) {
        lq_text_output_error("%s", message.text);
        return (int)code;
    }
    return (int)invocation.command->run(&invocation);
}
