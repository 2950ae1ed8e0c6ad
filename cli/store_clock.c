// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* store clock: the wall clock by which the age of frames is judged is right. */
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/text_output.h"

#include <string.h>

enum lq_exit_code lq_store_clock_run(const struct lq_invocation *invocation)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_ACCEPT_CLOCK};
    struct lq_admin_reply reply;
    struct lq_broker_call call;

    if (invocation->argument_count != 1 || strcmp(invocation->arguments[0], "accept") != 0) {
        lq_text_output_error("say what is decided: accept");
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = lq_broker_call_ask(&call, &request, "store clock", &reply);
    }
    if (code == LQ_EXIT_OK && invocation->json) {
        lq_json_output_print("store.clock", json_pack("{s:b}", "changed", (int)(reply.count > 0)));
    } else if (code == LQ_EXIT_OK) {
        printf("the wall clock %s\n",
               reply.count > 0 ? "is believed from now on" : "was believed already");
    }
    lq_broker_call_close(&call);
    return code;
}
