// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* canonical_layout.h - what the two directions of the canonical form share, and those of deltas.
 * Only for canonical_encode.c, canonical_decode.c and tick_delta_layout.h; docs/ledger-format.md,
 * section "Content", is the prose. */
#ifndef LQ_CANONICAL_LAYOUT_H
#define LQ_CANONICAL_LAYOUT_H

#include "base/little_endian.h"
#include "world/column.h"
#include "world/tick.h"

/* Which fields a command of each kind has in a record, in this order. Fields that a kind does not
 * use are not part of it. Kind 0 is a command whose body nobody could read: refused, without
 * fields. */
enum {
    LQ_FIELD_BODY_KIND = 1 << 0, /* u8 */
    LQ_FIELD_BEHAVIOR = 1 << 1,  /* u8 */
    LQ_FIELD_BODY_ID = 1 << 2,   /* u32 */
    LQ_FIELD_TARGET_ID = 1 << 3, /* u32 */
    LQ_FIELD_PLACE = 1 << 4,     /* x f64, y f64, radius f32 */
    LQ_FIELD_VECTOR = 1 << 5,    /* vx f32, vy f32 */
    LQ_FIELD_STRENGTH = 1 << 6,  /* f32 */
    LQ_FIELD_CUSTOM = 1 << 7,    /* u16 count, bytes */
};

static const uint8_t lq_canonical_fields[LQ_COMMAND_KIND_LAST + 1] = {
    [LQ_COMMAND_JOIN] = LQ_FIELD_BODY_KIND | LQ_FIELD_PLACE,
    [LQ_COMMAND_SPAWN] = LQ_FIELD_BODY_KIND | LQ_FIELD_PLACE | LQ_FIELD_VECTOR,
    [LQ_COMMAND_DESPAWN] = LQ_FIELD_BODY_ID,
    [LQ_COMMAND_SET_THRUST] = LQ_FIELD_BODY_ID | LQ_FIELD_VECTOR,
    [LQ_COMMAND_APPLY_IMPULSE] = LQ_FIELD_BODY_ID | LQ_FIELD_VECTOR,
    [LQ_COMMAND_SET_BEHAVIOR] =
        LQ_FIELD_BEHAVIOR | LQ_FIELD_BODY_ID | LQ_FIELD_TARGET_ID | LQ_FIELD_STRENGTH,
    [LQ_COMMAND_CUSTOM] = LQ_FIELD_CUSTOM,
};

#define LQ_CANONICAL_WINDOW_BYTES 40

/* The flags of a configuration. */
#define LQ_CANONICAL_ATTENDED 1u

/* Of a command's kind byte: the id of a letter follows. */
#define LQ_CANONICAL_OF_LETTER 0x80u

/* The count of a short column takes a byte in a table of up to so many rows, else two. */
#define LQ_CANONICAL_NARROW_ROWS_MAX 255u

_Static_assert(LQ_BODIES_MAX < UINT16_MAX && LQ_AGENTS_MAX < UINT16_MAX, "a row fits a u16");
_Static_assert(LQ_TENANT_BYTES_MAX <= UINT16_MAX && LQ_CUSTOM_BYTES_MAX <= UINT16_MAX,
               "counts fit a u16");

_Static_assert(sizeof(struct lq_client_id) == LQ_CLIENT_ID_BYTES, "a column of clients is packed");
_Static_assert(sizeof(struct lq_client_window) == LQ_CANONICAL_WINDOW_BYTES, "windows are packed");
_Static_assert(LQ_REASON_BYTES_MAX <= 256, "a reason's length fits a byte");

/* Whether a command leaves a trace. */
static inline bool lq_canonical_is_recorded(const struct lq_command *command)
{
    return command->outcome != LQ_OUTCOME_DUPLICATE && command->outcome != LQ_OUTCOME_UNUSED;
}

/* Whether a decoder would take it back. */
static inline bool lq_canonical_is_recordable(const struct lq_command *command)
{
    if (command->outcome != LQ_OUTCOME_APPLIED && command->outcome != LQ_OUTCOME_REFUSED) {
        return false;
    }
    if (command->kind == 0) {
        return command->outcome == LQ_OUTCOME_REFUSED;
    }
    return command->kind <= LQ_COMMAND_KIND_LAST &&
           (command->kind != LQ_COMMAND_CUSTOM || command->custom.bytes <= LQ_CUSTOM_BYTES_MAX);
}

/* Copy a column of `count` numbers of `width` bytes between memory and its little endian form. */
static inline void lq_canonical_copy(void *to, const void *from, size_t count, size_t width)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(to, from, count * width);
#else
    for (size_t at = 0; at < count * width; at += width) {
        for (size_t byte = 0; byte < width; byte++) {
            ((uint8_t *)to)[at + byte] = ((const uint8_t *)from)[at + width - 1 - byte];
        }
    }
#endif
}

#define LQ_IDS_MAX (LQ_BODIES_MAX > LQ_AGENTS_MAX ? LQ_BODIES_MAX : LQ_AGENTS_MAX)

#endif
