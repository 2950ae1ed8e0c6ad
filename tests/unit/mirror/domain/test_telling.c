// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/telling.h"

#include "tests/support/suite.h"

static struct lq_telling telling;

static struct lq_telling_step step_of(const char *place, uint64_t first, uint64_t last)
{
    return (struct lq_telling_step){lq_view_text(place), first, last, 3, 10};
}

static enum lq_result answer(const char *place, uint64_t first, uint64_t last)
{
    const struct lq_telling_step step = step_of(place, first, last);

    return lq_telling_answered(&telling, &step);
}

static void begin(void)
{
    lq_telling_begin(&telling);
    ck_assert_int_eq(telling.state, LQ_TELLING_WANTED);
    ck_assert_uint_eq(telling.place_bytes, 0);
    lq_telling_asked(&telling);
}

START_TEST(test_a_step_is_read_before_the_next)
{
    begin();
    ck_assert_int_eq(answer("there", 21, 24), LQ_OK);
    ck_assert_uint_eq(telling.first, 21);
    ck_assert(!lq_telling_read(&telling, 20));
    ck_assert(!lq_telling_read(&telling, 23));
    ck_assert_int_eq(telling.state, LQ_TELLING_READING);
    ck_assert(!lq_telling_read(&telling, 24));
    ck_assert_int_eq(telling.state, LQ_TELLING_WANTED);
    ck_assert_uint_eq(telling.place_bytes, 5);
    lq_telling_asked(&telling);
    ck_assert_int_eq(answer("", 30, 31), LQ_OK);
    ck_assert_uint_eq(telling.told, 6);
    ck_assert_uint_eq(telling.all, 10);
    ck_assert(lq_telling_is_active(&telling));
    ck_assert(lq_telling_read(&telling, 40));
    ck_assert(!lq_telling_is_active(&telling));
    ck_assert_uint_eq(telling.first, 21);
    ck_assert_uint_eq(telling.last, 31);
    ck_assert(!lq_telling_read(&telling, 41)); /* that was said */
}
END_TEST

/* An answer that is lost: the same place is asked for again. */
START_TEST(test_a_refused_step_is_wanted_again)
{
    begin();
    ck_assert_int_eq(answer("there", 21, 24), LQ_OK);
    ck_assert(!lq_telling_read(&telling, 24));
    lq_telling_asked(&telling);
    lq_telling_refused(&telling);
    ck_assert_int_eq(telling.state, LQ_TELLING_WANTED);
    ck_assert_mem_eq(telling.place, "there", 5);
    ck_assert_int_eq(answer("", 25, 26), LQ_ERR_STATE); /* nothing is asked */
    lq_telling_refused(&telling);
    ck_assert_int_eq(telling.state, LQ_TELLING_WANTED);
}
END_TEST

/* A last step may have had nothing to tell. */
START_TEST(test_a_step_that_wrote_nothing)
{
    begin();
    ck_assert_int_eq(answer("there", 21, 24), LQ_OK);
    ck_assert(!lq_telling_read(&telling, 24));
    lq_telling_asked(&telling);
    ck_assert_int_eq(answer("", 28, 27), LQ_OK);
    ck_assert_uint_eq(telling.last, 24);
    ck_assert(lq_telling_read(&telling, 24));
}
END_TEST

START_TEST(test_no_answer_to_such_a_step)
{
    static const struct {
        uint64_t first, last;
    } rows[] = {{0, 3}, {5, 4}, {5, 2}};
    static uint8_t place[LQ_TELLING_PLACE_MAX + 1];

    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        begin();
        ck_assert_int_eq(answer("there", rows[row].first, rows[row].last), LQ_ERR_MALFORMED);
        ck_assert_int_eq(telling.state, LQ_TELLING_WANTED);
        ck_assert_uint_eq(telling.first, 0);
    }
    begin();
    struct lq_telling_step step = step_of("", 21, 24);
    step.place = lq_view_of(place, sizeof place);
    ck_assert_int_eq(lq_telling_answered(&telling, &step), LQ_ERR_MALFORMED);
    begin();
    ck_assert_int_eq(answer("there", 21, 24), LQ_OK);
    ck_assert(!lq_telling_read(&telling, 24));
    lq_telling_asked(&telling);
    ck_assert_int_eq(answer("on", 24, 25), LQ_ERR_MALFORMED); /* of another store */
    ck_assert_uint_eq(telling.first, 0);
}
END_TEST

/* Whatever is lost, made twice or begun anew: with the end all of the table is read, in its order,
 * behind where it began for good. */
START_TEST(test_all_is_read_over_any_disturbance)
{
    enum { ENTRIES = 40 };
    uint64_t draw = (uint64_t)_i * 7919 + 1;
    uint64_t written = 100;
    uint64_t read = 0;
    uint8_t seen[ENTRIES] = {0};
    uint64_t told_at[ENTRIES] = {0};
    bool ended = false;

    lq_telling_begin(&telling);
    for (uint32_t turn = 0; turn < 5000 && !ended; turn++) {
        draw = draw * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t dice = (uint32_t)(draw >> 40) % 100;
        if (dice < 2) {
            lq_telling_begin(&telling);
            memset(seen, 0, sizeof seen);
            read = written;
        } else if (dice < 10) {
            written++; /* something else happens */
        } else if (telling.state == LQ_TELLING_WANTED) {
            uint8_t place = telling.place_bytes > 0 ? telling.place[0] : 0;
            uint64_t first = written + 1;
            uint32_t count = 0;
            lq_telling_asked(&telling);
            written += place == 0; /* that it begins */
            for (; place < ENTRIES && count < 1 + dice % 5; count++) {
                told_at[place++] = ++written;
            }
            if (dice < 40) {
                lq_telling_refused(&telling); /* the answer is lost, what is told is told */
                continue;
            }
            const struct lq_telling_step step = {lq_view_of(&place, place < ENTRIES ? 1 : 0), first,
                                                 written, count, ENTRIES};
            ck_assert_int_eq(lq_telling_answered(&telling, &step), LQ_OK);
        } else {
            read = read + 1 < telling.first ? telling.first - 1 : read;
            read += read < written;
            for (uint32_t entry = 0; entry < ENTRIES; entry++) {
                seen[entry] |= told_at[entry] == read && read >= telling.first;
            }
            ended = lq_telling_read(&telling, read);
        }
    }
    ck_assert(ended);
    for (uint32_t entry = 0; entry < ENTRIES; entry++) {
        ck_assert_msg(seen[entry] == 1, "entry %u", entry);
    }
}
END_TEST

TCase *lq_test_telling(void);
TCase *lq_test_telling(void)
{
    TCase *tc = tcase_create("telling");

    tcase_add_test(tc, test_a_step_is_read_before_the_next);
    tcase_add_test(tc, test_a_refused_step_is_wanted_again);
    tcase_add_test(tc, test_a_step_that_wrote_nothing);
    tcase_add_test(tc, test_no_answer_to_such_a_step);
    tcase_add_loop_test(tc, test_all_is_read_over_any_disturbance, 0, 200);
    return tc;
}
