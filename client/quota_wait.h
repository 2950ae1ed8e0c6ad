// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* quota_wait.h - how what goes to a tenant is sent when the tenant's quota is used up.
 *
 *            a command is refused              the time is over
 *   SENDING ----------------------> WAITING --------------------> ASKING (the next round)
 *      ^                               ^  a command is refused       |   a few commands at a time,
 *      |                               +-----------------------------+   twice as many on each
 *      +------------- they have been as many as a message takes -----+   answer to the last
 *
 * Rounds keep the order of commands: the broker refuses all of a round behind the first command
 * that it refused, and answers tell in their tags which round they are about, so that those about
 * an earlier one change nothing. What waits begins again with one command: who sends everything
 * that it has each time floods as well. Rounds of all tenants of a link are counted together, so
 * that the number of a round tells whose it is.
 *
 * Messages are marked by numbers that grow, to know which answers are about the last ones asked.
 *
 * No socket, no clock, no heap. Depends on base/ and world/.
 */
#ifndef LQ_QUOTA_WAIT_H
#define LQ_QUOTA_WAIT_H

#include "base/contract.h"
#include "base/view.h"
#include "world/world_limits.h"

#include <stdbool.h>
#include <stdint.h>

#define LQ_QUOTA_WAIT_MS_LEAST 10u     /* doubled by each round of which nothing was accepted */
#define LQ_QUOTA_WAIT_MS_OWN_MAX 1000u /* as long as the broker does not ask for more */
#define LQ_QUOTA_WAIT_MS_MAX 10000u
#define LQ_QUOTA_WAIT_ROUND_MASK 0xfffu /* of a round, as it stands in a tag */

struct lq_quota_wait {
    uint32_t round;       /* of what is sent now; from 1, never 0 */
    uint64_t until_ns;    /* 0: not waiting */
    uint32_t delay_ms;    /* of the next wait, unless the broker asks for more */
    uint32_t *last_round; /* of the link: the next one takes the number behind it */
    uint32_t asked_max;   /* commands to be sent until there is an answer; 0: SENDING */
    uint32_t asked_count; /* ASKING: of these, sent */
    uint64_t asked_mark;  /* ASKING: the first message of them */
    uint64_t refusals, waits;
    char reason[LQ_REASON_BYTES_MAX]; /* of the last refusal */
};

/* `last_round` outlives it. */
void lq_quota_wait_init(struct lq_quota_wait *wait, uint32_t *last_round);

/* A command of this round was refused. True: a wait begins, and the command and everything behind
 * it are to be sent again after it. False: that is known already. */
bool lq_quota_wait_refuse(struct lq_quota_wait *wait, struct lq_view reason, uint32_t again_ms,
                          uint64_t now_ns);

/* A command of this round, sent with the message of this mark, has its answer, another one than
 * that. */
void lq_quota_wait_accept(struct lq_quota_wait *wait, uint64_t mark);

/* How many commands the next message may have; 0: none may be sent now. */
uint32_t lq_quota_wait_allows(struct lq_quota_wait *wait, uint64_t now_ns);

void lq_quota_wait_note_sent(struct lq_quota_wait *wait, uint32_t count, uint64_t mark);

/* What was sent may be lost: no answer is awaited any more. */
void lq_quota_wait_forget_sent(struct lq_quota_wait *wait);

/* Another broker, whose quotas are full and which has refused nothing of this round. */
void lq_quota_wait_end(struct lq_quota_wait *wait);

static inline bool lq_quota_wait_is_round(const struct lq_quota_wait *wait, uint32_t of_tag)
{
    return (wait->round & LQ_QUOTA_WAIT_ROUND_MASK) == of_tag;
}

#endif
