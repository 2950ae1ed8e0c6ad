// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment_expiry.h"

#include "tests/support/suite.h"

enum { DAY_S = 86400, MADE_S = 1000 * DAY_S };

static struct lq_base_header base;
static struct lq_segment_header segment;
static struct lq_segment_expiry_session sessions[2];
static struct lq_segment_expiry_facts facts;

/* Segment 8 of 10 of tenant 3, with frames up to 30 of session 5 and 4 of session 6. */
static void make(void)
{
    base = (struct lq_base_header){.tenant_number = 3, .session_number = 5, .frame = 30};
    segment = (struct lq_segment_header){.kind = LQ_SEGMENT_DATA,
                                         .tenant_number = 3,
                                         .number = 8,
                                         .wall_ns = (uint64_t)MADE_S * 1000000000u};
    segment.after.sequence[LQ_SEGMENT_OUTBOX - 1] = 12;
    sessions[0] = (struct lq_segment_expiry_session){5, 30, &base};
    facts = (struct lq_segment_expiry_facts){.newest_number = 10,
                                             .expiring_number = 7,
                                             .published_outbox = 12,
                                             .history_days = 7,
                                             .now_s = MADE_S + 2 * DAY_S,
                                             .sessions = sessions,
                                             .session_count = 1};
}

START_TEST(test_expiry_time)
{
    make();
    ck_assert_uint_eq(lq_segment_expiry_at(&segment, &facts), MADE_S + 7 * DAY_S);
    facts.history_days = 1; /* never sooner than in a day, by whoever looks */
    ck_assert_uint_eq(lq_segment_expiry_at(&segment, &facts), facts.now_s + DAY_S);
    segment.wall_ns = 0;
    ck_assert_uint_eq(lq_segment_expiry_at(&segment, &facts), facts.now_s + DAY_S);
    make();
    base.frame = 31;
    ck_assert_uint_gt(lq_segment_expiry_at(&segment, &facts), 0);
    segment.kind = LQ_SEGMENT_CLAIM; /* a claim has no sessions */
    facts.session_count = 0;
    ck_assert_uint_gt(lq_segment_expiry_at(&segment, &facts), 0);
}
END_TEST

static const char *const reasons[] = {
    "history is kept",
    "the control stream",
    "the newest segment",
    "behind the newest",
    "one before has no ttl",
    "it has one already",
    "an event is not out",
    "no base",
    "a base below its frames",
    "another session's",
    "another tenant's base",
    "another partition's base",
    "one session of two has none",
};

START_TEST(test_expiry_not_yet)
{
    make();
    struct lq_base_header other = base;
    other.session_number = 6;
    other.frame = 3;
    switch (_i) {
    case 0:
        facts.history_days = 0;
        break;
    case 1:
        segment.tenant_number = base.tenant_number = 0;
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
    case 6:
        facts.published_outbox = 11;
        break;
    case 7:
        sessions[0].base = NULL;
        break;
    case 8:
        base.frame = 29;
        break;
    case 9:
        base.session_number = 6;
        break;
    case 10:
        base.tenant_number = 4;
        break;
    case 11:
        base.partition = 1;
        break;
    default:
        sessions[1] = (struct lq_segment_expiry_session){6, 4, &other};
        facts.session_count = 2;
    }
    ck_assert_msg(lq_segment_expiry_at(&segment, &facts) == 0, "%s", reasons[_i]);
}
END_TEST

TCase *lq_test_segment_expiry(void);
TCase *lq_test_segment_expiry(void)
{
    TCase *tc = tcase_create("segment_expiry");

    tcase_add_test(tc, test_expiry_time);
    tcase_add_loop_test(tc, test_expiry_not_yet, 0, sizeof reasons / sizeof reasons[0]);
    return tc;
}
