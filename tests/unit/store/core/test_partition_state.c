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
    .next_ledger_sequence = 104,
    .next_tenant_number = 5,
    .next_session_number = 106,
    .next_outbox_sequence = 107,
    .first_outbox_sequence = 8,
    .record_count = 9,
    .session_count = 10,
    .key_count = 11,
    .frame_count = 12,
    .outbox_count = 13,
    .letter_count = 14,
    .cursor_count = 15,
    .outbox_bytes = 16,
    .name_count = 14,
    .gapless_ledger = 18,
    .gapless_tenant = 4,
    .gapless_session = 20,
    .gapless_outbox = 21,
    .history = {27},
    .master_digest = {28},
    .records = {{29}},
    .names = {{30}},
    .keys = {{31}},
    .outbox = {{32}},
    .letters = {{33}},
    .cursors = {{34}},
    .proofs = {{35}},
    .proof_count = 6,
    .dropped_count = 37,
    .committed_wall_ns = 38,
    .wall_verdict = LQ_WALL_FAR,
    .drop_waits = true,
    .meta_before = {39},
};

static void write_full(uint8_t bytes[LQ_PARTITION_STATE_BYTES])
{
    memset(bytes, 0, LQ_PARTITION_STATE_BYTES);
    lq_partition_state_encode(&full, bytes);
    memset(bytes + LQ_PARTITION_STATE_TAG_AT, 26, LQ_HASH_BYTES);
    lq_partition_state_check(digest_for_test, bytes);
}

static enum lq_result decode(const uint8_t *bytes, size_t count, struct lq_partition_state *state)
{
    return lq_partition_state_decode(lq_view_of(bytes, count), digest_for_test, state);
}

START_TEST(test_partition_state_layout)
{
    static const uint8_t layout[][2] = {
        {4, 1},    {8, 2},    {16, 3},   {24, 104}, {32, 5},  {40, 106}, {48, 107},
        {56, 8},   {64, 9},   {72, 10},  {80, 11},  {88, 12}, {96, 13},  {104, 14},
        {112, 15}, {120, 16}, {128, 14}, {136, 18}, {144, 4}, {152, 20}, {160, 21},
        {168, 27}, {184, 28}, {216, 29}, {248, 30},
    };
    static const size_t behind[] = {280, 312, 344, 376, 408}; /* 31 and on */
    static const size_t last[][2] = {{440, 6}, {448, 37}, {456, 38}, {464, 2}, {468, 1}, {472, 39}};
    struct lq_partition_state state;
    uint8_t bytes[LQ_PARTITION_STATE_BYTES];

    memset(&state, 0, sizeof state);
    write_full(bytes);
    ck_assert_uint_eq(bytes[0], LQ_PARTITION_FORMAT);
    for (size_t index = 0; index < sizeof layout / sizeof layout[0]; index++) {
        ck_assert_uint_eq(bytes[layout[index][0]], layout[index][1]);
    }
    for (size_t index = 0; index < sizeof behind / sizeof behind[0]; index++) {
        ck_assert_uint_eq(bytes[behind[index]], 31 + index);
    }
    for (size_t index = 0; index < sizeof last / sizeof last[0]; index++) {
        ck_assert_uint_eq(bytes[last[index][0]], last[index][1]);
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
    bytes[0] = 2; /* as format 2 was */
    ck_assert_int_eq(decode(bytes, 368, &state), LQ_ERR_VERSION);
    bytes[0] = 3; /* as format 3 was */
    ck_assert_int_eq(decode(bytes, 464, &state), LQ_ERR_VERSION);
    bytes[0] = 9;
    lq_partition_state_check(digest_for_test, bytes);
    ck_assert_int_eq(decode(bytes, sizeof bytes, &state), LQ_ERR_VERSION);
}
END_TEST

/* Numbers and sequences begin at 1, and what there is has one of them. */
static const struct {
    size_t at;
    uint8_t byte;
} wrong[] = {{24, 0},    {32, 0},    {40, 0},   {48, 0},   {56, 0},    {56, 108},
             {64, 104},  {64, 67},   {72, 106}, {96, 100}, {128, 9},   {128, 15},
             {136, 0},   {136, 105}, {144, 6},  {152, 0},  {152, 107}, {160, 0},
             {160, 108}, {440, 11},  {448, 95}, {448, 5},  {455, 255}, {464, 3}};

START_TEST(test_partition_state_refuses_numbers)
{
    struct lq_partition_state state;
    uint8_t bytes[LQ_PARTITION_STATE_BYTES];

    write_full(bytes);
    bytes[wrong[_i].at] = wrong[_i].byte;
    lq_partition_state_check(digest_for_test, bytes);
    ck_assert_int_eq(decode(bytes, sizeof bytes, &state), LQ_ERR_CORRUPT);
}
END_TEST

TCase *lq_test_partition_state(void);
TCase *lq_test_partition_state(void)
{
    TCase *tc = tcase_create("partition_state");

    tcase_add_test(tc, test_partition_state_layout);
    tcase_add_test(tc, test_partition_state_sees_every_bit);
    tcase_add_test(tc, test_partition_state_refuses);
    tcase_add_loop_test(tc, test_partition_state_refuses_numbers, 0,
                        (int)(sizeof wrong / sizeof wrong[0]));
    return tc;
}
