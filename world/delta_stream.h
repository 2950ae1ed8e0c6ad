// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* delta_stream.h - the bytes of a delta, written and read in order. Numbers are little endian; a
 * varint has 7 bits a byte, the lowest first, and bit 7 in all but the last. Pure. */
#ifndef LQ_DELTA_STREAM_H
#define LQ_DELTA_STREAM_H

#include "base/little_endian.h"
#include "base/view.h"

#include <stdbool.h>

/* Once something did not fit, `full` stays set and nothing more is written. */
struct lq_delta_out {
    uint8_t *at;
    size_t left;
    bool full;
};

/* `fault` names the first thing that was not there or not right; from then on all reads are 0. */
struct lq_delta_in {
    const uint8_t *at;
    size_t left;
    const char *fault;
};

static inline uint8_t *lq_delta_stream_room(struct lq_delta_out *out, size_t bytes)
{
    uint8_t *room = out->at;

    if (out->full || bytes > out->left) {
        out->full = true;
        return NULL;
    }
    out->at += bytes;
    out->left -= bytes;
    return room;
}

static inline void lq_delta_stream_put(struct lq_delta_out *out, const void *bytes, size_t count)
{
    uint8_t *room = lq_delta_stream_room(out, count);

    if (room != NULL && count > 0) {
        memcpy(room, bytes, count);
    }
}

static inline void lq_delta_stream_put_u8(struct lq_delta_out *out, uint8_t value)
{
    lq_delta_stream_put(out, &value, 1);
}

/* The lowest `bytes` bytes of a number, at most 8. */
static inline void lq_delta_stream_put_number(struct lq_delta_out *out, uint64_t value,
                                              size_t bytes)
{
    uint8_t little[8];

    lq_put_u64(little, value);
    lq_delta_stream_put(out, little, bytes);
}

static inline size_t lq_delta_stream_varint_bytes(uint64_t value)
{
    size_t bytes = 1;

    for (; value >= 0x80; value >>= 7) {
        bytes++;
    }
    return bytes;
}

static inline void lq_delta_stream_put_varint(struct lq_delta_out *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        lq_delta_stream_put_u8(out, (uint8_t)(value | 0x80));
    }
    lq_delta_stream_put_u8(out, (uint8_t)value);
}

/* Numbers near 0, of either sign, as small ones; of `bits` bits, modulo 2^bits. */
static inline uint64_t lq_delta_stream_folded(uint64_t difference, unsigned bits)
{
    uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    uint64_t sign = (difference >> (bits - 1)) & 1;

    return ((difference << 1) ^ (0 - sign)) & mask;
}

static inline uint64_t lq_delta_stream_unfolded(uint64_t folded, unsigned bits)
{
    uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;

    return ((folded >> 1) ^ (0 - (folded & 1))) & mask;
}

static inline void lq_delta_stream_blame(struct lq_delta_in *in, const char *field)
{
    if (in->fault == NULL) {
        in->fault = field;
    }
}

/* The next bytes, or NULL. */
static inline const uint8_t *lq_delta_stream_take(struct lq_delta_in *in, size_t bytes,
                                                  const char *field)
{
    const uint8_t *taken = in->at;

    if (in->fault != NULL) {
        return NULL;
    }
    if (bytes > in->left) {
        in->fault = field;
        return NULL;
    }
    in->at += bytes;
    in->left -= bytes;
    return taken;
}

static inline uint64_t lq_delta_stream_take_number(struct lq_delta_in *in, size_t bytes,
                                                   const char *field)
{
    const uint8_t *from = lq_delta_stream_take(in, bytes, field);
    uint8_t little[8] = {0};

    if (from == NULL) {
        return 0;
    }
    memcpy(little, from, bytes);
    return lq_get_u64(little);
}

static inline uint8_t lq_delta_stream_take_u8(struct lq_delta_in *in, const char *field)
{
    return (uint8_t)lq_delta_stream_take_number(in, 1, field);
}

/* At most `max`; 0 once something failed, so that loops over it end. */
static inline uint64_t lq_delta_stream_take_varint(struct lq_delta_in *in, uint64_t max,
                                                   const char *field)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = lq_delta_stream_take_u8(in, field);

        if (shift == 63 && byte > 1) {
            break;
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            if (value > max) {
                lq_delta_stream_blame(in, field);
            }
            return in->fault == NULL ? value : 0;
        }
    }
    lq_delta_stream_blame(in, field);
    return 0;
}

#endif
