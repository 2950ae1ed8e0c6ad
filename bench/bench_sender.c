// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/bench_sender.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "examples/arena/arena_sessions.h"

#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS_MAX = 50, PACED_PER_TURN_MAX = 4096, PACED_PER_SESSION_MAX = 16 };

/* A command's context: which session, and how late it was submitted. */
#define DELAY_BITS 40 /* of nanoseconds: 18 minutes */
#define DELAY_MASK ((UINT64_C(1) << DELAY_BITS) - 1)

/* splitmix64 */
uint64_t lq_bench_sender_draw(struct lq_bench_sender *sender)
{
    uint64_t z = sender->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Thrust and pushes in both directions alike, so that worlds neither rest nor race. */
static void make_command(struct lq_bench_sender *sender, struct lq_command *command)
{
    uint64_t random = lq_bench_sender_draw(sender);

    if (sender->options->custom[0] != '\0') {
        *command = (struct lq_command){.kind = LQ_COMMAND_CUSTOM,
                                       .outcome = LQ_OUTCOME_PENDING,
                                       .custom = lq_view_text(sender->options->custom)};
        return;
    }
    *command = (struct lq_command){
        .kind = (random & 3) == 0 ? LQ_COMMAND_APPLY_IMPULSE : LQ_COMMAND_SET_THRUST,
        .outcome = LQ_OUTCOME_PENDING,
        .body_id = 1 + (uint32_t)((random >> 2 & 0xffff) % sender->options->bodies),
        .vx = (float)((int)(random >> 18 & 0xff) - 128) / 256.0F,
        .vy = (float)((int)(random >> 26 & 0xff) - 128) / 256.0F,
    };
    /* No zero of ours is negative, and a push of nothing is none. */
    if (command->vx == 0.0F) {
        command->vx = 0.25F;
    }
}

enum lq_result lq_bench_sender_submit(struct lq_bench_sender *sender, uint32_t session,
                                      uint64_t delay_ns)
{
    struct lq_command command;
    char reason[LQ_REASON_BYTES_MAX];
    uint64_t sequence;
    uint64_t context = (uint64_t)session << DELAY_BITS | (delay_ns & DELAY_MASK);

    make_command(sender, &command);
    enum lq_result rc = lq_client_submit(sender->client, sender->handles[session], &command,
                                         (void *)(uintptr_t)context, &sequence, reason);
    LQ_ASSERT(rc != LQ_ERR_INVALID);
    return rc;
}

static void count_outcome(struct lq_bench_sender *sender, const struct lq_client_receipt *receipt)
{
    uint64_t *counters[LQ_OUTCOME_LAST + 1] = {
        [LQ_OUTCOME_APPLIED] = &sender->applied,
        [LQ_OUTCOME_REFUSED] = &sender->refused,
        [LQ_OUTCOME_DUPLICATE] = &sender->duplicates,
        [LQ_OUTCOME_UNUSED] = &sender->unused,
        [LQ_OUTCOME_DEAD_LETTERED] = &sender->dead_lettered,
    };

    if (receipt->outcome <= LQ_OUTCOME_LAST && counters[receipt->outcome] != NULL) {
        ++*counters[receipt->outcome];
    }
    if (receipt->outcome != LQ_OUTCOME_APPLIED && receipt->reason.bytes > 0) {
        snprintf(sender->last_reason, sizeof sender->last_reason, "%.*s",
                 (int)receipt->reason.bytes, (const char *)receipt->reason.data);
    }
}

void lq_bench_sender_take_receipt(void *context, const struct lq_client_receipt *receipt)
{
    struct lq_bench_sender *sender = context;
    uint64_t place = (uintptr_t)receipt->context;
    uint64_t delay_ns = place & DELAY_MASK;

    sender->receipts++;
    count_outcome(sender, receipt);
    lq_latency_histogram_record(&sender->latency, receipt->latency_ns + delay_ns);
    lq_latency_histogram_record(&sender->sending, delay_ns);
    if (sender->options->mode == LQ_BENCH_CLOSED && !sender->stopped) {
        enum lq_result rc = lq_bench_sender_submit(sender, (uint32_t)(place >> DELAY_BITS), 0);
        LQ_ASSERT(rc == LQ_OK); /* its place has just become free */
    }
}

uint32_t lq_bench_sender_outstanding_max(const struct lq_bench_options *options)
{
    uint64_t each = options->mode == LQ_BENCH_PACED ? PACED_PER_SESSION_MAX : 1;

    return (uint32_t)(options->sessions * each);
}

void lq_bench_sender_start(struct lq_bench_sender *sender)
{
    char name[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint32_t count = (uint32_t)sender->options->sessions;

    sender->handles = lq_alloc(count, sizeof *sender->handles);
    for (uint32_t session = 0; session < count; session++) {
        lq_arena_sessions_name(sender->options->prefix, session, name);
        enum lq_result rc = lq_client_session(sender->client, name, 1, &sender->handles[session]);
        LQ_ASSERT(rc == LQ_OK); /* it was created under this name */
        if (sender->options->mode == LQ_BENCH_CLOSED) {
            rc = lq_bench_sender_submit(sender, session, 0);
            LQ_ASSERT(rc == LQ_OK);
        }
    }
    sender->paced_from_ns = lq_clock_monotonic_ns();
}

void lq_bench_sender_release(struct lq_bench_sender *sender)
{
    free(sender->handles);
    sender->handles = NULL;
}

/* The command after `count` others is due at this time. */
static uint64_t due_ns(const struct lq_bench_sender *sender, uint64_t count)
{
    const struct lq_bench_options *options = sender->options;
    uint64_t per_second =
        options->total_rate != 0 ? options->total_rate : options->sessions * options->command_rate;

    return sender->paced_from_ns + count / per_second * LQ_NS_PER_S +
           count % per_second * LQ_NS_PER_S / per_second;
}

uint32_t lq_bench_sender_send(struct lq_bench_sender *sender, uint64_t now_ns)
{
    if (sender->options->mode != LQ_BENCH_PACED || sender->stopped) {
        return WAIT_MS_MAX;
    }
    for (uint32_t sent = 0; sent < PACED_PER_TURN_MAX; sent++) {
        uint64_t next_ns = due_ns(sender, sender->paced_count);
        if (next_ns > now_ns) {
            /* Rounded up: a client that spins until the next command takes the cores from the
             * cluster it measures. The millisecond it is late at most counts as latency. */
            uint64_t wait_ms = (next_ns - now_ns + LQ_NS_PER_MS - 1) / LQ_NS_PER_MS;
            return wait_ms < WAIT_MS_MAX ? (uint32_t)wait_ms : WAIT_MS_MAX;
        }
        uint32_t session = (uint32_t)(sender->paced_count % sender->options->sessions);
        if (lq_bench_sender_submit(sender, session, now_ns - next_ns) != LQ_OK) {
            return 1; /* a window is full: it stays due */
        }
        sender->paced_count++;
    }
    return 0;
}

void lq_bench_sender_clear(struct lq_bench_sender *sender)
{
    sender->receipts = sender->applied = sender->refused = 0;
    sender->unused = sender->duplicates = sender->dead_lettered = 0;
    lq_latency_histogram_clear(&sender->latency);
    lq_latency_histogram_clear(&sender->sending);
}
