// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* address_count.h - how many connections each address has. Of IPv6 the first 64 bits are an
 * address: a home has all that begin with them.
 *
 * A table of fixed size with open addressing, at most half full. Pure: its memory is lent, and
 * `seed` is random, so that nobody can choose addresses that all lie in one place.
 */
#ifndef LQ_ADDRESS_COUNT_H
#define LQ_ADDRESS_COUNT_H

#include "base/view.h"

#define LQ_ADDRESS_BYTES 16

/* An IPv4 address lies in the last four bytes behind 10 of zero and 2 of 0xff. */
struct lq_address {
    uint8_t bytes[LQ_ADDRESS_BYTES];
};

struct lq_address_entry {
    struct lq_address address;
    uint32_t connections; /* 0: the entry is free */
    uint32_t pending;     /* of them, those that have not upgraded */
};

struct lq_address_count {
    struct lq_address_entry *entries;
    size_t capacity; /* a power of two, at least twice as many as there can be connections */
    uint64_t seed;
};

/* `entries` is zeroed. */
void lq_address_count_begin(struct lq_address_count *count, struct lq_address_entry *entries,
                            size_t capacity, uint64_t seed);

/* What is counted together: the address, or its first 64 bits. */
struct lq_address lq_address_count_key(struct lq_address address);

/* The entry of an address (as lq_address_count_key() has it); connections is 0 where there is
 * none. */
struct lq_address_entry lq_address_count_find(const struct lq_address_count *count,
                                              struct lq_address address);

/* A connection more, which is pending. */
void lq_address_count_add(struct lq_address_count *count, struct lq_address address);
/* One of them is pending no more. */
void lq_address_count_settle(struct lq_address_count *count, struct lq_address address);
/* One is gone. */
void lq_address_count_remove(struct lq_address_count *count, struct lq_address address,
                             bool was_pending);

#endif
