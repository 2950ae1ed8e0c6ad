// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/player_rules.h"

#include "tests/support/suite.h"

TCase *lq_test_player_rules(void);

static struct lq_player_rules rules;
static struct lq_command command;
static char reason[LQ_REASON_BYTES_MAX];
static const struct lq_rules_player player = {{{1, 2, 3, 4, 5, 6, 7, 8, 9}}, 42, 100, 100};

static void set_up(void)
{
    lq_player_rules_default(&rules);
    rules.join_x = 10;
    rules.join_y = 20;
    rules.join_width = 30;
    rules.join_height = 40;
    rules.radius_max = 2;
    rules.kind_max = 3;
    rules.kinds[LQ_COMMAND_CUSTOM] = true;
    rules.custom_bytes_max = 4;
    rules.kinds[LQ_COMMAND_SET_BEHAVIOR] = true;
    rules.strength_max = 5;
}

#define GIVEN(field) (UINT64_C(1) << LQ_PLAYER_FIELD_JOIN_top_##field)
#define JOIN .type = LQ_PLAYER_MESSAGE_JOIN, .number = 1
#define SAY(kind_) .type = LQ_PLAYER_MESSAGE_COMMAND, .number = 1, .kind = LQ_COMMAND_##kind_

/* Each bound, at it and beyond it. */
static const struct {
    struct lq_player_message message;
    bool allowed;
    const char *reason;
} rows[] = {
    {{JOIN}, true, ""},
    {{JOIN, .given = GIVEN(x) | GIVEN(y), .x = 10, .y = 20}, true, ""},
    {{JOIN, .given = GIVEN(x) | GIVEN(y), .x = 40, .y = 60}, true, ""},
    {{JOIN, .given = GIVEN(x) | GIVEN(y), .x = 9.9, .y = 20}, false, "x, y"},
    {{JOIN, .given = GIVEN(x) | GIVEN(y), .x = 10, .y = 60.1}, false, "x, y"},
    {{JOIN, .given = GIVEN(radius), .radius = 2}, true, ""},
    {{JOIN, .given = GIVEN(radius), .radius = 2.1F}, false, "radius: the rules allow 1 to 2"},
    {{JOIN, .given = GIVEN(radius), .radius = 0.5F}, false, "radius: the rules allow 1 to 2"},
    {{JOIN, .given = GIVEN(body_kind), .body_kind = 3}, true, ""},
    {{JOIN, .given = GIVEN(body_kind), .body_kind = 4}, false, "body_kind: the rules allow 0 to 3"},
    {{.type = LQ_PLAYER_MESSAGE_LEAVE, .number = 2}, true, ""},
    {{SAY(SET_THRUST), .vx = 12, .vy = 16}, true, ""},
    {{SAY(SET_THRUST), .vx = 12, .vy = 16.1F}, false, "vx, vy"},
    {{SAY(SET_THRUST), .vx = -20.1F}, false, "vx, vy"},
    {{SAY(APPLY_IMPULSE), .vy = 20}, true, ""},
    {{SAY(APPLY_IMPULSE), .vy = 21}, false, "vx, vy"},
    {{SAY(SET_THRUST), .body = 42}, true, ""},
    {{SAY(SET_THRUST), .body = 41}, false, "body: 41 is not"},
    {{SAY(SET_BEHAVIOR), .behavior = LQ_BEHAVIOR_SEEK, .strength = 5}, true, ""},
    {{SAY(SET_BEHAVIOR), .behavior = LQ_BEHAVIOR_SEEK, .strength = 5.5F}, false, "strength"},
    {{SAY(SET_BEHAVIOR), .behavior = LQ_BEHAVIOR_SEEK, .body = 7}, false, "body: 7"},
    {{SAY(CUSTOM), .custom = {(const uint8_t *)"abcd", 4}}, true, ""},
    {{SAY(CUSTOM), .custom = {(const uint8_t *)"abcde", 5}}, false, "custom"},
    {{SAY(SPAWN), .radius = 1}, false, "kind: Spawn"},
    {{SAY(DESPAWN)}, false, "kind: Despawn"},
};

