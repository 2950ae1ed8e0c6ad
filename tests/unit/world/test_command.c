// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/command.h"

#include "tests/support/suite.h"
#include "world/world.h"

#include <math.h>

static const uint8_t custom[LQ_CUSTOM_BYTES_MAX + 1];

#define JOIN(...)                                                                                  \
    {                                                                                              \
        .kind = LQ_COMMAND_JOIN, .x = 1, .y = 1, .radius = 1.0f, __VA_ARGS__                       \
    }
#define OF(name, ...)                                                                              \
    {                                                                                              \
        .kind = LQ_COMMAND_##name, __VA_ARGS__                                                     \
    }

/* Initialisers may name a field twice: the later one counts. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
static const struct {
    struct lq_command command;
    const char *reason; /* NULL: in range */
} rows[] = {
    {JOIN(.body_kind = 255), NULL},
    {JOIN(.x = -1.0), NULL}, /* walls are the world's affair */
    {JOIN(.x = NAN), "x: not a finite number"},
    {JOIN(.y = -INFINITY), "y: not a finite number"},
    {JOIN(.x = 1.1e9), "x: not between -1000000000 and 1000000000"},
    {JOIN(.y = -1.1e9), "y: not between -1000000000 and 1000000000"},
    {JOIN(.radius = 0.0f), "radius: must be above 0"},
    {JOIN(.radius = -1.0f), "radius: not between 0 and 1000000"},
    {JOIN(.radius = 1.1e6f), "radius: not between 0 and 1000000"},
    {JOIN(.radius = NAN), "radius: not a finite number"},
    {JOIN(.vx = NAN), NULL}, /* not a field of Join */
    {OF(SPAWN, .radius = 1.0f, .vx = -1.0e6f), NULL},
    {OF(SPAWN, .radius = 1.0f, .vx = 1.1e6f), "vx: not between -1000000 and 1000000"},
    {OF(SPAWN, .radius = 1.0f, .vy = NAN), "vy: not a finite number"},
    {OF(LEAVE), NULL},
    {OF(DESPAWN, .body_id = 5), NULL},
    {OF(SET_THRUST, .vx = 1.0e6f, .vy = -1.0e6f), NULL},
    {OF(SET_THRUST, .vy = -1.1e6f), "vy: not between -1000000 and 1000000"},
    {OF(APPLY_IMPULSE, .vx = 1.0e17f), NULL},
    {OF(APPLY_IMPULSE, .vx = 2.0e18f), "vx: not between"},
    {OF(SET_BEHAVIOR, .behavior = LQ_BEHAVIOR_WANDER, .strength = 1.0f), NULL},
    {OF(SET_BEHAVIOR, .behavior = 0), "behavior: 0 is unknown"},
    {OF(SET_BEHAVIOR, .behavior = 5), "behavior: 5 is unknown"},
    {OF(SET_BEHAVIOR, .behavior = 1, .strength = -1.0f), "strength: not between 0 and 1000000"},
    {OF(SET_BEHAVIOR, .behavior = 1, .strength = INFINITY), "strength: not a finite number"},
    {OF(CUSTOM, .custom = {custom, LQ_CUSTOM_BYTES_MAX}), NULL},
    {OF(CUSTOM, .custom = {custom, LQ_CUSTOM_BYTES_MAX + 1}), "custom: more than 16384 bytes"},
    {{.kind = 0}, "kind: 0 is unknown"},
    {{.kind = 9}, "kind: 9 is unknown"},
};
#pragma GCC diagnostic pop

START_TEST(test_check)
{
    char reason[LQ_REASON_BYTES_MAX] = "";
    enum lq_result result = lq_command_check(&rows[_i].command, reason);

    if (rows[_i].reason == NULL) {
        ck_assert_msg(result == LQ_OK, "row %d: %s", _i, reason);
    } else {
        ck_assert_msg(result == LQ_ERR_INVALID, "row %d is not refused", _i);
        ck_assert_msg(strncmp(reason, rows[_i].reason, strlen(rows[_i].reason)) == 0, "row %d: %s",
                      _i, reason);
    }
}
END_TEST

START_TEST(test_refuse)
{
    struct lq_command command = {.outcome = LQ_OUTCOME_PENDING};
    char text[300];

    lq_command_refuse(&command, "body_id: there is no body %d", 7);
    ck_assert_int_eq(command.outcome, LQ_OUTCOME_REFUSED);
    ck_assert_str_eq(command.reason, "body_id: there is no body 7");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    lq_command_refuse(&command, "%s", text); /* cut, not overrun */
    ck_assert_uint_eq(strlen(command.reason), LQ_REASON_BYTES_MAX - 1);
}
END_TEST

START_TEST(test_text_of_values)
{
    ck_assert_str_eq(lq_command_kind_name(LQ_COMMAND_JOIN), "Join");
    ck_assert_str_eq(lq_command_kind_name(LQ_COMMAND_CUSTOM), "Custom");
    ck_assert_str_eq(lq_command_kind_name(0), "?");
    ck_assert_str_eq(lq_command_kind_name(255), "?");
    ck_assert_str_eq(lq_outcome_name(LQ_OUTCOME_APPLIED), "applied");
    ck_assert_str_eq(lq_outcome_name(LQ_OUTCOME_DEAD_LETTERED), "dead-lettered");
    ck_assert_str_eq(lq_outcome_name(0), "?");
    ck_assert_str_eq(lq_outcome_name(7), "?");
}
END_TEST

TCase *lq_test_command(void);
TCase *lq_test_command(void)
{
    TCase *tcase = tcase_create("command");

    tcase_add_loop_test(tcase, test_check, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, test_refuse);
    tcase_add_test(tcase, test_text_of_values);
    return tcase;
}
