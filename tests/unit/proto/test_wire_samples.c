// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What must hold of every message, tried on one of each kind. */
#include "tests/unit/proto/wire_samples.h"

#include "proto/wire_limits.h"
#include "proto/wire_out.h"
#include "tests/unit/proto/proto_cases.h"

#include <protobuf-c/protobuf-c.h>
#include <stdlib.h>

static uint8_t encoded[LQ_WIRE_SAMPLE_BYTES_MAX];
static uint8_t again[LQ_WIRE_SAMPLE_BYTES_MAX];
static uint8_t memory[LQ_WIRE_SAMPLE_ARENA_BYTES];
static struct lq_arena arena = {memory, sizeof memory, 0};

/* Encode the sample of this loop; its message is what stands behind the framing. */
static struct lq_view encode(const struct lq_wire_sample *sample, size_t *part_bytes)
{
    ck_assert_int_eq(sample->encode(encoded, sizeof encoded, part_bytes), LQ_OK);
    return lq_wire_sample_message(sample, lq_view_of(encoded, *part_bytes));
}

static enum lq_result decode(const struct lq_wire_sample *sample, struct lq_view message,
                             size_t *written, const char **where)
{
    lq_arena_reset(&arena);
    return sample->again(message, &arena, again, sizeof again, written, where);
}

START_TEST(test_round_trip)
{
    const struct lq_wire_sample *sample = &lq_wire_samples[_i];
    const char *where = "";
    size_t bytes = 0;
    size_t bytes_again = 0;
    struct lq_view message = encode(sample, &bytes);

    enum lq_result result = decode(sample, message, &bytes_again, &where);
    ck_assert_msg(result == LQ_OK, "%s: result %d at %s", sample->name, (int)result, where);
    ck_assert_uint_eq(bytes_again, bytes);
    ck_assert_mem_eq(again, encoded, bytes);
    if (sample->kind != 0) {
        enum lq_message_kind kind;
        struct lq_view behind;
        ck_assert_int_eq(lq_framing_get(lq_view_of(encoded, bytes), &kind, &behind), LQ_OK);
        ck_assert_int_eq(kind, sample->kind);
    }
}
END_TEST

/* protobuf-c, given our bytes, writes the same ones; and so it does with what we unpack. */
START_TEST(test_agrees_with_protobuf)
{
    const struct lq_wire_sample *sample = &lq_wire_samples[_i];
    const char *where = "";
    size_t bytes = 0;
    struct lq_view message = encode(sample, &bytes);
    ProtobufCMessage *theirs =
        protobuf_c_message_unpack(sample->descriptor, NULL, message.bytes, message.data);
    ProtobufCMessage *ours = NULL;

    ck_assert_ptr_nonnull(theirs);
    ck_assert_uint_eq(theirs->n_unknown_fields, 0);
    ck_assert_uint_eq(protobuf_c_message_pack(theirs, again), message.bytes);
    ck_assert_mem_eq(again, message.data, message.bytes);
    protobuf_c_message_free_unpacked(theirs, NULL);

    lq_arena_reset(&arena);
    ck_assert_int_eq(lq_wire_limits_check(sample->descriptor, message, &where), LQ_OK);
    ck_assert_int_eq(lq_wire_unpack(sample->descriptor, message, &arena, &ours, &where), LQ_OK);
    ck_assert_uint_eq(protobuf_c_message_pack(ours, again), message.bytes);
    ck_assert_mem_eq(again, message.data, message.bytes);
}
END_TEST

/* Cut anywhere, a message is refused, or is whole for its decoder and encodes again. The bytes lie
 * at the end of a block of their own, so that reading behind them shows. */
START_TEST(test_truncation)
{
    const struct lq_wire_sample *sample = &lq_wire_samples[_i];
    size_t bytes = 0;
    struct lq_view message = encode(sample, &bytes);

    for (size_t length = 0; length < message.bytes; length++) {
        const char *where = NULL;
        size_t written;
        uint8_t *cut = malloc(length + 1);
        memcpy(cut + 1, message.data, length);
        enum lq_result result = decode(sample, lq_view_of(cut + 1, length), &written, &where);
        free(cut);
        ck_assert_msg(result == LQ_OK || where != NULL, "%s: no field named at %zu", sample->name,
                      length);
    }
}
END_TEST

START_TEST(test_unknown_field)
{
    const struct lq_wire_sample *sample = &lq_wire_samples[_i];
    static const uint8_t unknown[] = {0x80, 0x7d, 0x01}; /* field 2000, a varint */
    const char *where = NULL;
    size_t bytes = 0;
    size_t written;
    struct lq_view message = encode(sample, &bytes);

    memcpy(encoded + bytes, unknown, sizeof unknown);
    message.bytes += sizeof unknown;
    ck_assert_int_eq(decode(sample, message, &written, &where), LQ_ERR_MALFORMED);
    ck_assert_str_eq(where, "unknown field");
}
END_TEST

