// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/body_control.h"

#include "tests/support/suite.h"

static struct lq_world world;

/* Body 1 is client 1's, body 2 is client 2's, body 3 nobody's. */
static const struct {
    uint8_t client;
    uint32_t body_id;
    uint32_t index;
    const char *reason;
} rows[] = {
    {1, 0, 0, NULL},
    {2, 0, 1, NULL},
    {3, 0, LQ_BODY_NONE, "body_id: the client has no player"},
    {1, 1, 0, NULL},
    {1, 2, LQ_BODY_NONE, "body_id: body 2 is another player's"},
    {3, 2, LQ_BODY_NONE, "body_id: body 2 is another player's"},
    {1, 3, 2, NULL},
    {3, 3, 2, NULL},
    {1, 4, LQ_BODY_NONE, "body_id: there is no body 4"},
};

static void fill_world(void)
{
    lq_world_clear(&world);
    for (uint32_t index = 0; index < 3; index++) {
        ck_assert_uint_eq(lq_world_add_body(&world, 0, 1.0, 1.0, 0.5f), index);
    }
    ck_assert_int_eq(lq_world_add_player(&world, &(struct lq_client_id){{1}}, 1), LQ_OK);
    ck_assert_int_eq(lq_world_add_player(&world, &(struct lq_client_id){{2}}, 2), LQ_OK);
}

START_TEST(test_find)
{
    struct lq_command command = {
        .client = {{rows[_i].client}}, .body_id = rows[_i].body_id, .outcome = LQ_OUTCOME_PENDING};

    fill_world();
    ck_assert_uint_eq(lq_body_control_find(&world, &command), rows[_i].index);
    if (rows[_i].reason == NULL) {
        ck_assert_int_eq(command.outcome, LQ_OUTCOME_PENDING);
    } else {
        ck_assert_int_eq(command.outcome, LQ_OUTCOME_REFUSED);
        ck_assert_str_eq(command.reason, rows[_i].reason);
    }
}
END_TEST

START_TEST(test_other_incarnation)
{
    struct lq_command own = {.client = {{1, [15] = 9}}, .body_id = 0};
    struct lq_command named = {.client = {{1, [15] = 9}}, .body_id = 1};

    fill_world();
    ck_assert_uint_eq(lq_body_control_find(&world, &own), 0);
    ck_assert_uint_eq(lq_body_control_find(&world, &named), 0);
    ck_assert_uint_eq(lq_body_control_find_by(&world, &own, LQ_PLAYER_WHOLE_ID), LQ_BODY_NONE);
    ck_assert_uint_eq(lq_body_control_find_by(&world, &named, LQ_PLAYER_WHOLE_ID), LQ_BODY_NONE);
}
END_TEST

TCase *lq_test_body_control(void);
TCase *lq_test_body_control(void)
{
    TCase *tcase = tcase_create("body_control");

    tcase_add_loop_test(tcase, test_find, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, test_other_incarnation);
    return tcase;
}
