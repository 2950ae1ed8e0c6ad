// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/service_error.h"
#include "tests/support/suite.h"

TCase *lq_test_service_error(void);

static const struct {
    const char *json;
    const char *code;
    const char *text;
} rows[] = {
    {"{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\","
     "\"message\":\"The conditional request failed\"}",
     "ConditionalCheckFailedException", "The conditional request failed"},
    {"{\"__type\":\"com.amazon.coral.service#UnrecognizedClientException\",\"Message\":\"no\"}",
     "UnrecognizedClientException", "no"},
    {"{\"__type\":\"ThrottlingException\"}", "ThrottlingException", ""},
    {"{\"code\":\"ThrottlingException:http://internal/\"}", "ThrottlingException", ""},
    {"{\"__type\":\"a#b#Last\"}", "Last", ""},
    {"{\"__type\":7,\"message\":[]}", "", ""},
    {"{\"__type\":\"#\",\"message\":\"a\\u0000b\"}", "", "a"},
    {"{\"__type\":\"A\\nB\\u00e9\"}", "A?B??", ""},
    /* Behind the first line a refused signature's message repeats what was signed. */
    {"{\"__type\":\"x#InvalidSignatureException\",\"message\":\"It does not match.\\n\\n"
     "x-amz-security-token:hushhush\"}",
     "InvalidSignatureException", "It does not match."},
    {"[]", "", ""},
    {"{}", "", ""},
};

START_TEST(test_read)
{
    char code[40], text[40];
    json_t *root = json_loads(rows[_i].json, JSON_ALLOW_NUL, NULL);

    ck_assert_ptr_nonnull(root);
    lq_service_error_read(root, code, sizeof code, text, sizeof text);
    ck_assert_str_eq(code, rows[_i].code);
    ck_assert_str_eq(text, rows[_i].text);
    json_decref(root);
}
END_TEST

START_TEST(test_cut)
{
    char code[8], text[5];
    json_t *root = json_loads("{\"__type\":\"x#LongerThanThat\",\"message\":\"longer\"}", 0, NULL);

    lq_service_error_read(root, code, sizeof code, text, sizeof text);
    ck_assert_str_eq(code, "LongerT");
    ck_assert_str_eq(text, "long");
    json_decref(root);
}
END_TEST

TCase *lq_test_service_error(void)
{
    TCase *tcase = tcase_create("service_error");

    tcase_add_loop_test(tcase, test_read, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_cut);
    return tcase;
}
