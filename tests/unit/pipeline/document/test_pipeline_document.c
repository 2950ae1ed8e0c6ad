// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "pipeline/document/pipeline_document.h"

#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct lq_plan pipeline;
static struct lq_error_message message;

static enum lq_result parse(const char *document, const char *policy)
{
    message.text[0] = '\0';
    return lq_pipeline_document_parse(lq_view_text(document), "p.json", lq_view_text(policy),
                                      "policy.json", &pipeline, &message);
}

#define LOAD "\"L\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:load\",\"Next\":\"P\"}"
#define PERSIST                                                                                    \
    "\"P\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:persist\",\"End\":true}"
#define MACHINE(states) "{\"StartAt\":\"L\",\"States\":{\n" states "\n}}"
#define PLAIN MACHINE(LOAD ",\n" PERSIST)
/* The second state, on line 3, with more fields. */
#define WITH(fields)                                                                               \
    MACHINE(LOAD ",\n\"P\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:persist\","     \
                 "\"End\":true,\n" fields "}")
#define RETRY(fields) WITH("\"Retry\":[{\"ErrorEquals\":[\"A\"]},\n{" fields "}]")

START_TEST(test_document_full)
{
    ck_assert_msg(
        parse(
            "{\"Comment\":\"c\",\"Version\":\"1.0\",\"QueryLanguage\":\"JSONPath\","
            "\"TimeoutSeconds\":7,"
            "\"StartAt\":\"Load\",\"States\":{"
            "\"Store\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:persist\",\"End\":"
            "true,"
            "\"Comment\":\"c\",\"TimeoutSeconds\":3,\"HeartbeatSeconds\":2,\"Retry\":["
            "{\"ErrorEquals\":[\"A.B\",\"States.Timeout\"],\"IntervalSeconds\":3,\"MaxAttempts\":0,"
            "\"BackoffRate\":1.5,\"MaxDelaySeconds\":9,\"JitterStrategy\":\"FULL\"},"
            "{\"ErrorEquals\":[\"States.ALL\"]}]},"
            "\"Load\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:load\",\"Next\":"
            "\"Mine\"},"
            "\"Mine\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:my_stage-2\","
            "\"Next\":"
            "\"Store\"}}}",
            "") == LQ_OK,
        "%s", message.text);
    ck_assert_uint_eq(pipeline.state_count, 3);
    ck_assert_uint_eq(pipeline.start, 0);
    ck_assert_uint_eq(pipeline.persist, 2);
    ck_assert_uint_eq(pipeline.tick_timeout_ms, 7000);
    ck_assert_str_eq(pipeline.states[0].name, "Load"); /* in the order of a tick */
    ck_assert_str_eq(pipeline.states[1].stage, "my_stage-2");
    ck_assert_uint_eq(pipeline.states[0].next, 1);
    ck_assert_uint_eq(pipeline.states[1].next, 2);
    ck_assert_uint_eq(pipeline.states[2].next, LQ_STATE_NONE);
    ck_assert_uint_eq(pipeline.states[0].timeout_ms, 900);
    ck_assert_uint_eq(pipeline.states[0].version, 1);
    ck_assert_uint_eq(pipeline.states[2].timeout_ms, 3000);
    const struct lq_retrier *first = &pipeline.states[2].retriers[0];
    ck_assert_uint_eq(pipeline.states[2].retrier_count, 2);
    ck_assert_uint_eq(first->error_count, 2);
    ck_assert_str_eq(first->errors[1], "States.Timeout");
    ck_assert_uint_eq(first->attempts_max, 0);
    ck_assert_uint_eq(first->interval_ms, 3000);
    ck_assert_uint_eq(first->delay_max_ms, 9000);
    ck_assert(first->backoff_rate == 1.5);
    ck_assert_int_eq(first->jitter, LQ_JITTER_FULL);
    const struct lq_retrier *second = &pipeline.states[2].retriers[1];
    ck_assert_uint_eq(second->attempts_max, 3);
    ck_assert_uint_eq(second->interval_ms, 5);
    ck_assert_uint_eq(second->delay_max_ms, 200);
    ck_assert(second->backoff_rate == 2.0);
    ck_assert_int_eq(second->jitter, LQ_JITTER_NONE);
}
END_TEST

