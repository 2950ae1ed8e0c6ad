// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/eventbridge_answer.h"
#include "tests/support/suite.h"

#include <stdio.h>

TCase *lq_test_eventbridge_answer(void);

#define GOOD "{\"EventId\":\"1\"}"

static const struct {
    uint32_t count;
    const char *json;
    enum lq_verdict verdict;
    uint32_t failed_count;
    enum lq_verdict first; /* DONE's first entry */
} rows[] = {
    {1, "{\"FailedEntryCount\":0,\"Entries\":[" GOOD "]}", LQ_VERDICT_DONE, 0, LQ_VERDICT_DONE},
    {2,
     "{\"FailedEntryCount\":1,\"Entries\":[{\"ErrorCode\":\"InternalFailure\",\"ErrorMessage\":"
     "\"x\"}," GOOD "]}",
     LQ_VERDICT_DONE, 1, LQ_VERDICT_RETRY},
    {1, "{\"Entries\":[{\"ErrorCode\":\"ThrottlingException\"}]}", LQ_VERDICT_DONE, 1,
     LQ_VERDICT_THROTTLED},
    {1, "{\"Entries\":[{\"ErrorCode\":\"InternalException\"}]}", LQ_VERDICT_DONE, 1,
     LQ_VERDICT_RETRY},
    {1, "{\"Entries\":[{\"ErrorCode\":\"MalformedDetail\",\"EventId\":\"1\"}]}", LQ_VERDICT_DONE, 1,
     LQ_VERDICT_REFUSED},
    {1, "{\"Entries\":[{\"ErrorCode\":\"NotAuthorizedForSourceException\"}]}", LQ_VERDICT_DONE, 1,
     LQ_VERDICT_REFUSED},
    /* An entry that nobody can tell the fate of: the whole answer counts for nothing. */
    {1, "{\"Entries\":[{}]}", LQ_VERDICT_REFUSED, 0, 0},
    {1, "{\"Entries\":[7]}", LQ_VERDICT_REFUSED, 0, 0},
    {1, "{\"Entries\":[{\"EventId\":7}]}", LQ_VERDICT_REFUSED, 0, 0},
    {2, "{\"Entries\":[" GOOD "]}", LQ_VERDICT_REFUSED, 0, 0},
    {1, "{\"Entries\":[" GOOD "," GOOD "]}", LQ_VERDICT_REFUSED, 0, 0},
    {1, "{\"Entries\":{}}", LQ_VERDICT_REFUSED, 0, 0},
    {1, "{}", LQ_VERDICT_REFUSED, 0, 0},
};

START_TEST(test_answers)
{
    struct lq_aws_reply reply = {.kind = rows[_i].count,
                                 .tag = 9,
                                 .verdict = LQ_VERDICT_DONE,
                                 .root = json_loads(rows[_i].json, 0, NULL)};
    struct lq_eventbridge_answer answer;

    ck_assert_ptr_nonnull(reply.root);
    lq_eventbridge_answer_read(&reply, &answer);
    ck_assert_ptr_null(reply.root);
    ck_assert_uint_eq(answer.tag, 9);
    ck_assert_msg(answer.verdict == rows[_i].verdict, "row %d: %s", _i, answer.text);
    ck_assert_uint_eq(answer.failed_count, rows[_i].failed_count);
    ck_assert_uint_eq(answer.entry_count, answer.verdict == LQ_VERDICT_DONE ? rows[_i].count : 0);
    if (answer.verdict == LQ_VERDICT_DONE) {
        ck_assert_int_eq(answer.entries[0].verdict, rows[_i].first);
        ck_assert_int_eq(answer.entries[0].event_id[0] != '\0', rows[_i].first == LQ_VERDICT_DONE);
    } else {
        ck_assert_ptr_nonnull(strstr(answer.text, "cannot be understood"));
    }
}
END_TEST

/* Every subset of ten. */
START_TEST(test_subsets)
{
    for (uint32_t failing = 0; failing < 1024; failing++) {
        json_t *root = json_object(), *entries = json_array();
        struct lq_eventbridge_answer answer;
        for (uint32_t index = 0; index < 10; index++) {
            json_array_append_new(entries, failing >> index & 1
                                               ? json_pack("{s:s}", "ErrorCode", "InternalFailure")
                                               : json_pack("{s:s}", "EventId", "x"));
        }
        json_object_set_new(root, "Entries", entries);
        struct lq_aws_reply reply = {.kind = 10, .verdict = LQ_VERDICT_DONE, .root = root};
        lq_eventbridge_answer_read(&reply, &answer);
        ck_assert_uint_eq(answer.entry_count, 10);
        ck_assert_uint_eq(answer.failed_count, (uint32_t)__builtin_popcount(failing));
        for (uint32_t index = 0; index < 10; index++) {
            ck_assert_int_eq(answer.entries[index].verdict,
                             failing >> index & 1 ? LQ_VERDICT_RETRY : LQ_VERDICT_DONE);
        }
    }
}
END_TEST

START_TEST(test_call_that_failed)
{
    struct lq_aws_reply reply = {.kind = 3, .verdict = LQ_VERDICT_THROTTLED, .is_in_doubt = true};
    struct lq_eventbridge_answer answer;

    (void)snprintf(reply.text, sizeof reply.text, "slow down");
    lq_eventbridge_answer_read(&reply, &answer);
    ck_assert_int_eq(answer.verdict, LQ_VERDICT_THROTTLED);
    ck_assert_uint_eq(answer.entry_count, 0);
    ck_assert(answer.is_in_doubt);
    ck_assert_str_eq(answer.text, "slow down");
}
END_TEST

TCase *lq_test_eventbridge_answer(void)
{
    TCase *tcase = tcase_create("eventbridge_answer");

    tcase_add_loop_test(tcase, test_answers, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_subsets);
    tcase_add_test(tcase, test_call_that_failed);
    return tcase;
}
