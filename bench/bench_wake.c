// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/bench_wake.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <stdlib.h>

/* Below the broker's usual quota of a tenant, so that nothing has to come again. */
enum { OUTSTANDING_MAX = 8192, TURN_MS = 50, PATIENCE_S = 15, ARENA_BYTES = 256 * 1024 };

/* Turn until at most `left` commands are without their receipt. */
static bool wait_for_receipts(struct lq_bench_sender *sender, uint32_t left,
                              const volatile sig_atomic_t *interrupted)
{
    uint64_t heard_ns = lq_clock_monotonic_ns();

    while (lq_client_outstanding(sender->client) > left) {
        lq_link_wait(sender->link, TURN_MS);
        if (lq_link_turn(sender->link) > 0) {
            heard_ns = lq_clock_monotonic_ns();
        }
        if (*interrupted || lq_clock_monotonic_ns() - heard_ns > PATIENCE_S * LQ_NS_PER_S) {
            return false;
        }
    }
    return true;
}

bool lq_bench_wake_all(struct lq_bench_sender *sender, const volatile sig_atomic_t *interrupted)
{
    uint32_t count = (uint32_t)sender->options->sessions;

    for (uint32_t session = 0; session < count; session++) {
        if (!wait_for_receipts(sender, OUTSTANDING_MAX - 1, interrupted)) {
            return false;
        }
        enum lq_result rc = lq_bench_sender_submit(sender, session, 0);
        LQ_ASSERT(rc == LQ_OK);
    }
    return wait_for_receipts(sender, 0, interrupted);
}

/* Asked for anything, so that the first command does not count the connecting. */
static bool meet_broker(struct lq_bench_sender *sender)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_STATUS};
    struct lq_arena arena = {lq_alloc(ARENA_BYTES, 1), ARENA_BYTES, 0};
    struct lq_admin_reply reply;
    enum lq_result rc = lq_link_ask(sender->link, &request, PATIENCE_S * 1000, &arena, &reply);

    free(arena.memory);
    return rc == LQ_OK;
}

bool lq_bench_wake_some(struct lq_bench_sender *sender, const volatile sig_atomic_t *interrupted)
{
    uint32_t count = (uint32_t)sender->options->sessions;
    uint32_t *asleep = lq_alloc(count, sizeof *asleep);
    bool going = meet_broker(sender);

    for (uint32_t session = 0; session < count; session++) {
        asleep[session] = session;
    }
    for (uint64_t woken = 0; going && woken < sender->options->wakes; woken++) {
        uint32_t place = (uint32_t)(lq_bench_sender_draw(sender) % count);
        enum lq_result rc = lq_bench_sender_submit(sender, asleep[place], 0);
        LQ_ASSERT(rc == LQ_OK);
        asleep[place] = asleep[--count]; /* each but once: the second time it would be warm */
        going = wait_for_receipts(sender, 0, interrupted);
    }
    free(asleep);
    return going;
}
