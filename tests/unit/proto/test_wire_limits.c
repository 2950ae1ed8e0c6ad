// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/wire_limits.h"

#include "proto/wire_out.h"
#include "tests/unit/proto/proto_cases.h"

#include "ledgerquest/v1/actor.pb-c.h"
#include "ledgerquest/v1/client.pb-c.h"
#include "ledgerquest/v1/tick.pb-c.h"

#include <stdlib.h>

#define HOSTILE_BYTES (1024u * 1024u)
#define ARENA_BYTES (256u * 1024u)

static const ProtobufCMessageDescriptor *const tick = &ledgerquest__v1__tick__descriptor;
static const ProtobufCMessageDescriptor *const world = &ledgerquest__v1__world__descriptor;
static const ProtobufCMessageDescriptor *const dispatch = &ledgerquest__v1__dispatch__descriptor;
static const ProtobufCMessageDescriptor *const command = &ledgerquest__v1__command__descriptor;
static const ProtobufCMessageDescriptor *const result_message =
    &ledgerquest__v1__result__descriptor;

/* Check and unpack must agree, but for the field at which a limit is reached; the arena never takes
 * more than it has. */
static enum lq_result check_both(const ProtobufCMessageDescriptor *descriptor,
                                 struct lq_view message, const char **where)
{
    static uint8_t memory[ARENA_BYTES];
    struct lq_arena arena = {memory, sizeof memory, 0};
    ProtobufCMessage *unpacked = NULL;
    const char *where_unpacked = NULL;
    enum lq_result checked = lq_wire_limits_check(descriptor, message, where);
    enum lq_result result = lq_wire_unpack(descriptor, message, &arena, &unpacked, &where_unpacked);

    ck_assert_int_eq(result, checked);
    if (result == LQ_OK) {
        ck_assert_ptr_eq(unpacked->descriptor, descriptor);
        ck_assert_int_ne(protobuf_c_message_check(unpacked), 0);
    } else if (result == LQ_ERR_MALFORMED) {
        ck_assert_str_eq(where_unpacked, *where);
    }
    return result;
}

#define ROW(name, descriptor, bytes, result, where)                                                \
    {                                                                                              \
        name, &descriptor, (const uint8_t *)(bytes), sizeof(bytes) - 1, result, where              \
    }

