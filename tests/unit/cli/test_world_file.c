// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "cli/world_file.h"
#include "tests/unit/cli/cli_cases.h"

#include <stdio.h>
#include <string.h>

static struct lq_world world;
static struct lq_error_message message;

static enum lq_result read_text(const char *text)
{
    char path[128];

    snprintf(path, sizeof path, "%s/world.json", lq_cli_folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    return lq_world_file_read(path, &world, &message);
}

START_TEST(bodies_and_agents_are_read)
{
    ck_assert_int_eq(read_text("{\"bodies\":[{\"x\":5,\"y\":6,\"vx\":1.5,\"kind\":3,"
                               "\"agent\":{\"behavior\":\"seek\",\"target\":2,\"strength\":3}},"
                               "{\"x\":9,\"y\":9.5,\"radius\":0.25}]}"),
                     LQ_OK);
    ck_assert_uint_eq(world.body_count, 2);
    ck_assert_double_eq(world.x[0], 5);
    ck_assert_float_eq(world.vx[0], 1.5F);
    ck_assert_uint_eq(world.body_kind[0], 3);
    ck_assert_float_eq(world.radius[1], 0.25F);
    ck_assert_uint_eq(world.agent_count, 1);
    ck_assert_uint_eq(world.agent_behavior[0], LQ_BEHAVIOR_SEEK);
    ck_assert_uint_eq(world.agent_target[0], 2);
}
END_TEST

START_TEST(a_byte_order_mark_is_passed_by)
{
    ck_assert_int_eq(read_text("\xEF\xBB\xBF{\"bodies\":[{\"x\":5,\"y\":6}]}"), LQ_OK);
    ck_assert_uint_eq(world.body_count, 1);
    ck_assert_int_eq(read_text("\xEF\xBB\xBF{\"bodies\":[{\"x\":5}]}"), LQ_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(message.text, "world.json: body 1: "));
    ck_assert_int_eq(read_text("\xEF\xBB\xBF\n{,"), LQ_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(message.text, "world.json:2:"));
}
END_TEST

static const char *const refused[] = {
    "",
    "[]",
    "{}",
    "{\"bodies\":[],\"more\":1}",
    "{\"bodies\":[{\"x\":1}]}",
    "{\"bodies\":[{\"x\":1,\"y\":1,\"spin\":2}]}",
    "{\"bodies\":[{\"x\":1,\"y\":1,\"radius\":-1}]}",
    "{\"bodies\":[{\"x\":1e300,\"y\":1}]}",
    "{\"bodies\":[{\"x\":1,\"y\":1,\"kind\":256}]}",
    "{\"bodies\":[{\"x\":1,\"y\":1,\"agent\":{\"behavior\":\"fly\"}}]}",
    "{\"bodies\":[{\"x\":1,\"y\":1,\"agent\":{}}]}",
};

START_TEST(anything_else_is_refused)
{
    message.text[0] = '\0';
    ck_assert_msg(read_text(refused[_i]) == LQ_ERR_INVALID, "%s", refused[_i]);
    ck_assert_str_ne(message.text, "");
}
END_TEST

TCase *lq_test_world_file(void)
{
    TCase *tests = tcase_create("world_file");

    tcase_add_checked_fixture(tests, lq_cli_folder_make, lq_cli_folder_remove);
    tcase_add_test(tests, bodies_and_agents_are_read);
    tcase_add_test(tests, a_byte_order_mark_is_passed_by);
    tcase_add_loop_test(tests, anything_else_is_refused, 0, sizeof refused / sizeof refused[0]);
    return tests;
}