START_TEST(test_rows)
{
    set_up();
    enum lq_result result =
        lq_player_rules_judge(&rules, &player, &rows[_i].message, &command, reason);

    ck_assert_msg((result == LQ_OK) == rows[_i].allowed, "row %d: %s", _i, reason);
    if (!rows[_i].allowed) {
        ck_assert_msg(strncmp(reason, rows[_i].reason, strlen(rows[_i].reason)) == 0, "row %d: %s",
                      _i, reason);
    } else {
        ck_assert_uint_eq(command.body_id, 0);
        ck_assert_int_eq(lq_command_check(&command, reason), LQ_OK);
    }
}
END_TEST

/* Without a place each player gets one of the rectangle, its own, and the same again. */
START_TEST(test_places)
{
    struct lq_player_message join = {JOIN};
    struct lq_rules_player other = player;

    set_up();
    for (uint8_t at = 0; at < 200; at++) {
        other.id.bytes[0] = at;
        ck_assert_int_eq(lq_player_rules_judge(&rules, &other, &join, &command, reason), LQ_OK);
        ck_assert(command.x >= 10 && command.x <= 40 && command.y >= 20 && command.y <= 60);
        double x = command.x;
        ck_assert_int_eq(lq_player_rules_judge(&rules, &other, &join, &command, reason), LQ_OK);
        ck_assert(command.x == x);
    }
}
END_TEST

START_TEST(test_defaults_are_right)
{
    const char *wrong = NULL;

    lq_player_rules_default(&rules);
    ck_assert_int_eq(lq_player_rules_check(&rules, &wrong), LQ_OK);
    rules.commands_per_s = 0;
    ck_assert_int_eq(lq_player_rules_check(&rules, &wrong), LQ_ERR_INVALID);
    ck_assert_str_eq(wrong, "commands_per_s");
}
END_TEST

static const struct {
    const char *create, *session, *name;
} creations[] = {
    {"pool", "pool-0", "pool-0"},
    {"pool", "pool-9", "pool-9"},
    {"pool", "pool-10", NULL},
    {"pool", "pool-01", NULL},
    {"pool", "pool-", NULL},
    {"pool", "pool-1x", NULL},
    {"pool", "other-1", NULL},
    {"none", "pool-1", NULL},
    {"own", "own-1", "own-0102030405060708-1"},
    {"own", "own-0102030405060708-1", "own-0102030405060708-1"},
    {"own", "own-0102030405060709-1", NULL},
    {"own", "own-2", NULL},
    {"pool", "pool-9999999999", NULL},
};

START_TEST(test_creations)
{
    char name[LQ_SESSION_NAME_BYTES_MAX + 1] = "";

    set_up();
    rules.creation_count = 2;
    rules.creations[0] = (struct lq_creation_rule){.name = "pool", .prefix = "pool-", .count = 10};
    rules.creations[1] =
        (struct lq_creation_rule){.name = "own", .prefix = "own-", .count = 2, .own = true};
    const struct lq_creation_rule *rule = lq_player_rules_creation(
        &rules, &player.id, creations[_i].create, creations[_i].session, name);

    if (creations[_i].name == NULL) {
        ck_assert_ptr_null(rule);
    } else {
        ck_assert_ptr_nonnull(rule);
        ck_assert_str_eq(name, creations[_i].name);
    }
}
END_TEST

TCase *lq_test_player_rules(void)
{
    TCase *tests = tcase_create("player_rules");

    tcase_add_loop_test(tests, test_rows, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, test_places);
    tcase_add_test(tests, test_defaults_are_right);
    tcase_add_loop_test(tests, test_creations, 0, sizeof creations / sizeof creations[0]);
    return tests;
}