START_TEST(test_document_policy_overrides)
{
    ck_assert_msg(parse(WITH("\"Retry\":[{\"ErrorEquals\":[\"A\"],\"IntervalSeconds\":1},"
                             "{\"ErrorEquals\":[\"B\"]}]"),
                        "{\"schema\":\"ledgerquest.policy/v1\",\"tick_timeout_ms\":1234,"
                        "\"states\":{\"P\":{\"version\":3,\"timeout_ms\":450,"
                        "\"retry\":{\"interval_ms\":7,\"max_delay_ms\":70}},\"L\":{}}}") == LQ_OK,
                  "%s", message.text);
    ck_assert_uint_eq(pipeline.tick_timeout_ms, 1234);
    ck_assert_uint_eq(pipeline.states[1].version, 3);
    ck_assert_uint_eq(pipeline.states[1].timeout_ms, 450);
    for (uint32_t index = 0; index < 2; index++) {
        ck_assert_uint_eq(pipeline.states[1].retriers[index].interval_ms, 7);
        ck_assert_uint_eq(pipeline.states[1].retriers[index].delay_max_ms, 70);
    }
    ck_assert_uint_eq(pipeline.states[0].version, 1);
    ck_assert_uint_eq(pipeline.states[0].timeout_ms, 900);
}
END_TEST

