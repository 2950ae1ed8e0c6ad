// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment_expiry.h"

#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/segment_fixture.h"

enum { DAY_S = 86400, MADE_S = 1000 * DAY_S };

static struct lq_segment_expiry segment;
static struct lq_segment_expiry_facts facts;

/* Segment 8 of 10, with records up to 30, entries of the outbox up to 12, of the broker's to 4. */
static void make(void)
{
    segment = (struct lq_segment_expiry){
        .tenant_number = 3, .number = 8, .made_s = MADE_S, .highest = {30, 12, 4}};
    facts = (struct lq_segment_expiry_facts){.newest_number = 10,
                                             .expiring_number = 7,
                                             .settled = {30, 12, 4},
                                             .history_days = 7,
                                             .now_s = MADE_S + 2 * DAY_S};
}

START_TEST(test_expiry_time)
{
    make();
    ck_assert_uint_eq(lq_segment_expiry_at(&segment, &facts), MADE_S + 7 * DAY_S);
    facts.history_days = 1; /* never sooner than in a day, by whoever looks */
    ck_assert_uint_eq(lq_segment_expiry_at(&segment, &facts), facts.now_s + DAY_S);
    segment.made_s = 0;
    ck_assert_uint_eq(lq_segment_expiry_at(&segment, &facts), facts.now_s + DAY_S);
    make();
    facts.settled[0] = 31;
    ck_assert_uint_gt(lq_segment_expiry_at(&segment, &facts), 0);
    memset(segment.highest, 0, sizeof segment.highest); /* a claim has no entries */
    memset(facts.settled, 0, sizeof facts.settled);
    ck_assert_uint_gt(lq_segment_expiry_at(&segment, &facts), 0);
}
END_TEST

static const char *const reasons[] = {
    "history is kept",      "the control stream",    "the newest segment",
    "behind the newest",    "one before has no ttl", "it has one already",
    "a record has no base", "an event is not out",   "an event of the broker is not out",
};

START_TEST(test_expiry_not_yet)
{
    make();
    switch (_i) {
    case 0:
        facts.history_days = 0;
        break;
    case 1:
        segment.tenant_number = 0;
        break;
    case 2:
        facts.newest_number = 8;
        break;
    case 3:
        facts.newest_number = 7;
        break;
    case 4:
        facts.expiring_number = 6;
        break;
    case 5:
        facts.expiring_number = 8;
        break;
    default:
        facts.settled[_i - 6]--;
    }
    ck_assert_msg(lq_segment_expiry_at(&segment, &facts) == 0, "%s", reasons[_i]);
}
END_TEST

/* The first piece of a record that goes on in the next segment counts: it cannot be missed. */
START_TEST(test_expiry_reads_pieces)
{
    struct lq_fixture_segment claim;
    struct lq_fixture_segment data;
    struct lq_segment_packer packer;
    struct lq_segment_expiry read;
    struct lq_segment_entry record = lq_fixture_record(9, 600);

    lq_fixture_claim(&claim, 'a', 1, NULL);
    lq_segment_packer_start(&packer, lq_fixture_digest, 900, &claim.header.after);
    lq_segment_packer_begin(&packer, data.body);
    struct lq_segment_entry note = lq_fixture_note(LQ_SEGMENT_OUTBOX, 4, 200);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &note), LQ_OK);
    ck_assert_int_eq(lq_segment_packer_add(&packer, &record), LQ_ERR_FULL);
    lq_fixture_finish(&packer, &data, &claim.header);
    ck_assert_uint_eq(data.header.after.sequence[LQ_SEGMENT_RECORD - 1], 0);
    ck_assert_int_eq(
        lq_segment_expiry_read(&data.header, lq_fixture_digest, lq_fixture_body(&data), &read),
        LQ_OK);
    ck_assert_uint_eq(read.number, 2);
    ck_assert_uint_eq(read.tenant_number, LQ_FIXTURE_TENANT);
    ck_assert_uint_eq(read.highest[LQ_SEGMENT_RECORD - 1], 9);
    ck_assert_uint_eq(read.highest[LQ_SEGMENT_OUTBOX - 1], 4);
    ck_assert_uint_eq(read.highest[LQ_SEGMENT_BROKER - 1], 0);
    data.body[20]++;
    ck_assert_int_eq(
        lq_segment_expiry_read(&data.header, lq_fixture_digest, lq_fixture_body(&data), &read),
        LQ_ERR_CORRUPT);
    ck_assert_int_eq(
        lq_segment_expiry_read(&claim.header, lq_fixture_digest, lq_view_of("", 0), &read), LQ_OK);
    ck_assert_uint_eq(read.highest[LQ_SEGMENT_RECORD - 1], 0);
}
END_TEST

TCase *lq_test_segment_expiry(void);
TCase *lq_test_segment_expiry(void)
{
    TCase *tc = tcase_create("segment_expiry");

    tcase_add_test(tc, test_expiry_time);
    tcase_add_loop_test(tc, test_expiry_not_yet, 0, sizeof reasons / sizeof reasons[0]);
    tcase_add_test(tc, test_expiry_reads_pieces);
    return tc;
}
