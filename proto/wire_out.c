// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/wire_out.h"

#include "proto/wire_limits.h"

void lq_wire_out_open(struct lq_wire_out *out, uint8_t *to, size_t bytes_max)
{
    *out = (struct lq_wire_out){.begin = to, .at = to, .end = to + bytes_max};
}

void lq_wire_out_open_framed(struct lq_wire_out *out, enum lq_message_kind kind, uint8_t *to,
                             size_t bytes_max)
{
    lq_wire_out_open(out, to, bytes_max < LQ_HEADER_BYTES_MAX ? bytes_max : LQ_HEADER_BYTES_MAX);
    if (lq_wire_out_fits(out, LQ_FRAMING_BYTES)) {
        lq_framing_put(out->at, kind);
        out->at += LQ_FRAMING_BYTES;
    }
}

enum lq_result lq_wire_out_close(const struct lq_wire_out *out, size_t *written)
{
    if (out->full || out->key_count > LQ_WIRE_FIELDS_MAX) {
        return LQ_ERR_LIMIT;
    }
    *written = (size_t)(out->at - out->begin);
    return LQ_OK;
}

uint8_t *lq_wire_out_begin(struct lq_wire_out *out, uint32_t number, size_t bytes_expected)
{
    size_t prefix = lq_wire_out_varint_bytes((uint32_t)bytes_expected);

    if (!lq_wire_out_key(out, number, LQ_WIRE_TYPE_LENGTH, prefix)) {
        return NULL;
    }
    out->at += prefix;
    return out->at;
}

void lq_wire_out_end(struct lq_wire_out *out, uint8_t *content, size_t bytes_expected)
{
    if (content == NULL || out->full) {
        return;
    }
    size_t bytes = (size_t)(out->at - content);

    LQ_ASSERT(bytes <= UINT32_MAX);
    size_t reserved = lq_wire_out_varint_bytes((uint32_t)bytes_expected);
    size_t needed = lq_wire_out_varint_bytes((uint32_t)bytes);

    if (needed != reserved) {
        if (needed > reserved && !lq_wire_out_fits(out, needed - reserved)) {
            return;
        }
        memmove(content - reserved + needed, content, bytes);
        out->at = content - reserved + needed + bytes;
    }
    (void)lq_wire_out_put_varint(content - reserved, (uint32_t)bytes);
}

uint8_t *lq_wire_out_reserve(struct lq_wire_out *out, uint32_t number, size_t bytes)
{
    if (bytes > INT32_MAX) {
        out->full = true;
        out->end = out->at;
        return NULL;
    }
    if (!lq_wire_out_key(out, number, LQ_WIRE_TYPE_LENGTH,
                         lq_wire_out_varint_bytes((uint32_t)bytes) + bytes)) {
        return NULL;
    }
    uint8_t *content = lq_wire_out_put_varint(out->at, (uint32_t)bytes);
    out->at = content + bytes;
    return content;
}

void lq_wire_out_entry(struct lq_wire_out *out, uint32_t number, struct lq_view value)
{
    uint8_t *to = lq_wire_out_reserve(out, number, value.bytes);

    if (to != NULL && value.bytes > 0) {
        memcpy(to, value.data, value.bytes);
    }
}

void lq_wire_out_gather_fixed64(struct lq_wire_out *out, uint32_t number, const uint64_t *first,
                                size_t stride, size_t count)
{
    lq_wire_out_gather_bytes(out, number, (const uint8_t *)first, sizeof *first, stride, count);
}

void lq_wire_out_gather_uint32(struct lq_wire_out *out, uint32_t number, const uint32_t *first,
                               size_t stride, size_t count)
{
    const uint8_t *from = (const uint8_t *)first;
    uint32_t value;
    size_t total = 0;

    if (count == 0) {
        return;
    }
    for (size_t index = 0; index < count; index++) {
        memcpy(&value, from + index * stride, sizeof value);
        total += lq_wire_out_varint_bytes(value);
    }
    uint8_t *to = lq_wire_out_reserve(out, number, total);
    for (size_t index = 0; to != NULL && index < count; index++) {
        memcpy(&value, from + index * stride, sizeof value);
        to = lq_wire_out_put_varint(to, value);
    }
}

void lq_wire_out_gather_uint8(struct lq_wire_out *out, uint32_t number, const uint8_t *first,
                              size_t stride, size_t count)
{
    if (count == 0) {
        return;
    }
    uint8_t *to = lq_wire_out_reserve(out, number, count);
    for (size_t index = 0; to != NULL && index < count; index++) {
        LQ_ASSERT(first[index * stride] < 0x80);
        to[index] = first[index * stride];
    }
}

void lq_wire_out_gather_bytes(struct lq_wire_out *out, uint32_t number, const uint8_t *first,
                              size_t bytes, size_t stride, size_t count)
{
    if (count == 0) {
        return;
    }
    uint8_t *to = lq_wire_out_reserve(out, number, bytes * count);
    for (size_t index = 0; to != NULL && index < count; index++) {
        memcpy(to + index * bytes, first + index * stride, bytes);
    }
}
