// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/aws_endpoint.h"
#include "tests/support/suite.h"

#include <stdio.h>

TCase *lq_test_aws_endpoint(void);

static const struct {
    const char *url;
    enum lq_result result;
    const char *made; /* LQ_OK */
} urls[] = {
    {"https://dynamodb.eu-west-1.amazonaws.com", LQ_OK,
     "https://dynamodb.eu-west-1.amazonaws.com/"},
    {"https://dynamodb.eu-west-1.amazonaws.com/", LQ_OK,
     "https://dynamodb.eu-west-1.amazonaws.com/"},
    {"https://table.example:8443", LQ_OK, "https://table.example:8443/"},
    {"https://192.0.2.7:8000/", LQ_OK, "https://192.0.2.7:8000/"},
    {"http://127.0.0.1:4566", LQ_OK, "http://127.0.0.1:4566/"},
    {"http://127.9.8.7:1/", LQ_OK, "http://127.9.8.7:1/"},
    {"http://localhost:4566", LQ_OK, "http://localhost:4566/"},
    {"http://[::1]:4566", LQ_OK, "http://[::1]:4566/"},
    {"HTTP://127.0.0.1:4566", LQ_OK, "http://127.0.0.1:4566/"},

    {"http://192.0.2.7:4566", LQ_ERR_PERMISSION, NULL},
    {"http://dynamodb.eu-west-1.amazonaws.com", LQ_ERR_PERMISSION, NULL},
    {"http://127.0.0.1.example.org", LQ_ERR_PERMISSION, NULL},
    {"http://localhost.example.org", LQ_ERR_PERMISSION, NULL},
    {"http://128.0.0.1", LQ_ERR_PERMISSION, NULL},
    {"http://[::2]", LQ_ERR_PERMISSION, NULL},
    {"http://[::ffff:192.0.2.7]", LQ_ERR_PERMISSION, NULL},
    {"http://169.254.170.2", LQ_ERR_PERMISSION, NULL},

    {"", LQ_ERR_INVALID, NULL},
    {"127.0.0.1:4566", LQ_ERR_INVALID, NULL},
    {"ftp://127.0.0.1", LQ_ERR_INVALID, NULL},
    {"file:///etc/passwd", LQ_ERR_INVALID, NULL},
    {"http://", LQ_ERR_INVALID, NULL},
    {"http://127.0.0.1:99999", LQ_ERR_INVALID, NULL},
    {"http://127.0.0.1/path", LQ_ERR_INVALID, NULL},
    {"https://host/?query", LQ_ERR_INVALID, NULL},
    {"https://host/#part", LQ_ERR_INVALID, NULL},
    {"https://user@host", LQ_ERR_INVALID, NULL},
    {"http://127.0.0.1@example.org", LQ_ERR_INVALID, NULL},
    {"https://user:word@host", LQ_ERR_INVALID, NULL},
};

START_TEST(test_parse)
{
    struct lq_aws_endpoint endpoint = {0};
    struct lq_error_message message = {""};
    enum lq_result result =
        lq_aws_endpoint_parse("AWS_ENDPOINT_URL", urls[_i].url, &endpoint, &message);

    ck_assert_msg(result == urls[_i].result, "%s: %s (%s)", urls[_i].url, lq_result_text(result),
                  message.text);
    if (result == LQ_OK) {
        ck_assert_str_eq(endpoint.url, urls[_i].made);
        ck_assert_int_eq(endpoint.is_plain, strncmp(urls[_i].made, "http:", 5) == 0);
    } else {
        ck_assert_msg(strncmp(message.text, "AWS_ENDPOINT_URL: ", 18) == 0, "%s", message.text);
    }
}
END_TEST

START_TEST(test_long_urls)
{
    struct lq_aws_endpoint endpoint;
    struct lq_error_message message = {""};
    char url[2048];

    for (int bytes = 200; bytes < 2000; bytes += 61) {
        (void)snprintf(url, sizeof url, "https://%0*d.example", bytes, 7);
        ck_assert_int_eq(lq_aws_endpoint_parse("x", url, &endpoint, &message),
                         bytes < 240 ? LQ_OK : LQ_ERR_INVALID);
    }
}
END_TEST

