// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/profile_files.h"
#include "tests/support/suite.h"

#include <stdio.h>

TCase *lq_test_profile_files(void);

#define CONFIG LQ_PROFILE_CONFIG
#define CREDENTIALS LQ_PROFILE_CREDENTIALS

static const struct {
    enum lq_profile_file_kind kind;
    const char *wanted;
    const char *text;
    bool is_there, has_keys;
    const char *id, *secret, *token, *region, *process, *other;
} good[] = {
    {CREDENTIALS, "default",
     "[default]\naws_access_key_id = AKID\naws_secret_access_key=s3/cr+et=\n", true, true, "AKID",
     "s3/cr+et=", "", "", "", ""},
    {CREDENTIALS, "b",
     "[a]\naws_access_key_id = A\naws_secret_access_key = a\n[b]\naws_access_key_id = B\n"
     "aws_secret_access_key = b\naws_session_token = t\n[c]\naws_access_key_id = C\n",
     true, true, "B", "b", "t", "", "", ""},
    {CREDENTIALS, "b", "[a]\naws_access_key_id = A\n", false, false, "", "", "", "", "", ""},
    {CREDENTIALS, "b", "[b]\naws_access_key_id = A\n", true, false, "A", "", "", "", "", ""},
    {CREDENTIALS, "b", "[profile b]\naws_access_key_id = A\n", false, false, "", "", "", "", "",
     ""},
    {CONFIG, "default", "[default]\nregion = eu-west-1\n", true, false, "", "", "", "eu-west-1", "",
     ""},
    {CONFIG, "default", "[profile default]\nregion = eu-west-1\n", true, false, "", "", "",
     "eu-west-1", "", ""},
    {CONFIG, "b", "[b]\nregion = no\n[profile b]\nregion = yes\n", true, false, "", "", "", "yes",
     "", ""},
    {CONFIG, "b", "[profile\tb]\nregion=yes\n[sso-session b]\nregion=no\n[services b]\n", true,
     false, "", "", "", "yes", "", ""},
    {CONFIG, "default",
     "# a comment\n; another\n\n  \n[default] # of this\nregion = eu-west-1 ; the near one\n"
     "output = json\ncredential_process = /bin/x --secret a#b \"c d\"  # said once\n",
     true, false, "", "", "", "eu-west-1", "/bin/x --secret a#b \"c d\"", ""},
    {CONFIG, "default", "[default]\r\nregion = eu-west-1\r\n", true, false, "", "", "", "eu-west-1",
     "", ""},
    {CONFIG, "default", "\xEF\xBB\xBF[default]\nregion = eu-west-1", true, false, "", "", "",
     "eu-west-1", "", ""},
    {CONFIG, "default", "[default]\ns3 =\n  region = no\n  max = 10\nregion = yes\n", true, false,
     "", "", "", "yes", "", ""},
    {CONFIG, "default", "[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = y\n", true,
     false, "", "", "", "", "", "role_arn"},
    {CONFIG, "default", "[default]\nsso_session = x\n", true, false, "", "", "", "", "",
     "sso_session"},
    {CONFIG, "default", "[default]\nweb_identity_token_file = x\n", true, false, "", "", "", "", "",
     "web_identity_token_file"},
    {CONFIG, "default", "[default]\nregion = one\nregion = two\n", true, false, "", "", "", "one",
     "", ""},
    {CONFIG, "default", "", false, false, "", "", "", "", "", ""},
    {CONFIG, "default", "region = eu-west-1\n", false, false, "", "", "", "", "", ""},
};

START_TEST(test_good)
{
    struct lq_profile *profile = lq_profile_files_new();
    struct lq_error_message message = {""};

    ck_assert_msg(lq_profile_files_parse(lq_view_text(good[_i].text), "f", good[_i].kind,
                                         good[_i].wanted, profile, &message) == LQ_OK,
                  "%s", message.text);
    ck_assert_int_eq(profile->is_there, good[_i].is_there);
    ck_assert_int_eq(profile->has_keys, good[_i].has_keys);
    ck_assert_str_eq(profile->keys.access_key_id, good[_i].id);
    ck_assert_str_eq(profile->keys.secret_access_key, good[_i].secret);
    ck_assert_str_eq(profile->keys.session_token, good[_i].token);
    ck_assert_str_eq(profile->region, good[_i].region);
    ck_assert_str_eq(profile->credential_process, good[_i].process);
    ck_assert_str_eq(profile->other_source, good[_i].other);
    lq_profile_files_destroy(&profile);
    lq_profile_files_destroy(&profile);
}
END_TEST

