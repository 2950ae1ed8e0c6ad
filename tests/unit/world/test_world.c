// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/world.h"

#include "tests/support/suite.h"

#include <math.h>

static struct lq_world world;
static struct lq_world other;

static struct lq_client_id client_of(uint8_t number)
{
    return (struct lq_client_id){{number}};
}

static void assert_well_formed(void)
{
    const char *where = "";

    ck_assert_msg(lq_world_check(&world, &where) == LQ_OK, "%s", where);
}

/* Bodies 1 to `count` at x = id. */
static void fill(uint32_t count)
{
    lq_world_clear(&world);
    for (uint32_t id = 1; id <= count; id++) {
        ck_assert_uint_ne(lq_world_add_body(&world, 7, id, 1.0, 0.5f), LQ_BODY_NONE);
    }
}

START_TEST(test_bodies)
{
    fill(5);
    ck_assert_uint_eq(world.next_body_id, 6);
    lq_world_remove_body(&world, 1);
    ck_assert_uint_eq(world.body_count, 4);
    ck_assert_uint_eq(lq_world_find_body(&world, 1), 0);
    ck_assert_uint_eq(lq_world_find_body(&world, 2), LQ_BODY_NONE);
    ck_assert_uint_eq(lq_world_find_body(&world, 5), 3);
    ck_assert_uint_eq(lq_world_find_body(&world, 0), LQ_BODY_NONE);
    ck_assert_uint_eq(lq_world_find_body(&world, 6), LQ_BODY_NONE);
    ck_assert_double_eq(world.x[1], 3.0);
    lq_world_remove_body(&world, 3);
    ck_assert_uint_eq(lq_world_add_body(&world, 1, -0.0, 2.0, 1.0f), 3);
    ck_assert_uint_eq(world.body_id[3], 6); /* ids are never used twice */
    ck_assert(!signbit(world.x[3]));
    assert_well_formed();
}
END_TEST

START_TEST(test_bodies_full)
{
    fill(LQ_BODIES_MAX);
    ck_assert_uint_eq(lq_world_add_body(&world, 0, 1.0, 1.0, 1.0f), LQ_BODY_NONE);
    assert_well_formed();
    fill(1);
    world.next_body_id = UINT32_MAX - 1;
    ck_assert_uint_eq(lq_world_add_body(&world, 0, 1.0, 1.0, 1.0f), 1);
    ck_assert_uint_eq(lq_world_add_body(&world, 0, 1.0, 1.0, 1.0f), LQ_BODY_NONE);
    assert_well_formed();
}
END_TEST

START_TEST(test_agents)
{
    fill(5);
    ck_assert_int_eq(lq_world_set_agent(&world, 4, LQ_BEHAVIOR_SEEK, 2, 1.0f), LQ_OK);
    ck_assert_int_eq(lq_world_set_agent(&world, 2, LQ_BEHAVIOR_FLEE, 4, 2.0f), LQ_OK);
    ck_assert_int_eq(lq_world_set_agent(&world, 3, LQ_BEHAVIOR_WANDER, 0, -0.0f), LQ_OK);
    ck_assert_int_eq(lq_world_set_agent(&world, 9, LQ_BEHAVIOR_IDLE, 0, 0), LQ_ERR_NOT_FOUND);
    ck_assert_uint_eq(world.agent_count, 3);
    ck_assert_uint_eq(lq_world_find_agent(&world, 3), 1);
    ck_assert_uint_eq(lq_world_find_agent(&world, 1), LQ_BODY_NONE);
    ck_assert_int_eq(lq_world_set_agent(&world, 3, LQ_BEHAVIOR_SEEK, 5, 3.0f), LQ_OK);
    ck_assert_uint_eq(world.agent_count, 3);
    ck_assert_uint_eq(world.agent_target[1], 5);
    assert_well_formed();
    lq_world_remove_body(&world,
                         1); /* body 2: its agent goes, the one that sought it has no target */
    ck_assert_uint_eq(world.agent_count, 2);
    ck_assert_uint_eq(world.agent_body[0], 3);
    ck_assert_uint_eq(world.agent_target[1], 0);
    assert_well_formed();
}
END_TEST

