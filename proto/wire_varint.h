// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* wire_varint.h - reads protobuf's numbers of variable length: seven bits a byte, the lowest first,
 * the top bit of a byte says that another one follows. wire_out.h writes them. */
#ifndef LQ_WIRE_VARINT_H
#define LQ_WIRE_VARINT_H

#include <stdbool.h>
#include <stdint.h>

#define LQ_WIRE_VARINT_MORE 0x80u
#define LQ_WIRE_VARINT_BITS 0x7fu

/* A varint of up to 64 bits that ends before `end`; *at is behind it then. false: it does not end,
 * or has more bits; *at is untouched. Most are of one byte, which costs two comparisons. */
static inline bool lq_wire_varint_take(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    const uint8_t *from = *at;

    if (__builtin_expect(from < end && *from < LQ_WIRE_VARINT_MORE, 1)) {
        *value = *from;
        *at = from + 1;
        return true;
    }
    uint64_t sum = 0;
    for (unsigned shift = 0; shift < 64 && from < end; shift += 7) {
        uint8_t byte = *from++;
        if (shift == 63 && byte > 1) {
            return false;
        }
        sum |= (uint64_t)(byte & LQ_WIRE_VARINT_BITS) << shift;
        if (byte < LQ_WIRE_VARINT_MORE) {
            *value = sum;
            *at = from;
            return true;
        }
    }
    return false;
}

#endif
