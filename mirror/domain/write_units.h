// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* write_units.h - what a write costs, by the service's rule: the size of the item in KB, rounded
 * up, where the size is that of all attribute names and values.
 *
 *     text, binary   their bytes
 *     number         a byte for every two significant digits, and one; one more below zero
 *
 * A put counts the new item or the one it replaces, whichever is larger; so does an update, which
 * therefore costs the whole item again when it sets a ttl. A put whose condition fails costs the
 * same as one that does not. What a ttl removes costs nothing. Reads: a strongly consistent one is
 * a unit for each 4 KB, at least one.
 *
 * Pure. Depends on base/.
 */
#ifndef LQ_WRITE_UNITS_H
#define LQ_WRITE_UNITS_H

#include "base/view.h"

struct lq_write_units_item {
    uint64_t bytes;
};

/* Add an attribute to an item that began as zeros. */
void lq_write_units_add_bytes(struct lq_write_units_item *item, const char *name, size_t bytes);
void lq_write_units_add_number(struct lq_write_units_item *item, const char *name, uint64_t value);

/* Units of a put or an update that replaces `before` (zeros: nothing was there). */
uint64_t lq_write_units_of(const struct lq_write_units_item *item,
                           const struct lq_write_units_item *before);

uint64_t lq_write_units_of_read(const struct lq_write_units_item *item);

/* A segment as it lies in the table: pk, sk, h, b, and ttl if `ttl` is not 0. */
struct lq_write_units_item lq_write_units_segment(size_t pk_bytes, size_t body_bytes, uint64_t ttl);

/* A piece of a base: pk, sk, h, b, n. */
struct lq_write_units_item lq_write_units_base(size_t pk_bytes, size_t body_bytes,
                                               uint64_t segment);

#endif
