// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/tenant_text.h"

#include "tests/unit/cli/cli_cases.h"

#include <stdlib.h>

static struct lq_status status;

static void add_tenant(const char *name, uint32_t share_ppm)
{
    struct lq_tenant_load *load = &status.tenants[status.tenant_count++];

    *load = (struct lq_tenant_load){.name = lq_view_text(name),
                                    .resident = true,
                                    .weight = 2,
                                    .share_ppm = share_ppm,
                                    .service_us = 1500000,
                                    .ticks = 12345,
                                    .receipts = 6789,
                                    .ticks_per_s = 1300,
                                    .commands_per_s = 301,
                                    .wait_p50_us = 230,
                                    .wait_p99_us = 12340,
                                    .debt_us = 1250,
                                    .throttled_ticks = 7,
                                    .sessions = 500,
                                    .sessions_parked = 5,
                                    .quota_count = 3,
                                    .stage_count = 2,
                                    .reason_count = 2};
    load->quotas[0] = (struct lq_quota_use){.name = lq_view_text("commands/s"),
                                            .own = true,
                                            .limit = 300,
                                            .used = 301,
                                            .refused = 1204,
                                            .next_ms = 130};
    load->quotas[1] = (struct lq_quota_use){
        .name = lq_view_text("executions"), .limit = 8192, .used = 92, .left = 8100};
    load->quotas[2] = (struct lq_quota_use){
        .name = lq_view_text("letters"), .limit = LQ_QUOTA_NO_LIMIT, .used = 3, .refused = 2};
    load->stages[0] = (struct lq_stage_load){lq_view_text("load"), 0, 0};
    load->stages[1] = (struct lq_stage_load){lq_view_text("physics"), 12, 3};
    load->reasons[0] = lq_view_text("commands/s: 300 of 300 used; the next in 130 ms");
    load->reasons[1] = lq_view_text("5 sessions are parked");
}

static char *printed(bool one)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *to = open_memstream(&text, &bytes);

    if (one) {
        lq_tenant_text_print(&status.tenants[0], to);
    } else {
        lq_tenant_text_print_shares(&status, to);
    }
    fclose(to);
    return text;
}

static void expect_printed(bool one, const char *expected)
{
    char *text = printed(one);

    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(test_tenant_text_without_tenants)
{
    status = (struct lq_status){.tenants_resident = 0};
    expect_printed(false, "");
}
END_TEST

START_TEST(test_tenant_text_shares)
{
    status = (struct lq_status){.tenants_resident = 14};
    add_tenant("a-tenant-with-a-name-of-32-bytes", 612345);
    add_tenant("b", 9);
    status.tenants[1].quota_count = 0;
    status.tenants[1].wait_p99_us = 0;
    expect_printed(
        false,
        "\n"
        "TENANT                             SHARE  WEIGHT  TICKS/s  COMMANDS/s  WAIT p50 ms  "
        "WAIT p99  DEBT ms  REFUSED\n"
        "a-tenant-with-a-name-of-32-bytes  61.2 %       2    1,300         301         0.23  "
        "   12.34      1.2  commands/s 1,204, letters 2\n"
        "b                                  0.0 %       2    1,300         301         0.23  "
        "    0.00      1.2  -\n"
        "and 12 more tenants: lqctl quota show\n");
}
END_TEST

START_TEST(test_tenant_text_of_one)
{
    status = (struct lq_status){.tenants_resident = 1};
    add_tenant("demo", 1000000);
    expect_printed(true, "weight    2\n"
                         "share     100.0 % of the service time of late; 1.5 s in all\n"
                         "ticks     12,345 (1,300/s of late)  receipts 6,789  commands 301/s of "
                         "late\n"
                         "sessions  500 resident, 5 parked\n"
                         "waits     p50 0.23 ms, p99 12.34 ms before a stage; debt 1.2 ms\n"
                         "tasks     physics 12 waiting, 3 in flight\n"
                         "refused   commands/s 1,204, letters 2\n"
                         "throttled 7 grid points lost to ticks/s\n"
                         "why       commands/s: 300 of 300 used; the next in 130 ms\n"
                         "          5 sessions are parked\n");
    status.tenants[0].stage_count = 0;
    status.tenants[0].quota_count = 0;
    status.tenants[0].throttled_ticks = 0;
    char *text = printed(true);
    ck_assert_ptr_nonnull(strstr(text, "\ntasks     none\nrefused   -\nwhy       commands/s"));
    free(text);
}
END_TEST

START_TEST(test_tenant_text_json)
{
    status = (struct lq_status){.tenants_resident = 1};
    add_tenant("demo", 612345);
    json_t *document = lq_tenant_text_json(&status.tenants[0]);
    char *text = json_dumps(document, JSON_COMPACT);
    ck_assert_str_eq(
        text, "{\"tenant\":\"demo\",\"resident\":true,\"weight\":2,\"share_ppm\":612345,"
              "\"service_us\":1500000,\"ticks\":12345,\"receipts\":6789,\"ticks_per_s\":1300,"
              "\"commands_per_s\":301,\"wait_p50_us\":230,\"wait_p99_us\":12340,\"debt_us\":1250,"
              "\"throttled_ticks\":7,\"sessions\":500,\"sessions_parked\":5,\"quotas\":["
              "{\"name\":\"commands/s\",\"limit\":300,\"own\":true,\"used\":301,\"left\":0,"
              "\"next_ms\":130,\"refused\":1204},"
              "{\"name\":\"executions\",\"limit\":8192,\"own\":false,\"used\":92,\"left\":8100,"
              "\"next_ms\":0,\"refused\":0},"
              "{\"name\":\"letters\",\"limit\":null,\"own\":false,\"used\":3,\"left\":null,"
              "\"next_ms\":0,\"refused\":2}],"
              "\"stages\":[{\"stage\":\"load\",\"waiting\":0,\"in_flight\":0},"
              "{\"stage\":\"physics\",\"waiting\":12,\"in_flight\":3}]}");
    free(text);
    json_decref(document);
    json_t *reasons = lq_tenant_text_reasons_json(&status.tenants[0]);
    ck_assert_uint_eq(json_array_size(reasons), 2);
    ck_assert_str_eq(json_string_value(json_array_get(reasons, 1)), "5 sessions are parked");
    json_decref(reasons);
}
END_TEST

TCase *lq_test_tenant_text(void)
{
    TCase *tc = tcase_create("tenant_text");

    tcase_add_test(tc, test_tenant_text_without_tenants);
    tcase_add_test(tc, test_tenant_text_shares);
    tcase_add_test(tc, test_tenant_text_of_one);
    tcase_add_test(tc, test_tenant_text_json);
    return tc;
}
