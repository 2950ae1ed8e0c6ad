// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/session_entry_key.h"

#include "tests/unit/broker/io/broker_io_cases.h"

START_TEST(test_session_keys_split_again)
{
    uint8_t key[LQ_SESSION_ENTRY_KEY_BYTES_MAX];
    struct lq_session_names names;
    struct lq_view made = lq_session_entry_key_make(key, lq_session_names_of("demo", "s-1"));

    ck_assert(lq_session_entry_key_split(made, &names));
    ck_assert(lq_session_names_equal(names, lq_session_names_of("demo", "s-1")));
    ck_assert(!lq_session_entry_key_split(lq_view_text("no-nul"), &names));
    ck_assert(!lq_session_entry_key_split(lq_view_of("\0s", 2), &names));
}
END_TEST

START_TEST(test_longest_names_fill_the_key)
{
    uint8_t key[LQ_SESSION_ENTRY_KEY_BYTES_MAX];
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1] = {0};
    char session[LQ_SESSION_NAME_BYTES_MAX + 1] = {0};
    struct lq_session_names names;

    memset(tenant, 't', LQ_TENANT_NAME_BYTES_MAX);
    memset(session, 's', LQ_SESSION_NAME_BYTES_MAX);
    struct lq_view made = lq_session_entry_key_make(key, lq_session_names_of(tenant, session));
    ck_assert_uint_eq(made.bytes, sizeof key);
    ck_assert(lq_session_entry_key_split(made, &names));
    ck_assert(lq_session_names_equal(names, lq_session_names_of(tenant, session)));
}
END_TEST

TCase *lq_test_session_entry_key(void)
{
    TCase *tcase = tcase_create("session_entry_key");

    tcase_add_test(tcase, test_session_keys_split_again);
    tcase_add_test(tcase, test_longest_names_fill_the_key);
    return tcase;
}
