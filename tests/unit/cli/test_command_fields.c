// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "cli/command_fields.h"

#include "tests/unit/cli/cli_cases.h"
#include "world/world.h"

#include <stdlib.h>
#include <string.h>

static struct lq_command_draft draft;
static struct lq_error_message message;

START_TEST(kinds_by_name_in_any_case)
{
    ck_assert_int_eq(lq_command_fields_begin(&draft, "Join", &message), LQ_OK);
    ck_assert_int_eq(draft.command.kind, LQ_COMMAND_JOIN);
    ck_assert_int_eq(lq_command_fields_begin(&draft, "setthrust", &message), LQ_OK);
    ck_assert_int_eq(draft.command.kind, LQ_COMMAND_SET_THRUST);
    ck_assert_int_eq(lq_command_fields_begin(&draft, "Jump", &message), LQ_ERR_NOT_FOUND);
}
END_TEST

static const struct {
    const char *word;
    bool valid;
} words[] = {
    {"x=5", true},
    {"x=-5.25", true},
    {"x=1e3", true},
    {"x=", false},
    {"x=5m", false},
    {"x", false},
    {"z=5", false},
    {"x=nan", false},
    {"x=inf", false},
    {"radius=0.5", true},
    {"radius=1e40", false},
    {"body_id=7", true},
    {"body_id=-1", false},
    {"body_id=1.5", false},
    {"body_id=4294967295", true},
    {"body_id=4294967296", false},
    {"body_kind=255", true},
    {"body_kind=256", false},
    {"behavior=seek", true},
    {"behavior=3", true},
    {"behavior=9", false},
    {"behavior=fly", false},
    {"custom=hello", true},
    {"custom_hex=00ff", true},
    {"custom_hex=0f0", false},
    {"custom_hex=xx", false},
    {"strength=2", true},
    {"target_id=3", true},
};

START_TEST(words_are_taken)
{
    ck_assert_int_eq(lq_command_fields_begin(&draft, "Custom", &message), LQ_OK);
    ck_assert_msg((lq_command_fields_set(&draft, words[_i].word, &message) == LQ_OK) ==
                      words[_i].valid,
                  "%s", words[_i].word);
}
END_TEST

START_TEST(words_reach_their_fields)
{
    ck_assert_int_eq(lq_command_fields_begin(&draft, "SetBehavior", &message), LQ_OK);
    ck_assert_int_eq(lq_command_fields_set(&draft, "body_id=4", &message), LQ_OK);
    ck_assert_int_eq(lq_command_fields_set(&draft, "behavior=flee", &message), LQ_OK);
    ck_assert_int_eq(lq_command_fields_set(&draft, "strength=2.5", &message), LQ_OK);
    ck_assert_int_eq(lq_command_fields_set(&draft, "custom_hex=00Ff", &message), LQ_OK);
    ck_assert_uint_eq(draft.command.body_id, 4);
    ck_assert_int_eq(draft.command.behavior, LQ_BEHAVIOR_FLEE);
    ck_assert_float_eq(draft.command.strength, 2.5F);
    ck_assert_uint_eq(draft.command.custom.bytes, 2);
    ck_assert_mem_eq(draft.command.custom.data, "\x00\xff", 2);
}
END_TEST

static const struct {
    const char *first, *second;
    bool valid;
} pairs[] = {
    {"x=1", "y=1", true},
    {"x=1", "x=1", false},
    {"x=1", "x=2", false},
    {"strength=1", "custom=a", true},
    {"custom=a", "custom_hex=00", false},
    {"behavior=seek", "behavior=3", false},
};

START_TEST(a_field_is_given_once)
{
    ck_assert_int_eq(lq_command_fields_begin(&draft, "Custom", &message), LQ_OK);
    ck_assert_int_eq(lq_command_fields_set(&draft, pairs[_i].first, &message), LQ_OK);
    ck_assert_msg((lq_command_fields_set(&draft, pairs[_i].second, &message) == LQ_OK) ==
                      pairs[_i].valid,
                  "%s %s", pairs[_i].first, pairs[_i].second);
    ck_assert(pairs[_i].valid || strstr(message.text, "twice") != NULL);
    ck_assert_int_eq(lq_command_fields_begin(&draft, "Custom", &message), LQ_OK);
    ck_assert_int_eq(lq_command_fields_set(&draft, pairs[_i].second, &message), LQ_OK);
}
END_TEST

static const struct {
    const char *line;
    bool valid;
} objects[] = {
    {"{\"session\":\"s1\",\"kind\":\"Join\",\"x\":5,\"y\":5.5,\"radius\":0.5}", true},
    {"{\"tenant\":\"t\",\"session\":\"s1\",\"kind\":\"Leave\"}", true},
    {"{\"kind\":\"SetBehavior\",\"behavior\":\"wander\",\"strength\":1}", true},
    {"{\"kind\":\"SetBehavior\",\"behavior\":4}", true},
    {"{\"kind\":\"Custom\",\"custom\":\"abc\"}", true},
    {"{\"kind\":\"Custom\",\"custom\":5}", false},
    {"{\"session\":\"s1\"}", false},
    {"{\"kind\":\"Join\",\"x\":\"5\"}", false},
    {"{\"kind\":\"Join\",\"xx\":5}", false},
    {"{\"kind\":\"Custom\",\"custom\":\"a\",\"custom_hex\":\"00\"}", false},
    {"{\"kind\":\"Join\",\"body_kind\":300}", false},
};

START_TEST(json_lines_are_taken)
{
    json_t *object = json_loads(objects[_i].line, 0, NULL);

    ck_assert_ptr_nonnull(object);
    ck_assert_msg((lq_command_fields_from_json(&draft, object, &message) == LQ_OK) ==
                      objects[_i].valid,
                  "%s: %s", objects[_i].line, message.text);
    json_decref(object);
}
END_TEST

/* Custom bytes are text where they can be read. */
static const char *const round_trips[] = {
    ("{\"kind\":\"SetBehavior\",\"body_id\":9,\"behavior\":\"seek\","
     "\"target_id\":3,\"strength\":1.5,\"custom_hex\":\"00ff\"}"),
    "{\"kind\":\"Custom\",\"custom\":\"say \\\"h\303\251\\\"\\n\"}",
    "{\"kind\":\"Custom\",\"custom_hex\":\"611b62\"}",
    "{\"kind\":\"Custom\",\"custom_hex\":\"617f\"}",
    "{\"kind\":\"Custom\",\"custom_hex\":\"c328\"}",
};

/* What is shown of a command in a dead letter can be submitted again. */
START_TEST(json_there_and_back)
{
    const char *line = round_trips[_i];
    json_t *object = json_loads(line, 0, NULL);

    ck_assert_int_eq(lq_command_fields_from_json(&draft, object, &message), LQ_OK);
    json_t *back = lq_command_fields_to_json(&draft.command);
    char *text = json_dumps(back, JSON_COMPACT);
    ck_assert_str_eq(text, line);
    free(text);
    json_decref(back);
    json_decref(object);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

TCase *lq_test_command_fields(void)
{
    TCase *tests = tcase_create("command_fields");

    tcase_add_test(tests, kinds_by_name_in_any_case);
    tcase_add_loop_test(tests, words_are_taken, 0, COUNT(words));
    tcase_add_test(tests, words_reach_their_fields);
    tcase_add_loop_test(tests, a_field_is_given_once, 0, (int)(sizeof pairs / sizeof pairs[0]));
    tcase_add_loop_test(tests, json_lines_are_taken, 0, COUNT(objects));
    tcase_add_loop_test(tests, json_there_and_back, 0, COUNT(round_trips));
    return tests;
}
