// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Each column of a world is compared, and what came and went is told as such. */
#include "replay/world_changes.h"

#include "tests/support/suite.h"

#include <string.h>

static struct lq_world before;
static struct lq_world after;

#define TOLD_MAX 8u
static struct lq_world_change told[TOLD_MAX];
static uint32_t told_count, told_max;

static bool keep(void *context, const struct lq_world_change *difference)
{
    (void)context;
    ck_assert_uint_lt(told_count, TOLD_MAX);
    told[told_count++] = *difference;
    return told_count < told_max;
}

static uint32_t compare(void)
{
    told_count = 0;
    return lq_world_changes_each(&before, &after, keep, NULL);
}

/* Bodies 1, 2 and 3; 2 is a player's, 3 has an agent after 1. */
static void make(void)
{
    const struct lq_client_id client = {{7, 1}};
    const char *where = "";

    told_max = UINT32_MAX;
    lq_world_clear(&before);
    for (uint32_t body = 0; body < 3; body++) {
        ck_assert_uint_eq(lq_world_add_body(&before, 0, 1.5 + body, 2.5, 0.5f), body);
    }
    ck_assert_int_eq(lq_world_add_player(&before, &client, 2), LQ_OK);
    ck_assert_int_eq(lq_world_set_agent(&before, 3, LQ_BEHAVIOR_SEEK, 1, 2.0f), LQ_OK);
    before.tenant_bytes_count = 2;
    memcpy(before.tenant_bytes, "ab", 2);
    ck_assert_msg(lq_world_check(&before, &where) == LQ_OK, "%s", where);
    memcpy(&after, &before, sizeof after);
}

START_TEST(test_world_changes_none)
{
    ck_assert_uint_eq(compare(), 0);
}
END_TEST

/* One change in each column: the row, the name and both values. */
static const struct {
    const char *field;
    enum lq_difference_of of;
    uint32_t body;
    double before, after;
} fields[] = {
    {"kind", LQ_DIFFERENCE_OF_BODY, 2, 0, 4},
    {"x", LQ_DIFFERENCE_OF_BODY, 2, 2.5, 2.75},
    {"y", LQ_DIFFERENCE_OF_BODY, 2, 2.5, 2.25},
    {"angle", LQ_DIFFERENCE_OF_BODY, 2, 0, -5},
    {"vx", LQ_DIFFERENCE_OF_BODY, 2, 0, 0.5},
    {"vy", LQ_DIFFERENCE_OF_BODY, 2, 0, -0.5},
    {"spin", LQ_DIFFERENCE_OF_BODY, 2, 0, 0.125},
    {"radius", LQ_DIFFERENCE_OF_BODY, 2, 0.5, 0.25},
    {"thrust_x", LQ_DIFFERENCE_OF_BODY, 2, 0, 3},
    {"thrust_y", LQ_DIFFERENCE_OF_BODY, 2, 0, 4},
    {"behavior", LQ_DIFFERENCE_OF_AGENT, 3, LQ_BEHAVIOR_SEEK, LQ_BEHAVIOR_FLEE},
    {"target", LQ_DIFFERENCE_OF_AGENT, 3, 1, 2},
    {"strength", LQ_DIFFERENCE_OF_AGENT, 3, 2, 2.5},
    {"body", LQ_DIFFERENCE_OF_PLAYER, 0, 2, 1},
    {"next_body_id", LQ_DIFFERENCE_OF_WORLD, 0, 4, 9},
};

static void change(void)
{
    after.body_kind[1] = 4;
    after.x[1] = 2.75;
    after.y[1] = 2.25;
    after.angle[1] = -5;
    after.vx[1] = 0.5f;
    after.vy[1] = -0.5f;
    after.spin[1] = 0.125f;
    after.radius[1] = 0.25f;
    after.thrust_x[1] = 3.0f;
    after.thrust_y[1] = 4.0f;
    after.agent_behavior[0] = LQ_BEHAVIOR_FLEE;
    after.agent_target[0] = 2;
    after.agent_strength[0] = 2.5f;
    after.player_body[0] = 1;
    after.next_body_id = 9;
}

static double value_of(const struct lq_field_value *value)
{
    return value->type == LQ_FIELD_NUMBER ? value->number : (double)value->integer;
}

static uint32_t row;

static bool check_row(void *context, const struct lq_world_change *difference)
{
    (void)context;
    ck_assert_uint_lt(row, sizeof fields / sizeof fields[0]);
    ck_assert_str_eq(difference->field, fields[row].field);
    ck_assert_int_eq(difference->of, fields[row].of);
    ck_assert_int_eq(difference->kind, LQ_DIFFERENCE_CHANGED);
    ck_assert_uint_eq(difference->body, fields[row].body);
    ck_assert(value_of(&difference->before) == fields[row].before);
    ck_assert(value_of(&difference->after) == fields[row].after);
    row++;
    return true;
}

START_TEST(test_world_changes_of_each_column)
{
    row = 0;
    change();
    ck_assert_uint_eq(lq_world_changes_each(&before, &after, check_row, NULL),
                      sizeof fields / sizeof fields[0]);
}
END_TEST

START_TEST(test_world_changes_added_and_removed)
{
    ck_assert_uint_eq(lq_world_add_body(&after, 0, 9.0, 9.0, 0.5f), 3);
    lq_world_remove_body(&after, 1); /* and its player */
    ck_assert_uint_eq(compare(), 4);
    ck_assert_int_eq(told[0].kind, LQ_DIFFERENCE_REMOVED);
    ck_assert_uint_eq(told[0].body, 2);
    ck_assert_int_eq(told[1].kind, LQ_DIFFERENCE_ADDED);
    ck_assert_uint_eq(told[1].body, 4);
    ck_assert_int_eq(told[2].of, LQ_DIFFERENCE_OF_PLAYER);
    ck_assert_int_eq(told[2].kind, LQ_DIFFERENCE_REMOVED);
    ck_assert_uint_eq(told[2].client.bytes[0], 7);
    ck_assert_str_eq(told[3].field, "next_body_id");
}
END_TEST

START_TEST(test_world_changes_bytes_and_bits)
{
    after.tenant_bytes_count = 1;
    ck_assert_uint_eq(compare(), 1);
    ck_assert_str_eq(told[0].field, "tenant_bytes");
    ck_assert_uint_eq(told[0].before.bytes.bytes, 2);
    ck_assert_uint_eq(told[0].after.bytes.bytes, 1);
    after.tenant_bytes_count = 2;
    after.tenant_bytes[1] ^= 1;
    ck_assert_uint_eq(compare(), 1);
    uint64_t bits; /* one of them in a number is a difference */
    memcpy(&bits, &after.x[2], sizeof bits);
    bits ^= 1;
    memcpy(&after.x[2], &bits, sizeof bits);
    ck_assert_uint_eq(compare(), 2);
    ck_assert_uint_eq(told[0].body, 3);
}
END_TEST

START_TEST(test_world_changes_stops)
{
    change();
    told_max = 3;
    ck_assert_uint_eq(compare(), 3);
    ck_assert_str_eq(told[2].field, "y");
}
END_TEST

TCase *lq_test_world_changes(void);
TCase *lq_test_world_changes(void)
{
    TCase *tc = tcase_create("world_changes");

    tcase_add_checked_fixture(tc, make, NULL);
    tcase_add_test(tc, test_world_changes_none);
    tcase_add_test(tc, test_world_changes_of_each_column);
    tcase_add_test(tc, test_world_changes_added_and_removed);
    tcase_add_test(tc, test_world_changes_bytes_and_bits);
    tcase_add_test(tc, test_world_changes_stops);
    return tc;
}
