// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/ledger_key.h"

#include "tests/support/suite.h"

START_TEST(test_ledger_key_names_go_there_and_back)
{
    uint8_t key[LQ_LEDGER_KEY_NAME_BYTES_MAX];
    struct lq_session_names names;

    size_t bytes = lq_ledger_key_tenant(lq_view_text("demo"), key);
    ck_assert_uint_eq(bytes, 5);
    ck_assert_mem_eq(key, "\1demo", 5);
    ck_assert_int_eq(lq_ledger_key_read_name(lq_view_of(key, bytes), &names), LQ_OK);
    ck_assert(lq_view_equal(names.tenant, lq_view_text("demo")));
    ck_assert_uint_eq(names.session.bytes, 0);
    bytes = lq_ledger_key_session(lq_session_names_of("demo", "s1"), key);
    ck_assert_uint_eq(bytes, 8);
    ck_assert_mem_eq(key, "\2demo\0s1", 8);
    ck_assert_int_eq(lq_ledger_key_read_name(lq_view_of(key, bytes), &names), LQ_OK);
    ck_assert(lq_view_equal(names.tenant, lq_view_text("demo")));
    ck_assert(lq_view_equal(names.session, lq_view_text("s1")));
}
END_TEST

/* Names that cannot be there have no key. */
static const struct {
    const char *tenant;
    const char *session;
} no_keys[] = {
    {"", "s"},
    {"t", ""},
    {"t t", "s"},
    {"t\n", "s"},
    {"t", "\x80"},
    {"t", "\x7f"},
    {"123456789012345678901234567890123", "s"},
    {"t", "12345678901234567890123456789012345678901234567890123456789012345"},
};

START_TEST(test_ledger_key_refuses_names)
{
    uint8_t key[LQ_LEDGER_KEY_NAME_BYTES_MAX];

    ck_assert_uint_eq(
        lq_ledger_key_session(lq_session_names_of(no_keys[_i].tenant, no_keys[_i].session), key),
        0);
}
END_TEST

START_TEST(test_ledger_key_refuses_keys)
{
    struct lq_session_names names;

    ck_assert_int_eq(lq_ledger_key_read_name(lq_view_text("\1"), &names), LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_ledger_key_read_name(lq_view_text("\2demo"), &names), LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_ledger_key_read_name(lq_view_of("\2demo\0", 6), &names), LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_ledger_key_read_name(lq_view_text("\3demo"), &names), LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_ledger_key_numbers_sort)
{
    uint8_t low[LQ_LEDGER_KEY_FRAME_BYTES];
    uint8_t high[LQ_LEDGER_KEY_FRAME_BYTES];
    uint8_t key[LQ_LEDGER_KEY_GENERATION_BYTES];
    uint64_t tenant_number;
    uint32_t generation;

    lq_ledger_key_frame(1, UINT64_MAX, low);
    lq_ledger_key_frame(256, 0, high);
    ck_assert_int_lt(memcmp(low, high, sizeof low), 0);
    lq_ledger_key_frame(256, 64, low);
    ck_assert_int_gt(memcmp(low, high, sizeof low), 0);
    lq_ledger_key_generation(77, 3, key);
    ck_assert_int_eq(
        lq_ledger_key_read_generation(lq_view_of(key, sizeof key), &tenant_number, &generation),
        LQ_OK);
    ck_assert_uint_eq(tenant_number, 77);
    ck_assert_uint_eq(generation, 3);
    ck_assert_int_eq(
        lq_ledger_key_read_generation(lq_view_of(key, 11), &tenant_number, &generation),
        LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_ledger_key_tenant_with_retention)
{
    struct lq_tenant_value tenant = {5, {6, 7}, true, 604800};
    uint8_t bytes[LQ_TENANT_VALUE_BYTES_MAX] = {0};

    ck_assert_uint_eq(lq_ledger_key_put_tenant(&tenant, bytes), LQ_TENANT_VALUE_BYTES_MAX);
    memset(&tenant, 0, sizeof tenant);
    ck_assert_int_eq(lq_ledger_key_get_tenant(lq_view_of(bytes, sizeof bytes), &tenant), LQ_OK);
    ck_assert_uint_eq(tenant.number, 5);
    ck_assert(tenant.has_retention);
    ck_assert_uint_eq(tenant.retention_s, 604800);
    ck_assert_int_eq(lq_ledger_key_get_tenant(lq_view_of(bytes, sizeof bytes - 1), &tenant),
                     LQ_ERR_CORRUPT);
    memset(bytes + 24, 1, 8); /* no span */
    ck_assert_int_eq(lq_ledger_key_get_tenant(lq_view_of(bytes, sizeof bytes), &tenant),
                     LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_ledger_key_values)
{
    struct lq_tenant_value tenant = {5, {6, 7}, false, 0};
    struct lq_session_value session = {8, 9};
    uint8_t tenant_bytes[LQ_TENANT_VALUE_BYTES_MAX] = {0};
    uint8_t session_bytes[LQ_SESSION_VALUE_BYTES] = {0};

    ck_assert_uint_eq(lq_ledger_key_put_tenant(&tenant, tenant_bytes), LQ_TENANT_VALUE_BYTES);
    lq_ledger_key_put_session(&session, session_bytes);
    memset(&tenant, 0, sizeof tenant);
    memset(&session, 0, sizeof session);
    ck_assert_int_eq(
        lq_ledger_key_get_tenant(lq_view_of(tenant_bytes, LQ_TENANT_VALUE_BYTES), &tenant), LQ_OK);
    ck_assert_int_eq(
        lq_ledger_key_get_session(lq_view_of(session_bytes, sizeof session_bytes), &session),
        LQ_OK);
    ck_assert_uint_eq(tenant.number, 5);
    ck_assert_uint_eq(tenant.execution.counter, 7);
    ck_assert_uint_eq(session.number, 8);
    ck_assert_uint_eq(session.tenant_number, 9);
    ck_assert_int_eq(lq_ledger_key_get_tenant(lq_view_of(tenant_bytes, 39), &tenant),
                     LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_ledger_key_get_session(lq_view_of(session_bytes, 31), &session),
                     LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_ledger_key_cursor_goes_there_and_back)
{
    struct lq_feed_position position = {5, 6};
    uint8_t bytes[LQ_CURSOR_VALUE_BYTES] = {0};

    lq_ledger_key_put_cursor(position, bytes);
    position = (struct lq_feed_position){0, 0};
    ck_assert_int_eq(lq_ledger_key_get_cursor(lq_view_of(bytes, sizeof bytes), &position), LQ_OK);
    ck_assert_uint_eq(position.ledger_sequence, 5);
    ck_assert_uint_eq(position.outbox_sequence, 6);
    ck_assert_int_eq(lq_ledger_key_get_cursor(lq_view_of(bytes, 31), &position), LQ_ERR_CORRUPT);
}
END_TEST

TCase *lq_test_ledger_key(void);
TCase *lq_test_ledger_key(void)
{
    TCase *tc = tcase_create("ledger_key");

    tcase_add_test(tc, test_ledger_key_names_go_there_and_back);
    tcase_add_loop_test(tc, test_ledger_key_refuses_names, 0, sizeof no_keys / sizeof no_keys[0]);
    tcase_add_test(tc, test_ledger_key_refuses_keys);
    tcase_add_test(tc, test_ledger_key_numbers_sort);
    tcase_add_test(tc, test_ledger_key_tenant_with_retention);
    tcase_add_test(tc, test_ledger_key_values);
    tcase_add_test(tc, test_ledger_key_cursor_goes_there_and_back);
    return tc;
}
