// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* One pass checks a message and, with an arena, unpacks it into protobuf-c's structs. It replaces
 * protobuf_c_message_unpack(), which scans each message twice, recurses, and merges submessages
 * that occur more than once. */
#include "proto/wire_limits.h"

#include "base/little_endian.h"
#include "proto/wire_out.h"
#include "proto/wire_text.h"
#include "proto/wire_varint.h"

#include <protobuf-c/protobuf-c.h>

#define FIELDS_PER_MESSAGE_MAX 40u
#define COLUMN_ENTRIES_LEAST 16u

/* One message on the way down to the one being read. */
struct level {
    const ProtobufCMessageDescriptor *descriptor;
    const uint8_t *end;
    uint8_t *base; /* the struct being filled in; NULL when the walk only checks */
    uint32_t counts[FIELDS_PER_MESSAGE_MAX]; /* occurrences or entries, by index of the field */
};

struct walk {
    const uint8_t *at;
    struct lq_arena *arena; /* NULL: check only */
    uint32_t depth;
    uint32_t key_count;
    const char *where;
    struct level levels[LQ_WIRE_DEPTH_MAX];
};

/* How a type of the schema travels. The schema has no zigzag and signed varint fields. */
static const struct {
    uint8_t wire_type;
    uint8_t bytes; /* of one entry in memory */
} forms[] = {
    [PROTOBUF_C_TYPE_UINT32] = {LQ_WIRE_TYPE_VARINT, 4},
    [PROTOBUF_C_TYPE_ENUM] = {LQ_WIRE_TYPE_VARINT, 4},
    [PROTOBUF_C_TYPE_UINT64] = {LQ_WIRE_TYPE_VARINT, 8},
    [PROTOBUF_C_TYPE_BOOL] = {LQ_WIRE_TYPE_VARINT, sizeof(protobuf_c_boolean)},
    [PROTOBUF_C_TYPE_FIXED32] = {LQ_WIRE_TYPE_32BIT, 4},
    [PROTOBUF_C_TYPE_SFIXED32] = {LQ_WIRE_TYPE_32BIT, 4},
    [PROTOBUF_C_TYPE_FLOAT] = {LQ_WIRE_TYPE_32BIT, 4},
    [PROTOBUF_C_TYPE_FIXED64] = {LQ_WIRE_TYPE_64BIT, 8},
    [PROTOBUF_C_TYPE_SFIXED64] = {LQ_WIRE_TYPE_64BIT, 8},
    [PROTOBUF_C_TYPE_DOUBLE] = {LQ_WIRE_TYPE_64BIT, 8},
    [PROTOBUF_C_TYPE_STRING] = {LQ_WIRE_TYPE_LENGTH, sizeof(char *)},
    [PROTOBUF_C_TYPE_BYTES] = {LQ_WIRE_TYPE_LENGTH, sizeof(ProtobufCBinaryData)},
    [PROTOBUF_C_TYPE_MESSAGE] = {LQ_WIRE_TYPE_LENGTH, sizeof(ProtobufCMessage *)},
};

/* Whether every entry is finite: an exponent of all ones is infinity or no number. */
static bool entries_finite(const ProtobufCFieldDescriptor *field, const uint8_t *data, size_t bytes)
{
    bool finite = true;

    if (field->type == PROTOBUF_C_TYPE_DOUBLE) {
        for (size_t offset = 0; offset < bytes; offset += 8) {
            uint64_t exponent = lq_get_u64(data + offset) & UINT64_C(0x7ff0000000000000);
            finite &= exponent != UINT64_C(0x7ff0000000000000);
        }
    } else if (field->type == PROTOBUF_C_TYPE_FLOAT) {
        for (size_t offset = 0; offset < bytes; offset += 4) {
            finite &= (lq_get_u32(data + offset) & 0x7f800000u) != 0x7f800000u;
        }
    }
    return finite;
}

static enum lq_result malformed(struct walk *walk, const char *where)
{
    walk->where = where;
    return LQ_ERR_MALFORMED;
}

static enum lq_result beyond_limit(struct walk *walk, const char *where)
{
    walk->where = where;
    return LQ_ERR_LIMIT;
}

