// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/credential_document.h"
#include "tests/support/suite.h"

#include <stdio.h>

TCase *lq_test_credential_document(void);

#define NOW_S UINT64_C(1800000000)

static const struct {
    const char *text;
    bool valid;
    uint64_t time_s;
} times[] = {
    {"1970-01-01T00:00:00Z", true, 0},
    {"2026-11-29T12:34:56Z", true, 1795955696},
    {"2026-11-29T12:34:56.789Z", true, 1795955696},
    {"2026-11-29T12:34:56+00:00", true, 1795955696},
    {"2026-11-29T13:34:56+01:00", true, 1795955696},
    {"2026-11-29T07:04:56-05:30", true, 1795955696},
    {"2024-02-29T00:00:00Z", true, 1709164800},
    {"9999-12-31T23:59:59Z", true, 253402300799},
    {"1969-12-31T23:59:59Z", false, 0},
    {"1970-01-01T00:00:00+01:00", false, 0},
    {"2026-13-01T00:00:00Z", false, 0},
    {"2026-00-01T00:00:00Z", false, 0},
    {"2026-01-32T00:00:00Z", false, 0},
    {"2026-01-01T24:00:00Z", false, 0},
    {"2026-01-01T00:60:00Z", false, 0},
    {"2026-01-01T00:00:00", false, 0},
    {"2026-01-01T00:00:00 Z", false, 0},
    {"2026-01-01T00:00:00Zz", false, 0},
    {"2026-01-01T00:00:00+99:00", false, 0},
    {"2026-01-01T00:00:00*01:00", false, 0},
    {"2026-01-01T00:00:00+01:00x", false, 0},
    {"2026-01-01", false, 0},
    {"1800000000", false, 0},
    {"", false, 0},
};

START_TEST(test_times)
{
    uint64_t time_s = 0;

    ck_assert_msg(lq_credential_document_read_time(times[_i].text, &time_s) == times[_i].valid,
                  "%s", times[_i].text);
    if (times[_i].valid) {
        ck_assert_uint_eq(time_s, times[_i].time_s);
    }
}
END_TEST

#define PROCESS LQ_CREDENTIALS_OF_PROCESS
#define SERVICE LQ_CREDENTIALS_OF_SERVICE
#define KEYS "\"AccessKeyId\": \"AKID\", \"SecretAccessKey\": \"hushhush\""
#define LATER "\"Expiration\": \"2027-11-29T12:00:00Z\""

static const struct {
    enum lq_credential_document_kind kind;
    const char *text;
    enum lq_result result;
    const char *token;
    const char *word; /* in the message */
} documents[] = {
    {PROCESS, "{\"Version\": 1, " KEYS "}", LQ_OK, "", ""},
    {PROCESS, "{\"Version\": 1, " KEYS ", \"SessionToken\": \"tok\", " LATER "}", LQ_OK, "tok", ""},
    {PROCESS, "{\"Version\": 1, " KEYS ", \"SessionToken\": null, \"Expiration\": null}", LQ_OK, "",
     ""},
    {SERVICE, "{" KEYS ", \"Token\": \"tok\", " LATER "}", LQ_OK, "tok", ""},
    {SERVICE, "{\"Code\": \"Success\", " KEYS ", \"Token\": \"tok\", " LATER "}", LQ_OK, "tok", ""},

    {PROCESS, "{" KEYS "}", LQ_ERR_INVALID, "", "Version"},
    {PROCESS, "{\"Version\": 2, " KEYS "}", LQ_ERR_INVALID, "", "Version"},
    {PROCESS, "{\"Version\": \"1\", " KEYS "}", LQ_ERR_INVALID, "", "Version"},
    {SERVICE, "{\"Code\": \"AssumeRoleUnauthorizedAccess\", " KEYS "}", LQ_ERR_INVALID, "",
     "AssumeRoleUnauthorizedAccess"},
    {SERVICE, "{\"SecretAccessKey\": \"hushhush\"}", LQ_ERR_INVALID, "", "AccessKeyId"},
    {SERVICE, "{\"AccessKeyId\": \"\", \"SecretAccessKey\": \"hushhush\"}", LQ_ERR_INVALID, "",
     "AccessKeyId"},
    {SERVICE, "{\"AccessKeyId\": \"AKID\"}", LQ_ERR_INVALID, "", "SecretAccessKey"},
    {SERVICE, "{\"AccessKeyId\": \"AKID\", \"SecretAccessKey\": 7}", LQ_ERR_INVALID, "",
     "SecretAccessKey"},
    {SERVICE, "{\"AccessKeyId\": [], \"SecretAccessKey\": \"hushhush\"}", LQ_ERR_INVALID, "",
     "AccessKeyId"},
    {SERVICE, "{" KEYS ", \"Token\": 7}", LQ_ERR_INVALID, "", "token"},
    {SERVICE, "{" KEYS ", \"Token\": \"\"}", LQ_ERR_INVALID, "", "token"},
    {SERVICE, "{" KEYS ", \"Expiration\": 1800000001}", LQ_ERR_INVALID, "", "Expiration"},
    {SERVICE, "{" KEYS ", \"Expiration\": \"soon\"}", LQ_ERR_INVALID, "", "Expiration"},
    {SERVICE, "{" KEYS ", \"Expiration\": \"2026-11-29T12:00:00Z\"}", LQ_ERR_STALE, "", "expired"},
    {SERVICE, "[]", LQ_ERR_INVALID, "", "object"},
    {SERVICE, "null", LQ_ERR_INVALID, "", "JSON"},
    {SERVICE, "", LQ_ERR_INVALID, "", "JSON"},
    {SERVICE, "{" KEYS ", " KEYS "}", LQ_ERR_INVALID, "", "JSON"},
    {SERVICE, "{" KEYS, LQ_ERR_INVALID, "", "JSON"},
    {SERVICE, "<html>hushhush</html>", LQ_ERR_INVALID, "", "JSON"},
};