/* The wire types under which a field may come. */
static bool type_allowed(const ProtobufCFieldDescriptor *field, uint8_t type)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return type == LQ_WIRE_TYPE_LENGTH;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_BOOL:
        break;
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return type == LQ_WIRE_TYPE_64BIT ||
               (type == LQ_WIRE_TYPE_LENGTH && field->label == PROTOBUF_C_LABEL_REPEATED);
    default:
        return type == LQ_WIRE_TYPE_32BIT ||
               (type == LQ_WIRE_TYPE_LENGTH && field->label == PROTOBUF_C_LABEL_REPEATED);
    }
    return type == LQ_WIRE_TYPE_VARINT ||
           (type == LQ_WIRE_TYPE_LENGTH && field->label == PROTOBUF_C_LABEL_REPEATED);
}

/* Every field under every wire type it must not have, in front of a message that is fine. */
START_TEST(test_wrong_wire_types)
{
    const struct lq_wire_sample *sample = &lq_wire_samples[_i];
    size_t bytes = 0;
    struct lq_view message = encode(sample, &bytes);
    uint8_t *copy = malloc(message.bytes + 16);

    for (unsigned index = 0; index < sample->descriptor->n_fields; index++) {
        for (uint8_t type = 0; type < 8; type++) {
            const ProtobufCFieldDescriptor *field = &sample->descriptor->fields[index];
            const char *where = NULL;
            size_t written;
            if (type_allowed(field, type)) {
                continue;
            }
            uint8_t *at = lq_wire_out_put_varint(copy, field->id << 3 | type);
            size_t value_bytes = type == LQ_WIRE_TYPE_64BIT   ? 8
                                 : type == LQ_WIRE_TYPE_32BIT ? 4
                                                              : 1;
            memset(at, 0, value_bytes);
            at += value_bytes;
            memcpy(at, message.data, message.bytes);
            enum lq_result result = decode(
                sample, lq_view_of(copy, (size_t)(at - copy) + message.bytes), &written, &where);
            ck_assert_msg(result == LQ_ERR_MALFORMED, "%s: %s under type %u", sample->name,
                          field->name, type);
        }
    }
    free(copy);
}
END_TEST

/* Memory that suffices exactly is enough; any less is refused and nothing is written behind it. */
START_TEST(test_memory_of_encoder)
{
    const struct lq_wire_sample *sample = &lq_wire_samples[_i];
    size_t bytes = 0;
    size_t written = 0;

    (void)encode(sample, &bytes);
    for (size_t bytes_max = 0; bytes_max <= bytes; bytes_max++) {
        memset(again, 0xee, bytes + 16);
        enum lq_result result = sample->encode(again, bytes_max, &written);
        ck_assert_msg(result == (bytes_max < bytes ? LQ_ERR_LIMIT : LQ_OK), "%s: %zu of %zu: %d",
                      sample->name, bytes_max, bytes, (int)result);
        size_t untouched = bytes_max;
        while (untouched < bytes + 16 && again[untouched] == 0xee) {
            untouched++;
        }
        ck_assert_uint_eq(untouched, bytes + 16);
    }
    ck_assert_mem_eq(again, encoded, bytes);
}
END_TEST

/* An arena of any size ends in LQ_OK or LQ_ERR_LIMIT. */
START_TEST(test_memory_of_decoder)
{
    const struct lq_wire_sample *sample = &lq_wire_samples[_i];
    size_t bytes = 0;
    struct lq_view message = encode(sample, &bytes);
    enum lq_result result = LQ_ERR_LIMIT;

    for (size_t budget = 0; result != LQ_OK; budget += 16) {
        const char *where = NULL;
        size_t written;
        struct lq_arena small = {memory, budget, 0};
        ck_assert_uint_lt(budget, sizeof memory);
        result = sample->again(message, &small, again, sizeof again, &written, &where);
        ck_assert_msg(result == LQ_OK || (result == LQ_ERR_LIMIT && where != NULL), "%s: %d",
                      sample->name, (int)result);
    }
}
END_TEST

TCase *lq_test_wire_samples(void)
{
    TCase *tc = tcase_create("wire_samples");
    int count = (int)lq_wire_sample_count;

    tcase_add_loop_test(tc, test_round_trip, 0, count);
    tcase_add_loop_test(tc, test_agrees_with_protobuf, 0, count);
    tcase_add_loop_test(tc, test_truncation, 0, count);
    tcase_add_loop_test(tc, test_unknown_field, 0, count);
    tcase_add_loop_test(tc, test_wrong_wire_types, 0, count);
    tcase_add_loop_test(tc, test_memory_of_encoder, 0, count);
    tcase_add_loop_test(tc, test_memory_of_decoder, 0, count);
    return tc;
}
