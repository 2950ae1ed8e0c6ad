// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* expiry_renewal.h - segments that have a ttl already, when their tenant keeps its history longer
 * than it did when they got it: each gets a later one.
 *
 *     start --compare the newest of them: early?--> halve: the oldest that is early
 *           --look at one, set its ttl, look at the next ...--> done
 *
 * From the oldest on, because that goes first, and because the newest then tells, as long as it is
 * early, that this is not over: whoever was interrupted compares, finds where it ended, and goes
 * on. No segment behind the newest of them may get its ttl before this is done; so the days that
 * they were given never grow from one to the next, and those that are early come last.
 *
 * Pure. Depends on base/. */
#ifndef LQ_EXPIRY_RENEWAL_H
#define LQ_EXPIRY_RENEWAL_H

#include <stdbool.h>
#include <stdint.h>

/* Kept for ever, 9999-12-31: a segment that had a ttl once has one, as the order of a stream has
 * it (segment_expiry.h). */
#define LQ_EXPIRY_RENEWAL_NEVER_S UINT64_C(253402214400)

enum lq_expiry_renewal_step {
    LQ_EXPIRY_RENEWAL_DONE = 0,
    LQ_EXPIRY_RENEWAL_COMPARE,
    LQ_EXPIRY_RENEWAL_HALVE,
    LQ_EXPIRY_RENEWAL_RENEW
};

struct lq_expiry_renewal {
    enum lq_expiry_renewal_step step;
    uint32_t history_days; /* 0: for ever */
    uint64_t last;         /* the newest segment with a ttl */
    uint64_t low;          /* HALVE: not early: renewed, due, or gone; 0 at first */
    uint64_t at;           /* HALVE: early. RENEW: the one to look at */
};

/* A segment as it was found. */
struct lq_expiry_seen {
    bool is_there;
    uint64_t ttl;    /* 0: none */
    uint64_t made_s; /* its wall time */
};

/* last: 0, there is none with a ttl. */
void lq_expiry_renewal_start(struct lq_expiry_renewal *renewal, uint64_t last,
                             uint32_t history_days);

/* The segment to look at; 0: it is done. */
uint64_t lq_expiry_renewal_probe(const struct lq_expiry_renewal *renewal);

/* What lq_expiry_renewal_probe() named was looked at. The ttl that it shall have: once it has, or
 * is gone, lq_expiry_renewal_pass(). 0: it stays as it is, go on. */
uint64_t lq_expiry_renewal_tell(struct lq_expiry_renewal *renewal,
                                const struct lq_expiry_seen *seen, uint64_t now_s);
void lq_expiry_renewal_pass(struct lq_expiry_renewal *renewal);

#endif
