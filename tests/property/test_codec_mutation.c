// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Random bytes and random changes of valid messages. Whatever arrives, a decoder
 *   - neither crashes nor reads outside the message (each lies in a block of its own: run under
 * ASan);
 *   - names a field when it refuses;
 *   - accepts nothing that protobuf-c or the limits of the wire refuse;
 *   - makes something of it that encodes, decodes and encodes to the same bytes. */
#include "proto/wire_limits.h"
#include "tests/support/suite.h"
#include "tests/unit/proto/wire_samples.h"

#include <protobuf-c/protobuf-c.h>
#include <stdlib.h>

#define ROUNDS 400000u
#define MESSAGE_BYTES_MAX 8192u

static uint64_t state;
static uint8_t encoded[MESSAGE_BYTES_MAX];
static uint8_t changed[2 * MESSAGE_BYTES_MAX];
static uint8_t first[LQ_WIRE_SAMPLE_BYTES_MAX];
static uint8_t second[LQ_WIRE_SAMPLE_BYTES_MAX];
static uint8_t memory[LQ_WIRE_SAMPLE_ARENA_BYTES];

/* splitmix64 */
static uint64_t draw(void)
{
    state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static size_t below(size_t limit)
{
    return limit == 0 ? 0 : (size_t)(draw() % limit);
}

/* Bytes that mean something: keys, lengths, ends of varints, exponents of NaN. */
static uint8_t telling_byte(void)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0x08, 0x0a, 0x0d, 0x12, 0x19, 0x40, 0x5a,
                                    0x72, 0x7f, 0x80, 0x81, 0xc0, 0xf0, 0xf8, 0xff};

    return draw() % 2 == 0 ? bytes[below(sizeof bytes)] : (uint8_t)draw();
}

/* One change of `bytes` bytes at changed; the new length. */
static size_t change(size_t bytes)
{
    size_t place = below(bytes);
    size_t run = 1 + below(8);

    switch (draw() % 6) {
    case 0:
        if (bytes > 0) {
            changed[place] ^= (uint8_t)(1u << below(8));
        }
        return bytes;
    case 1:
        if (bytes > 0) {
            changed[place] = telling_byte();
        }
        return bytes;
    case 2: /* insert */
        memmove(changed + place + run, changed + place, bytes - place);
        for (size_t index = 0; index < run; index++) {
            changed[place + index] = telling_byte();
        }
        return bytes + run;
    case 3: /* remove */
        run = run < bytes - place ? run : bytes - place;
        memmove(changed + place, changed + place + run, bytes - place - run);
        return bytes - run;
    case 4: /* repeat the tail: fields twice */
        run = below(bytes - place + 1);
        memcpy(changed + bytes, changed + place, run);
        return bytes + run;
    default:
        return place; /* cut */
    }
}

/* A message at `changed`: mostly a valid one with a few changes. */
static size_t make_message(const struct lq_wire_sample *sample)
{
    size_t bytes = 0;

    if (draw() % 16 == 0) {
        bytes = below(200);
        for (size_t index = 0; index < bytes; index++) {
            changed[index] = telling_byte();
        }
        return bytes;
    }
    enum lq_result result = sample->encode(encoded, sizeof encoded, &bytes);
    LQ_HOLDS(result == LQ_OK, "%s: %d", sample->name, (int)result);
    struct lq_view message = lq_wire_sample_message(sample, lq_view_of(encoded, bytes));
    memcpy(changed, message.data, message.bytes);
    bytes = message.bytes;
    for (size_t count = 1 + below(3); count > 0 && bytes < MESSAGE_BYTES_MAX / 2; count--) {
        bytes = change(bytes);
    }
    return bytes;
}

static void check_protobuf_agrees(const struct lq_wire_sample *sample, struct lq_view message)
{
    struct lq_arena arena = {memory, sizeof memory, 0};
    ProtobufCMessage *ours = NULL;
    const char *where = NULL;

    enum lq_result result = lq_wire_unpack(sample->descriptor, message, &arena, &ours, &where);
    LQ_HOLDS(result == LQ_OK, "%s: refused at %s", sample->name, where);
    ProtobufCMessage *theirs =
        protobuf_c_message_unpack(sample->descriptor, NULL, message.bytes, message.data);
    LQ_HOLDS(theirs != NULL, "%s: refused by protobuf-c", sample->name);
    size_t bytes = protobuf_c_message_pack(ours, first);
    LQ_HOLDS(protobuf_c_message_pack(theirs, second) == bytes && memcmp(first, second, bytes) == 0,
             "%s: protobuf-c packs other bytes", sample->name);
    protobuf_c_message_free_unpacked(theirs, NULL);
}

/* Returns whether the message was accepted. */
static bool try_message(const struct lq_wire_sample *sample, struct lq_view message)
{
    struct lq_arena arena = {memory, sizeof memory, 0};
    const char *where = NULL;
    size_t bytes = 0;
    size_t bytes_again = 0;

    enum lq_result limits = lq_wire_limits_check(sample->descriptor, message, &where);
    if (limits == LQ_OK) {
        check_protobuf_agrees(sample, message);
    }
    where = NULL;
    enum lq_result result = sample->again(message, &arena, first, sizeof first, &bytes, &where);
    if (result != LQ_OK) {
        LQ_HOLDS(where != NULL || result == LQ_ERR_LIMIT, "%s: no field named", sample->name);
        return false;
    }
    LQ_HOLDS(limits == LQ_OK, "%s: taken although %s is refused", sample->name, where);
    arena.used_bytes = 0;
    result = sample->again(lq_wire_sample_message(sample, lq_view_of(first, bytes)), &arena, second,
                           sizeof second, &bytes_again, &where);
    LQ_HOLDS(result == LQ_OK, "%s: its own bytes refused at %s", sample->name, where);
    LQ_HOLDS(bytes_again == bytes && memcmp(first, second, bytes) == 0,
             "%s: encodes to other bytes", sample->name);
    return true;
}

START_TEST(test_mutations)
{
    uint32_t accepted = 0;

    state = lq_suite_seed(UINT64_C(20260101));
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const struct lq_wire_sample *sample = &lq_wire_samples[below(lq_wire_sample_count)];
        size_t bytes = make_message(sample);
        uint8_t *block = malloc(bytes + 1);
        LQ_HOLDS(block != NULL, "no memory");
        memcpy(block + 1, changed, bytes);
        accepted += try_message(sample, lq_view_of(block + 1, bytes));
        free(block);
    }
    /* Were nearly all refused, or none, the changes would not test much. */
    ck_assert_uint_gt(accepted, ROUNDS / 50);
    ck_assert_uint_lt(accepted, ROUNDS / 2);
}
END_TEST

static TCase *codec_mutation(void)
{
    TCase *tc = tcase_create("codec_mutation");

    tcase_add_test(tc, test_mutations);
    return tc;
}

int main(void)
{
    return lq_suite_run("codec_mutation", (lq_test_case_fn[]){codec_mutation}, 1);
}
