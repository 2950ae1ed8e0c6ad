// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* wire_cursor.h - reads the fields of one protobuf message, in the order in which they come.
 *
 * The hot payloads (Tick, World, Command) are read with it straight into our structs; everything
 * else goes through wire_limits.h and the generated structs. What wire_limits.h enforces by the
 * descriptor holds here by construction: no recursion, nothing allocated per field, columns bounded
 * by the arrays they go to, unknown fields and wrong types refused by the codec's switch. A
 * property test compares the two.
 *
 *     while (lq_wire_cursor_next(&cursor, &field)) {
 *         switch (field.number) { case 1: ok = lq_wire_field_uint32(&field, &to->steps); ...
 *     }
 *     if (cursor.broken) ...
 */
#ifndef LQ_WIRE_CURSOR_H
#define LQ_WIRE_CURSOR_H

#include "base/little_endian.h"
#include "base/view.h"
#include "proto/wire_out.h"
#include "proto/wire_text.h"
#include "proto/wire_varint.h"

struct lq_wire_cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool broken; /* truncated, an overlong varint, a group */
};

struct lq_wire_field {
    uint32_t number;     /* 0: larger than any of the schema */
    uint8_t type;        /* enum lq_wire_type */
    uint64_t value;      /* VARINT */
    const uint8_t *data; /* the bytes of any other type */
    size_t bytes;
};

static inline struct lq_wire_cursor lq_wire_cursor_open(struct lq_view message)
{
    const uint8_t *at = message.data != NULL ? message.data : (const uint8_t *)"";

    return (struct lq_wire_cursor){at, at + message.bytes, false};
}

/* The next field. false: the message ended, or is broken. */
static inline bool lq_wire_cursor_next(struct lq_wire_cursor *cursor, struct lq_wire_field *field)
{
    uint64_t key;

    if (cursor->at == cursor->end) {
        return false;
    }
    if (!lq_wire_varint_take(&cursor->at, cursor->end, &key)) {
        cursor->broken = true;
        return false;
    }
    field->number = key >> 3 <= UINT16_MAX ? (uint32_t)(key >> 3) : 0;
    field->type = key & 7;
    field->value = 0;
    uint64_t bytes = 0;
    switch (field->type) {
    case LQ_WIRE_TYPE_VARINT:
        cursor->broken = !lq_wire_varint_take(&cursor->at, cursor->end, &field->value);
        break;
    case LQ_WIRE_TYPE_32BIT:
        bytes = 4;
        break;
    case LQ_WIRE_TYPE_64BIT:
        bytes = 8;
        break;
    case LQ_WIRE_TYPE_LENGTH:
        cursor->broken = !lq_wire_varint_take(&cursor->at, cursor->end, &bytes);
        break;
    default:
        cursor->broken = true;
    }
    if (cursor->broken || bytes > (size_t)(cursor->end - cursor->at)) {
        cursor->broken = true;
        return false;
    }
    field->data = cursor->at;
    field->bytes = bytes;
    cursor->at += bytes;
    return true;
}

/* The value of a field, if it has that type; else false. */
static inline bool lq_wire_field_uint32(const struct lq_wire_field *field, uint32_t *to)
{
    if (field->type != LQ_WIRE_TYPE_VARINT || field->value > UINT32_MAX) {
        return false;
    }
    *to = (uint32_t)field->value;
    return true;
}

static inline bool lq_wire_field_uint8(const struct lq_wire_field *field, uint8_t *to)
{
    if (field->type != LQ_WIRE_TYPE_VARINT || field->value > UINT8_MAX) {
        return false;
    }
    *to = (uint8_t)field->value;
    return true;
}

static inline bool lq_wire_field_bool(const struct lq_wire_field *field, bool *to)
{
    if (field->type != LQ_WIRE_TYPE_VARINT) {
        return false;
    }
    *to = field->value != 0;
    return true;
}

static inline bool lq_wire_field_fixed32(const struct lq_wire_field *field, uint32_t *to)
{
    if (field->type != LQ_WIRE_TYPE_32BIT) {
        return false;
    }
    *to = lq_get_u32(field->data);
    return true;
}

static inline bool lq_wire_field_fixed64(const struct lq_wire_field *field, uint64_t *to)
{
    if (field->type != LQ_WIRE_TYPE_64BIT) {
        return false;
    }
    *to = lq_get_u64(field->data);
    return true;
}

/* Numbers must be finite: an exponent of all ones is infinity or no number. */
static inline bool lq_wire_field_float(const struct lq_wire_field *field, float *to)
{
    uint32_t bits;

    if (!lq_wire_field_fixed32(field, &bits) || (bits & 0x7f800000u) == 0x7f800000u) {
        return false;
    }
    memcpy(to, &bits, sizeof *to);
    return true;
}

static inline bool lq_wire_field_double(const struct lq_wire_field *field, double *to)
{
    const uint64_t exponent = UINT64_C(0x7ff0000000000000);
    uint64_t bits;

    if (!lq_wire_field_fixed64(field, &bits) || (bits & exponent) == exponent) {
        return false;
    }
    memcpy(to, &bits, sizeof *to);
    return true;
}

/* A message or bytes. */
static inline bool lq_wire_field_view(const struct lq_wire_field *field, struct lq_view *to)
{
    if (field->type != LQ_WIRE_TYPE_LENGTH) {
        return false;
    }
    *to = lq_view_of(field->data, field->bytes);
    return true;
}

/* Exactly `bytes` bytes. */
static inline bool lq_wire_field_bytes(const struct lq_wire_field *field, void *to, size_t bytes)
{
    if (field->type != LQ_WIRE_TYPE_LENGTH || field->bytes != bytes) {
        return false;
    }
    memcpy(to, field->data, bytes);
    return true;
}

/* A text into `bytes_max` bytes, NUL included. */
static inline bool lq_wire_field_text(const struct lq_wire_field *field, char *to, size_t bytes_max)
{
    if (field->type != LQ_WIRE_TYPE_LENGTH || field->bytes >= bytes_max ||
        !lq_wire_text_valid(field->data, field->bytes)) {
        return false;
    }
    memcpy(to, field->data, field->bytes);
    to[field->bytes] = '\0';
    return true;
}

/* Append a packed run of entries, or the single entry of a writer that does not pack, to a column
 * of `*count` of `count_max` entries. `entry_bytes` is 4 or 8. */
static inline bool lq_wire_field_column(const struct lq_wire_field *field, void *column,
                                        size_t entry_bytes, uint32_t count_max, uint32_t *count)
{
    uint8_t single = entry_bytes == 8 ? LQ_WIRE_TYPE_64BIT : LQ_WIRE_TYPE_32BIT;
    size_t added = field->bytes / entry_bytes;

    if ((field->type != LQ_WIRE_TYPE_LENGTH && field->type != single) ||
        field->bytes % entry_bytes != 0 || added > count_max - *count) {
        return false;
    }
    memcpy((uint8_t *)column + *count * entry_bytes, field->data, field->bytes);
    *count += (uint32_t)added;
    return true;
}

/* Singular bytes as a column of `entry_bytes` bytes an entry. */
static inline bool lq_wire_field_byte_column(const struct lq_wire_field *field, void *column,
                                             size_t entry_bytes, uint32_t count_max,
                                             uint32_t *count)
{
    if (field->type != LQ_WIRE_TYPE_LENGTH || field->bytes % entry_bytes != 0 ||
        field->bytes / entry_bytes > count_max) {
        return false;
    }
    memcpy(column, field->data, field->bytes);
    *count = (uint32_t)(field->bytes / entry_bytes);
    return true;
}

#endif
