// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/quota.h"

#include "tests/unit/proto/proto_cases.h"

#include <string.h>

/* Numbers of the wire and of the broker's store, and the words of people. */
static const struct {
    enum lq_quota_kind kind;
    int number;
    const char *name;
    uint64_t most;
    bool may_be_none;
} rows[] = {
    {LQ_QUOTA_COMMANDS, 0, "commands/s", 1000000000, true},
    {LQ_QUOTA_TICKS, 1, "ticks/s", 1000000000, true},
    {LQ_QUOTA_EXECUTIONS, 2, "executions", 65535, true},
    {LQ_QUOTA_MAILBOX_BYTES, 3, "mailbox-bytes", UINT64_C(1) << 40, true},
    {LQ_QUOTA_SESSIONS_LIVE, 4, "sessions-live", 4000000, true},
    {LQ_QUOTA_PAYLOAD_BYTES, 5, "payload-bytes", UINT64_C(1) << 40, true},
    {LQ_QUOTA_LETTERS, 6, "letters", 10000000, true},
    {LQ_QUOTA_WEIGHT, 7, "weight", 100, false},
};
_Static_assert(sizeof rows / sizeof rows[0] == LQ_QUOTA_KINDS, "a row for each kind");

START_TEST(test_quota_kind)
{
    ck_assert_int_eq((int)rows[_i].kind, rows[_i].number);
    ck_assert_str_eq(lq_quota_name(rows[_i].kind), rows[_i].name);
    ck_assert(!lq_quota_valid(rows[_i].kind, 0));
    ck_assert(lq_quota_valid(rows[_i].kind, 1));
    ck_assert(lq_quota_valid(rows[_i].kind, rows[_i].most));
    ck_assert(!lq_quota_valid(rows[_i].kind, rows[_i].most + 1));
    ck_assert(lq_quota_valid(rows[_i].kind, LQ_QUOTA_NO_LIMIT) == rows[_i].may_be_none);
}
END_TEST

TCase *lq_test_quota(void)
{
    TCase *tc = tcase_create("quota");

    tcase_add_loop_test(tc, test_quota_kind, 0, LQ_QUOTA_KINDS);
    return tc;
}
