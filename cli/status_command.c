// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/status_text.h"
#include "cli/text_output.h"

static enum lq_exit_code show_status(struct lq_broker_call *call,
                                     struct lq_partition_spaces *spaces)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_STATUS};
    struct lq_admin_reply reply;
    enum lq_exit_code code = lq_broker_call_ask(call, &request, "status", &reply);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (reply.status == NULL) {
        lq_text_output_error("status: the broker's answer holds none");
        return LQ_EXIT_FAILED;
    }
    lq_partition_space_look(spaces, &call->cluster);
    const struct lq_status_picture picture = {call->cluster.name, reply.status, NULL, spaces};
    if (call->invocation->json) {
        json_t *document = lq_status_text_json(&picture);
        if (reply.message.bytes > 0) {
            json_object_set_new(document, "notice", lq_json_output_text(reply.message));
        }
        lq_json_output_print("status", document);
    } else {
        lq_status_text_print(&picture, stdout);
        if (reply.message.bytes > 0) {
            printf("%.*s\n", (int)reply.message.bytes, (const char *)reply.message.data);
        }
    }
    return lq_status_text_healthy(&picture) ? LQ_EXIT_OK : LQ_EXIT_FAILED;
}

enum lq_exit_code lq_status_command_run(const struct lq_invocation *invocation)
{
    struct lq_partition_spaces spaces = {.ledger = NULL};
    struct lq_broker_call call;

    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = show_status(&call, &spaces);
    }
    lq_partition_space_close(&spaces);
    lq_broker_call_close(&call);
    return code;
}