START_TEST(test_documents)
{
    struct lq_aws_keys keys;
    struct lq_error_message message = {""};
    enum lq_result result = lq_credential_document_parse(
        lq_view_text(documents[_i].text), "source", documents[_i].kind, NOW_S, &keys, &message);

    ck_assert_msg(result == documents[_i].result, "%s: %s", documents[_i].text, message.text);
    if (result == LQ_OK) {
        ck_assert_str_eq(keys.access_key_id, "AKID");
        ck_assert_str_eq(keys.secret_access_key, "hushhush");
        ck_assert_str_eq(keys.session_token, documents[_i].token);
        ck_assert_uint_eq(keys.expires_at_s, strstr(documents[_i].text, "2027") != NULL
                                                 ? UINT64_C(1827489600)
                                                 : LQ_AWS_NEVER_EXPIRES);
        return;
    }
    ck_assert_msg(strncmp(message.text, "source: ", 8) == 0, "%s", message.text);
    ck_assert_msg(strstr(message.text, documents[_i].word) != NULL, "%s", message.text);
    ck_assert_ptr_null(strstr(message.text, "hush"));
    ck_assert_str_eq(keys.secret_access_key, "");
}
END_TEST

/* At the bound of each field, and one beyond. */
START_TEST(test_lengths)
{
    static char text[LQ_AWS_TOKEN_BYTES_MAX + 512];
    struct lq_aws_keys keys;
    struct lq_error_message message;

    for (int more = 0; more < 2; more++) {
        (void)snprintf(text, sizeof text, "{\"AccessKeyId\":\"%0*d\",\"SecretAccessKey\":\"s\"}",
                       LQ_AWS_KEY_BYTES_MAX - 1 + more, 1);
        ck_assert_int_eq(
            lq_credential_document_parse(lq_view_text(text), "x", SERVICE, NOW_S, &keys, &message),
            more == 0 ? LQ_OK : LQ_ERR_INVALID);
        (void)snprintf(text, sizeof text, "{" KEYS ",\"Token\":\"%0*d\"}",
                       LQ_AWS_TOKEN_BYTES_MAX - 1 + more, 1);
        ck_assert_int_eq(
            lq_credential_document_parse(lq_view_text(text), "x", SERVICE, NOW_S, &keys, &message),
            more == 0 ? LQ_OK : LQ_ERR_INVALID);
    }
}
END_TEST

TCase *lq_test_credential_document(void)
{
    TCase *tcase = tcase_create("credential_document");

    tcase_add_loop_test(tcase, test_times, 0, (int)(sizeof times / sizeof times[0]));
    tcase_add_loop_test(tcase, test_documents, 0, (int)(sizeof documents / sizeof documents[0]));
    tcase_add_test(tcase, test_lengths);
    return tcase;
}
