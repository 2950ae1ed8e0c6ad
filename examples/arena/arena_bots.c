// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "examples/arena/arena_bots.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "examples/arena/arena_sessions.h"

#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS_MAX = 50, CATCH_UP_MAX = 4096 };

/* xorshift64*: bots need variety, not quality. */
static double draw(struct lq_arena_bots *bots, double least, double most)
{
    bots->random ^= bots->random >> 12;
    bots->random ^= bots->random << 25;
    bots->random ^= bots->random >> 27;
    uint64_t bits = bots->random * UINT64_C(0x2545f4914f6cdd1d);
    return least + (most - least) * ((double)(bits >> 11) / 9007199254740992.0);
}

void lq_arena_bots_take_receipt(void *context, const struct lq_client_receipt *receipt)
{
    struct lq_arena_bots *bots = context;
    struct lq_arena_bot *bot = receipt->context; /* of a Join; NULL for the others */

    bots->receipts++;
    lq_latency_histogram_record(&bots->latency, receipt->latency_ns);
    switch (receipt->outcome) {
    case LQ_OUTCOME_APPLIED:
    case LQ_OUTCOME_DUPLICATE:
        bots->applied++;
        return;
    case LQ_OUTCOME_UNUSED:
        bots->unused++;
        break;
    case LQ_OUTCOME_DEAD_LETTERED:
        bots->dead_lettered++;
        break;
    default:
        bots->refused++;
        break;
    }
    if (bot != NULL) {
        bot->joined = false; /* the next command of this bot is a Join again */
    }
    if (receipt->reason.bytes > 0) {
        snprintf(bots->last_reason, sizeof bots->last_reason, "%.*s", (int)receipt->reason.bytes,
                 (const char *)receipt->reason.data);
    }
}

static bool submit(struct lq_arena_bots *bots, const struct lq_arena_bot *bot,
                   const struct lq_command *command, void *context)
{
    char reason[LQ_REASON_BYTES_MAX];
    uint64_t sequence = 0;
    enum lq_result rc =
        lq_client_submit(bots->client, bot->handle, command, context, &sequence, reason);

    LQ_ASSERT(rc == LQ_OK || rc == LQ_ERR_FULL);
    bots->skipped += rc != LQ_OK;
    return rc == LQ_OK;
}

static void join(struct lq_arena_bots *bots, struct lq_arena_bot *bot)
{
    const struct lq_command command = {
        .kind = LQ_COMMAND_JOIN,
        .body_kind = 7,
        .x = draw(bots, 1, bots->width - 1),
        .y = draw(bots, 1, bots->width - 1),
        .radius = 0.5F,
    };

    bot->joined = submit(bots, bot, &command, bot);
}

static void act(struct lq_arena_bots *bots, struct lq_arena_bot *bot)
{
    struct lq_command command = {.kind = LQ_COMMAND_SET_THRUST};

    if (!bot->joined) {
        join(bots, bot);
        return;
    }
    if (draw(bots, 0, 1) < 0.5) {
        command.kind = LQ_COMMAND_APPLY_IMPULSE;
    }
    command.vx = (float)draw(bots, -2, 2);
    command.vy = (float)draw(bots, -2, 2);
    (void)submit(bots, bot, &command, NULL);
}

void lq_arena_bots_start(struct lq_arena_bots *bots, double width)
{
    char name[LQ_SESSION_NAME_BYTES_MAX + 1];

    bots->width = width;
    bots->random = bots->options->seed | 1;
    bots->bots = lq_alloc(bots->options->session_count, sizeof *bots->bots);
    for (uint32_t index = 0; index < bots->options->session_count; index++) {
        lq_arena_sessions_name(bots->options->prefix, index, name);
        enum lq_result rc = lq_client_session(bots->client, name, 1, &bots->bots[index].handle);
        LQ_ASSERT(rc == LQ_OK);
        join(bots, &bots->bots[index]);
    }
    bots->started_at_ns = lq_clock_monotonic_ns();
}

void lq_arena_bots_release(struct lq_arena_bots *bots)
{
    free(bots->bots);
    bots->bots = NULL;
}

uint32_t lq_arena_bots_play(struct lq_arena_bots *bots, uint64_t now_ns)
{
    const struct lq_arena_options *options = bots->options;
    double rate = options->commands_per_second * options->session_count;

    if (rate <= 0) {
        return WAIT_MS_MAX;
    }
    uint64_t due = (uint64_t)((double)(now_ns - bots->started_at_ns) * 1e-9 * rate);
    if (due > bots->commands_due + CATCH_UP_MAX) { /* never bunched: what was missed is not sent */
        bots->skipped += due - bots->commands_due - CATCH_UP_MAX;
        bots->commands_due = due - CATCH_UP_MAX;
    }
    for (; bots->commands_due < due; bots->commands_due++) {
        act(bots, &bots->bots[bots->commands_due % options->session_count]);
    }
    double wait_ms = 1000.0 / rate;
    return wait_ms > WAIT_MS_MAX ? WAIT_MS_MAX : wait_ms < 1 ? 1 : (uint32_t)wait_ms;
}

void lq_arena_bots_leave(struct lq_arena_bots *bots)
{
    const struct lq_command command = {.kind = LQ_COMMAND_LEAVE};

    for (uint32_t index = 0; bots->bots != NULL && index < bots->options->session_count; index++) {
        if (bots->bots[index].joined) {
            bots->bots[index].joined = false;
            (void)submit(bots, &bots->bots[index], &command, NULL);
        }
    }
}
