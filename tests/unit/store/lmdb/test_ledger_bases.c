// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_bases.h"

#include "store/core/record.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

static struct lq_ledger_fixture fixture;

/* Sessions 1 and 2 of tenant 1, session 3 of tenant 2. Records 1 to 3 are their first frames; 4, 6
 * and 7 are frames 1 to 3 of session 1, 5 is frame 1 of session 2. */
static void set_up(void)
{
    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "other", 2), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 3), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s2", 4), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "other", "s1", 5), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 1, 6), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s2", 1, 7), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 2, 8), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 3, 9), LQ_COMMIT_DONE);
}

static void tear_down(void)
{
    lq_ledger_fixture_remove(&fixture);
}

START_TEST(test_bases_list)
{
    struct lq_ledger_newest sessions[2];
    uint32_t count;

    ck_assert_int_eq(lq_ledger_bases_list(fixture.ledger, 0, sessions, 2, &count), LQ_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(sessions[0].session_number, 1);
    ck_assert_uint_eq(sessions[0].ledger_sequence, 7);
    ck_assert_uint_eq(sessions[1].session_number, 2);
    ck_assert_uint_eq(sessions[1].ledger_sequence, 5);
    ck_assert_int_eq(lq_ledger_bases_list(fixture.ledger, 2, sessions, 2, &count), LQ_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(sessions[0].session_number, 3);
    ck_assert_uint_eq(sessions[0].ledger_sequence, 3);
    ck_assert_int_eq(lq_ledger_bases_list(fixture.ledger, 3, sessions, 2, &count), LQ_OK);
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(test_bases_tenant)
{
    uint64_t tenant_number = 0;

    ck_assert_int_eq(lq_ledger_bases_tenant(fixture.ledger, 2, &tenant_number), LQ_OK);
    ck_assert_uint_eq(tenant_number, 1);
    ck_assert_int_eq(lq_ledger_bases_tenant(fixture.ledger, 3, &tenant_number), LQ_OK);
    ck_assert_uint_eq(tenant_number, 2);
    ck_assert_int_eq(lq_ledger_bases_tenant(fixture.ledger, 4, &tenant_number), LQ_ERR_NOT_FOUND);
}
END_TEST

static struct {
    uint32_t count;
    struct lq_record_header header;
    enum lq_result answer;
} told;

static enum lq_result take(void *context, struct lq_view record)
{
    (void)context;
    told.count++;
    ck_assert_int_eq(lq_record_decode_header(record, &told.header), LQ_OK);
    return told.answer;
}

static enum lq_result each(uint64_t session_number, uint64_t up_to)
{
    told.count = 0;
    told.answer = LQ_OK;
    return lq_ledger_bases_each(fixture.ledger, session_number, up_to, take, NULL);
}

/* Every record is a keyframe, so a base has one. */
START_TEST(test_bases_each)
{
    ck_assert_int_eq(each(1, 7), LQ_OK);
    ck_assert_uint_eq(told.count, 1);
    ck_assert_uint_eq(told.header.frame, 3);
    ck_assert_int_eq(each(1, 100), LQ_OK);
    ck_assert_uint_eq(told.header.ledger_sequence, 7);
    ck_assert_int_eq(each(1, 5), LQ_OK); /* as far as record 5: that is frame 1 */
    ck_assert_uint_eq(told.header.ledger_sequence, 4);
    ck_assert_uint_eq(told.header.session_number, 1);
    ck_assert_int_eq(each(2, 4), LQ_OK);
    ck_assert_uint_eq(told.header.ledger_sequence, 2);
    ck_assert_int_eq(each(2, 1), LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(each(4, 100), LQ_ERR_NOT_FOUND);
    ck_assert_uint_eq(told.count, 0);
    told.answer = LQ_ERR_FULL;
    ck_assert_int_eq(lq_ledger_bases_each(fixture.ledger, 1, 7, take, NULL), LQ_ERR_FULL);
}
END_TEST

TCase *lq_test_ledger_bases(void);
TCase *lq_test_ledger_bases(void)
{
    TCase *tc = tcase_create("ledger_bases");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_bases_list);
    tcase_add_test(tc, test_bases_tenant);
    tcase_add_test(tc, test_bases_each);
    return tc;
}