static const struct {
    const char *name;
    const ProtobufCMessageDescriptor *const *descriptor;
    const uint8_t *data;
    size_t bytes;
    enum lq_result result;
    const char *where;
} rows[] = {
    ROW("nothing", tick, "", LQ_OK, NULL),
    ROW("an unknown field", tick, "\x78\x01", LQ_ERR_MALFORMED, "unknown field"),
    ROW("field zero", tick, "\x00\x01", LQ_ERR_MALFORMED, "unknown field"),
    ROW("a field number of 61 bits", tick, "\xf8\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01",
        LQ_ERR_MALFORMED, "unknown field"),
    ROW("a key that does not end", tick, "\x80", LQ_ERR_MALFORMED, "Tick"),
    ROW("a key of eleven bytes", tick, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
        LQ_ERR_MALFORMED, "Tick"),
    ROW("a varint of 65 bits", tick, "\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
        LQ_ERR_MALFORMED, "steps"),
    ROW("a varint that does not end", tick, "\x20\xff", LQ_ERR_MALFORMED, "steps"),
    ROW("32 bits", tick, "\x20\xff\xff\xff\xff\x0f", LQ_OK, NULL),
    ROW("33 bits in a uint32", tick, "\x20\xff\xff\xff\xff\x1f", LQ_ERR_MALFORMED, "steps"),
    ROW("an enum of 32 bits that the schema does not name", command, "\x08\xff\xff\xff\xff\x0f",
        LQ_OK, NULL),
    ROW("33 bits in an enum", command, "\x08\xff\xff\xff\xff\x1f", LQ_ERR_MALFORMED, "kind"),
    ROW("33 bits in a column of an enum", dispatch, "\x32\x05\xff\xff\xff\xff\x1f",
        LQ_ERR_MALFORMED, "kind"),
    ROW("a group", tick, "\x23\x24", LQ_ERR_MALFORMED, "steps"),
    ROW("the end of a group", tick, "\x24", LQ_ERR_MALFORMED, "steps"),
    ROW("a fixed64 as a varint", tick, "\x18\x01", LQ_ERR_MALFORMED, "frame"),
    ROW("a fixed64 cut short", tick, "\x19\x01\x02\x03", LQ_ERR_MALFORMED, "frame"),
    ROW("a string as a fixed32", tick, "\x0d\x01\x02\x03\x04", LQ_ERR_MALFORMED, "tenant"),
    ROW("a string longer than the rest", tick,
        "\x0a\x05"
        "demo",
        LQ_ERR_MALFORMED, "tenant"),
    ROW("a length of 63 bits", tick, "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", LQ_ERR_MALFORMED,
        "tenant"),
    ROW("a string with a NUL", tick,
        "\x0a\x03"
        "a\0b",
        LQ_ERR_MALFORMED, "tenant"),
    ROW("a string that is no UTF-8", tick, "\x0a\x02\xc0\x80", LQ_ERR_MALFORMED, "tenant"),
    ROW("a string twice: the last counts", tick,
        "\x0a\x01"
        "a\x0a\x01"
        "b",
        LQ_OK, NULL),
    ROW("a submessage twice", tick, "\x72\x00\x72\x00", LQ_ERR_MALFORMED, "world"),
    ROW("a submessage that ends in a field", tick, "\x72\x03\x0d\x01\x02", LQ_ERR_MALFORMED,
        "next_body_id"),
    ROW("a field across the end of a submessage", tick, "\x72\x02\x0d\x01\x02\x03\x04",
        LQ_ERR_MALFORMED, "next_body_id"),
    ROW("an unknown field inside", tick, "\x72\x03\xb8\x01\x01", LQ_ERR_MALFORMED, "unknown field"),
    ROW("a packed column of three bytes", world, "\x12\x03\x01\x02\x03", LQ_ERR_MALFORMED,
        "body_id"),
    ROW("an entry that is not packed", world, "\x15\x01\x02\x03\x04", LQ_OK, NULL),
    ROW("a packed column of doubles, 12 bytes", world,
        "\x22\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", LQ_ERR_MALFORMED, "x"),
    ROW("a double that is no number", command, "\x21\0\0\0\0\0\0\xf8\x7f", LQ_ERR_MALFORMED, "x"),
    ROW("an infinite double", command, "\x29\0\0\0\0\0\0\xf0\xff", LQ_ERR_MALFORMED, "y"),
    ROW("the largest double", command, "\x21\xff\xff\xff\xff\xff\xff\xef\x7f", LQ_OK, NULL),
    ROW("an infinite float", command, "\x35\0\0\x80\x7f", LQ_ERR_MALFORMED, "radius"),
    ROW("a float that is no number", command, "\x3d\1\0\x80\xff", LQ_ERR_MALFORMED, "vx"),
    ROW("a packed infinite float", world, "\x3a\x08\0\0\0\0\0\0\x80\x7f", LQ_ERR_MALFORMED, "vx"),
    ROW("a packed double that is no number", world, "\x22\x08\0\0\0\0\0\0\xf8\xff",
        LQ_ERR_MALFORMED, "x"),
    ROW("an sfixed32 with such bits", world, "\x32\x04\0\0\x80\x7f", LQ_OK, NULL),
    ROW("packed varints", dispatch, "\x2a\x03\x01\x80\x01", LQ_OK, NULL),
    ROW("packed varints that do not end", dispatch, "\x2a\x02\x01\x80", LQ_ERR_MALFORMED, "lease"),
    ROW("a packed varint of 33 bits", dispatch, "\x2a\x05\xff\xff\xff\xff\x1f", LQ_ERR_MALFORMED,
        "lease"),
    ROW("a varint that is not packed", dispatch, "\x28\x07", LQ_OK, NULL),
    ROW("a bool of two", result_message, "\x70\x02", LQ_OK, NULL),
};

