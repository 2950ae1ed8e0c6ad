// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/identity.h"

#include "tests/support/suite.h"

#define LETTERS_32 "abcdefghijklmnopqrstuvwxyz012345"

static const struct {
    const char *text;
    bool tenant;
    bool session;
} rows[] = {
    {"a", true, true},
    {"Acme-1_x.y", true, true},
    {LETTERS_32, true, true},
    {LETTERS_32 "x", false, true},
    {LETTERS_32 LETTERS_32, false, true},
    {LETTERS_32 LETTERS_32 "x", false, false},
    {"", false, false},
    {"a b", false, false},
    {"a/b", false, false},
    {"\xc3\xa4", false, false},
    {"a\n", false, false},
    {".", false, false},
    {"..", false, false},
    {".hidden", false, false},
    {"a.", true, true},
    {"a..b", true, true},
};

START_TEST(test_names)
{
    struct lq_view name = lq_view_text(rows[_i].text);

    ck_assert_msg(lq_tenant_name_valid(name) == rows[_i].tenant, "tenant '%s'", rows[_i].text);
    ck_assert_msg(lq_session_name_valid(name) == rows[_i].session, "session '%s'", rows[_i].text);
}
END_TEST

START_TEST(test_name_with_nul)
{
    ck_assert(!lq_tenant_name_valid(lq_view_of("a\0b", 3)));
    ck_assert(!lq_session_name_valid(lq_view_of("a\0b", 3)));
}
END_TEST

TCase *lq_test_identity(void);
TCase *lq_test_identity(void)
{
    TCase *tcase = tcase_create("identity");

    tcase_add_loop_test(tcase, test_names, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, test_name_with_nul);
    return tcase;
}