static const struct {
    const char *region;
    const char *url; /* NULL: not a region */
} regions[] = {
    {"eu-west-1", "https://events.eu-west-1.amazonaws.com/"},
    {"us-gov-west-1", "https://events.us-gov-west-1.amazonaws.com/"},
    {"cn-north-1", "https://events.cn-north-1.amazonaws.com.cn/"},
    {"", NULL},
    {"eu west", NULL},
    {"EU-WEST-1", NULL},
    {"eu-west-1.example.org/", NULL},
    {"a:b", NULL},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
};

START_TEST(test_of_service)
{
    struct lq_aws_endpoint endpoint = {0};
    struct lq_error_message message = {""};
    enum lq_result result =
        lq_aws_endpoint_of_service("events", regions[_i].region, &endpoint, &message);

    ck_assert_int_eq(lq_aws_endpoint_is_region(regions[_i].region), regions[_i].url != NULL);
    if (regions[_i].url == NULL) {
        ck_assert_int_eq(result, LQ_ERR_INVALID);
        ck_assert_ptr_nonnull(strstr(message.text, "region"));
    } else {
        ck_assert_int_eq(result, LQ_OK);
        ck_assert_str_eq(endpoint.url, regions[_i].url);
        ck_assert(!endpoint.is_plain);
    }
}
END_TEST

static const struct {
    const char *url;
    enum lq_result result;
} containers[] = {
    {"https://agent.example/v1/credentials?id=1", LQ_OK},
    {"http://127.0.0.1:51678/v1/credentials", LQ_OK},
    {"http://127.200.0.9/", LQ_OK},
    {"http://[::1]/credentials", LQ_OK},
    {"http://localhost:8080/credentials", LQ_OK},
    {"http://169.254.170.2/v2/credentials", LQ_OK},
    {"http://169.254.170.23/v1/credentials", LQ_OK},
    {"http://[fd00:ec2::23]/v1/credentials", LQ_OK},
    {"http://[fd00:ec2:0:0::23]/v1/credentials", LQ_OK},

    {"http://169.254.170.3/v2/credentials", LQ_ERR_PERMISSION},
    {"http://169.254.169.254/latest/", LQ_ERR_PERMISSION},
    {"http://[fd00:ec2::24]/", LQ_ERR_PERMISSION},
    {"http://agent.example/", LQ_ERR_PERMISSION},
    {"http://169.254.170.2.example.org/", LQ_ERR_PERMISSION},
    {"http://2852039170/", LQ_OK}, /* the same address in one number: curl says so */
    {"http://localhost@agent.example/", LQ_ERR_INVALID},
    {"ftp://127.0.0.1/", LQ_ERR_INVALID},
    {"/v2/credentials", LQ_ERR_INVALID},
    {"", LQ_ERR_INVALID},
};

START_TEST(test_container)
{
    struct lq_error_message message = {""};
    enum lq_result result = lq_aws_endpoint_check_container(containers[_i].url, &message);

    ck_assert_msg(result == containers[_i].result, "%s: %s (%s)", containers[_i].url,
                  lq_result_text(result), message.text);
    ck_assert_int_eq(result != LQ_OK,
                     strncmp(message.text, "AWS_CONTAINER_CREDENTIALS_FULL_URI: ", 36) == 0);
}
END_TEST

TCase *lq_test_aws_endpoint(void)
{
    TCase *tcase = tcase_create("aws_endpoint");

    tcase_add_loop_test(tcase, test_parse, 0, (int)(sizeof urls / sizeof urls[0]));
    tcase_add_test(tcase, test_long_urls);
    tcase_add_loop_test(tcase, test_of_service, 0, (int)(sizeof regions / sizeof regions[0]));
    tcase_add_loop_test(tcase, test_container, 0, (int)(sizeof containers / sizeof containers[0]));
    return tcase;
}