START_TEST(test_players)
{
    struct lq_client_id high = client_of(9);
    struct lq_client_id low = client_of(3);

    fill(3);
    ck_assert_int_eq(lq_world_add_player(&world, &high, 1), LQ_OK);
    ck_assert_int_eq(lq_world_add_player(&world, &low, 3), LQ_OK);
    ck_assert_int_eq(lq_world_add_player(&world, &low, 2), LQ_ERR_EXISTS);
    struct lq_client_id stranger = client_of(5);
    ck_assert_int_eq(lq_world_add_player(&world, &stranger, 8), LQ_ERR_NOT_FOUND);
    ck_assert_uint_eq(lq_world_find_player(&world, &low), 0);
    ck_assert_uint_eq(lq_world_find_player(&world, &high), 1);
    ck_assert_uint_eq(lq_world_find_player(&world, &stranger), LQ_BODY_NONE);
    ck_assert_uint_eq(lq_world_find_owner(&world, 3), 0);
    ck_assert_uint_eq(lq_world_find_owner(&world, 2), LQ_BODY_NONE);
    assert_well_formed();
    lq_world_remove_body(&world, 2);
    ck_assert_uint_eq(world.player_count, 1);
    ck_assert_uint_eq(lq_world_find_player(&world, &low), LQ_BODY_NONE);
    assert_well_formed();
}
END_TEST

START_TEST(test_incarnations_are_one_player)
{
    struct lq_client_id one = {{9, [15] = 1}};
    struct lq_client_id two = {{9, [15] = 2}};

    fill(3);
    ck_assert_int_eq(lq_world_add_player(&world, &two, 1), LQ_OK);
    ck_assert_int_eq(lq_world_add_player(&world, &one, 2), LQ_ERR_EXISTS);
    ck_assert_uint_eq(lq_world_find_player(&world, &one), 0);
    ck_assert_uint_eq(lq_world_find_player_by(&world, &one, LQ_PLAYER_WHOLE_ID), LQ_BODY_NONE);
    ck_assert_int_eq(lq_world_add_player_by(&world, &two, 2, LQ_PLAYER_WHOLE_ID), LQ_ERR_EXISTS);
    ck_assert_int_eq(lq_world_add_player_by(&world, &one, 2, LQ_PLAYER_WHOLE_ID), LQ_OK);
    ck_assert(lq_client_id_equal(&world.player_client[0], &one)); /* in order */
    assert_well_formed();
}
END_TEST

START_TEST(test_players_full)
{
    fill(1);
    for (uint32_t number = 0; number < LQ_PLAYERS_MAX; number++) {
        struct lq_client_id client = {{(uint8_t)number, 1}};
        ck_assert_int_eq(lq_world_add_player(&world, &client, 1), LQ_OK);
    }
    struct lq_client_id last = {{0, 2}};
    ck_assert_int_eq(lq_world_add_player(&world, &last, 1), LQ_ERR_FULL);
    assert_well_formed();
    lq_world_remove_body(&world, 0);
    ck_assert_uint_eq(world.player_count, 0);
}
END_TEST

START_TEST(test_copy)
{
    struct lq_client_id client = client_of(1);

    fill(4);
    ck_assert_int_eq(lq_world_set_agent(&world, 2, LQ_BEHAVIOR_SEEK, 1, 1.0f), LQ_OK);
    ck_assert_int_eq(lq_world_add_player(&world, &client, 3), LQ_OK);
    world.tenant_bytes_count = 2;
    memcpy(world.tenant_bytes, "ab", 2);
    lq_world_copy(&other, &world);
    ck_assert_uint_eq(other.next_body_id, 5);
    ck_assert_uint_eq(other.body_count, 4);
    ck_assert_double_eq(other.x[3], 4.0);
    ck_assert_uint_eq(other.agent_target[0], 1);
    ck_assert_uint_eq(other.player_body[0], 3);
    ck_assert_int_eq(memcmp(other.tenant_bytes, "ab", 2), 0);
    lq_world_clear(&other);
    ck_assert_uint_eq(other.body_count + other.agent_count + other.player_count, 0);
    ck_assert_uint_eq(other.next_body_id, 1);
}
END_TEST

TCase *lq_test_world(void);
TCase *lq_test_world(void)
{
    TCase *tcase = tcase_create("world");

    tcase_add_test(tcase, test_bodies);
    tcase_add_test(tcase, test_bodies_full);
    tcase_add_test(tcase, test_agents);
    tcase_add_test(tcase, test_players);
    tcase_add_test(tcase, test_incarnations_are_one_player);
    tcase_add_test(tcase, test_players_full);
    tcase_add_test(tcase, test_copy);
    return tcase;
}
