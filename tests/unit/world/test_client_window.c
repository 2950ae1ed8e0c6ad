// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/client_window.h"

#include "tests/support/suite.h"

#include <signal.h>
#include <stdlib.h>

static struct lq_client_windows windows;
static const struct lq_client_id known = {{5}};
static const struct lq_client_id unknown = {{6}};

#define V(name) LQ_WINDOW_##name

/* `known` has highest 100 and, of those below, 99 and 36 (the last of the map) used; last in
 * frame 7. */
static const struct {
    const struct lq_client_id *client;
    uint64_t sequence;
    enum lq_window_verdict verdict;
} rows[] = {
    {&known, 0, V(ZERO)},       {&known, 1, V(TOO_OLD)},     {&known, 35, V(TOO_OLD)},
    {&known, 36, V(DUPLICATE)}, {&known, 37, V(EXECUTE)},    {&known, 98, V(EXECUTE)},
    {&known, 99, V(DUPLICATE)}, {&known, 100, V(DUPLICATE)}, {&known, 101, V(EXECUTE)},
    {&known, 164, V(EXECUTE)},  {&known, 165, V(TOO_FAR)},   {&known, UINT64_MAX, V(TOO_FAR)},
    {&unknown, 0, V(ZERO)},     {&unknown, 1, V(EXECUTE)},   {&unknown, 64, V(EXECUTE)},
    {&unknown, 65, V(TOO_FAR)},
};

static void start_with_known(void)
{
    windows.count = 0;
    lq_client_windows_use(&windows, &known, 36, 5);
    lq_client_windows_use(&windows, &known, 99, 6);
    lq_client_windows_use(&windows, &known, 100, 7);
}

START_TEST(test_judge)
{
    uint64_t frame = 0;

    start_with_known();
    enum lq_window_verdict verdict =
        lq_client_windows_judge(&windows, rows[_i].client, rows[_i].sequence, &frame);
    ck_assert_msg(verdict == rows[_i].verdict, "row %d: %s", _i, lq_window_verdict_reason(verdict));
    ck_assert_uint_eq(frame, verdict == LQ_WINDOW_DUPLICATE ? 7 : 0);
    if (verdict == LQ_WINDOW_EXECUTE) {
        lq_client_windows_use(&windows, rows[_i].client, rows[_i].sequence, 8);
        ck_assert(lq_client_windows_valid(&windows));
        verdict = lq_client_windows_judge(&windows, rows[_i].client, rows[_i].sequence, &frame);
        ck_assert_int_eq(verdict, LQ_WINDOW_DUPLICATE);
        ck_assert_uint_eq(frame, 8);
    }
}
END_TEST

START_TEST(test_map_moves)
{
    start_with_known();
    ck_assert_uint_eq(windows.entries[0].highest, 100);
    ck_assert_uint_eq(windows.entries[0].used_map, UINT64_C(1) | UINT64_C(1) << 63);
    lq_client_windows_use(&windows, &known, 101, 8);
    ck_assert_uint_eq(windows.entries[0].used_map, 3);
    lq_client_windows_use(&windows, &known, 165,
                          9); /* 64 at once: only the former highest is left */
    ck_assert_uint_eq(windows.entries[0].used_map, UINT64_C(1) << 63);
    lq_client_window_use(&windows.entries[0], 3, 10); /* below the map: nothing changes */
    ck_assert_uint_eq(windows.entries[0].used_map, UINT64_C(1) << 63);
    ck_assert_uint_eq(windows.entries[0].last_frame, 9);
}
END_TEST

START_TEST(test_near_the_last_number)
{
    uint64_t frame = 0;

    windows.count = 1;
    windows.entries[0] = (struct lq_client_window){known, UINT64_MAX - 1, 0, 1};
    ck_assert_int_eq(lq_client_windows_judge(&windows, &known, UINT64_MAX, &frame),
                     LQ_WINDOW_EXECUTE);
    lq_client_windows_use(&windows, &known, UINT64_MAX, 2);
    ck_assert_int_eq(lq_client_windows_judge(&windows, &known, UINT64_MAX, &frame),
                     LQ_WINDOW_DUPLICATE);
}
END_TEST

