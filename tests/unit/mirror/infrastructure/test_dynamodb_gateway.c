// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What is decided before anything is sent: names, keys, sizes, room. */
#include "mirror/infrastructure/dynamodb_gateway.h"
#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>

TCase *lq_test_dynamodb_gateway(void);

static struct lq_aws_environment environment;
static lq_aws_credentials_t *credentials;
static lq_dynamodb_gateway_t *gateway;

static void set_up(void)
{
    struct lq_error_message message = {""};

    memset(&environment, 0, sizeof environment);
    (void)snprintf(environment.region, sizeof environment.region, "eu-west-1");
    (void)snprintf(environment.profile, sizeof environment.profile, "default");
    /* Nobody listens there, and nothing is turned. */
    (void)snprintf(environment.endpoint_url, sizeof environment.endpoint_url, "http://127.0.0.1:1");
    environment.is_metadata_disabled = true;
    credentials = lq_aws_credentials_new(&environment, 1000);
    struct lq_dynamodb_gateway_options options = {.table = "ledger",
                                                  .environment = &environment,
                                                  .credentials = credentials,
                                                  .questions_max = 2};
    ck_assert_int_eq(lq_dynamodb_gateway_new(&options, &gateway, &message), LQ_OK);
}

static void tear_down(void)
{
    lq_dynamodb_gateway_destroy(&gateway);
    lq_dynamodb_gateway_destroy(&gateway);
    lq_aws_credentials_destroy(&credentials);
    lq_aws_credentials_destroy(&credentials);
}

static const struct lq_table_condition always = {.requirement = LQ_TABLE_ALWAYS};

/* An item of exactly so many bytes. */
static enum lq_result put_of(size_t bytes)
{
    struct lq_table_item item = {.pk = lq_view_text("p"), .sk = lq_view_text("s")};
    size_t content = bytes - 2 - 1 - 2 - 1 - 1;
    uint8_t *memory = calloc(1, content);

    lq_table_item_add_bytes(&item, "b", lq_view_of(memory, content));
    ck_assert_uint_eq(lq_table_item_bytes(&item), bytes);
    enum lq_result result = lq_dynamodb_gateway_put(gateway, &item, &always, 1);
    free(memory);
    return result;
}

START_TEST(test_size_of_an_item)
{
    ck_assert_int_eq(put_of(LQ_TABLE_ITEM_BYTES_MAX + 1), LQ_ERR_LIMIT);
    ck_assert_uint_eq(lq_dynamodb_gateway_room(gateway), 2);
    ck_assert_int_eq(put_of(LQ_TABLE_ITEM_BYTES_MAX), LQ_OK);
    ck_assert_int_eq(put_of(LQ_TABLE_ITEM_BYTES_MAX - 1), LQ_OK);
    ck_assert_int_eq(put_of(100), LQ_ERR_FULL);
    ck_assert_uint_eq(lq_dynamodb_gateway_room(gateway), 0);
}
END_TEST

START_TEST(test_keys)
{
    static char text[LQ_TABLE_ITEM_PK_BYTES_MAX + 2];
    struct lq_view s = lq_view_text("s"), p = lq_view_text("p");

    memset(text, 'x', sizeof text);
    ck_assert_int_eq(lq_dynamodb_gateway_get(gateway, lq_view_text(""), s, 1), LQ_ERR_INVALID);
    ck_assert_int_eq(lq_dynamodb_gateway_get(gateway, p, lq_view_text(""), 1), LQ_ERR_INVALID);
    ck_assert_int_eq(lq_dynamodb_gateway_get(gateway, lq_view_text("\xff"), s, 1), LQ_ERR_INVALID);
    ck_assert_int_eq(lq_dynamodb_gateway_get(gateway, lq_view_of("a\0b", 3), s, 1), LQ_ERR_INVALID);
    ck_assert_int_eq(
        lq_dynamodb_gateway_get(gateway, lq_view_of(text, LQ_TABLE_ITEM_PK_BYTES_MAX + 1), s, 1),
        LQ_ERR_LIMIT);
    ck_assert_int_eq(
        lq_dynamodb_gateway_get(gateway, p, lq_view_of(text, LQ_TABLE_ITEM_SK_BYTES_MAX + 1), 1),
        LQ_ERR_LIMIT);
    ck_assert_int_eq(lq_dynamodb_gateway_get(gateway, lq_view_of(text, LQ_TABLE_ITEM_PK_BYTES_MAX),
                                             lq_view_of(text, LQ_TABLE_ITEM_SK_BYTES_MAX), 1),
                     LQ_OK);
    struct lq_table_item item = {.pk = p, .sk = s};
    lq_table_item_add_text(&item, "t", lq_view_text("\xC3"));
    ck_assert_int_eq(lq_dynamodb_gateway_put(gateway, &item, &always, 1), LQ_ERR_INVALID);
    struct lq_table_query query = {.pk = p, .sk_from = s, .sk_to = lq_view_text(""), .limit = 1};
    ck_assert_int_eq(lq_dynamodb_gateway_query(gateway, &query, 1), LQ_ERR_INVALID);
}
END_TEST

static const struct {
    const char *table;
    const char *region;
    const char *url;
    enum lq_result result;
    const char *word;
} rows[] = {
    {"ab", "eu-west-1", "http://127.0.0.1:1", LQ_ERR_INVALID, "name of a table"},
    {"a table", "eu-west-1", "http://127.0.0.1:1", LQ_ERR_INVALID, "name of a table"},
    {"", "eu-west-1", "http://127.0.0.1:1", LQ_ERR_INVALID, "name of a table"},
    {"ledger", "", "http://127.0.0.1:1", LQ_ERR_INVALID, "AWS_REGION"},
    {"ledger", "", "", LQ_ERR_INVALID, "AWS_REGION"},
    {"ledger", "eu-west-1", "http://192.0.2.1:1", LQ_ERR_PERMISSION, "AWS_ENDPOINT_URL: http"},
    {"ledger", "eu-west-1", "", LQ_OK, ""},
};

START_TEST(test_options)
{
    struct lq_error_message message = {""};
    lq_dynamodb_gateway_t *other = NULL;
    struct lq_dynamodb_gateway_options options = {
        .table = rows[_i].table, .environment = &environment, .credentials = credentials};

    (void)snprintf(environment.region, sizeof environment.region, "%s", rows[_i].region);
    (void)snprintf(environment.endpoint_url, sizeof environment.endpoint_url, "%s", rows[_i].url);
    ck_assert_int_eq(lq_dynamodb_gateway_new(&options, &other, &message), rows[_i].result);
    ck_assert_msg(strstr(message.text, rows[_i].word) != NULL, "%s", message.text);
    lq_dynamodb_gateway_destroy(&other);
}
END_TEST

/* While nothing is asked there is no timer: a dormant mirror does not wake. */
START_TEST(test_sleeps_while_idle)
{
    lq_dynamodb_gateway_turn(gateway);
    ck_assert_uint_eq(lq_dynamodb_gateway_next_timer_ns(gateway), UINT64_MAX);
    ck_assert_ptr_null(lq_dynamodb_gateway_take(gateway));
}
END_TEST

TCase *lq_test_dynamodb_gateway(void)
{
    TCase *tcase = tcase_create("dynamodb_gateway");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_size_of_an_item);
    tcase_add_test(tcase, test_keys);
    tcase_add_loop_test(tcase, test_options, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_sleeps_while_idle);
    return tcase;
}