START_TEST(test_check)
{
    const char *where = NULL;
    enum lq_result result =
        check_both(*rows[_i].descriptor, lq_view_of(rows[_i].data, rows[_i].bytes), &where);

    ck_assert_msg(result == rows[_i].result, "%s: result %d", rows[_i].name, (int)result);
    if (rows[_i].where != NULL) {
        ck_assert_msg(strcmp(where, rows[_i].where) == 0, "%s: %s", rows[_i].name, where);
    }
}
END_TEST

/* The schema has no recursion; this type has. */
struct node {
    ProtobufCMessage base;
    struct node *child;
};
static const ProtobufCMessageDescriptor node_descriptor;
static const ProtobufCFieldDescriptor node_fields[] = {{.name = "child",
                                                        .id = 1,
                                                        .label = PROTOBUF_C_LABEL_NONE,
                                                        .type = PROTOBUF_C_TYPE_MESSAGE,
                                                        .offset = offsetof(struct node, child),
                                                        .descriptor = &node_descriptor}};
static const ProtobufCIntRange node_ranges[] = {{1, 0}, {0, 1}};

static void node_init(ProtobufCMessage *message)
{
    *(struct node *)message = (struct node){.base = {.descriptor = &node_descriptor}};
}

static const ProtobufCMessageDescriptor node_descriptor = {.magic =
                                                               PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
                                                           .name = "node",
                                                           .short_name = "node",
                                                           .sizeof_message = sizeof(struct node),
                                                           .n_fields = 1,
                                                           .fields = node_fields,
                                                           .n_field_ranges = 1,
                                                           .field_ranges = node_ranges,
                                                           .message_init = node_init};

/* `levels` messages, one inside the other; the bytes begin at the returned offset. */
static size_t nest(uint8_t *buffer, size_t bytes, unsigned levels)
{
    size_t at = bytes;

    for (unsigned level = 1; level < levels; level++) {
        uint8_t prefix[6] = {1 << 3 | LQ_WIRE_TYPE_LENGTH};
        size_t length =
            (size_t)(lq_wire_out_put_varint(prefix + 1, (uint32_t)(bytes - at)) - prefix);
        at -= length;
        memcpy(buffer + at, prefix, length);
    }
    return at;
}

static const struct {
    unsigned levels;
    enum lq_result result;
} depths[] = {{1, LQ_OK},
              {LQ_WIRE_DEPTH_MAX, LQ_OK},
              {LQ_WIRE_DEPTH_MAX + 1, LQ_ERR_LIMIT},
              {10000, LQ_ERR_LIMIT}};

START_TEST(test_depth)
{
    static uint8_t buffer[65536];
    size_t at = nest(buffer, sizeof buffer, depths[_i].levels);
    const char *where = NULL;

    ck_assert_int_eq(
        check_both(&node_descriptor, lq_view_of(buffer + at, sizeof buffer - at), &where),
        depths[_i].result);
}
END_TEST

/* A megabyte of two bytes again and again. */
static const struct {
    const char *name;
    const ProtobufCMessageDescriptor *const *descriptor;
    uint8_t pair[2];
    enum lq_result result;
} hostile[] = {
    {"unknown varints", &tick, {0x78, 0x01}, LQ_ERR_MALFORMED},
    {"empty commands", &tick, {0x5a, 0x00}, LQ_ERR_LIMIT},
    {"empty stages", &tick, {0x52, 0x00}, LQ_ERR_LIMIT},
    {"empty strings", &dispatch, {0x4a, 0x00}, LQ_ERR_LIMIT},
    {"empty columns", &world, {0x12, 0x00}, LQ_ERR_LIMIT},
    {"single varints", &dispatch, {0x28, 0x01}, LQ_ERR_LIMIT},
    {"a scalar anew", &tick, {0x20, 0x01}, LQ_ERR_LIMIT},
};

START_TEST(test_hostile)
{
    static uint8_t buffer[HOSTILE_BYTES];
    const char *where = NULL;

    for (size_t index = 0; index < sizeof buffer; index += 2) {
        memcpy(buffer + index, hostile[_i].pair, 2);
    }
    enum lq_result result =
        check_both(*hostile[_i].descriptor, lq_view_of(buffer, sizeof buffer), &where);
    ck_assert_msg(result == hostile[_i].result, "%s: result %d, %s", hostile[_i].name, (int)result,
                  where);
}
END_TEST

