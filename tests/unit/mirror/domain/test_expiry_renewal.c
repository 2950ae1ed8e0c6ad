// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/expiry_renewal.h"

#include "tests/support/suite.h"

enum { SEGMENTS = 40, DAY_S = 86400, NOW_S = 1000 * DAY_S };

/* Segment n was made n hours after the first; those below `first` are gone. */
struct table {
    uint64_t first, last;
    uint64_t ttl[SEGMENTS + 1];
    uint64_t looks, writes, written; /* `written`: the one written last */
};

static uint64_t made_s(uint64_t number)
{
    return NOW_S - 10 * DAY_S + number * 3600;
}

static void fill(struct table *table, uint64_t first, uint64_t last, uint64_t days)
{
    *table = (struct table){.first = first, .last = last};
    for (uint64_t number = 1; number <= last; number++) {
        table->ttl[number] = made_s(number) + days * DAY_S;
    }
}

/* Until it is done, or `steps` were taken; whether it is done. */
static bool run(struct table *table, struct lq_expiry_renewal *renewal, int steps)
{
    uint64_t number;

    while ((number = lq_expiry_renewal_probe(renewal)) != 0) {
        ck_assert_uint_ge(number, 1);
        ck_assert_uint_le(number, table->last);
        if (steps-- == 0) {
            return false;
        }
        const struct lq_expiry_seen seen = {number >= table->first, table->ttl[number],
                                            made_s(number)};
        uint64_t ttl = lq_expiry_renewal_tell(renewal, &seen, NOW_S);
        table->looks++;
        if (ttl > 0) {
            ck_assert_uint_gt(number, table->written);
            table->ttl[number] = ttl;
            table->written = number;
            table->writes++;
            lq_expiry_renewal_pass(renewal);
        }
    }
    return true;
}

static void start(struct table *table, struct lq_expiry_renewal *renewal, uint32_t days)
{
    table->written = 0;
    lq_expiry_renewal_start(renewal, table->last, days);
}

/* All that is still to go has what it should have; the rest is as it was. */
static void check(const struct table *table, uint64_t first, uint32_t days, uint64_t before)
{
    for (uint64_t number = 1; number <= table->last; number++) {
        uint64_t old = made_s(number) + before * DAY_S;
        uint64_t wanted =
            days == 0 ? LQ_EXPIRY_RENEWAL_NEVER_S : made_s(number) + (uint64_t)days * DAY_S;
        ck_assert_uint_eq(table->ttl[number], number < first || old <= NOW_S ? old : wanted);
    }
}

static const uint32_t raises[] = {30, 0};

START_TEST(test_renewal_of_all_that_is_to_go)
{
    struct lq_expiry_renewal renewal;
    struct table table;

    for (uint64_t last = 1; last <= SEGMENTS; last++) {
        for (uint64_t first = 1; first <= last; first++) {
            fill(&table, first, last, 10); /* all are to go, but the first, an hour from now */
            start(&table, &renewal, raises[_i]);
            ck_assert(run(&table, &renewal, 1000));
            check(&table, first, raises[_i], 10);
            ck_assert_uint_eq(table.writes, last - first + 1);
            ck_assert_uint_le(table.looks, table.writes + 7);
            start(&table, &renewal, raises[_i]);
            ck_assert(run(&table, &renewal, 1)); /* the newest says that it was done */
        }
    }
}
END_TEST

/* Whatever was interrupted goes on with what is left. */
START_TEST(test_renewal_interrupted)
{
    struct lq_expiry_renewal renewal;
    struct table table;
    int starts = 0;

    fill(&table, 7, SEGMENTS, 10);
    do {
        start(&table, &renewal, 30);
    } while (!run(&table, &renewal, _i) && ++starts < 1000);
    check(&table, 7, 30, 10);
    ck_assert_uint_eq(table.writes, SEGMENTS - 6);
}
END_TEST

START_TEST(test_renewal_of_nothing)
{
    struct lq_expiry_renewal renewal;
    struct table table;

    fill(&table, 1, SEGMENTS, 30);
    start(&table, &renewal, 10); /* fewer days hold for what comes */
    ck_assert(run(&table, &renewal, 1));
    fill(&table, SEGMENTS + 1, SEGMENTS, 10); /* all are gone */
    start(&table, &renewal, 30);
    ck_assert(run(&table, &renewal, 1));
    fill(&table, 1, SEGMENTS, 8); /* all are due to go */
    start(&table, &renewal, 30);
    ck_assert(run(&table, &renewal, 1));
    ck_assert_uint_eq(table.writes, 0);
    lq_expiry_renewal_start(&renewal, 0, 30);
    ck_assert_uint_eq(lq_expiry_renewal_probe(&renewal), 0);
}
END_TEST

/* Some are due, and still seen. */
START_TEST(test_renewal_of_what_is_not_due)
{
    struct lq_expiry_renewal renewal;
    struct table table;

    fill(&table, 3, SEGMENTS, 9); /* the first 24 have had their nine days */
    start(&table, &renewal, 30);
    ck_assert(run(&table, &renewal, 1000));
    check(&table, 3, 30, 9);
    ck_assert_uint_eq(table.writes, SEGMENTS - 24);
}
END_TEST

TCase *lq_test_expiry_renewal(void);
TCase *lq_test_expiry_renewal(void)
{
    TCase *tc = tcase_create("expiry_renewal");

    tcase_add_loop_test(tc, test_renewal_of_all_that_is_to_go, 0, 2);
    tcase_add_loop_test(tc, test_renewal_interrupted, 9, 20);
    tcase_add_test(tc, test_renewal_of_nothing);
    tcase_add_test(tc, test_renewal_of_what_is_not_due);
    return tc;
}
