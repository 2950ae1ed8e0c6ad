// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/wire_out.h"

#include "proto/wire_limits.h"

/* Bytes of the varint that says `length`. */
static size_t length_bytes(size_t length)
{
    return length < 1u << 7 ? 1 : length < 1u << 14 ? 2 : length < 1u << 21 ? 3 : length < 1u << 28 ? 4 : 5;
}

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
    size_t prefix = length_bytes(bytes_expected);

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
    size_t reserved = length_bytes(bytes_expected);
    size_t needed = length_bytes(bytes);

    LQ_ASSERT(bytes <= UINT32_MAX);
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
    if (bytes > INT32_MAX || !lq_wire_out_key(out, number, LQ_WIRE_TYPE_LENGTH, bytes + 5)) {
        out->full = true;
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
