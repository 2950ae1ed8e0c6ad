// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The order of the sources, and what each refuses. Those behind HTTP: tests/integration. */
#include "mirror/infrastructure/credential_chain.h"
#include "tests/support/suite.h"
#include "tests/unit/mirror/infrastructure/aws_folder.h"

#include <stdlib.h>

TCase *lq_test_credential_chain(void);

#define SHARED "[default]\naws_access_key_id = SHARED\naws_secret_access_key = hush\n"
#define PROCESS                                                                                    \
    "credential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"PROCESS\", "                   \
    "\"SecretAccessKey\": \"hush\"}'\n"
#define CONFIGURED "aws_access_key_id = CONFIG\naws_secret_access_key = hush\n"

static const struct {
    const char *name;
    const char *variables[4]; /* NAME, value, NAME, value */
    const char *credentials, *config;
    enum lq_result result;
    enum lq_credential_source source;
    const char *id, *word;
} rows[] = {
    {"nothing", {0}, "", "", LQ_ERR_NOT_FOUND, LQ_CREDENTIALS_NONE, "", "no credentials"},
    {"environment first",
     {"AWS_ACCESS_KEY_ID", "ENV", "AWS_SECRET_ACCESS_KEY", "hush"},
     SHARED,
     "",
     LQ_OK,
     LQ_CREDENTIALS_ENVIRONMENT,
     "ENV",
     ""},
    {"half an environment",
     {"AWS_ACCESS_KEY_ID", "ENV"},
     SHARED,
     "",
     LQ_ERR_INVALID,
     LQ_CREDENTIALS_ENVIRONMENT,
     "",
     "AWS_SECRET_ACCESS_KEY is not"},
    {"the other half",
     {"AWS_SECRET_ACCESS_KEY", "hush"},
     SHARED,
     "",
     LQ_ERR_INVALID,
     LQ_CREDENTIALS_ENVIRONMENT,
     "",
     "AWS_ACCESS_KEY_ID is not"},
    {"empty is not set",
     {"AWS_ACCESS_KEY_ID", "", "AWS_SECRET_ACCESS_KEY", ""},
     SHARED,
     "",
     LQ_OK,
     LQ_CREDENTIALS_PROFILE_KEYS,
     "SHARED",
     ""},
    {"a secret that would be two headers",
     {"AWS_ACCESS_KEY_ID", "A", "AWS_SECRET_ACCESS_KEY", "hush\r\nX-Other: x"},
     SHARED,
     "",
     LQ_ERR_INVALID,
     LQ_CREDENTIALS_ENVIRONMENT,
     "",
     "character that none may have"},
    {"a secret with a space in it",
     {0},
     "[default]\naws_access_key_id = A\naws_secret_access_key = hush \t hush\n",
     "",
     LQ_ERR_INVALID,
     LQ_CREDENTIALS_PROFILE_KEYS,
     "",
     "character that none may have"},
    {"shared before process",
     {0},
     SHARED,
     "[default]\n" PROCESS,
     LQ_OK,
     LQ_CREDENTIALS_PROFILE_KEYS,
     "SHARED",
     ""},
    {"process before config",
     {0},
     "",
     "[default]\n" PROCESS CONFIGURED,
     LQ_OK,
     LQ_CREDENTIALS_PROFILE_PROCESS,
     "PROCESS",
     ""},
    {"config", {0}, "", "[default]\n" CONFIGURED, LQ_OK, LQ_CREDENTIALS_PROFILE_KEYS, "CONFIG", ""},
    {"a profile by name",
     {"AWS_PROFILE", "b"},
     SHARED,
     "[profile b]\n" CONFIGURED,
     LQ_OK,
     LQ_CREDENTIALS_PROFILE_KEYS,
     "CONFIG",
     ""},
    {"a profile that is not there",
     {"AWS_PROFILE", "b"},
     SHARED,
     "",
     LQ_ERR_INVALID,
     LQ_CREDENTIALS_PROFILE_KEYS,
     "",
     "no profile b"},
    {"a process that fails is not passed over",
     {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"},
     "",
     "[default]\ncredential_process = exit 9\n",
     LQ_ERR_IO,
     LQ_CREDENTIALS_PROFILE_PROCESS,
     "",
     "code 9"},
    {"a role",
     {0},
     SHARED,
     "[default]\nrole_arn = x\nsource_profile = y\n",
     LQ_ERR_INVALID,
     LQ_CREDENTIALS_PROFILE_KEYS,
     "",
     "role_arn is not followed"},
    {"single sign-on",
     {"AWS_PROFILE", "b"},
     "",
     "[profile b]\nsso_session = x\n",
     LQ_ERR_INVALID,
     LQ_CREDENTIALS_PROFILE_KEYS,
     "",
     "export-credentials --profile b"},
    {"web identity",
     {"AWS_WEB_IDENTITY_TOKEN_FILE", "/x"},
     "",
     "",
     LQ_ERR_INVALID,
     LQ_CREDENTIALS_NONE,
     "",
     "AWS_WEB_IDENTITY_TOKEN_FILE"},
    {"web identity with another way",
     {"AWS_WEB_IDENTITY_TOKEN_FILE", "/x"},
     SHARED,
     "",
     LQ_OK,
     LQ_CREDENTIALS_PROFILE_KEYS,
     "SHARED",
     ""},
    {"a foreign host",
     {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/x"},
     "",
     "",
     LQ_ERR_PERMISSION,
     LQ_CREDENTIALS_CONTAINER,
     "",
     "192.0.2.1 is a foreign host"},
    {"a relative URI that goes on the host",
     {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", ".example.org/"},
     "",
     "",
     LQ_ERR_INVALID,
     LQ_CREDENTIALS_CONTAINER,
     "",
     "does not begin with /"},
    {"a token of two lines",
     {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN", "hush\r\nHost: x"},
     "",
     "",
     LQ_ERR_INVALID,
     LQ_CREDENTIALS_CONTAINER,
     "",
     "not one line"},
    {"a token file that is not there",
     {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere/token"},
     "",
     "",
     LQ_ERR_IO,
     LQ_CREDENTIALS_CONTAINER,
     "",
     "/nowhere/token"},
    {"an agent that is not there",
     {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x"},
     "",
     "",
     LQ_ERR_UNREACHABLE,
     LQ_CREDENTIALS_CONTAINER,
     "",
     "container credentials: "},
};

START_TEST(test_order)
{
    struct lq_aws_environment environment;
    struct lq_error_message message = {""};
    struct lq_aws_keys keys;
    enum lq_credential_source source;

    lq_aws_folder_write("credentials", rows[_i].credentials);
    lq_aws_folder_write("config", rows[_i].config);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    for (int index = 0; index < 4 && rows[_i].variables[index] != NULL; index += 2) {
        setenv(rows[_i].variables[index], rows[_i].variables[index + 1], 1);
    }
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    enum lq_result result =
        lq_credential_chain_fetch(&environment, 60000, -1, &keys, &source, &message);
    ck_assert_msg(result == rows[_i].result, "%s: %s (%s)", rows[_i].name, lq_result_text(result),
                  message.text);
    ck_assert_msg(source == rows[_i].source, "%s: source %s", rows[_i].name,
                  lq_credential_chain_source_name(source));
    ck_assert_msg(strstr(message.text, rows[_i].word) != NULL, "%s: %s", rows[_i].name,
                  message.text);
    ck_assert_ptr_null(strstr(message.text, "hush"));
    if (result == LQ_OK) {
        ck_assert_str_eq(keys.access_key_id, rows[_i].id);
        ck_assert_str_eq(keys.secret_access_key, "hush");
        ck_assert_uint_eq(keys.expires_at_s, LQ_AWS_NEVER_EXPIRES);
    }
}
END_TEST

TCase *lq_test_credential_chain(void)
{
    TCase *tcase = tcase_create("credential_chain");

    tcase_add_checked_fixture(tcase, lq_aws_folder_make, lq_aws_folder_remove);
    tcase_add_loop_test(tcase, test_order, 0, (int)(sizeof rows / sizeof rows[0]));
    return tcase;
}
