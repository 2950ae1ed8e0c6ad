// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* wire_out.h - writes protobuf fields one after the other into memory of the caller.
 *
 * A codec calls it with the field numbers of its .proto file. Nothing is built in between, so
 * columns that lie apart in memory need no scratch and texts need no NUL. As in any proto3 encoder,
 * singular fields that are zero or empty are left out. When the memory does not suffice nothing
 * more is written and lq_wire_out_close() says so; no other call needs to be checked.
 *
 *     lq_wire_out_open(&out, to, bytes_max);
 *     lq_wire_out_fixed64(&out, 1, message->epoch);
 *     return lq_wire_out_close(&out, written);
 */
#ifndef LQ_WIRE_OUT_H
#define LQ_WIRE_OUT_H

#include "base/little_endian.h"
#include "base/result.h"
#include "base/view.h"
#include "proto/framing.h"

/* Columns are copied as they lie in memory; a big-endian machine needs a loop here and in
 * wire_limits.c. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the wire is little endian");

enum lq_wire_type {
    LQ_WIRE_TYPE_VARINT = 0, /* the numbers are protobuf's */
    LQ_WIRE_TYPE_64BIT = 1,
    LQ_WIRE_TYPE_LENGTH = 2,
    LQ_WIRE_TYPE_32BIT = 5
};

struct lq_wire_out {
    uint8_t *begin;
    uint8_t *at;
    uint8_t *end;
    uint32_t key_count;
    bool full;
};

void lq_wire_out_open(struct lq_wire_out *out, uint8_t *to, size_t bytes_max);

/* The same, behind the framing of a header part, and no longer than one may be. */
void lq_wire_out_open_framed(struct lq_wire_out *out, enum lq_message_kind kind, uint8_t *to,
                             size_t bytes_max);

/* LQ_ERR_LIMIT: it did not fit, or has more keys than a reader takes; *written is untouched. */
LQ_MUST_CHECK enum lq_result lq_wire_out_close(const struct lq_wire_out *out, size_t *written);

/* A submessage, or a packed column of varints, is written between begin and end. `bytes_expected`
 * may be wrong; when it is right to a factor of 128, end has nothing to move. */
uint8_t *lq_wire_out_begin(struct lq_wire_out *out, uint32_t number, size_t bytes_expected);
void lq_wire_out_end(struct lq_wire_out *out, uint8_t *content, size_t bytes_expected);

/* Field `number` as `bytes` bytes that the caller fills in; NULL when there is no room. */
uint8_t *lq_wire_out_reserve(struct lq_wire_out *out, uint32_t number, size_t bytes);

/* One entry of a repeated field; unlike the singular ones below, written even when empty. */
void lq_wire_out_entry(struct lq_wire_out *out, uint32_t number, struct lq_view value);

/* Packed columns from a member of `count` structs: `first` is the member of the first one, `stride`
 * the size of the struct. Nothing is written for no structs. */
void lq_wire_out_gather_fixed64(struct lq_wire_out *out, uint32_t number, const uint64_t *first,
                                size_t stride, size_t count);
void lq_wire_out_gather_uint32(struct lq_wire_out *out, uint32_t number, const uint32_t *first,
                               size_t stride, size_t count);
/* Entries below 128, a byte each. */
void lq_wire_out_gather_uint8(struct lq_wire_out *out, uint32_t number, const uint8_t *first,
                              size_t stride, size_t count);
void lq_wire_out_gather_bytes(struct lq_wire_out *out, uint32_t number, const uint8_t *first,
                              size_t bytes, size_t stride, size_t count);

static inline bool lq_wire_out_fits(struct lq_wire_out *out, size_t bytes)
{
    if (__builtin_expect((size_t)(out->end - out->at) < bytes, 0)) {
        out->full = true;
        out->end = out->at; /* so that no later, shorter field is written either */
        return false;
    }
    return true;
}

/* How many bytes the varint of `value` has: one for every seven bits. */
static inline size_t lq_wire_out_varint_bytes(uint32_t value)
{
    return (size_t)((31 - __builtin_clz(value | 1)) * 9 + 73) / 64;
}

/* A bare varint; the caller has made sure of the room. */
static inline uint8_t *lq_wire_out_put_varint(uint8_t *at, uint32_t value)
{
    while (value > 0x7f) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

/* An entry of a packed column of varints. */
static inline void lq_wire_out_varint(struct lq_wire_out *out, uint32_t value)
{
    if (lq_wire_out_fits(out, lq_wire_out_varint_bytes(value))) {
        out->at = lq_wire_out_put_varint(out->at, value);
    }
}

/* The key of a field, when it and `bytes` more fit. */
static inline bool lq_wire_out_key(struct lq_wire_out *out, uint32_t number, enum lq_wire_type type,
                                   size_t bytes)
{
    uint32_t key = number << 3 | (uint32_t)type;

    if (!lq_wire_out_fits(out, lq_wire_out_varint_bytes(key) + bytes)) {
        return false;
    }
    out->at = lq_wire_out_put_varint(out->at, key);
    out->key_count++;
    return true;
}

static inline void lq_wire_out_uint32(struct lq_wire_out *out, uint32_t number, uint32_t value)
{
    if (value != 0 &&
        lq_wire_out_key(out, number, LQ_WIRE_TYPE_VARINT, lq_wire_out_varint_bytes(value))) {
        out->at = lq_wire_out_put_varint(out->at, value);
    }
}

static inline void lq_wire_out_fixed32(struct lq_wire_out *out, uint32_t number, uint32_t value)
{
    if (value != 0 && lq_wire_out_key(out, number, LQ_WIRE_TYPE_32BIT, 4)) {
        lq_put_u32(out->at, value);
        out->at += 4;
    }
}

static inline void lq_wire_out_fixed64(struct lq_wire_out *out, uint32_t number, uint64_t value)
{
    if (value != 0 && lq_wire_out_key(out, number, LQ_WIRE_TYPE_64BIT, 8)) {
        lq_put_u64(out->at, value);
        out->at += 8;
    }
}

static inline void lq_wire_out_float(struct lq_wire_out *out, uint32_t number, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    lq_wire_out_fixed32(out, number, bits);
}

static inline void lq_wire_out_double(struct lq_wire_out *out, uint32_t number, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    lq_wire_out_fixed64(out, number, bits);
}

static inline void lq_wire_out_bytes(struct lq_wire_out *out, uint32_t number, const void *data,
                                     size_t bytes)
{
    if (bytes != 0) {
        uint8_t *to = lq_wire_out_reserve(out, number, bytes);
        if (to != NULL) {
            memcpy(to, data, bytes);
        }
    }
}

static inline void lq_wire_out_view(struct lq_wire_out *out, uint32_t number, struct lq_view value)
{
    lq_wire_out_bytes(out, number, value.data, value.bytes);
}

static inline void lq_wire_out_text(struct lq_wire_out *out, uint32_t number, const char *text)
{
    lq_wire_out_bytes(out, number, text, strlen(text));
}

/* A packed column of four or eight bytes an entry, as it lies in memory. */
static inline void lq_wire_out_column32(struct lq_wire_out *out, uint32_t number,
                                        const void *column, size_t count)
{
    lq_wire_out_bytes(out, number, column, 4 * count);
}

static inline void lq_wire_out_column64(struct lq_wire_out *out, uint32_t number,
                                        const void *column, size_t count)
{
    lq_wire_out_bytes(out, number, column, 8 * count);
}

#endif
