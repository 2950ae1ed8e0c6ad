// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/ai/domain/ai_v2.h"

#include "actors/ai/domain/ai_v1.h"
#include "tests/support/suite.h"

static struct lq_tick tick;
static struct lq_tick other;

/* Body 1 is player 2's, which came as its incarnation 5. */
static void start(uint8_t player, uint8_t incarnation, uint32_t body_id)
{
    lq_tick_clear(&tick);
    tick.steps = 1;
    tick.config = (struct lq_session_config){7, 10, 1, 1, 100.0, 50.0, 0.5f, false};
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 10.0, 10.0, 1.0f), 0);
    ck_assert_int_eq(lq_world_add_player(&tick.world, &(struct lq_client_id){{2, [15] = 5}}, 1),
                     LQ_OK);
    tick.command_count = 1;
    tick.commands[0] = (struct lq_command){.client = {{player, [15] = incarnation}},
                                           .kind = LQ_COMMAND_SET_BEHAVIOR,
                                           .outcome = LQ_OUTCOME_PENDING,
                                           .body_id = body_id,
                                           .behavior = LQ_BEHAVIOR_WANDER,
                                           .strength = 5.0f};
    other = tick;
}

static const struct {
    uint8_t player, incarnation;
    uint32_t body_id;
    const char *reason, *reason_v1; /* "": applied */
} rows[] = {
    {2, 5, 0, "", ""},
    {2, 6, 0, "", "body_id: the client has no player"},
    {2, 6, 1, "", "body_id: body 1 is another player's"},
    {3, 5, 1, "body_id: body 1 is another player's", "body_id: body 1 is another player's"},
};

START_TEST(test_whose_a_body_is)
{
    start(rows[_i].player, rows[_i].incarnation, rows[_i].body_id);
    lq_ai_v2_step(&tick);
    lq_ai_v1_step(&other);
    ck_assert_str_eq(tick.commands[0].reason, rows[_i].reason);
    ck_assert_str_eq(other.commands[0].reason, rows[_i].reason_v1);
    ck_assert_int_eq(tick.commands[0].outcome,
                     rows[_i].reason[0] == '\0' ? LQ_OUTCOME_APPLIED : LQ_OUTCOME_REFUSED);
    if (strcmp(rows[_i].reason, rows[_i].reason_v1) == 0) { /* they steer alike */
        ck_assert_int_eq(memcmp(&tick.world, &other.world, sizeof tick.world), 0);
    }
}
END_TEST

TCase *lq_test_ai_v2(void);
TCase *lq_test_ai_v2(void)
{
    TCase *tcase = tcase_create("ai_v2");

    tcase_add_loop_test(tcase, test_whose_a_body_is, 0, sizeof rows / sizeof rows[0]);
    return tcase;
}
