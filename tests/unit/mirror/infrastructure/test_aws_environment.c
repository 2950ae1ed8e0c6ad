// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/aws_environment.h"
#include "tests/support/suite.h"
#include "tests/unit/mirror/infrastructure/aws_folder.h"

#include <stdio.h>
#include <stdlib.h>

TCase *lq_test_aws_environment(void);

static struct lq_aws_environment environment;
static struct lq_error_message message;

static void set_up(void)
{
    lq_aws_folder_make();
    message.text[0] = '\0';
}

START_TEST(test_nothing_set)
{
    char path[300];

    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert_str_eq(environment.profile, "default");
    ck_assert(!environment.has_profile);
    (void)snprintf(path, sizeof path, "%s/.aws/config", lq_aws_folder_path());
    ck_assert_str_eq(environment.config_file, path);
    (void)snprintf(path, sizeof path, "%s/.aws/credentials", lq_aws_folder_path());
    ck_assert_str_eq(environment.credentials_file, path);
    ck_assert_str_eq(environment.region, "");
    ck_assert(!environment.is_metadata_disabled);
    ck_assert(!environment.has_web_identity);
    setenv("AWS_EC2_METADATA_DISABLED", "True", 1);
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert(environment.is_metadata_disabled);
    unsetenv("HOME");
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert_str_eq(environment.config_file, "");
}
END_TEST

START_TEST(test_region)
{
    lq_aws_folder_write("config",
                        "[default]\nregion = eu-west-1\n[profile b]\nregion = eu-west-2\n");
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert_str_eq(environment.region, "eu-west-1");
    setenv("AWS_PROFILE", "b", 1);
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert_str_eq(environment.region, "eu-west-2");
    ck_assert(environment.has_profile);
    setenv("AWS_DEFAULT_REGION", "us-east-1", 1);
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert_str_eq(environment.region, "us-east-1");
    setenv("AWS_REGION", "us-east-2", 1);
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert_str_eq(environment.region, "us-east-2");
    setenv("AWS_REGION", "no region", 1);
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(message.text, "no region"));
}
END_TEST

START_TEST(test_bad_file)
{
    lq_aws_folder_write("config", "[default]\nhushhush\n");
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(message.text, "/.aws/config:2: "));
    setenv("AWS_CONFIG_FILE", lq_aws_folder_path(), 1); /* a folder */
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_ERR_IO);
}
END_TEST

START_TEST(test_too_long)
{
    char text[LQ_AWS_PATH_BYTES_MAX + 1];

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    setenv("AWS_CA_BUNDLE", text, 1);
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(message.text, "AWS_CA_BUNDLE: longer than 1023 bytes"));
    text[sizeof text - 2] = '\0';
    setenv("AWS_CA_BUNDLE", text, 1);
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert_str_eq(environment.ca_bundle, text);
}
END_TEST

START_TEST(test_endpoints)
{
    struct lq_aws_endpoint endpoint;

    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert_int_eq(
        lq_aws_environment_endpoint(&environment, LQ_AWS_DYNAMODB, &endpoint, &message),
        LQ_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(message.text, "AWS_REGION"));
    setenv("AWS_REGION", "eu-west-1", 1);
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert_int_eq(
        lq_aws_environment_endpoint(&environment, LQ_AWS_EVENTBRIDGE, &endpoint, &message), LQ_OK);
    ck_assert_str_eq(endpoint.url, "https://events.eu-west-1.amazonaws.com/");
    setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", 1);
    setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:2", 1);
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert_int_eq(
        lq_aws_environment_endpoint(&environment, LQ_AWS_EVENTBRIDGE, &endpoint, &message), LQ_OK);
    ck_assert_str_eq(endpoint.url, "http://127.0.0.1:1/");
    ck_assert_int_eq(
        lq_aws_environment_endpoint(&environment, LQ_AWS_DYNAMODB, &endpoint, &message), LQ_OK);
    ck_assert_str_eq(endpoint.url, "http://127.0.0.1:2/");
    setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", "http://192.0.2.1", 1);
    ck_assert_int_eq(lq_aws_environment_read(&environment, &message), LQ_OK);
    ck_assert_int_eq(
        lq_aws_environment_endpoint(&environment, LQ_AWS_EVENTBRIDGE, &endpoint, &message),
        LQ_ERR_PERMISSION);
    ck_assert_ptr_nonnull(strstr(message.text, "AWS_ENDPOINT_URL_EVENTBRIDGE: "));
}
END_TEST

TCase *lq_test_aws_environment(void)
{
    TCase *tcase = tcase_create("aws_environment");

    tcase_add_checked_fixture(tcase, set_up, lq_aws_folder_remove);
    tcase_add_test(tcase, test_nothing_set);
    tcase_add_test(tcase, test_region);
    tcase_add_test(tcase, test_bad_file);
    tcase_add_test(tcase, test_too_long);
    tcase_add_test(tcase, test_endpoints);
    return tcase;
}
