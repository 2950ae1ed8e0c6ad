// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/client.h"
#include "client/watch.h"
#include "tests/unit/client/client_cases.h"

static const struct {
    struct lq_client_options options;
    enum lq_result result;
    const char *says;
} rows[] = {
    {{.runtime_dir = "/run/lq", .tenant = ""}, LQ_OK, ""},
    {{.runtime_dir = "/run/lq", .tenant = "demo", .sessions_max = 3, .outstanding_max = 7},
     LQ_OK,
     ""},
    {{.tenant = "demo"}, LQ_ERR_INVALID, "runtime_dir is not set"},
    {{.runtime_dir = "", .tenant = "demo"}, LQ_ERR_INVALID, "runtime_dir is not set"},
    {{.runtime_dir = "/run/lq"}, LQ_ERR_INVALID, "tenant is not set"},
    {{.runtime_dir = "/run/lq", .tenant = "a b"}, LQ_ERR_INVALID, "a b is no name of a tenant"},
    {{.runtime_dir = "/run/lq", .tenant = "demo", .sessions_max = UINT32_MAX},
     LQ_ERR_LIMIT,
     "at most 1000000 sessions"},
    {{.runtime_dir = "/run/lq", .tenant = "demo", .outstanding_max = UINT32_MAX},
     LQ_ERR_LIMIT,
     "at most 1000000 sessions and 1000000 outstanding commands"},
};

START_TEST(options_are_checked)
{
    struct lq_error_message message = {""};
    lq_client_t *client = NULL;

    ck_assert_int_eq(lq_client_new(&rows[_i].options, &client, &message), rows[_i].result);
    ck_assert_ptr_eq(strstr(message.text, rows[_i].says), message.text);
    ck_assert(rows[_i].result == LQ_OK ? client != NULL : client == NULL);
    lq_client_destroy(&client);
    lq_client_destroy(&client);
}
END_TEST

START_TEST(a_watch_of_nothing)
{
    const struct lq_watch_options options = {.runtime_dir = "/run/lq", .tenant = "demo"};
    struct lq_error_message message = {""};
    lq_watch_t *watch = NULL;

    ck_assert_int_eq(lq_watch_new(&options, &watch, &message), LQ_ERR_INVALID);
    ck_assert_str_eq(message.text, "runtime_dir, tenant or session is not set");
    lq_watch_destroy(&watch);
}
END_TEST

TCase *lq_test_client(void)
{
    TCase *tcase = tcase_create("client");

    tcase_add_loop_test(tcase, options_are_checked, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, a_watch_of_nothing);
    return tcase;
}
