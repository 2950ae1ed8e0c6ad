// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/administration.h"

#include "base/clock.h"
#include "client/link_record.h"

enum lq_result lq_link_request(lq_link_t *link, struct lq_admin_request *request,
                               lq_link_reply_fn on_reply, void *context)
{
    const struct lq_request_entry entry = {
        .request = request, .on_reply = on_reply, .context = context};

    link->queued = true;
    return lq_request_table_add(&link->requests, &entry, &link->broker.id);
}

uint64_t lq_link_request_repeats(const lq_link_t *link)
{
    return link->requests.repeats;
}

void lq_link_forget(lq_link_t *link, const struct lq_admin_request *request)
{
    lq_request_table_remove(&link->requests, request);
}

struct awaited_reply {
    struct lq_admin_reply *reply;
    bool arrived;
};

static void keep_reply(void *context, const struct lq_admin_reply *reply)
{
    struct awaited_reply *awaited = context;

    *awaited->reply = *reply;
    awaited->arrived = true;
}

enum lq_result lq_link_ask(lq_link_t *link, struct lq_admin_request *request, uint32_t timeout_ms,
                           struct lq_arena *arena, struct lq_admin_reply *reply)
{
    struct awaited_reply awaited = {.reply = reply};
    const struct lq_request_entry entry = {
        .request = request, .on_reply = keep_reply, .context = &awaited, .arena = arena};
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t until_ns = now_ns + timeout_ms * LQ_NS_PER_MS;
    enum lq_result rc = lq_request_table_add(&link->requests, &entry, &link->broker.id);

    if (rc != LQ_OK) {
        return rc;
    }
    link->queued = true;
    while (!awaited.arrived && now_ns < until_ns) {
        lq_link_wait(link, (uint32_t)((until_ns - now_ns) / LQ_NS_PER_MS) + 1);
        (void)lq_link_turn(link);
        now_ns = lq_clock_monotonic_ns();
    }
    if (awaited.arrived) {
        return LQ_OK;
    }
    lq_request_table_remove(&link->requests, request);
    return link->broker.epoch == 0 ? LQ_ERR_UNREACHABLE : LQ_ERR_TIMEOUT;
}