/* The table full: player n has incarnation 1000 + n, used number 1 in frame n; but player 200 has
 * incarnation 500. */
static struct lq_client_id full_id(uint32_t player)
{
    return lq_client_id_of(player, player == 200 ? 500 : 1000 + player);
}

static void fill(void)
{
    windows.count = 0;
    for (uint32_t player = 0; player < LQ_CLIENTS_MAX; player++) {
        struct lq_client_id client = full_id(player);
        lq_client_windows_use(&windows, &client, 1, player);
    }
}

/* What a player that has an entry of incarnation 1010, number 1 used, hears; then one that has
 * none, of a full table. */
static const struct {
    uint64_t player, incarnation, sequence;
    enum lq_window_verdict verdict;
} incarnations[] = {
    {10, 1010, 1, V(DUPLICATE)},
    {10, 1010, 2, V(EXECUTE)},
    {10, 1009, 2, V(SUPERSEDED)},
    {10, 1009, 65, V(SUPERSEDED)},
    {10, 1009, 0, V(ZERO)},
    {10, 0, 1, V(SUPERSEDED)},
    {10, 1011, 1, V(EXECUTE)},
    {10, 1011, 64, V(EXECUTE)},
    {10, 1011, 65, V(TOO_FAR)},
    {10, LQ_INCARNATION_MAX, 1, V(EXECUTE)},
    {10, LQ_INCARNATION_MAX + 1, 1, V(SUPERSEDED)}, /* random bits count as 0 */
    {10, UINT64_MAX, 1, V(SUPERSEDED)},
    {7777, 501, 1, V(EXECUTE)},
    {7777, 501, 64, V(EXECUTE)},
    {7777, 501, 65, V(TOO_FAR)},
    {7777, 501, 0, V(ZERO)},
    {7777, 500, 1, V(INCARNATION_TOO_OLD)},
    {7777, 500, 65, V(INCARNATION_TOO_OLD)},
    {7777, 0, 1, V(INCARNATION_TOO_OLD)},
    {7777, LQ_INCARNATION_MAX, 1, V(EXECUTE)},
    {7777, LQ_INCARNATION_MAX + 1, 1, V(INCARNATION_TOO_OLD)},
};

static struct lq_client_id any_id(uint64_t player, uint64_t incarnation)
{
    struct lq_client_id id = lq_client_id_of(player, incarnation & LQ_INCARNATION_MAX);

    id.bytes[LQ_PLAYER_BYTES] = (uint8_t)(incarnation >> 56);
    return id;
}

START_TEST(test_incarnations)
{
    struct lq_client_id id = any_id(incarnations[_i].player, incarnations[_i].incarnation);
    uint64_t sequence = incarnations[_i].sequence;
    uint64_t frame = 0;

    fill();
    enum lq_window_verdict verdict = lq_client_windows_judge(&windows, &id, sequence, &frame);
    ck_assert_msg(verdict == incarnations[_i].verdict, "row %d: %s", _i,
                  lq_window_verdict_reason(verdict));
    if (verdict != LQ_WINDOW_EXECUTE) {
        return;
    }
    lq_client_windows_use(&windows, &id, sequence, 900);
    ck_assert_uint_eq(windows.count, LQ_CLIENTS_MAX);
    ck_assert(lq_client_windows_valid(&windows));
    const struct lq_client_window *entry = lq_client_windows_find(&windows, &id);
    ck_assert_ptr_nonnull(entry);
    ck_assert(lq_client_id_equal(&entry->client, &id));
    ck_assert_uint_eq(entry->highest, sequence);
    ck_assert_uint_eq(entry->last_frame, 900);
    /* Of a new entry nothing but its number is used; the old one had used 1. */
    ck_assert_uint_eq(entry->used_map, incarnations[_i].incarnation == 1010);
}
END_TEST

