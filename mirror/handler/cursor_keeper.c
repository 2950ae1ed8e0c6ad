// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/cursor_keeper.h"

#include "base/log.h"

enum lq_result lq_cursor_keeper_open(struct lq_cursor_keeper *keeper, const char *runtime_dir,
                                     struct lq_error_message *message)
{
    const struct lq_client_options options = {.runtime_dir = runtime_dir, .tenant = ""};

    *keeper = (struct lq_cursor_keeper){.client = NULL};
    return lq_client_new(&options, &keeper->client, message);
}

void lq_cursor_keeper_close(struct lq_cursor_keeper *keeper)
{
    if (keeper->is_asked) {
        lq_client_forget(keeper->client, &keeper->request);
    }
    lq_client_destroy(&keeper->client);
}

static void on_reply(void *context, const struct lq_admin_reply *reply)
{
    struct lq_cursor_keeper *keeper = context;

    keeper->is_asked = false;
    if (reply->result == LQ_OK) {
        keeper->has_set = true;
        keeper->set = keeper->asked;
        return;
    }
    keeper->is_lost = reply->result == LQ_ERR_CONFLICT && !keeper->has_set;
    lq_log_rarely(LQ_LOG_ERROR, "the cursor " LQ_CURSOR_KEEPER_NAME " cannot be set: %s: %.*s",
                  lq_result_text(reply->result), (int)reply->message.bytes,
                  (const char *)reply->message.data);
}

void lq_cursor_keeper_want(struct lq_cursor_keeper *keeper, struct lq_feed_position position)
{
    bool stands = keeper->has_set && position.ledger_sequence == keeper->set.ledger_sequence &&
                  position.outbox_sequence == keeper->set.outbox_sequence;

    if (keeper->is_asked || stands) {
        return;
    }
    keeper->asked = position;
    keeper->request =
        (struct lq_admin_request){.kind = LQ_ADMIN_SET_CURSOR,
                                  .has_cursor = true,
                                  .cursor = {lq_view_text(LQ_CURSOR_KEEPER_NAME),
                                             position.ledger_sequence, position.outbox_sequence}};
    keeper->is_asked =
        lq_client_request(keeper->client, &keeper->request, on_reply, keeper) == LQ_OK;
}

void lq_cursor_keeper_turn(struct lq_cursor_keeper *keeper)
{
    (void)lq_client_turn(keeper->client);
}
