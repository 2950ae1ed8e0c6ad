// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/contract.h"
#include "base/error_message.h"
#include "cli/command_help.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/text_output.h"

#ifndef LQ_VERSION
#error "LQ_VERSION comes from the build"
#endif

enum lq_exit_code lq_help_command_version(const struct lq_invocation *invocation)
{
    if (invocation->json) {
        lq_json_output_print("version", json_pack("{s:s}", "version", LQ_VERSION));
    } else {
        printf("lqctl %s\n", LQ_VERSION);
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_help_command_run(const struct lq_invocation *invocation)
{
    struct lq_error_message message;

    if (invocation->argument_count == 0) {
        lq_command_help_overview(stdout);
        return LQ_EXIT_OK;
    }
    const char *noun = invocation->arguments[0];
    const char *verb = invocation->argument_count > 1 ? invocation->arguments[1] : NULL;
    const struct lq_command_entry *entry = lq_command_table_find(noun, verb);
    if (entry != NULL) {
        lq_command_help_command(entry, stdout);
        return LQ_EXIT_OK;
    }
    if (verb == NULL && lq_command_help_noun(noun, stdout)) {
        return LQ_EXIT_OK;
    }
    lq_command_help_unknown(noun, verb, &message);
    lq_text_output_error("%s", message.text);
    return LQ_EXIT_USAGE;
}
