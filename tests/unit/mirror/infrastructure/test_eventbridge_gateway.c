// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What is decided before anything is sent: counts, sizes, entries that would be refused. */
#include "mirror/infrastructure/eventbridge_gateway.h"
#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>

TCase *lq_test_eventbridge_gateway(void);

static struct lq_aws_environment environment;
static lq_aws_credentials_t *credentials;
static lq_eventbridge_gateway_t *gateway;

static void set_up(void)
{
    struct lq_error_message message = {""};

    memset(&environment, 0, sizeof environment);
    (void)snprintf(environment.region, sizeof environment.region, "eu-west-1");
    (void)snprintf(environment.endpoint_url, sizeof environment.endpoint_url, "http://127.0.0.1:1");
    environment.is_metadata_disabled = true;
    credentials = lq_aws_credentials_new(&environment, 1000);
    struct lq_eventbridge_gateway_options options = {
        .bus = "default", .environment = &environment, .credentials = credentials};
    ck_assert_int_eq(lq_eventbridge_gateway_new(&options, &gateway, &message), LQ_OK);
}

static void tear_down(void)
{
    lq_eventbridge_gateway_destroy(&gateway);
    lq_aws_credentials_destroy(&credentials);
}

/* An entry of exactly so many bytes, two of a letter each. */
static struct lq_event_entry entry_of(size_t bytes, char **memory)
{
    size_t letters = bytes - 6 - 10, wide = letters / 2;

    *memory = calloc(1, bytes);
    memcpy(*memory, "{\"text\":\"", 9);
    for (size_t index = 0; index < wide; index++) {
        memcpy(*memory + 9 + 2 * index, "\xC3\xA9", 2);
    }
    if (letters % 2 != 0) {
        (*memory)[9 + 2 * wide] = 'x';
    }
    memcpy(*memory + 9 + letters - 1, "\"}", 2);
    if (letters % 2 == 0) { /* the last letter made room for the quote */
        (*memory)[9 + letters - 2] = 'x';
    }
    return (struct lq_event_entry){.source = lq_view_text("abc"),
                                   .detail_type = lq_view_text("def"),
                                   .detail = lq_view_of(*memory, bytes - 6)};
}

START_TEST(test_size)
{
    static const size_t limit = LQ_EVENTBRIDGE_GATEWAY_BYTES_USUAL;
    struct lq_event_entry entries[2];
    char *memory[2];
    uint32_t entry = 9;

    entries[0] = entry_of(limit + 1, &memory[0]);
    ck_assert_uint_eq(lq_event_entry_bytes(&entries[0]), limit + 1);
    ck_assert_int_eq(lq_eventbridge_gateway_put(gateway, entries, 1, 1, &entry), LQ_ERR_LIMIT);
    ck_assert_uint_eq(entry, 0);
    free(memory[0]);
    for (size_t less = 0; less < 2; less++) {
        entries[0] = entry_of(limit - less, &memory[0]);
        ck_assert_int_eq(lq_eventbridge_gateway_put(gateway, entries, 1, 1, &entry), LQ_OK);
        free(memory[0]);
    }
    /* Together. */
    entries[0] = entry_of(limit - 100, &memory[0]);
    entries[1] = entry_of(101, &memory[1]);
    ck_assert_int_eq(lq_eventbridge_gateway_put(gateway, entries, 2, 1, &entry), LQ_ERR_LIMIT);
    ck_assert_uint_eq(entry, 2);
    free(memory[1]);
    entries[1] = entry_of(100, &memory[1]);
    ck_assert_int_eq(lq_eventbridge_gateway_put(gateway, entries, 2, 1, &entry), LQ_OK);
    free(memory[0]);
    free(memory[1]);
}
END_TEST

