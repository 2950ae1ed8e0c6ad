// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/dynamodb_answer.h"
#include "tests/support/suite.h"

#include <stdio.h>

TCase *lq_test_dynamodb_answer(void);

#define ITEM "{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"s\"},\"b\":{\"B\":\"AAEC\"}}"

static const struct {
    enum lq_table_call call;
    enum lq_verdict verdict;
    const char *json;
    enum lq_verdict expected;
    uint32_t item_count;
    double units;
    const char *last_sk; /* NULL: no more */
    const char *word;    /* in the text */
} rows[] = {
    {LQ_TABLE_PUT, LQ_VERDICT_DONE, "{}", LQ_VERDICT_DONE, 0, 0, NULL, ""},
    {LQ_TABLE_PUT, LQ_VERDICT_DONE, "{\"ConsumedCapacity\":{\"CapacityUnits\":351.0}}",
     LQ_VERDICT_DONE, 0, 351, NULL, ""},
    {LQ_TABLE_PUT, LQ_VERDICT_DONE, "{\"ConsumedCapacity\":{\"CapacityUnits\":\"351\"}}",
     LQ_VERDICT_DONE, 0, 0, NULL, ""},
    {LQ_TABLE_PUT, LQ_VERDICT_DONE, "{\"ConsumedCapacity\":{\"CapacityUnits\":-1}}",
     LQ_VERDICT_DONE, 0, 0, NULL, ""},
    {LQ_TABLE_PUT, LQ_VERDICT_DONE, "{\"ConsumedCapacity\":[]}", LQ_VERDICT_DONE, 0, 0, NULL, ""},
    {LQ_TABLE_PUT, LQ_VERDICT_CONDITION_FAILED, "{}", LQ_VERDICT_CONDITION_FAILED, 0, 0, NULL, ""},
    {LQ_TABLE_PUT, LQ_VERDICT_CONDITION_FAILED, "{\"Item\":" ITEM "}", LQ_VERDICT_CONDITION_FAILED,
     1, 0, NULL, ""},
    {LQ_TABLE_UPDATE, LQ_VERDICT_CONDITION_FAILED, "{\"Item\":{\"pk\":{\"S\":\"p\"}}}",
     LQ_VERDICT_REFUSED, 0, 0, NULL, "sk: missing"},
    {LQ_TABLE_GET, LQ_VERDICT_DONE, "{}", LQ_VERDICT_DONE, 0, 0, NULL, ""},
    {LQ_TABLE_GET, LQ_VERDICT_DONE,
     "{\"Item\":" ITEM ",\"ConsumedCapacity\":{\"CapacityUnits\":0.5}}", LQ_VERDICT_DONE, 1, 0.5,
     NULL, ""},
    {LQ_TABLE_GET, LQ_VERDICT_DONE, "{\"Item\":[]}", LQ_VERDICT_REFUSED, 0, 0, NULL,
     "cannot be understood"},
    {LQ_TABLE_GET, LQ_VERDICT_DONE, "{\"Item\":{}}", LQ_VERDICT_REFUSED, 0, 0, NULL, "pk: missing"},
    {LQ_TABLE_QUERY, LQ_VERDICT_DONE, "{\"Items\":[]}", LQ_VERDICT_DONE, 0, 0, NULL, ""},
    {LQ_TABLE_QUERY, LQ_VERDICT_DONE, "{\"Items\":[" ITEM "," ITEM "]}", LQ_VERDICT_DONE, 2, 0,
     NULL, ""},
    {LQ_TABLE_QUERY, LQ_VERDICT_DONE,
     "{\"Items\":[],\"LastEvaluatedKey\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"S\":\"L#7\"}}}",
     LQ_VERDICT_DONE, 0, 0, "L#7", ""},
    {LQ_TABLE_QUERY, LQ_VERDICT_DONE, "{\"Items\":[" ITEM "],\"LastEvaluatedKey\":null}",
     LQ_VERDICT_DONE, 1, 0, NULL, ""},
    {LQ_TABLE_QUERY, LQ_VERDICT_DONE, "{\"Items\":[" ITEM "],\"LastEvaluatedKey\":{}}",
     LQ_VERDICT_REFUSED, 0, 0, NULL, "LastEvaluatedKey"},
    {LQ_TABLE_QUERY, LQ_VERDICT_DONE, "{\"Items\":[" ITEM ",7]}", LQ_VERDICT_REFUSED, 0, 0, NULL,
     "not an object"},
    {LQ_TABLE_QUERY, LQ_VERDICT_DONE, "{}", LQ_VERDICT_REFUSED, 0, 0, NULL, "Items is not a list"},
    {LQ_TABLE_QUERY, LQ_VERDICT_DONE, "{\"Items\":{}}", LQ_VERDICT_REFUSED, 0, 0, NULL,
     "Items is not a list"},
    {LQ_TABLE_QUERY, LQ_VERDICT_RETRY, NULL, LQ_VERDICT_RETRY, 0, 0, NULL, ""},
};

