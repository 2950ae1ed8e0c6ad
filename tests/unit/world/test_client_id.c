// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/client_id.h"

#include "tests/support/suite.h"

/* Half a second after the first of January 2020, and 2^40 ms after it. */
#define EARLY_NS (UINT64_C(1577836800500) * 1000000)
#define LATE_NS ((UINT64_C(1577836800000) + (UINT64_C(1) << 40)) * 1000000)

static const uint8_t random_bytes[LQ_CLIENT_ID_RANDOM_BYTES] = {0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7, 8};
#define PLAYER UINT64_C(0x0102030405060708)

START_TEST(test_halves_of_a_client_id)
{
    struct lq_client_id id = lq_client_id_of(PLAYER, UINT64_C(0x0fedcba9876543));
    static const uint8_t bytes[] = {1, 2,    3,    4,    5,    6,    7,    8,
                                    0, 0x0f, 0xed, 0xcb, 0xa9, 0x87, 0x65, 0x43};

    ck_assert_mem_eq(id.bytes, bytes, sizeof bytes);
    ck_assert_uint_eq(lq_client_id_player(&id), PLAYER);
    ck_assert_uint_eq(lq_client_id_incarnation(&id), UINT64_C(0x0fedcba9876543));
    id = lq_client_id_of(UINT64_MAX, LQ_INCARNATION_MAX);
    ck_assert_uint_eq(lq_client_id_player(&id), UINT64_MAX);
    ck_assert_uint_eq(lq_client_id_incarnation(&id), LQ_INCARNATION_MAX);
    id.bytes[LQ_PLAYER_BYTES] = 1; /* random bits of before */
    ck_assert_uint_eq(lq_client_id_incarnation(&id), 0);
}
END_TEST

START_TEST(test_one_player)
{
    struct lq_client_id one = lq_client_id_of(PLAYER, 1);
    struct lq_client_id two = lq_client_id_of(PLAYER, 2);
    struct lq_client_id other = lq_client_id_of(PLAYER + 1, 1);

    ck_assert(lq_client_id_same_player(&one, &two));
    ck_assert(!lq_client_id_equal(&one, &two));
    ck_assert(!lq_client_id_same_player(&one, &other));
}
END_TEST

/* What a player's incarnations are by the time, whatever the clock says. */
static const struct {
    uint64_t wall_time_ns, incarnation;
} times[] = {
    {EARLY_NS, (500 << 16) + 0xabcd},
    {EARLY_NS + 1000000, (501 << 16) + 0xabcd},
    {0, (1 << 16) + 0xabcd},
    {LATE_NS - 1000000, LQ_INCARNATION_MAX - 0xffff + 0xabcd},
    {LATE_NS, LQ_INCARNATION_MAX - 0xffff + 0xabcd},
    {UINT64_MAX, LQ_INCARNATION_MAX - 0xffff + 0xabcd},
};

START_TEST(test_fresh_client_id)
{
    struct lq_client_id id = lq_client_id_fresh(random_bytes, times[_i].wall_time_ns);

    ck_assert_uint_eq(lq_client_id_player(&id), PLAYER);
    ck_assert_uint_eq(lq_client_id_incarnation(&id), times[_i].incarnation);
}
END_TEST

static const struct {
    uint64_t before, incarnation;
} steps[] = {
    {0, (500 << 16) + 0xabcd},
    {(500 << 16) + 0xabcc, (500 << 16) + 0xabcd},
    {(500 << 16) + 0xabcd, (500 << 16) + 0xabce}, /* within a millisecond */
    {(1000 << 16), (1000 << 16) + 1},             /* a clock that was set back */
    {LQ_INCARNATION_MAX - 1, LQ_INCARNATION_MAX},
};

START_TEST(test_next_client_id)
{
    struct lq_client_id before = lq_client_id_of(77, steps[_i].before);
    struct lq_client_id next = lq_client_id_next(&before, random_bytes, EARLY_NS);

    ck_assert(lq_client_id_same_player(&before, &next));
    ck_assert_uint_eq(lq_client_id_incarnation(&next), steps[_i].incarnation);
}
END_TEST

START_TEST(test_next_after_the_highest)
{
    struct lq_client_id before = lq_client_id_of(77, LQ_INCARNATION_MAX);
    struct lq_client_id next = lq_client_id_next(&before, random_bytes, EARLY_NS);

    ck_assert_uint_eq(lq_client_id_player(&next), PLAYER);
    ck_assert_uint_eq(lq_client_id_incarnation(&next), (500 << 16) + 0xabcd);
}
END_TEST

START_TEST(test_player_by_rule)
{
    struct lq_client_id one = lq_client_id_of(PLAYER, 1);
    struct lq_client_id two = lq_client_id_of(PLAYER, 2);
    struct lq_client_id other = lq_client_id_of(PLAYER + 1, 1);

    ck_assert(lq_client_id_same_by(&one, &two, LQ_PLAYER_FIRST_HALF));
    ck_assert(!lq_client_id_same_by(&one, &two, LQ_PLAYER_WHOLE_ID));
    ck_assert(lq_client_id_same_by(&one, &one, LQ_PLAYER_WHOLE_ID));
    ck_assert(!lq_client_id_same_by(&one, &other, LQ_PLAYER_FIRST_HALF));
    ck_assert(!lq_client_id_same_by(&one, &other, LQ_PLAYER_WHOLE_ID));
}
END_TEST

TCase *lq_test_client_id(void);
TCase *lq_test_client_id(void)
{
    TCase *tcase = tcase_create("client_id");

    tcase_add_test(tcase, test_halves_of_a_client_id);
    tcase_add_test(tcase, test_one_player);
    tcase_add_loop_test(tcase, test_fresh_client_id, 0, sizeof times / sizeof times[0]);
    tcase_add_loop_test(tcase, test_next_client_id, 0, sizeof steps / sizeof steps[0]);
    tcase_add_test(tcase, test_next_after_the_highest);
    tcase_add_test(tcase, test_player_by_rule);
    return tcase;
}