/* How many entries a column of `count` has memory for. It follows from the count alone, so that no
 * one has to keep it; powers of two let a column that comes entry by entry grow in linear time. */
static size_t column_capacity(uint32_t count)
{
    if (count <= COLUMN_ENTRIES_LEAST) {
        return count == 0 ? 0 : COLUMN_ENTRIES_LEAST;
    }
    return (size_t)1 << (32 - __builtin_clz(count - 1));
}

/* Count `added` more entries of a repeated field. *entries is where they go; NULL if only checking.
 */
static enum lq_result grow_column(struct walk *walk, struct level *level,
                                  const ProtobufCFieldDescriptor *field, size_t added,
                                  uint8_t **entries)
{
    uint32_t *counter = &level->counts[field - level->descriptor->fields];
    uint32_t count = *counter;

    *entries = NULL;
    if (added > LQ_WIRE_ELEMENTS_MAX - count) {
        return beyond_limit(walk, field->name);
    }
    *counter = count + (uint32_t)added;
    if (level->base == NULL || added == 0) {
        return LQ_OK;
    }
    size_t bytes = forms[field->type].bytes;
    uint8_t *column;
    size_t total = *counter;
    memcpy(&column, level->base + field->offset, sizeof column);
    if (total > column_capacity(count)) {
        uint8_t *larger = lq_arena_take(walk->arena, column_capacity((uint32_t)total) * bytes);
        if (larger == NULL) {
            return beyond_limit(walk, field->name);
        }
        if (count > 0) {
            memcpy(larger, column, count * bytes);
        }
        column = larger;
        memcpy(level->base + field->offset, &column, sizeof column);
    }
    memcpy(level->base + field->quantifier_offset, &total, sizeof total);
    *entries = column + count * bytes;
    return LQ_OK;
}

/* Where the value of an occurrence goes: the member itself, or a new entry of its column. */
static inline enum lq_result place_value(struct walk *walk, struct level *level,
                                         const ProtobufCFieldDescriptor *field, uint8_t **place)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return grow_column(walk, level, field, 1, place);
    }
    level->counts[field - level->descriptor->fields]++;
    *place = level->base == NULL ? NULL : level->base + field->offset;
    return LQ_OK;
}

/* Put a varint into memory in the width of its field. */
static enum lq_result put_varint(struct walk *walk, const ProtobufCFieldDescriptor *field,
                                 uint64_t value, uint8_t *place)
{
    bool narrow = field->type == PROTOBUF_C_TYPE_UINT32 || field->type == PROTOBUF_C_TYPE_ENUM;

    if (narrow && value > UINT32_MAX) {
        return malformed(walk, field->name);
    }
    if (place == NULL) {
        return LQ_OK;
    }
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        protobuf_c_boolean truth = value != 0;
        memcpy(place, &truth, sizeof truth);
    } else {
        memcpy(place, &value, forms[field->type].bytes);
    }
    return LQ_OK;
}

/* A packed column of varints: `data` to its end, entry by entry. */
static enum lq_result take_packed_varints(struct walk *walk, struct level *level,
                                          const ProtobufCFieldDescriptor *field,
                                          const uint8_t *data, size_t bytes)
{
    const uint8_t *end = data + bytes;
    size_t count = 0;
    uint8_t *entries;

    for (const uint8_t *byte = data; byte < end; byte++) {
        count += *byte < 0x80; /* each varint has one such byte, its last */
    }
    enum lq_result result = grow_column(walk, level, field, count, &entries);
    for (size_t index = 0; result == LQ_OK && index < count; index++) {
        uint64_t value;
        if (!lq_wire_varint_take(&data, end, &value)) {
            return malformed(walk, field->name);
        }
        result = put_varint(walk, field, value, entries);
        if (entries != NULL) {
            entries += forms[field->type].bytes;
        }
    }
    return result != LQ_OK || data == end ? result : malformed(walk, field->name);
}

static enum lq_result take_packed(struct walk *walk, struct level *level,
                                  const ProtobufCFieldDescriptor *field, const uint8_t *data,
                                  size_t bytes)
{
    size_t entry_bytes = forms[field->type].bytes;
    uint8_t *entries;

    if (forms[field->type].wire_type == LQ_WIRE_TYPE_VARINT) {
        return take_packed_varints(walk, level, field, data, bytes);
    }
    if (bytes % entry_bytes != 0 || !entries_finite(field, data, bytes)) {
        return malformed(walk, field->name);
    }
    enum lq_result result = grow_column(walk, level, field, bytes / entry_bytes, &entries);
    if (result == LQ_OK && entries != NULL && bytes > 0) {
        memcpy(entries, data, bytes);
    }
    return result;
}