START_TEST(test_answers)
{
    struct lq_aws_reply reply = {.kind = rows[_i].call,
                                 .tag = 9,
                                 .verdict = rows[_i].verdict,
                                 .attempt_count = 3,
                                 .root = rows[_i].json != NULL ? json_loads(rows[_i].json, 0, NULL)
                                                               : NULL};
    struct lq_dynamodb_answer *answer = lq_dynamodb_answer_new(&reply);

    ck_assert_ptr_null(reply.root);
    ck_assert_msg(answer->verdict == rows[_i].expected, "row %d: %s", _i, answer->text);
    ck_assert_uint_eq(answer->tag, 9);
    ck_assert_uint_eq(answer->attempt_count, 3);
    ck_assert_uint_eq(answer->item_count, rows[_i].item_count);
    ck_assert(answer->capacity_units == rows[_i].units);
    ck_assert_ptr_nonnull(strstr(answer->text, rows[_i].word));
    for (uint32_t index = 0; index < answer->item_count; index++) {
        ck_assert(lq_view_equal(answer->items[index].attributes[0].view, lq_view_of("\0\1\2", 3)));
    }
    ck_assert_int_eq(answer->has_more && answer->verdict == LQ_VERDICT_DONE,
                     rows[_i].last_sk != NULL);
    if (rows[_i].last_sk != NULL) {
        ck_assert(lq_view_equal(answer->last_sk, lq_view_text(rows[_i].last_sk)));
    }
    lq_dynamodb_answer_destroy(&answer);
    ck_assert_ptr_null(answer);
    lq_dynamodb_answer_destroy(&answer);
}
END_TEST

/* Only the words of the service say that nothing is left to do. */
START_TEST(test_expiry_that_is_set)
{
    static const struct {
        enum lq_table_call call;
        const char *code, *text;
        enum lq_verdict verdict;
    } cases[] = {
        {LQ_TABLE_EXPIRE_BY, "ValidationException", "TimeToLive is already enabled",
         LQ_VERDICT_DONE},
        {LQ_TABLE_EXPIRE_BY, "ValidationException", "no such attribute", LQ_VERDICT_REFUSED},
        {LQ_TABLE_EXPIRE_BY, "AccessDeniedException", "already enabled", LQ_VERDICT_REFUSED},
        {LQ_TABLE_PUT, "ValidationException", "TimeToLive is already enabled", LQ_VERDICT_REFUSED},
    };

    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct lq_aws_reply reply = {.kind = cases[index].call, .verdict = LQ_VERDICT_REFUSED};
        (void)snprintf(reply.error_code, sizeof reply.error_code, "%s", cases[index].code);
        (void)snprintf(reply.text, sizeof reply.text, "%s", cases[index].text);
        struct lq_dynamodb_answer *answer = lq_dynamodb_answer_new(&reply);
        ck_assert_int_eq(answer->verdict, cases[index].verdict);
        lq_dynamodb_answer_destroy(&answer);
    }
}
END_TEST

START_TEST(test_page_beyond_its_bound)
{
    json_t *root = json_object(), *items = json_array();

    for (uint32_t index = 0; index <= LQ_DYNAMODB_GATEWAY_PAGE_MAX; index++) {
        json_array_append_new(items, json_loads(ITEM, 0, NULL));
    }
    json_object_set_new(root, "Items", items);
    struct lq_aws_reply reply = {.kind = LQ_TABLE_QUERY, .verdict = LQ_VERDICT_DONE, .root = root};
    struct lq_dynamodb_answer *answer = lq_dynamodb_answer_new(&reply);
    ck_assert_int_eq(answer->verdict, LQ_VERDICT_REFUSED);
    ck_assert_uint_eq(answer->item_count, 0);
    lq_dynamodb_answer_destroy(&answer);
}
END_TEST

TCase *lq_test_dynamodb_answer(void)
{
    TCase *tcase = tcase_create("dynamodb_answer");

    tcase_add_loop_test(tcase, test_answers, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_expiry_that_is_set);
    tcase_add_test(tcase, test_page_beyond_its_bound);
    return tcase;
}