static const struct {
    const char *document;
    const char *message;
} bad_documents[] = {
    {"", "p.json:1: "},
    {"{\n\n\"StartAt\": oops}", "p.json:3: "},
    {"[1]", "p.json:1: a pipeline must be an object"},
    {"{\"StartAt\":\"L\",\n\"StartAt\":\"L\"}", "p.json:2: duplicate object key"},
    {"{\"States\":{}}", "p.json:1: StartAt must be the name of a state"},
    {"{\"StartAt\":\"L\",\n\"States\":{}}", "p.json:2: States must be an object with at least one"},
    {"{\"StartAt\":\"L\"}", "p.json:1: States must be an object"},
    {"{\"StartAt\":\"X\",\"States\":{" LOAD "," PERSIST "}}",
     "p.json:1: StartAt: there is no state X"},
    {"{\"StartAt\":\"L\",\n\"QueryLanguage\":\"JSONata\",\"States\":{" LOAD "," PERSIST "}}",
     "p.json:2: QueryLanguage must be JSONPath"},
    {"{\"StartAt\":\"L\",\n\"TimeoutSeconds\":0,\"States\":{" LOAD "," PERSIST "}}",
     "p.json:2: TimeoutSeconds must be a whole number from 1 to"},
    {"{\"StartAt\":\"L\",\"States\":{" LOAD "," PERSIST "},\n\"Extra\":1}",
     "p.json:2: field Extra is not one"},
    {"{\"StartAt\":\"L\",\n\"Comment\":1,\"States\":{" LOAD "," PERSIST "}}",
     "p.json:2: Comment must be a text"},
    {MACHINE(LOAD ",\n\"P\":5"), "p.json:3: state P: a state must be an object"},
    {MACHINE(LOAD ",\n\"P\":{\"Resource\":\"urn:ledgerquest:stage:persist\",\"End\":true}"),
     "p.json:3: state P: Type is missing"},
    {MACHINE("\"C\":{\n\"Type\":\"Choice\"}," LOAD "," PERSIST),
     "p.json:3: state C: type Choice is not supported: only Task is"},
    {MACHINE("\"C\":{\"Type\":\"Map\"}," LOAD "," PERSIST), "p.json:2: state C: type Map"},
    {MACHINE("\"C\":{\"Type\":\"Parallel\"}," LOAD "," PERSIST), "state C: type Parallel"},
    {MACHINE("\"C\":{\"Type\":\"Wait\"}," LOAD "," PERSIST), "state C: type Wait"},
    {MACHINE("\"C\":{\"Type\":\"Pass\"}," LOAD "," PERSIST), "state C: type Pass"},
    {MACHINE("\"C\":{\"Type\":\"Succeed\"}," LOAD "," PERSIST), "state C: type Succeed"},
    {MACHINE("\"C\":{\"Type\":\"Fail\"}," LOAD "," PERSIST), "state C: type Fail"},
    {WITH("\"Catch\":[]"), "p.json:4: state P: Catch is not supported"},
    {WITH("\"InputPath\":\"$\""), "p.json:4: state P: field InputPath is not one"},
    {WITH("\"TimeoutSecondsPath\":\"$\""), "p.json:4: state P: field TimeoutSecondsPath"},
    {WITH("\"TimeoutSeconds\":1.5"), "p.json:4: state P: TimeoutSeconds must be a whole number"},
    {WITH("\"TimeoutSeconds\":\"1\""), "p.json:4: state P: TimeoutSeconds must be a whole number"},
    {WITH("\"TimeoutSeconds\":-1"), "p.json:4: state P: TimeoutSeconds must be a whole number"},
    {WITH("\"TimeoutSeconds\":4,\n\"HeartbeatSeconds\":4"),
     "p.json:5: state P: HeartbeatSeconds must be smaller than TimeoutSeconds"},
    {WITH("\"HeartbeatSeconds\":1"), "p.json:4: state P: HeartbeatSeconds must be smaller"},
    {WITH("\"Next\":\"L\""), "p.json:3: state P: exactly one of Next and \"End\": true"},
    {MACHINE(LOAD ",\n\"P\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:persist\"}"),
     "p.json:3: state P: exactly one of Next"},
    {MACHINE(LOAD
             ",\n\"P\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:persist\",\"End\":"
             "false}"),
     "p.json:3: state P: exactly one of Next"},
    {MACHINE(LOAD ",\n\"P\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:persist\","
                  "\"End\":1}"),
     "p.json:3: state P: End must be true"},
    {MACHINE(LOAD ",\n\"P\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:lambda\",\"End\":true}"),
     "p.json:3: state P: Resource must be urn:ledgerquest:stage:NAME"},
    {MACHINE(LOAD ",\n\"P\":{\"Type\":\"Task\",\"End\":true}"), "state P: Resource must be"},
    {MACHINE(LOAD
             ",\n\"P\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:\",\"End\":true}"),
     "p.json:3: state P: a stage's name is 1 to 32"},
    {MACHINE(
         LOAD
         ",\n\"P\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:a b\",\"End\":true}"),
     "p.json:3: state P: a stage's name is 1 to 32"},
    {MACHINE("\"L\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:load\",\n\"Next\":"
             "\"Q\"}," PERSIST),
     "p.json:3: state L: Next: there is no such state"},
    {MACHINE("\"L\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:load\",\n\"Next\":"
             "\"L\"}," PERSIST),
     "p.json:3: state L: Next leads in a circle"},
    {MACHINE(
         LOAD
         "," PERSIST
         ",\n\"X\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:x\",\"Next\":\"P\"}"),
     "p.json:3: state X: it cannot be reached from StartAt"},
    {MACHINE(
         LOAD
         ",\"P\":{\"Type\":\"Task\",\n\"Resource\":\"urn:ledgerquest:stage:load\",\"End\":true}"),
     "p.json:3: state P: stage load is that of state L already"},
    {MACHINE("\"L\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:lad\",\"Next\":\"P\"}"
             "," PERSIST),
     "p.json:1: StartAt must be the state of stage load"},
    {MACHINE(LOAD
             ",\"P\":{\"Type\":\"Task\",\"Resource\":\"urn:ledgerquest:stage:ai\",\n\"End\":true}"),
     "p.json:3: state P: the end must be the state of stage persist"},
    {MACHINE("\"a name that has more than 32 bytes!\":{}"), "p.json:2: state a name that"},
    {MACHINE("\"\":{}"), "p.json:2: state : a state's name is 1 to 32 bytes"},
    {WITH("\"Retry\":{}"), "p.json:4: state P: Retry must be a list"},
    {WITH("\"Retry\":[1,2,3,4,5]"), "p.json:4: state P: Retry must be a list of at most 4"},
    {WITH("\"Retry\":[7]"), "p.json:4: state P: a retrier must be an object"},
    {RETRY(""), "p.json:5: state P: ErrorEquals must be a list of at least one"},
    {RETRY("\"ErrorEquals\":[]"), "p.json:5: state P: ErrorEquals must be a list of at least one"},
    {RETRY("\"ErrorEquals\":\"A\""), "p.json:5: state P: ErrorEquals must be a list"},
    {RETRY("\"ErrorEquals\":[1]"), "p.json:5: state P: an error name is a text"},
    {RETRY("\"ErrorEquals\":[\"\"]"), "p.json:5: state P: an error name is a text"},
    {RETRY("\"ErrorEquals\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]"),
     "p.json:5: state P: ErrorEquals has more than 8 names"},
    {RETRY("\"ErrorEquals\":[\"States.Mine\"]"),
     "p.json:5: state P: States.Mine: names beginning with States. are reserved"},
    {RETRY("\"ErrorEquals\":[\"A\",\"States.ALL\"]"),
     "p.json:5: state P: States.ALL must stand alone"},
    {WITH("\"Retry\":[\n{\"ErrorEquals\":[\"States.ALL\"]},{\"ErrorEquals\":[\"A\"]}]"),
     "p.json:5: state P: States.ALL must stand alone and in the last retrier"},
    {RETRY("\"ErrorEquals\":[\"A\"],\n\"MaxAttempts\":-1"),
     "p.json:6: state P: MaxAttempts must be a whole number from 0 to 250"},
    {RETRY("\"ErrorEquals\":[\"A\"],\"MaxAttempts\":251"), "state P: MaxAttempts must be"},
    {RETRY("\"ErrorEquals\":[\"A\"],\"MaxAttempts\":1.0"), "state P: MaxAttempts must be"},
    {RETRY("\"ErrorEquals\":[\"A\"],\"IntervalSeconds\":0"), "state P: IntervalSeconds must be"},
    {RETRY("\"ErrorEquals\":[\"A\"],\"IntervalSeconds\":0.5"), "state P: IntervalSeconds must be"},
    {RETRY("\"ErrorEquals\":[\"A\"],\"MaxDelaySeconds\":0"), "state P: MaxDelaySeconds must be"},
    {RETRY("\"ErrorEquals\":[\"A\"],\"BackoffRate\":0.99"),
     "state P: BackoffRate must be a number"},
    {RETRY("\"ErrorEquals\":[\"A\"],\"BackoffRate\":\"2\""),
     "state P: BackoffRate must be a number"},
    {RETRY("\"ErrorEquals\":[\"A\"],\"JitterStrategy\":\"HALF\""),
     "state P: JitterStrategy must be"},
    {RETRY("\"ErrorEquals\":[\"A\"],\"JitterStrategy\":1"), "state P: JitterStrategy must be"},
    {RETRY("\"ErrorEquals\":[\"A\"],\"Extra\":1"), "p.json:5: state P: field Extra is not one"},
};

