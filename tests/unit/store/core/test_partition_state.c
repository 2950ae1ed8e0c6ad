// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/partition_state.h"

#include "tests/support/suite.h"

/* In place of BLAKE2b, which is not this folder's business: every byte counts, by its place. */
static void digest_for_test(uint8_t digest[LQ_HASH_BYTES], struct lq_view message)
{
    uint64_t lanes[4] = {1, 2, 3, 4};

    for (size_t at = 0; at < message.bytes; at++) {
        lanes[at % 4] = lanes[at % 4] * UINT64_C(6364136223846793005) + message.data[at] + at;
    }
    memcpy(digest, lanes, LQ_HASH_BYTES);
}

static const struct lq_partition_state full = {
    .partition = 1,
    .writer_epoch = 2,
    .transaction = 3,
    .next_ledger_sequence = 4,
    .next_tenant_number = 5,
    .next_session_number = 6,
    .next_outbox_sequence = 7,
    .key_count = 8,
    .frame_count = 9,
    .letter_count = 10,
    .master_digest = {11},
    .records = {{12}},
    .names = {{13}},
    .keys = {{14}},
    .outbox = {{15}},
    .letters = {{16}},
    .meta_before = {17},
};

static void write_full(uint8_t bytes[LQ_PARTITION_STATE_BYTES])
{
    memset(bytes, 0, LQ_PARTITION_STATE_BYTES);
    lq_partition_state_encode(&full, bytes);
    memset(bytes + LQ_PARTITION_STATE_TAG_AT, 18, LQ_HASH_BYTES);
    lq_partition_state_check(digest_for_test, bytes);
}

static enum lq_result decode(const uint8_t *bytes, size_t count, struct lq_partition_state *state)
{
    return lq_partition_state_decode(lq_view_of(bytes, count), digest_for_test, state);
}

START_TEST(test_partition_state_layout)
{
    static const size_t offsets[] = {4,  8,  16,  24,  32,  40,  48,  56, 64,
                                     72, 80, 112, 144, 176, 208, 240, 272};
    struct lq_partition_state state;
    uint8_t bytes[LQ_PARTITION_STATE_BYTES];

    memset(&state, 0, sizeof state);
    write_full(bytes);
    ck_assert_uint_eq(bytes[0], LQ_PARTITION_FORMAT);
    for (size_t index = 0; index < sizeof offsets / sizeof offsets[0]; index++) {
        ck_assert_uint_eq(bytes[offsets[index]], index + 1);
    }
    ck_assert_int_eq(decode(bytes, sizeof bytes, &state), LQ_OK);
    ck_assert_mem_eq(&state, &full, sizeof state);
}
END_TEST

/* Whatever bit is flipped, also in the tag, the check does not hold. */
START_TEST(test_partition_state_sees_every_bit)
{
    struct lq_partition_state state;
    uint8_t bytes[LQ_PARTITION_STATE_BYTES];

    write_full(bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_msg(decode(bytes, sizeof bytes, &state) == LQ_ERR_CORRUPT, "bit %zu", bit);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}
END_TEST

START_TEST(test_partition_state_refuses)
{
    struct lq_partition_state state;
    uint8_t bytes[LQ_PARTITION_STATE_BYTES];

    write_full(bytes);
    ck_assert_int_eq(decode(bytes, sizeof bytes - 1, &state), LQ_ERR_CORRUPT);
    ck_assert_int_eq(decode(bytes, 3, &state), LQ_ERR_CORRUPT);
    bytes[0] = 1; /* as format 1 was: 48 bytes */
    ck_assert_int_eq(decode(bytes, 48, &state), LQ_ERR_VERSION);
    bytes[0] = 9;
    lq_partition_state_check(digest_for_test, bytes);
    ck_assert_int_eq(decode(bytes, sizeof bytes, &state), LQ_ERR_VERSION);
    for (size_t at = 24; at <= 48; at += 8) { /* numbers and sequences begin at 1 */
        write_full(bytes);
        bytes[at] = 0;
        lq_partition_state_check(digest_for_test, bytes);
        ck_assert_int_eq(decode(bytes, sizeof bytes, &state), LQ_ERR_CORRUPT);
    }
}
END_TEST

TCase *lq_test_partition_state(void);
TCase *lq_test_partition_state(void)
{
    TCase *tc = tcase_create("partition_state");

    tcase_add_test(tc, test_partition_state_layout);
    tcase_add_test(tc, test_partition_state_sees_every_bit);
    tcase_add_test(tc, test_partition_state_refuses);
    return tc;
}
