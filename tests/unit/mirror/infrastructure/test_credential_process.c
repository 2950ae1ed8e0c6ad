// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/credential_process.h"
#include "tests/support/suite.h"

#include <unistd.h>

TCase *lq_test_credential_process(void);

#define PRINT                                                                                      \
    "echo '{\"Version\": 1, \"AccessKeyId\": \"AKID\", \"SecretAccessKey\": \"hushhush\"}'"

static const struct {
    const char *command;
    uint32_t timeout_ms;
    enum lq_result result;
    const char *word; /* in the message */
} rows[] = {
    {PRINT, 60000, LQ_OK, ""},
    {PRINT " | cat", 60000, LQ_OK, ""},
    {PRINT "; echo hushhush >&2", 60000, LQ_OK, ""},
    {PRINT "; read line; echo \"$line\"", 60000, LQ_OK, ""}, /* its stdin is empty */
    {PRINT "; exit 3", 60000, LQ_ERR_IO, "code 3"},
    {"exit 0", 60000, LQ_ERR_INVALID, "JSON"},
    {"no-such-program-anywhere", 60000, LQ_ERR_IO, "code 127"},
    {"kill -9 $$", 60000, LQ_ERR_IO, "signal 9"},
    {"echo hushhush", 60000, LQ_ERR_INVALID, "JSON"},
    {"while :; do echo hushhushhushhush; done", 60000, LQ_ERR_LIMIT, "more than 32768 bytes"},
    {"cat /dev/zero", 60000, LQ_ERR_LIMIT, "more than 32768 bytes"},
    {"tail -f /dev/null", 50, LQ_ERR_TIMEOUT, "within 50 ms"},
    {"exec >/dev/null; tail -f /dev/null", 50, LQ_ERR_TIMEOUT, "within 50 ms"},
    {"tail -f /dev/null & tail -f /dev/null", 50, LQ_ERR_TIMEOUT, "within 50 ms"},
};

START_TEST(test_run)
{
    struct lq_aws_keys keys = {0};
    struct lq_error_message message = {""};
    enum lq_result result =
        lq_credential_process_run(rows[_i].command, rows[_i].timeout_ms, -1, &keys, &message);

    ck_assert_msg(result == rows[_i].result, "%s: %s (%s)", rows[_i].command,
                  lq_result_text(result), message.text);
    ck_assert_msg(strstr(message.text, rows[_i].word) != NULL, "%s", message.text);
    ck_assert_ptr_null(strstr(message.text, "hush"));
    ck_assert_str_eq(keys.secret_access_key, result == LQ_OK ? "hushhush" : "");
}
END_TEST

/* Whatever it is about to do. */
START_TEST(test_cancel)
{
    struct lq_aws_keys keys = {0};
    struct lq_error_message message = {""};
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "x", 1), 1);
    ck_assert_int_eq(
        lq_credential_process_run("tail -f /dev/null", 60000, ends[0], &keys, &message),
        LQ_ERR_STATE);
    ck_assert_int_eq(lq_credential_process_run("exec >/dev/null; tail -f /dev/null", 60000, ends[0],
                                               &keys, &message),
                     LQ_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(message.text, "no longer wanted"));
    close(ends[0]);
    close(ends[1]);
}
END_TEST

TCase *lq_test_credential_process(void)
{
    TCase *tcase = tcase_create("credential_process");

    tcase_add_loop_test(tcase, test_run, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_cancel);
    return tcase;
}