START_TEST(test_document_bad_ones_are_refused)
{
    enum lq_result result = parse(bad_documents[_i].document, "");

    ck_assert_msg(result == LQ_ERR_INVALID, "%s", bad_documents[_i].document);
    ck_assert_msg(strstr(message.text, bad_documents[_i].message) != NULL,
                  "%s\n  said: %s\n  not: %s", bad_documents[_i].document, message.text,
                  bad_documents[_i].message);
    ck_assert(strncmp(message.text, "p.json:", 7) == 0);
}
END_TEST

#define POLICY(rest) "{\"schema\":\"ledgerquest.policy/v1\",\n" rest "}"

static const struct {
    const char *policy;
    const char *message;
} bad_policies[] = {
    {"{", "policy.json:1: "},
    {"7", "policy.json:1: "},
    {"[]", "policy.json:1: a policy must be an object"},
    {"{\"states\":{}}", "policy.json:1: schema must be ledgerquest.policy/v1"},
    {"{\n\"schema\":\"ledgerquest.policy/v2\"}", "policy.json:2: schema must be"},
    {POLICY("\"extra\":1"), "policy.json:2: field extra is not one"},
    {POLICY("\"tick_timeout_ms\":0"), "policy.json:2: tick_timeout_ms must be a whole number"},
    {POLICY("\"states\":[]"), "policy.json:2: states must be an object"},
    {POLICY("\"states\":{\n\"Nowhere\":{}}"),
     "policy.json:3: state Nowhere: the pipeline has no such"},
    {POLICY("\"states\":{\n\"L\":1}"), "policy.json:3: state L: the policy of a state must be"},
    {POLICY("\"states\":{\"L\":{\n\"colour\":1}}"),
     "policy.json:3: state L: field colour is not one"},
    {POLICY("\"states\":{\"L\":{\n\"version\":0}}"), "policy.json:3: state L: version must be"},
    {POLICY("\"states\":{\"L\":{\n\"timeout_ms\":\"9\"}}"),
     "policy.json:3: state L: timeout_ms must be"},
    {POLICY("\"states\":{\"L\":{\n\"retry\":1}}"),
     "policy.json:3: state L: retry must be an object"},
    {POLICY("\"states\":{\"L\":{\"retry\":{\n\"interval_ms\":0}}}"),
     "policy.json:3: state L: interval_ms must be"},
    {POLICY("\"states\":{\"L\":{\"retry\":{\n\"max_delay_ms\":-5}}}"),
     "policy.json:3: state L: max_delay_ms must be"},
    {POLICY("\"states\":{\"L\":{\"retry\":{\n\"jitter\":1}}}"),
     "policy.json:3: state L: field jitter is not one"},
};

