// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/quota_wait.h"

#include "base/clock.h"
#include "proto/client_codec.h"

#include <string.h>

/* 0 is no number of a round. */
static uint32_t next_round(uint32_t *last_round)
{
    *last_round = *last_round == UINT32_MAX ? 1 : *last_round + 1;
    return *last_round;
}

void lq_quota_wait_init(struct lq_quota_wait *wait, uint32_t *last_round)
{
    *wait = (struct lq_quota_wait){.round = next_round(last_round),
                                   .last_round = last_round,
                                   .delay_ms = LQ_QUOTA_WAIT_MS_LEAST};
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
        wait->asked_max = 1;
        wait->asked_count = 0;
    }
    return begins;
}

void lq_quota_wait_accept(struct lq_quota_wait *wait, uint64_t mark)
{
    wait->delay_ms = LQ_QUOTA_WAIT_MS_LEAST;
    if (wait->asked_count > 0 && wait->until_ns == 0 && mark >= wait->asked_mark) {
        wait->asked_count = 0;
        wait->asked_max = wait->asked_max < LQ_SUBMIT_COMMANDS_MAX ? wait->asked_max * 2 : 0;
    }
}

static void begin_round(struct lq_quota_wait *wait)
{
    wait->round = next_round(wait->last_round);
    wait->until_ns = 0;
    wait->asked_count = 0;
}

uint32_t lq_quota_wait_allows(struct lq_quota_wait *wait, uint64_t now_ns)
{
    if (wait->until_ns > now_ns) {
        return 0;
    }
    if (wait->until_ns != 0) {
        begin_round(wait);
    }
    return wait->asked_max == 0 ? UINT32_MAX : wait->asked_max - wait->asked_count;
}

void lq_quota_wait_note_sent(struct lq_quota_wait *wait, uint32_t count, uint64_t mark)
{
    if (wait->asked_max == 0) {
        return;
    }
    LQ_ASSERT(count <= wait->asked_max - wait->asked_count);
    if (wait->asked_count == 0) {
        wait->asked_mark = mark;
    }
    wait->asked_count += count;
}

void lq_quota_wait_forget_sent(struct lq_quota_wait *wait)
{
    wait->asked_count = 0;
}

void lq_quota_wait_end(struct lq_quota_wait *wait)
{
    wait->until_ns = 0;
    wait->asked_count = 0;
    wait->asked_max = 0;
    wait->delay_ms = LQ_QUOTA_WAIT_MS_LEAST;
}