/* Strings get a NUL, so they must not have one. */
static enum lq_result take_string(struct walk *walk, struct level *level,
                                  const ProtobufCFieldDescriptor *field, const uint8_t *data,
                                  size_t bytes)
{
    uint8_t *place;

    if (!lq_wire_text_valid(data, bytes)) {
        return malformed(walk, field->name);
    }
    enum lq_result result = place_value(walk, level, field, &place);
    if (result != LQ_OK || place == NULL) {
        return result;
    }
    char *text = lq_arena_take(walk->arena, bytes + 1);
    if (text == NULL) {
        return beyond_limit(walk, field->name);
    }
    memcpy(text, data, bytes);
    text[bytes] = '\0';
    memcpy(place, &text, sizeof text);
    return LQ_OK;
}

static enum lq_result take_bytes(struct walk *walk, struct level *level,
                                 const ProtobufCFieldDescriptor *field, const uint8_t *data,
                                 size_t bytes)
{
    ProtobufCBinaryData copy = {.len = bytes};
    uint8_t *place;
    enum lq_result result = place_value(walk, level, field, &place);

    if (result != LQ_OK || place == NULL) {
        return result;
    }
    copy.data = lq_arena_take(walk->arena, bytes);
    if (copy.data == NULL) {
        return beyond_limit(walk, field->name);
    }
    memcpy(copy.data, data, bytes);
    memcpy(place, &copy, sizeof copy);
    return LQ_OK;
}

/* Start on a message of `bytes` bytes at walk->at, one level deeper if `field` is its place. */
static enum lq_result enter_message(struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
                                    size_t bytes)
{
    struct level *level = &walk->levels[walk->depth];

    LQ_ASSERT(descriptor->n_fields <= FIELDS_PER_MESSAGE_MAX);
    level->descriptor = descriptor;
    level->end = walk->at + bytes;
    level->base = NULL;
    memset(level->counts, 0, descriptor->n_fields * sizeof level->counts[0]);
    if (walk->arena == NULL) {
        return LQ_OK;
    }
    level->base = lq_arena_take(walk->arena, descriptor->sizeof_message);
    if (level->base == NULL) {
        return beyond_limit(walk, descriptor->short_name);
    }
    protobuf_c_message_init(descriptor, level->base);
    return LQ_OK;
}

static enum lq_result take_message(struct walk *walk, struct level *level,
                                   const ProtobufCFieldDescriptor *field, size_t bytes)
{
    uint8_t *place;
    enum lq_result result = place_value(walk, level, field, &place);

    if (result != LQ_OK) {
        return result;
    }
    if (field->label != PROTOBUF_C_LABEL_REPEATED &&
        level->counts[field - level->descriptor->fields] > 1) {
        return malformed(walk, field->name); /* protobuf would merge them */
    }
    if (walk->depth + 1 == LQ_WIRE_DEPTH_MAX) {
        return beyond_limit(walk, field->name);
    }
    walk->depth++;
    result = enter_message(walk, (const ProtobufCMessageDescriptor *)field->descriptor, bytes);
    if (result == LQ_OK && place != NULL) {
        memcpy(place, &walk->levels[walk->depth].base, sizeof(uint8_t *));
    }
    return result;
}

static enum lq_result take_length(struct walk *walk, struct level *level,
                                  const ProtobufCFieldDescriptor *field)
{
    uint64_t bytes;

    if (!lq_wire_varint_take(&walk->at, level->end, &bytes) ||
        bytes > (size_t)(level->end - walk->at)) {
        return malformed(walk, field->name);
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return take_message(walk, level, field, bytes);
    }
    const uint8_t *data = walk->at;
    walk->at += bytes;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return take_string(walk, level, field, data, bytes);
    case PROTOBUF_C_TYPE_BYTES:
        return take_bytes(walk, level, field, data, bytes);
    default:
        return take_packed(walk, level, field, data, bytes);
    }
}

