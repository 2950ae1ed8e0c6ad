// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/quota_wait.h"

#include "base/clock.h"
#include "proto/client_codec.h"

#include <string.h>

void lq_quota_wait_init(struct lq_quota_wait *wait)
{
    *wait = (struct lq_quota_wait){.round = 1, .delay_ms = LQ_QUOTA_WAIT_MS_LEAST};
}

static uint32_t at_least(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t at_most(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

bool lq_quota_wait_refuse(struct lq_quota_wait *wait, struct lq_view reason, uint32_t again_ms,
                          uint64_t now_ns)
{
    bool begins = wait->until_ns == 0;
    struct lq_view text = lq_view_cut(reason, sizeof wait->reason - 1);
    uint32_t wait_ms = begins ? at_least(again_ms, wait->delay_ms) : again_ms;
    uint64_t until_ns = now_ns + at_most(wait_ms, LQ_QUOTA_WAIT_MS_MAX) * LQ_NS_PER_MS;

    if (begins || again_ms > 0) {
        memcpy(wait->reason, text.data, text.bytes);
        wait->reason[text.bytes] = '\0';
    }
    if (until_ns > wait->until_ns) {
        wait->until_ns = until_ns;
    }
    if (begins) {
        wait->waits++;
        wait->delay_ms = at_most(wait->delay_ms * 2, LQ_QUOTA_WAIT_MS_OWN_MAX);
        wait->message_max = 1;
    }
    return begins;
}

void lq_quota_wait_accept(struct lq_quota_wait *wait)
{
    wait->delay_ms = LQ_QUOTA_WAIT_MS_LEAST;
    if (wait->unanswered && wait->until_ns == 0) {
        wait->unanswered = false;
        wait->message_max = wait->message_max < LQ_SUBMIT_COMMANDS_MAX ? wait->message_max * 2 : 0;
    }
}

/* 0 is no number of a round. */
static void begin_round(struct lq_quota_wait *wait)
{
    wait->round = wait->round == UINT32_MAX ? 1 : wait->round + 1;
    wait->until_ns = 0;
    wait->unanswered = false;
}

uint32_t lq_quota_wait_allows(struct lq_quota_wait *wait, uint64_t now_ns)
{
    if (wait->until_ns > now_ns) {
        return 0;
    }
    if (wait->until_ns != 0) {
        begin_round(wait);
    }
    if (wait->message_max == 0) {
        return UINT32_MAX;
    }
    return wait->unanswered ? 0 : wait->message_max;
}

void lq_quota_wait_note_sent(struct lq_quota_wait *wait)
{
    wait->unanswered = wait->message_max != 0;
}

void lq_quota_wait_forget_sent(struct lq_quota_wait *wait)
{
    wait->unanswered = false;
}

void lq_quota_wait_end(struct lq_quota_wait *wait)
{
    wait->until_ns = 0;
    wait->unanswered = false;
    wait->message_max = 0;
    wait->delay_ms = LQ_QUOTA_WAIT_MS_LEAST;
}
