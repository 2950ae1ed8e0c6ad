// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/cursor_keeper.h"

#include "base/clock.h"
#include "base/log.h"

#define RETRY_NS LQ_NS_PER_S

enum lq_result lq_cursor_keeper_open(struct lq_cursor_keeper *keeper, const char *runtime_dir,
                                     struct lq_error_message *message)
{
    const struct lq_link_options options = {.runtime_dir = runtime_dir};

    *keeper = (struct lq_cursor_keeper){.link = NULL};
    return lq_link_open(&options, &keeper->link, message);
}

static void forget(struct lq_cursor_keeper *keeper, const struct lq_kept_cursor *cursor)
{
    if (cursor->is_asked) {
        lq_link_forget(keeper->link, &cursor->request);
    }
}

void lq_cursor_keeper_close(struct lq_cursor_keeper *keeper)
{
    forget(keeper, &keeper->ledger);
    forget(keeper, &keeper->broker);
    lq_link_close(&keeper->link);
}

static void on_reply(void *context, const struct lq_admin_reply *reply)
{
    struct lq_kept_cursor *cursor = context;

    cursor->is_asked = false;
    cursor->retry_ns = 0;
    if (reply->result == LQ_OK) {
        cursor->has_set = true;
        cursor->set = cursor->asked;
        return;
    }
    cursor->is_refused = true;
    cursor->retry_ns = lq_clock_monotonic_ns() + RETRY_NS;
    lq_log_rarely(LQ_LOG_ERROR, "the cursor " LQ_CURSOR_KEEPER_NAME " %s cannot be set: %s: %.*s",
                  cursor->request.kind == LQ_ADMIN_SET_CURSOR ? "of the ledger" : "of the broker",
                  lq_result_text(reply->result), (int)reply->message.bytes,
                  (const char *)reply->message.data);
}

static void want(struct lq_cursor_keeper *keeper, struct lq_kept_cursor *cursor, uint8_t kind,
                 struct lq_feed_position position)
{
    bool stands = cursor->has_set && position.ledger_sequence == cursor->set.ledger_sequence &&
                  position.outbox_sequence == cursor->set.outbox_sequence;

    if (cursor->is_asked) {
        return;
    }
    if (stands || (cursor->retry_ns != 0 && lq_clock_monotonic_ns() < cursor->retry_ns)) {
        cursor->retry_ns = stands ? 0 : cursor->retry_ns;
        return;
    }
    cursor->asked = position;
    cursor->request =
        (struct lq_admin_request){.kind = kind,
                                  .has_cursor = true,
                                  .cursor = {lq_view_text(LQ_CURSOR_KEEPER_NAME),
                                             position.ledger_sequence, position.outbox_sequence}};
    cursor->is_asked = lq_link_request(keeper->link, &cursor->request, on_reply, cursor) == LQ_OK;
}

void lq_cursor_keeper_want(struct lq_cursor_keeper *keeper, struct lq_feed_position position)
{
    want(keeper, &keeper->ledger, LQ_ADMIN_SET_CURSOR, position);
}

void lq_cursor_keeper_want_broker(struct lq_cursor_keeper *keeper, uint64_t sequence)
{
    want(keeper, &keeper->broker, LQ_ADMIN_SET_BROKER_CURSOR,
         (struct lq_feed_position){0, sequence});
}

static uint64_t retry_ns(const struct lq_kept_cursor *cursor)
{
    return cursor->retry_ns != 0 && !cursor->is_asked ? cursor->retry_ns : UINT64_MAX;
}

uint64_t lq_cursor_keeper_next_ns(const struct lq_cursor_keeper *keeper)
{
    uint64_t ledger_ns = retry_ns(&keeper->ledger);
    uint64_t broker_ns = retry_ns(&keeper->broker);

    return ledger_ns < broker_ns ? ledger_ns : broker_ns;
}

void lq_cursor_keeper_turn(struct lq_cursor_keeper *keeper)
{
    (void)lq_link_turn(keeper->link);
}