START_TEST(test_document_bad_policies_are_refused)
{
    enum lq_result result = parse(PLAIN, bad_policies[_i].policy);

    ck_assert_msg(result == LQ_ERR_INVALID, "%s", bad_policies[_i].policy);
    ck_assert_msg(strstr(message.text, bad_policies[_i].message) == message.text,
                  "%s\n  said: %s\n  not: %s", bad_policies[_i].policy, message.text,
                  bad_policies[_i].message);
}
END_TEST

START_TEST(test_document_more_states_than_fit)
{
    char document[8192] = "{\"StartAt\":\"L\",\"States\":{";

    for (uint32_t index = 0; index < 17; index++) {
        snprintf(document + strlen(document), sizeof document - strlen(document),
                 "%s\"S%u\":{\"Type\":\"Task\"}", index > 0 ? "," : "", index);
    }
    strcat(document, "}}");
    ck_assert_int_eq(parse(document, ""), LQ_ERR_INVALID);
    ck_assert_msg(strstr(message.text, "more than 16 states") != NULL, "%s", message.text);
}
END_TEST

/* Long names do not overflow the message. */
START_TEST(test_document_message_is_bounded)
{
    char document[4096] = "{\"StartAt\":\"L\",\"";
    char name[600];

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    strcat(document, name);
    strcat(document, "\":1}");
    ck_assert_int_eq(lq_pipeline_document_parse(lq_view_text(document), name, lq_view_text(""),
                                                name, &pipeline, &message),
                     LQ_ERR_INVALID);
    ck_assert_uint_lt(strlen(message.text), sizeof message.text);
}
END_TEST

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    fclose(file);
}

START_TEST(test_document_byte_order_marks)
{
    ck_assert_msg(parse("\xEF\xBB\xBF" PLAIN, "\xEF\xBB\xBF" POLICY("\"states\":{}")) == LQ_OK,
                  "%s", message.text);
    ck_assert_int_eq(parse(PLAIN "\xEF\xBB\xBF", ""), LQ_ERR_INVALID);
}
END_TEST

START_TEST(test_document_load_reads_and_hashes)
{
    char folder[] = "/tmp/lq-pipeline-XXXXXX";
    char document[64], policy[64];
    uint8_t hash[32];
    static const uint8_t zero[32];

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(document, sizeof document, "%s/p.asl.json", folder);
    snprintf(policy, sizeof policy, "%s/policy.json", folder);
    ck_assert_int_eq(lq_pipeline_document_load(document, policy, &pipeline, &message),
                     LQ_ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(message.text, document));
    write_file(document, PLAIN);
    ck_assert_int_eq(lq_pipeline_document_load(document, policy, &pipeline, &message),
                     LQ_ERR_NOT_FOUND);
    write_file(policy, "{\"schema\":\"ledgerquest.policy/v1\"}");
    ck_assert_int_eq(lq_pipeline_document_load(document, policy, &pipeline, &message), LQ_OK);
    memcpy(hash, pipeline.hash, sizeof hash);
    ck_assert_mem_ne(hash, zero, sizeof hash);
    write_file(document, PLAIN "\n");
    ck_assert_int_eq(lq_pipeline_document_load(document, policy, &pipeline, &message), LQ_OK);
    ck_assert_mem_ne(hash, pipeline.hash, sizeof hash); /* of the bytes, not of what they mean */
    write_file(policy, "{}");
    ck_assert_int_eq(lq_pipeline_document_load(document, policy, &pipeline, &message),
                     LQ_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(message.text, "policy.json:1: schema"));
    unlink(document);
    unlink(policy);
    rmdir(folder);
}
END_TEST

TCase *lq_test_pipeline_document(void);
TCase *lq_test_pipeline_document(void)
{
    TCase *tc = tcase_create("pipeline_document");

    tcase_add_test(tc, test_document_full);
    tcase_add_test(tc, test_document_policy_overrides);
    tcase_add_loop_test(tc, test_document_bad_ones_are_refused, 0,
                        (int)(sizeof bad_documents / sizeof bad_documents[0]));
    tcase_add_loop_test(tc, test_document_bad_policies_are_refused, 0,
                        (int)(sizeof bad_policies / sizeof bad_policies[0]));
    tcase_add_test(tc, test_document_more_states_than_fit);
    tcase_add_test(tc, test_document_message_is_bounded);
    tcase_add_test(tc, test_document_byte_order_marks);
    tcase_add_test(tc, test_document_load_reads_and_hashes);
    return tc;
}
