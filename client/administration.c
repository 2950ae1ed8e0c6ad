// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/administration.h"

#include "base/clock.h"
#include "client/client_record.h"

enum lq_result lq_client_request(lq_client_t *client, struct lq_admin_request *request,
                                 lq_client_reply_fn on_reply, void *context)
{
    const struct lq_request_entry entry = {
        .request = request, .on_reply = on_reply, .context = context};

    client->queued = true;
    return lq_request_table_add(&client->requests, &entry, &client->id);
}

uint64_t lq_client_request_repeats(const lq_client_t *client)
{
    return client->requests.repeats;
}

void lq_client_forget(lq_client_t *client, const struct lq_admin_request *request)
{
    lq_request_table_remove(&client->requests, request);
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

enum lq_result lq_client_admin(lq_client_t *client, struct lq_admin_request *request,
                               uint32_t timeout_ms, struct lq_arena *arena,
                               struct lq_admin_reply *reply)
{
    struct awaited_reply awaited = {.reply = reply};
    const struct lq_request_entry entry = {
        .request = request, .on_reply = keep_reply, .context = &awaited, .arena = arena};
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t until_ns = now_ns + timeout_ms * LQ_NS_PER_MS;
    enum lq_result rc = lq_request_table_add(&client->requests, &entry, &client->id);

    if (rc != LQ_OK) {
        return rc;
    }
    client->queued = true;
    while (!awaited.arrived && now_ns < until_ns) {
        lq_client_wait(client, (uint32_t)((until_ns - now_ns) / LQ_NS_PER_MS) + 1);
        (void)lq_client_turn(client);
        now_ns = lq_clock_monotonic_ns();
    }
    if (awaited.arrived) {
        return LQ_OK;
    }
    lq_request_table_remove(&client->requests, request);
    return client->link.epoch == 0 ? LQ_ERR_UNREACHABLE : LQ_ERR_TIMEOUT;
}