START_TEST(test_takeover_ends_the_incarnation_before)
{
    struct lq_client_id before = full_id(10);
    struct lq_client_id after = lq_client_id_of(10, 1011);
    uint64_t frame = 0;

    fill();
    lq_client_windows_use(&windows, &after, 3, 900);
    for (uint64_t sequence = 1; sequence < 100; sequence++) {
        ck_assert_int_eq(lq_client_windows_judge(&windows, &before, sequence, &frame),
                         LQ_WINDOW_SUPERSEDED);
    }
    ck_assert_int_eq(lq_client_windows_judge(&windows, &after, 1, &frame), LQ_WINDOW_EXECUTE);
    ck_assert_int_eq(lq_client_windows_judge(&windows, &after, 3, &frame), LQ_WINDOW_DUPLICATE);
}
END_TEST

START_TEST(test_the_lowest_is_evicted)
{
    struct lq_client_id lowest = full_id(200);
    struct lq_client_id next = full_id(0);
    struct lq_client_id first = lq_client_id_of(7000, 501);
    struct lq_client_id second = lq_client_id_of(8000, 1000);
    uint64_t incarnation = 0;
    uint64_t frame = 0;

    fill();
    ck_assert(lq_client_windows_lowest(&windows, &incarnation));
    ck_assert_uint_eq(incarnation, 500);
    lq_client_windows_use(&windows, &first, 1, 900);
    ck_assert_ptr_null(lq_client_windows_find(&windows, &lowest));
    ck_assert_int_eq(lq_client_windows_judge(&windows, &lowest, 1, &frame),
                     LQ_WINDOW_INCARNATION_TOO_OLD);
    ck_assert(lq_client_windows_lowest(&windows, &incarnation));
    ck_assert_uint_eq(incarnation, 501);
    lq_client_windows_use(&windows, &second, 1, 901); /* the newcomer is the lowest now, and goes */
    ck_assert_ptr_null(lq_client_windows_find(&windows, &first));
    ck_assert(lq_client_windows_lowest(&windows, &incarnation));
    ck_assert_uint_eq(incarnation, 1000);
    ck_assert_ptr_nonnull(lq_client_windows_find(&windows, &next));
    windows.count--;
    ck_assert(!lq_client_windows_lowest(&windows, &incarnation));
}
END_TEST

/* Of equals the one goes that was silent longest, and of these the first. */
START_TEST(test_equals_are_evicted_in_order)
{
    struct lq_client_id id;
    uint64_t incarnation = 0;

    windows.count = 0;
    for (uint32_t player = 0; player < LQ_CLIENTS_MAX; player++) {
        id = any_id(player, UINT64_MAX - player); /* random bits */
        lq_client_windows_use(&windows, &id, 1, player == 77 || player == 99 ? 5 : 6);
    }
    ck_assert(lq_client_windows_lowest(&windows, &incarnation));
    ck_assert_uint_eq(incarnation, 0);
    static const uint32_t order[] = {77, 99, 0, 1};
    for (uint32_t round = 0; round < 4; round++) {
        struct lq_client_id newcomer = lq_client_id_of(1000 + round, 1 + round);
        struct lq_client_id gone = any_id(order[round], 0);
        ck_assert_ptr_nonnull(lq_client_windows_find(&windows, &gone));
        lq_client_windows_use(&windows, &newcomer, 1, 7);
        ck_assert_ptr_null(lq_client_windows_find(&windows, &gone));
    }
}
END_TEST

/* Load 1 took each id for a client: a record of it may have several of one player. The newest is
 * the player's; the others stay until they are evicted, so that a full table stays full. */
