// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* little_endian.h - fixed-width integers as bytes, least significant first, on any machine. */
#ifndef LQ_LITTLE_ENDIAN_H
#define LQ_LITTLE_ENDIAN_H

#include <stdint.h>
#include <string.h>

/* Not those of endian.h: strict C17 does not have it. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LQ_LITTLE_16(value) (value)
#define LQ_LITTLE_32(value) (value)
#define LQ_LITTLE_64(value) (value)
#else
#define LQ_LITTLE_16(value) __builtin_bswap16(value)
#define LQ_LITTLE_32(value) __builtin_bswap32(value)
#define LQ_LITTLE_64(value) __builtin_bswap64(value)
#endif

static inline void lq_put_u16(uint8_t *to, uint16_t value)
{
    value = LQ_LITTLE_16(value);
    memcpy(to, &value, sizeof value);
}

static inline void lq_put_u32(uint8_t *to, uint32_t value)
{
    value = LQ_LITTLE_32(value);
    memcpy(to, &value, sizeof value);
}

static inline void lq_put_u64(uint8_t *to, uint64_t value)
{
    value = LQ_LITTLE_64(value);
    memcpy(to, &value, sizeof value);
}

static inline uint16_t lq_get_u16(const uint8_t *from)
{
    uint16_t value;
    memcpy(&value, from, sizeof value);
    return LQ_LITTLE_16(value);
}

static inline uint32_t lq_get_u32(const uint8_t *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return LQ_LITTLE_32(value);
}

static inline uint64_t lq_get_u64(const uint8_t *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return LQ_LITTLE_64(value);
}

#endif