/* A number on its own: a varint, or as many bytes as its type has. */
static enum lq_result take_number(struct walk *walk, struct level *level,
                                  const ProtobufCFieldDescriptor *field)
{
    size_t width = forms[field->type].bytes;
    bool varint = forms[field->type].wire_type == LQ_WIRE_TYPE_VARINT;
    const uint8_t *data = walk->at;
    uint64_t value = 0;
    uint8_t *place;

    if (varint) {
        if (!lq_wire_varint_take(&walk->at, level->end, &value)) {
            return malformed(walk, field->name);
        }
    } else {
        if (width > (size_t)(level->end - data) || !entries_finite(field, data, width)) {
            return malformed(walk, field->name);
        }
        walk->at += width;
    }
    enum lq_result result = place_value(walk, level, field, &place);
    if (result != LQ_OK || varint) {
        return result == LQ_OK ? put_varint(walk, field, value, place) : result;
    }
    if (place != NULL) {
        memcpy(place, data, width);
    }
    return LQ_OK;
}

/* The field of a number, NULL if there is none. Numbers run from 1 without gaps in this schema. */
static inline const ProtobufCFieldDescriptor *
find_field(const ProtobufCMessageDescriptor *descriptor, uint64_t number)
{
    if (number - 1 < descriptor->n_fields && descriptor->fields[number - 1].id == number) {
        return &descriptor->fields[number - 1];
    }
    return number > UINT32_MAX
               ? NULL
               : protobuf_c_message_descriptor_get_field(descriptor, (unsigned)number);
}

static enum lq_result take_field(struct walk *walk, struct level *level)
{
    uint64_t key;

    if (++walk->key_count > LQ_WIRE_FIELDS_MAX) {
        return beyond_limit(walk, level->descriptor->short_name);
    }
    if (!lq_wire_varint_take(&walk->at, level->end, &key)) {
        return malformed(walk, level->descriptor->short_name);
    }
    const ProtobufCFieldDescriptor *field = find_field(level->descriptor, key >> 3);
    if (field == NULL) {
        return malformed(walk, "unknown field");
    }
    LQ_ASSERT(forms[field->type].bytes != 0);
    uint8_t natural = forms[field->type].wire_type;
    uint8_t found = key & 7;
    if (found == LQ_WIRE_TYPE_LENGTH &&
        (natural == LQ_WIRE_TYPE_LENGTH || field->label == PROTOBUF_C_LABEL_REPEATED)) {
        return take_length(walk, level, field);
    }
    return found == natural ? take_number(walk, level, field) : malformed(walk, field->name);
}

/* Walk the whole message. With an arena, the struct is at levels[0].base afterwards. */
static enum lq_result walk_message(struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
                                   struct lq_view message)
{
    walk->at = message.data != NULL ? message.data : (const uint8_t *)""; /* an empty one */
    walk->depth = 0;
    walk->key_count = 0;
    enum lq_result result = enter_message(walk, descriptor, message.bytes);

    while (result == LQ_OK) {
        struct level *level = &walk->levels[walk->depth];
        if (walk->at < level->end) {
            result = take_field(walk, level);
        } else if (walk->depth > 0) {
            walk->depth--;
        } else {
            break;
        }
    }
    return result;
}

enum lq_result lq_wire_limits_check(const struct ProtobufCMessageDescriptor *descriptor,
                                    struct lq_view message, const char **where)
{
    struct walk walk;

    walk.arena = NULL;
    enum lq_result result = walk_message(&walk, descriptor, message);
    if (result != LQ_OK) {
        *where = walk.where;
    }
    return result;
}

enum lq_result lq_wire_unpack(const struct ProtobufCMessageDescriptor *descriptor,
                              struct lq_view message, struct lq_arena *arena,
                              struct ProtobufCMessage **unpacked, const char **where)
{
    struct walk walk;

    LQ_ASSERT(arena != NULL);
    walk.arena = arena;
    enum lq_result result = walk_message(&walk, descriptor, message);
    if (result != LQ_OK) {
        *where = walk.where;
        return result;
    }
    *unpacked = (ProtobufCMessage *)(void *)walk.levels[0].base;
    return LQ_OK;
}
