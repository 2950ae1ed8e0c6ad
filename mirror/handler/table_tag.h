// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* table_tag.h - what a question to the table was about: a kind, a place and a number, in the 64
 * bits that come back with the answer.
 *
 *     STREAM   place of the stream, token of its log      KEYS    outbox sequence of the note
 *     MARK     the item of the partition                  UPKEEP  place of a flight (upkeep.h) */
#ifndef LQ_TABLE_TAG_H
#define LQ_TABLE_TAG_H

#include "base/contract.h"

#include <stdint.h>

enum lq_table_tag_kind {
    LQ_TABLE_TAG_STREAM = 0,
    LQ_TABLE_TAG_MARK,
    LQ_TABLE_TAG_KEYS,
    LQ_TABLE_TAG_UPKEEP
};

enum { LQ_TABLE_TAG_NUMBER_BITS = 38, LQ_TABLE_TAG_PLACE_BITS = 24 };

static inline uint64_t lq_table_tag_make(enum lq_table_tag_kind kind, uint32_t place,
                                         uint64_t number)
{
    LQ_ASSERT(number < UINT64_C(1) << LQ_TABLE_TAG_NUMBER_BITS);
    LQ_ASSERT(place < 1u << LQ_TABLE_TAG_PLACE_BITS);
    return (uint64_t)kind << (LQ_TABLE_TAG_NUMBER_BITS + LQ_TABLE_TAG_PLACE_BITS) |
           (uint64_t)place << LQ_TABLE_TAG_NUMBER_BITS | number;
}

static inline enum lq_table_tag_kind lq_table_tag_kind(uint64_t tag)
{
    return (enum lq_table_tag_kind)(tag >> (LQ_TABLE_TAG_NUMBER_BITS + LQ_TABLE_TAG_PLACE_BITS));
}

static inline uint32_t lq_table_tag_place(uint64_t tag)
{
    return (uint32_t)(tag >> LQ_TABLE_TAG_NUMBER_BITS) & ((1u << LQ_TABLE_TAG_PLACE_BITS) - 1);
}

static inline uint64_t lq_table_tag_number(uint64_t tag)
{
    return tag & ((UINT64_C(1) << LQ_TABLE_TAG_NUMBER_BITS) - 1);
}

#endif
