// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/mirror_delay.h"

#include "cli/text_output.h"

/* The broker answers these by itself. */
enum { ASK_MS = 2000 };

static bool ask(struct lq_broker_call *call, enum lq_admin_kind kind, struct lq_view tenant,
                struct lq_admin_reply *reply)
{
    struct lq_admin_request request = {.kind = (uint8_t)kind, .tenant = tenant};

    return lq_link_ask(call->link, &request, ASK_MS, &call->arena, reply) == LQ_OK &&
           reply->result == LQ_OK;
}

void lq_mirror_delay_explain(struct lq_broker_call *call, struct lq_view tenant)
{
    struct lq_admin_reply reply;
    int bytes = (int)tenant.bytes;
    const char *name = (const char *)tenant.data;

    if (!ask(call, LQ_ADMIN_SHOW_DURABILITY, tenant, &reply) || !reply.has_durability ||
        reply.durability.policy != LQ_DURABILITY_MIRRORED ||
        !ask(call, LQ_ADMIN_SHOW_MIRROR, lq_view_of("", 0), &reply) || reply.mirror == NULL) {
        return;
    }
    const struct lq_mirror_state *state = reply.mirror;
    if (!state->reported) {
        lq_text_output_error("tenant %.*s is mirrored, and no mirror has reported to this broker: "
                             "answers are held until one does. Start it (ledgerquest up, with a "
                             "section `mirror`), or go on without: lqctl tenant durability %.*s "
                             "local",
                             bytes, name, bytes, name);
    } else if (state->report.over.bytes > 0) {
        lq_text_output_error("tenant %.*s is mirrored, and the mirror may write no more: answers "
                             "are held (lqctl mirror status)",
                             bytes, name);
    } else {
        lq_text_output_error("tenant %.*s is mirrored: answers are held until the table has what "
                             "they tell of; %u are, the mirror spoke %u ms ago (lqctl mirror "
                             "status)",
                             bytes, name, state->held, state->age_ms);
    }
}

void lq_mirror_delay_explain_alone(const struct lq_invocation *invocation, const char *tenant)
{
    struct lq_broker_call call;

    if (lq_broker_call_open(invocation, &call) == LQ_EXIT_OK) {
        lq_mirror_delay_explain(&call, lq_view_text(tenant));
    }
    lq_broker_call_close(&call);
}
