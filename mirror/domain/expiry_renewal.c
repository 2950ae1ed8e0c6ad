// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/expiry_renewal.h"

#include "base/contract.h"

void lq_expiry_renewal_start(struct lq_expiry_renewal *renewal, uint64_t last,
                             uint32_t history_days)
{
    *renewal = (struct lq_expiry_renewal){.step = last > 0 ? LQ_EXPIRY_RENEWAL_COMPARE
                                                           : LQ_EXPIRY_RENEWAL_DONE,
                                          .history_days = history_days,
                                          .last = last,
                                          .at = last};
}

uint64_t lq_expiry_renewal_probe(const struct lq_expiry_renewal *renewal)
{
    switch (renewal->step) {
    case LQ_EXPIRY_RENEWAL_DONE:
        return 0;
    case LQ_EXPIRY_RENEWAL_HALVE:
        return renewal->low + (renewal->at - renewal->low) / 2;
    case LQ_EXPIRY_RENEWAL_COMPARE:
    case LQ_EXPIRY_RENEWAL_RENEW:
        break;
    }
    return renewal->at;
}

static uint64_t wanted_of(const struct lq_expiry_renewal *renewal,
                          const struct lq_expiry_seen *seen)
{
    return renewal->history_days == 0 ? LQ_EXPIRY_RENEWAL_NEVER_S
                                      : seen->made_s + (uint64_t)renewal->history_days * 86400u;
}

/* Once nothing is left between the last that is not early and the first that is. */
static void end_halving(struct lq_expiry_renewal *renewal)
{
    if (renewal->at - renewal->low <= 1) {
        renewal->step = LQ_EXPIRY_RENEWAL_RENEW;
    }
}

uint64_t lq_expiry_renewal_tell(struct lq_expiry_renewal *renewal,
                                const struct lq_expiry_seen *seen, uint64_t now_s)
{
    bool is_to_go = seen->is_there && seen->ttl > now_s;
    bool is_early = is_to_go && seen->ttl < wanted_of(renewal, seen);

    switch (renewal->step) {
    case LQ_EXPIRY_RENEWAL_COMPARE:
        renewal->step = is_early ? LQ_EXPIRY_RENEWAL_HALVE : LQ_EXPIRY_RENEWAL_DONE;
        if (is_early) {
            end_halving(renewal);
        }
        return 0;
    case LQ_EXPIRY_RENEWAL_HALVE:
        *(is_early ? &renewal->at : &renewal->low) = lq_expiry_renewal_probe(renewal);
        end_halving(renewal);
        return 0;
    case LQ_EXPIRY_RENEWAL_RENEW:
        if (is_early) {
            return wanted_of(renewal, seen);
        }
        lq_expiry_renewal_pass(renewal);
        return 0;
    case LQ_EXPIRY_RENEWAL_DONE:
        break;
    }
    LQ_ASSERT(false);
    return 0;
}

void lq_expiry_renewal_pass(struct lq_expiry_renewal *renewal)
{
    LQ_ASSERT(renewal->step == LQ_EXPIRY_RENEWAL_RENEW);
    renewal->at++;
    if (renewal->at > renewal->last) {
        renewal->step = LQ_EXPIRY_RENEWAL_DONE;
    }
}
