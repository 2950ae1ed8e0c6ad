// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* expiry_search.h - up to which segment of a stream all have a ttl or are gone, found by looking at
 * a few of them: segments get their ttl in the order of their numbers, so there is one border. It
 * is mostly near the newest: from there the steps double, and then the rest is halved.
 *
 *     start --probe: look at it--> told --probe--> ... --found: low--
 *
 * Pure. Depends on base/. */
#ifndef LQ_EXPIRY_SEARCH_H
#define LQ_EXPIRY_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

struct lq_expiry_search {
    uint64_t low;  /* it has a ttl, or is gone, or is 0 */
    uint64_t high; /* it has none */
    uint64_t step;
};

/* newest: of the stream, at least 1; it never has a ttl. */
void lq_expiry_search_start(struct lq_expiry_search *search, uint64_t newest);

/* The segment to look at; 0: the border is found, low. */
uint64_t lq_expiry_search_probe(const struct lq_expiry_search *search);

void lq_expiry_search_tell(struct lq_expiry_search *search, uint64_t number, bool expires);

#endif