static const struct {
    const char *text;
    const char *message;
} bad[] = {
    {"[default\nregion = x\n", "f:1: a section without its ']'"},
    {"\n[]\n", "f:2: a section without a name"},
    {"[default]\nhushhush\n", "f:2: neither a section nor KEY = VALUE"},
    {"[other]\n= hushhush\n", "f:2: neither a section nor KEY = VALUE"},
    {"hushhush\n", "f:1: neither a section nor KEY = VALUE"},
};

START_TEST(test_bad)
{
    struct lq_profile *profile = lq_profile_files_new();
    struct lq_error_message message = {""};

    ck_assert_int_eq(lq_profile_files_parse(lq_view_text(bad[_i].text), "f", CONFIG, "default",
                                            profile, &message),
                     LQ_ERR_INVALID);
    ck_assert_str_eq(message.text, bad[_i].message);
    lq_profile_files_destroy(&profile);
}
END_TEST

START_TEST(test_bounds)
{
    static char text[LQ_PROFILE_PROCESS_BYTES_MAX + 64];
    struct lq_error_message message = {""};

    for (int more = 0; more < 2; more++) {
        struct lq_profile *profile = lq_profile_files_new();
        int bytes = snprintf(text, sizeof text, "[default]\ncredential_process = %0*d\n",
                             LQ_PROFILE_PROCESS_BYTES_MAX - 1 + more, 1);
        ck_assert_int_eq(lq_profile_files_parse(lq_view_of(text, (size_t)bytes), "f", CONFIG,
                                                "default", profile, &message),
                         more == 0 ? LQ_OK : LQ_ERR_INVALID);
        lq_profile_files_destroy(&profile);
    }
    struct lq_profile *profile = lq_profile_files_new();
    ck_assert_int_eq(lq_profile_files_parse(lq_view_of("[default]\nregion = a\0b\n", 23), "f",
                                            CONFIG, "default", profile, &message),
                     LQ_ERR_INVALID);
    ck_assert_str_eq(message.text, "f:2: a value with a zero byte");
    lq_profile_files_destroy(&profile);
}
END_TEST

/* Keys are of one file: never the id of one and the secret of the other. */
START_TEST(test_two_files)
{
    static const char *const half = "[default]\naws_access_key_id = HALF\n";
    static const char *const whole =
        "[default]\naws_access_key_id = AKID\naws_secret_access_key = s\n";
    static const char *const other =
        "[default]\naws_secret_access_key = o\naws_session_token = o\nregion = r\n";
    struct lq_profile *profile = lq_profile_files_new();
    struct lq_error_message message = {""};

    ck_assert_int_eq(
        lq_profile_files_parse(lq_view_text(half), "f", CREDENTIALS, "default", profile, &message),
        LQ_OK);
    ck_assert_int_eq(
        lq_profile_files_parse(lq_view_text(other), "f", CONFIG, "default", profile, &message),
        LQ_OK);
    ck_assert(!profile->has_keys);
    lq_profile_files_destroy(&profile);

    profile = lq_profile_files_new();
    ck_assert_int_eq(
        lq_profile_files_parse(lq_view_text(whole), "f", CREDENTIALS, "default", profile, &message),
        LQ_OK);
    ck_assert_int_eq(
        lq_profile_files_parse(lq_view_text(other), "f", CONFIG, "default", profile, &message),
        LQ_OK);
    ck_assert(profile->has_keys);
    ck_assert(profile->are_keys_shared);
    ck_assert_str_eq(profile->keys.secret_access_key, "s");
    ck_assert_str_eq(profile->keys.session_token, "");
    ck_assert_str_eq(profile->region, "r");
    lq_profile_files_destroy(&profile);
}
END_TEST

TCase *lq_test_profile_files(void)
{
    TCase *tcase = tcase_create("profile_files");

    tcase_add_loop_test(tcase, test_good, 0, (int)(sizeof good / sizeof good[0]));
    tcase_add_loop_test(tcase, test_bad, 0, (int)(sizeof bad / sizeof bad[0]));
    tcase_add_test(tcase, test_bounds);
    tcase_add_test(tcase, test_two_files);
    return tcase;
}
