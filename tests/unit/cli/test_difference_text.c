// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/difference_text.h"
#include "tests/unit/cli/cli_cases.h"

static const struct {
    const char *text;
    struct lq_field_value value;
} values[] = {
    {"-7", {.type = LQ_FIELD_INTEGER, .integer = -7}},
    {"4294967295", {.type = LQ_FIELD_INTEGER, .integer = UINT32_MAX}},
    {"0.1", {.type = LQ_FIELD_NUMBER, .number = 0.1}},
    {"0.30000000000000004", {.type = LQ_FIELD_NUMBER, .number = 0.1 + 0.2}},
    {"0.1", {.type = LQ_FIELD_NUMBER, .number = (double)0.1f, .is_float = true}},
    {"0.10000001", {.type = LQ_FIELD_NUMBER, .number = (double)0.100000009f, .is_float = true}},
    {"0.10000000149011612", {.type = LQ_FIELD_NUMBER, .number = (double)0.1f}},
    {"1e+06", {.type = LQ_FIELD_NUMBER, .number = 1000000.0}},
    {"flee", {.type = LQ_FIELD_BEHAVIOR, .integer = LQ_BEHAVIOR_FLEE}},
    {"3 bytes", {.type = LQ_FIELD_BYTES, .bytes = {(const uint8_t *)"abc", 3}}},
};

START_TEST(values_are_told_apart)
{
    char text[LQ_DIFFERENCE_TEXT_BYTES];

    ck_assert_str_eq(lq_difference_text_value(&values[_i].value, text), values[_i].text);
}
END_TEST

static const struct {
    const char *text, *json;
    struct lq_world_change difference;
} differences[] = {
    {"body 3",
     "{\"of\":\"body\",\"body\":3,\"kind\":\"changed\",\"field\":\"angle\",\"before\":1,"
     "\"after\":2}",
     {.of = LQ_DIFFERENCE_OF_BODY,
      .kind = LQ_DIFFERENCE_CHANGED,
      .body = 3,
      .field = "angle",
      .before = {.type = LQ_FIELD_INTEGER, .integer = 1},
      .after = {.type = LQ_FIELD_INTEGER, .integer = 2}}},
    {"agent of body 4",
     "{\"of\":\"agent\",\"body\":4,\"kind\":\"removed\"}",
     {.of = LQ_DIFFERENCE_OF_AGENT, .kind = LQ_DIFFERENCE_REMOVED, .body = 4}},
    {"player 0a000000000000000000000000000000",
     "{\"of\":\"player\",\"client\":\"0a000000000000000000000000000000\",\"kind\":\"added\"}",
     {.of = LQ_DIFFERENCE_OF_PLAYER, .kind = LQ_DIFFERENCE_ADDED, .client = {{10}}}},
    {"world",
     "{\"of\":\"world\",\"kind\":\"changed\",\"field\":\"tenant_bytes\",\"before\":\"\",\"after\":"
     "\"ff\"}",
     {.of = LQ_DIFFERENCE_OF_WORLD,
      .kind = LQ_DIFFERENCE_CHANGED,
      .field = "tenant_bytes",
      .before = {.type = LQ_FIELD_BYTES},
      .after = {.type = LQ_FIELD_BYTES, .bytes = {(const uint8_t *)"\xff", 1}}}},
};

START_TEST(differences_are_named)
{
    char what[LQ_DIFFERENCE_TEXT_BYTES];
    json_t *document = lq_difference_text_json(&differences[_i].difference);
    char *json = json_dumps(document, JSON_COMPACT);

    ck_assert_str_eq(lq_difference_text_what(&differences[_i].difference, what),
                     differences[_i].text);
    ck_assert_str_eq(json, differences[_i].json);
    free(json);
    json_decref(document);
}
END_TEST

TCase *lq_test_difference_text(void)
{
    TCase *tc = tcase_create("difference_text");

    tcase_add_loop_test(tc, values_are_told_apart, 0, sizeof values / sizeof values[0]);
    tcase_add_loop_test(tc, differences_are_named, 0, sizeof differences / sizeof differences[0]);
    return tc;
}
