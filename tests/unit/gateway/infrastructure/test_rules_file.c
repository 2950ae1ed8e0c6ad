// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/rules_file.h"

#include "tests/support/suite.h"

TCase *lq_test_rules_file(void);

static struct lq_player_rules rules;
static struct lq_error_message message;

static const struct {
    const char *text;
    const char *wrong; /* how the message begins; NULL: it is right */
} rows[] = {
    {"{}", NULL},
    {"[]", "no JSON object: another value"},
    {"{\"kinds\":[}", "no JSON object: line 1"},
    {"{\"kinds\":[\"Join\",\"Custom\"],\"custom_bytes_max\":100}", NULL},
    {"{\"kinds\":[\"Fly\"]}", "kinds: Fly"},
    {"{\"kinds\":7}", "kinds: a list"},
    {"{\"speed\":1}", "speed: no field"},
    {"{\"thrust_max\":-1}", "thrust_max: out of range"},
    {"{\"thrust_max\":\"1\"}", "thrust_max: a number"},
    {"{\"commands_per_s\":0}", "commands_per_s: out of range"},
    {"{\"join\":{\"x\":1,\"y\":1,\"width\":2,\"height\":2,\"radius\":1,\"radius_max\":2}}", NULL},
    {"{\"join\":{\"radius\":3,\"radius_max\":2}}", "join.radius_max"},
    {"{\"join\":{\"depth\":3}}", "join.depth: no field"},
    {"{\"join\":3}", "join: an object"},
    {"{\"create\":[{\"name\":\"a\",\"prefix\":\"a-\",\"count\":3,\"width\":60,\"height\":40,"
     "\"restitution\":0.6,\"rate\":20,\"attended\":true}]}",
     NULL},
    {"{\"create\":[{\"name\":\"a\",\"prefix\":\"a-\",\"rate\":[30,2],\"own\":true}]}", NULL},
    {"{\"create\":[{\"name\":\"a\",\"prefix\":\"a-\",\"rate\":\"fast\"}]}",
     "create[0].rate: a whole"},
    {"{\"create\":[{\"name\":\"a\",\"prefix\":\"a-\",\"attended\":true}]}", "create.attended"},
    {"{\"create\":[{\"name\":\"a\",\"prefix\":\"a1\"}]}", "create.prefix"},
    {"{\"create\":[{\"name\":\"a\",\"prefix\":\".a\"}]}", "create.prefix"},
    {"{\"create\":[{\"prefix\":\"a\"}]}", "create[0].name: a text"},
    {"{\"create\":[{\"name\":\"a\",\"prefix\":\"a-\"},{\"name\":\"b\",\"prefix\":\"b-\",\"own\":1}]"
     "}",
     "create[1].own: true or false"},
    {"{\"create\":[{\"name\":\"a\",\"prefix\":\"a-\"}],\"thrust_max\":-1}", "thrust_max: out"},
    {"{\"create\":[{\"name\":\"a\",\"prefix\":\"a-\",\"width\":-4}]}", "create: out"},
    {"{\"create\":[{\"name\":\"a\",\"prefix\":\"a-\",\"count\":0}]}", "create.count"},
};

START_TEST(test_rows)
{
    enum lq_result result = lq_rules_file_parse(lq_view_text(rows[_i].text), &rules, &message);

    if (rows[_i].wrong == NULL) {
        ck_assert_msg(result == LQ_OK, "%s: %s", rows[_i].text, message.text);
    } else {
        ck_assert_int_eq(result, LQ_ERR_INVALID);
        ck_assert_msg(strncmp(message.text, rows[_i].wrong, strlen(rows[_i].wrong)) == 0, "%s: %s",
                      rows[_i].text, message.text);
    }
}
END_TEST

START_TEST(test_values)
{
    ck_assert_int_eq(
        lq_rules_file_parse(
            lq_view_text(
                "{\"kinds\":[\"Join\"],\"thrust_max\":3.5,\"join\":{\"radius\":2},"
                "\"create\":[{\"name\":\"a\",\"prefix\":\"w-\",\"count\":3,\"rate\":[30,2],"
                "\"width\":60,\"height\":40,\"restitution\":0.5}]}"),
            &rules, &message),
        LQ_OK);
    ck_assert(rules.kinds[LQ_COMMAND_JOIN] && !rules.kinds[LQ_COMMAND_LEAVE]);
    ck_assert(rules.thrust_max == 3.5 && rules.radius == 2 && rules.radius_max == 2);
    ck_assert_uint_eq(rules.creation_count, 1);
    ck_assert_str_eq(rules.creations[0].prefix, "w-");
    ck_assert_uint_eq(rules.creations[0].config.rate_numerator, 30);
    ck_assert_uint_eq(rules.creations[0].config.rate_denominator, 2);
    ck_assert(rules.creations[0].config.width == 60 &&
              rules.creations[0].config.restitution == 0.5F);
}
END_TEST

/* A template that cannot be read lets nothing through; without one there are the usual rules. */
START_TEST(test_missing_file)
{
    ck_assert_int_eq(lq_rules_file_read("/nonexistent", "demo", &rules, &message), LQ_OK);
    ck_assert(rules.kinds[LQ_COMMAND_JOIN]);
}
END_TEST

TCase *lq_test_rules_file(void)
{
    TCase *tests = tcase_create("rules_file");

    tcase_add_loop_test(tests, test_rows, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, test_values);
    tcase_add_test(tests, test_missing_file);
    return tests;
}
