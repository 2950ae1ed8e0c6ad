// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/answer_groups.h"
#include "tests/unit/broker/io/broker_io_cases.h"

static struct lq_answer_groups groups;

/* The members of group number `index`, as digits. */
static void expect_group(uint32_t index, uint32_t peer, const char *expected)
{
    char found[16] = "";
    size_t count = 0;

    ck_assert_uint_lt(index, groups.group_count);
    ck_assert_uint_eq(groups.groups[index].peer, peer);
    for (uint32_t member = groups.groups[index].first; member != LQ_ANSWER_GROUPS_NONE;
         member = groups.next[member]) {
        ck_assert_uint_lt(count, sizeof found - 1);
        found[count++] = (char)('0' + member);
    }
    ck_assert_str_eq(found, expected);
}

START_TEST(test_members_stay_in_order_by_peer)
{
    static const uint32_t peers[] = {7, 9, 7, 0x10007, 9, 7};

    lq_answer_groups_clear(&groups);
    ck_assert_uint_eq(lq_answer_groups_last(&groups, 7), LQ_ANSWER_GROUPS_NONE);
    for (uint32_t index = 0; index < 6; index++) {
        ck_assert_uint_eq(lq_answer_groups_add(&groups, peers[index]), index);
        ck_assert_uint_eq(lq_answer_groups_last(&groups, peers[index]), index);
    }
    ck_assert_uint_eq(groups.group_count, 3);
    expect_group(0, 7, "025");
    expect_group(1, 9, "14");
    expect_group(2, 0x10007, "3");
    lq_answer_groups_clear(&groups);
    ck_assert_uint_eq(lq_answer_groups_last(&groups, 7), LQ_ANSWER_GROUPS_NONE);
    ck_assert_uint_eq(groups.member_count, 0);
}
END_TEST

/* As many peers as there is room for, twice: every slot that was used is free again. */
START_TEST(test_as_many_peers_as_members)
{
    for (uint32_t round = 0; round < 2; round++) {
        lq_answer_groups_clear(&groups);
        for (uint32_t index = 0; index < LQ_ANSWER_GROUPS_MEMBERS_MAX; index++) {
            ck_assert_uint_eq(lq_answer_groups_add(&groups, 1 + index * (1 + round)), index);
        }
        ck_assert_uint_eq(groups.group_count, LQ_ANSWER_GROUPS_MEMBERS_MAX);
        for (uint32_t index = 0; index < LQ_ANSWER_GROUPS_MEMBERS_MAX; index++) {
            ck_assert_uint_eq(lq_answer_groups_last(&groups, 1 + index * (1 + round)), index);
        }
    }
    lq_answer_groups_clear(&groups);
    for (uint32_t slot = 0; slot < LQ_ANSWER_GROUPS_SLOTS; slot++) {
        ck_assert_uint_eq(groups.slots[slot], 0);
    }
}
END_TEST

TCase *lq_test_answer_groups(void)
{
    TCase *tcase = tcase_create("answer_groups");

    tcase_add_test(tcase, test_members_stay_in_order_by_peer);
    tcase_add_test(tcase, test_as_many_peers_as_members);
    return tcase;
}