/* Within the limit of fields, but more memory than the arena has: its budget ends it. */
START_TEST(test_arena_budget)
{
    static uint8_t buffer[2 * LQ_WIRE_FIELDS_MAX];
    static uint8_t memory[ARENA_BYTES];
    struct lq_arena arena = {memory, sizeof memory, 0};
    ProtobufCMessage *unpacked;
    const char *where = NULL;

    for (size_t index = 0; index < sizeof buffer; index += 2) {
        buffer[index] = 8 << 3 | LQ_WIRE_TYPE_LENGTH; /* AdminReply.letters */
    }
    ck_assert_int_eq(lq_wire_limits_check(&ledgerquest__v1__admin_reply__descriptor,
                                          lq_view_of(buffer, sizeof buffer), &where),
                     LQ_OK);
    ck_assert_int_eq(lq_wire_unpack(&ledgerquest__v1__admin_reply__descriptor,
                                    lq_view_of(buffer, sizeof buffer), &arena, &unpacked, &where),
                     LQ_ERR_LIMIT);
    ck_assert_uint_le(arena.used_bytes, sizeof memory);
}
END_TEST

/* Entries count over all occurrences of a column. */
START_TEST(test_elements)
{
    static uint8_t buffer[8 * LQ_WIRE_ELEMENTS_MAX];
    static uint32_t column[LQ_WIRE_ELEMENTS_MAX];
    struct lq_wire_out out;
    size_t bytes = 0;
    const char *where = NULL;

    lq_wire_out_open(&out, buffer, sizeof buffer);
    lq_wire_out_column32(&out, 2, column, LQ_WIRE_ELEMENTS_MAX - 1);
    lq_wire_out_fixed32(&out, 2, 1);
    ck_assert_int_eq(lq_wire_out_close(&out, &bytes), LQ_OK);
    ck_assert_int_eq(check_both(world, lq_view_of(buffer, bytes), &where), LQ_OK);
    lq_wire_out_fixed32(&out, 2, 1);
    ck_assert_int_eq(lq_wire_out_close(&out, &bytes), LQ_OK);
    ck_assert_int_eq(check_both(world, lq_view_of(buffer, bytes), &where), LQ_ERR_LIMIT);
    ck_assert_str_eq(where, "body_id");
}
END_TEST

/* A column may come in pieces: packed runs and single entries, in order. */
START_TEST(test_column_in_pieces)
{
    static uint8_t memory[ARENA_BYTES];
    uint8_t buffer[1024];
    struct lq_arena arena = {memory, sizeof memory, 0};
    struct lq_wire_out out;
    ProtobufCMessage *unpacked = NULL;
    uint32_t next = 1;
    size_t bytes = 0;
    const char *where = NULL;

    lq_wire_out_open(&out, buffer, sizeof buffer);
    for (uint32_t length = 0; length < 12; length++) {
        uint32_t run[12];
        for (uint32_t index = 0; index < length; index++) {
            run[index] = next++;
        }
        lq_wire_out_column32(&out, 2, run, length);
        lq_wire_out_fixed32(&out, 2, next++);
    }
    ck_assert_int_eq(lq_wire_out_close(&out, &bytes), LQ_OK);
    ck_assert_int_eq(lq_wire_unpack(world, lq_view_of(buffer, bytes), &arena, &unpacked, &where),
                     LQ_OK);
    const Ledgerquest__V1__World *message = (const Ledgerquest__V1__World *)unpacked;
    ck_assert_uint_eq(message->n_body_id, next - 1);
    for (uint32_t index = 0; index + 1 < next; index++) {
        ck_assert_uint_eq(message->body_id[index], index + 1);
    }
}
END_TEST

TCase *lq_test_wire_limits(void)
{
    TCase *tc = tcase_create("wire_limits");

    tcase_add_loop_test(tc, test_check, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tc, test_depth, 0, sizeof depths / sizeof depths[0]);
    tcase_add_loop_test(tc, test_hostile, 0, sizeof hostile / sizeof hostile[0]);
    tcase_add_test(tc, test_arena_budget);
    tcase_add_test(tc, test_elements);
    tcase_add_test(tc, test_column_in_pieces);
    return tc;
}