START_TEST(test_several_entries_of_one_player)
{
    struct lq_client_id ids[] = {any_id(5, 3), any_id(5, 4), any_id(5, UINT64_MAX - 1),
                                 any_id(5, UINT64_MAX)};
    struct lq_client_id later = any_id(5, 9);
    uint64_t frame = 0;

    windows.count = 0;
    for (uint32_t index = 0; index < 4; index++) {
        lq_client_windows_add(&windows, &ids[index], 1, index);
    }
    ck_assert(lq_client_id_equal(&lq_client_windows_find(&windows, &later)->client, &ids[1]));
    ck_assert_int_eq(lq_client_windows_judge(&windows, &ids[0], 2, &frame), LQ_WINDOW_SUPERSEDED);
    ck_assert_int_eq(lq_client_windows_judge(&windows, &ids[1], 2, &frame), LQ_WINDOW_EXECUTE);
    ck_assert_int_eq(lq_client_windows_judge(&windows, &ids[2], 2, &frame), LQ_WINDOW_SUPERSEDED);
    lq_client_windows_use(&windows, &later, 1, 8);
    ck_assert_uint_eq(windows.count, 4);
    ck_assert(lq_client_windows_valid(&windows));
    ck_assert_int_eq(lq_client_windows_judge(&windows, &ids[1], 2, &frame), LQ_WINDOW_SUPERSEDED);
    /* Two that both count as 0: each knows its own numbers. */
    windows.count = 0;
    lq_client_windows_add(&windows, &ids[2], 1, 1);
    lq_client_windows_add(&windows, &ids[3], 1, 1);
    ck_assert_int_eq(lq_client_windows_judge(&windows, &ids[2], 1, &frame), LQ_WINDOW_DUPLICATE);
    ck_assert_int_eq(lq_client_windows_judge(&windows, &ids[3], 2, &frame), LQ_WINDOW_EXECUTE);
}
END_TEST

START_TEST(test_valid)
{
    fill();
    ck_assert(lq_client_windows_valid(&windows));
    windows.entries[3].highest = 0;
    ck_assert(!lq_client_windows_valid(&windows));
    fill();
    windows.entries[3].client = windows.entries[4].client;
    ck_assert(!lq_client_windows_valid(&windows));
    windows.count = LQ_CLIENTS_MAX + 1;
    ck_assert(!lq_client_windows_valid(&windows));
}
END_TEST

START_TEST(test_reasons)
{
    ck_assert_str_eq(lq_window_verdict_reason(LQ_WINDOW_TOO_OLD), "SEQUENCE_TOO_OLD");
    ck_assert_str_eq(lq_window_verdict_reason(LQ_WINDOW_TOO_FAR), "SEQUENCE_TOO_FAR");
    ck_assert_str_eq(lq_window_verdict_reason(LQ_WINDOW_CLIENTS_FULL), "CLIENTS_FULL");
    ck_assert_str_eq(lq_window_verdict_reason(LQ_WINDOW_SUPERSEDED), "SUPERSEDED");
    ck_assert_str_eq(lq_window_verdict_reason(LQ_WINDOW_INCARNATION_TOO_OLD),
                     "INCARNATION_TOO_OLD");
    ck_assert_str_eq(lq_window_verdict_reason(LQ_WINDOW_ZERO), "SEQUENCE_ZERO");
}
END_TEST

START_TEST(test_use_twice_is_a_bug)
{
    start_with_known();
    lq_client_windows_use(&windows, &known, 99, 8);
}
END_TEST

TCase *lq_test_client_window(void);
TCase *lq_test_client_window(void)
{
    TCase *tcase = tcase_create("client_window");

    tcase_add_loop_test(tcase, test_judge, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, test_map_moves);
    tcase_add_test(tcase, test_near_the_last_number);
    tcase_add_loop_test(tcase, test_incarnations, 0, sizeof incarnations / sizeof incarnations[0]);
    tcase_add_test(tcase, test_takeover_ends_the_incarnation_before);
    tcase_add_test(tcase, test_the_lowest_is_evicted);
    tcase_add_test(tcase, test_equals_are_evicted_in_order);
    tcase_add_test(tcase, test_several_entries_of_one_player);
    tcase_add_test(tcase, test_valid);
    tcase_add_test(tcase, test_reasons);
    if (lq_suite_forks()) {
        tcase_add_test_raise_signal(tcase, test_use_twice_is_a_bug, SIGABRT);
    }
    return tcase;
}