START_TEST(test_count)
{
    struct lq_event_entry entries[11];
    uint32_t entry;

    for (int index = 0; index < 11; index++) {
        entries[index] = (struct lq_event_entry){.source = lq_view_text("s"),
                                                 .detail_type = lq_view_text("t"),
                                                 .detail = lq_view_text("{}")};
    }
    ck_assert_int_eq(lq_eventbridge_gateway_put(gateway, entries, 0, 1, &entry), LQ_ERR_LIMIT);
    ck_assert_int_eq(lq_eventbridge_gateway_put(gateway, entries, 11, 1, &entry), LQ_ERR_LIMIT);
    ck_assert_int_eq(lq_eventbridge_gateway_put(gateway, entries, 10, 1, &entry), LQ_OK);
}
END_TEST

static const struct {
    const char *source, *type, *detail, *resource;
    enum lq_result result;
} entries_of[] = {
    {"s", "t", "{}", "r", LQ_OK},
    {"", "t", "{}", "r", LQ_ERR_INVALID},
    {"s", "", "{}", "r", LQ_ERR_INVALID},
    {"s", "t", "", "r", LQ_ERR_INVALID},
    {"s", "t", "[]", "r", LQ_ERR_INVALID},
    {"s", "t", "7", "r", LQ_ERR_INVALID},
    {"s", "t", "{", "r", LQ_ERR_INVALID},
    {"s", "t", "{\"a\":\"\xff\"}", "r", LQ_ERR_INVALID},
    {"\xff", "t", "{}", "r", LQ_ERR_INVALID},
    {"s", "\xff", "{}", "r", LQ_ERR_INVALID},
    {"s", "t", "{}", "\xff", LQ_ERR_INVALID},
    {"s", "t", "{}", "", LQ_ERR_INVALID},
};

START_TEST(test_entries)
{
    struct lq_event_entry entries[2];
    uint32_t entry = 9;

    entries[0] = (struct lq_event_entry){.source = lq_view_text("s"),
                                         .detail_type = lq_view_text("t"),
                                         .detail = lq_view_text("{}")};
    entries[1] = (struct lq_event_entry){.source = lq_view_text(entries_of[_i].source),
                                         .detail_type = lq_view_text(entries_of[_i].type),
                                         .detail = lq_view_text(entries_of[_i].detail),
                                         .resource_count = 1,
                                         .resources = {lq_view_text(entries_of[_i].resource)}};
    ck_assert_int_eq(lq_eventbridge_gateway_put(gateway, entries, 2, 1, &entry),
                     entries_of[_i].result);
    ck_assert(entries_of[_i].result == LQ_OK || entry == 1);
}
END_TEST

START_TEST(test_options)
{
    struct lq_error_message message = {""};
    lq_eventbridge_gateway_t *other = NULL;
    struct lq_eventbridge_gateway_options options = {
        .bus = "a bus", .environment = &environment, .credentials = credentials};

    ck_assert_int_eq(lq_eventbridge_gateway_new(&options, &other, &message), LQ_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(message.text, "event bus"));
    options.bus = "arn:aws:events:eu-west-1:123456789012:event-bus/ledger";
    options.bytes_max = LQ_EVENTBRIDGE_GATEWAY_BYTES_MOST + 1;
    ck_assert_int_eq(lq_eventbridge_gateway_new(&options, &other, &message), LQ_ERR_INVALID);
    options.bytes_max = LQ_EVENTBRIDGE_GATEWAY_BYTES_LEAST - 1;
    ck_assert_int_eq(lq_eventbridge_gateway_new(&options, &other, &message), LQ_ERR_INVALID);
    options.bytes_max = LQ_EVENTBRIDGE_GATEWAY_BYTES_MOST;
    ck_assert_int_eq(lq_eventbridge_gateway_new(&options, &other, &message), LQ_OK);
    lq_eventbridge_gateway_destroy(&other);
}
END_TEST

TCase *lq_test_eventbridge_gateway(void)
{
    TCase *tcase = tcase_create("eventbridge_gateway");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_size);
    tcase_add_test(tcase, test_count);
    tcase_add_loop_test(tcase, test_entries, 0, (int)(sizeof entries_of / sizeof entries_of[0]));
    tcase_add_test(tcase, test_options);
    return tcase;
}
