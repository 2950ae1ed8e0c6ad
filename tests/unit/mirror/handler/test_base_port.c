// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/base_port.h"

#include "base/clock.h"
#include "mirror/domain/base_reader.h"
#include "mirror/handler/table_tag.h"
#include "store/seal/digest.h"
#include "tests/support/suite.h"
#include "tests/unit/mirror/handler/upkeep_fixture.h"

#include <stdio.h>

#define QUIET_NS (60 * LQ_NS_PER_S)

enum { PIECE_BYTES = 150, SESSION = 1 }; /* a record has 524 bytes: four pieces */

static struct lq_base_port port;

/* A mirror that comes to a table which says that records up to `covered` have bases. */
static void start(uint64_t covered)
{
    const struct lq_base_port_options options = {.source = &lq_upkeep_fixture.source,
                                                 .streams = &lq_upkeep_fixture.streams,
                                                 .budget = &lq_upkeep_fixture.budget,
                                                 .session_max = 8,
                                                 .quiet_ns = QUIET_NS,
                                                 .every_ns = 3600 * LQ_NS_PER_S,
                                                 .piece_bytes_max = PIECE_BYTES};

    lq_base_port_init(&port, &options);
    lq_base_port_begin(&port, covered);
}

static void set_up(void)
{
    lq_upkeep_fixture_make();
    start(0);
}

static void tear_down(void)
{
    lq_base_port_destroy(&port);
    lq_upkeep_fixture_remove();
}

static void hear(const struct lq_dynamodb_answer *answer)
{
    ck_assert_int_eq(lq_table_tag_kind(answer->tag), LQ_TABLE_TAG_UPKEEP);
    lq_base_port_hear(&port, lq_table_tag_place(answer->tag), answer, lq_upkeep_fixture.now_ns);
}

static void turn(void)
{
    lq_base_port_turn(&port, lq_upkeep_fixture.now_ns, false);
}

/* Until nothing is asked any more, at most `steps` questions; how many there were. */
static int run(int steps)
{
    int count = 0;

    turn();
    while (count < steps && lq_fake_table_step(LQ_FAKE_DONE, hear)) {
        turn();
        count++;
    }
    return count;
}

static void wait_quiet(void)
{
    lq_upkeep_fixture.now_ns += QUIET_NS;
}

/* The newest whole base in the table; NULL: none. Its slot. */
static const struct lq_base_header *newest(uint32_t *slot)
{
    static struct lq_base_slots slots;

    lq_base_slots_start(&slots, lq_digest);
    for (uint32_t at = 0; at < 2; at++) {
        for (uint32_t piece = 0; piece < 9; piece++) {
            struct lq_segment_key key = {.pk = ""};
            lq_segment_key_set_base(&key, SESSION, at, piece);
            const struct lq_fake_item *item = lq_fake_table_find(LQ_UPKEEP_PK, key.sk);
            if (item != NULL) {
                ck_assert(item->has_n);
                lq_base_slots_take(&slots, lq_view_text(item->sk),
                                   lq_view_of(item->h, item->h_bytes),
                                   lq_view_of(item->b, item->b_bytes));
            }
        }
    }
    return lq_base_slots_newest(&slots, slot);
}

static void check_newest(uint64_t sequence, uint64_t segment, uint32_t in_slot)
{
    uint32_t slot;
    const struct lq_base_header *base = newest(&slot);

    ck_assert_ptr_nonnull(base);
    ck_assert_uint_eq(base->sequence, sequence);
    ck_assert_uint_eq(base->frame, sequence - 1);
    ck_assert_uint_eq(base->segment, segment);
    ck_assert_uint_eq(base->piece_count, 4);
    ck_assert_uint_eq(slot, in_slot);
}

START_TEST(test_base_after_quiet)
{
    lq_upkeep_fixture_durable(1, 7);
    ck_assert_int_eq(run(100), 0); /* the walk finds the session; it is not quiet yet */
    ck_assert_uint_eq(lq_base_port_next_ns(&port, lq_upkeep_fixture.now_ns),
                      lq_upkeep_fixture.now_ns + QUIET_NS);
    wait_quiet();
    ck_assert_int_eq(run(100), 5); /* a page of its slots, and four pieces */
    check_newest(1, 7, 0);
    ck_assert_uint_eq(port.bases, 1);
    ck_assert(lq_base_port_is_idle(&port));
    ck_assert_uint_eq(lq_base_port_next_ns(&port, lq_upkeep_fixture.now_ns), UINT64_MAX);
}
END_TEST

static void see_frame(void)
{
    lq_base_schedule_saw(&port.schedule, SESSION, lq_upkeep_fixture_frame(),
                         lq_upkeep_fixture.now_ns);
}

START_TEST(test_base_slots_take_turns)
{
    for (uint64_t sequence = 1; sequence <= 4; sequence++) {
        if (sequence > 1) {
            see_frame();
        }
        lq_upkeep_fixture_durable(sequence, 6 + sequence);
        turn();
        wait_quiet();
        run(100);
        check_newest(sequence, 6 + sequence, (uint32_t)(sequence + 1) % 2);
    }
    ck_assert_uint_eq(lq_fake_table.item_count, 8);
    ck_assert_uint_eq(lq_fake_table.conflicts, 0);
}
END_TEST

/* Only what the table has, and nothing while it has none of it. */
START_TEST(test_base_of_what_is_in_the_table)
{
    see_frame();
    see_frame();
    turn();
    wait_quiet();
    ck_assert_int_eq(run(100), 0); /* the stream is not claimed yet */
    lq_upkeep_fixture_durable(2, 7);
    lq_upkeep_fixture.now_ns += 2 * LQ_NS_PER_S;
    run(100);
    check_newest(2, 7, 0);
    ck_assert(!lq_base_port_is_idle(&port));
    lq_upkeep_fixture_durable(3, 8);
    wait_quiet();
    run(100);
    check_newest(3, 8, 1);
    ck_assert(lq_base_port_is_idle(&port));
}
END_TEST

/* A mirror that forgot all reads, and writes nothing; for one that knows there is nothing to read.
 */
START_TEST(test_base_is_there)
{
    lq_upkeep_fixture_durable(1, 7);
    turn();
    wait_quiet();
    run(100);
    uint64_t writes = lq_fake_table.writes;
    lq_base_port_destroy(&port);
    start(0);
    lq_upkeep_fixture_durable(1, 8); /* its claim */
    turn();
    wait_quiet();
    ck_assert_int_eq(run(100), 2); /* two pages */
    ck_assert_uint_eq(port.found, 1);
    ck_assert(lq_base_port_is_idle(&port));
    lq_base_port_destroy(&port);
    start(1);
    turn();
    wait_quiet();
    ck_assert_int_eq(run(100), 0);
    ck_assert(lq_base_port_is_idle(&port));
    ck_assert_uint_eq(lq_fake_table.writes, writes);
}
END_TEST

/* A mirror dies after each number of steps: there is always a whole base, and the next one writes
 * the head's. */
START_TEST(test_base_over_deaths)
{
    uint32_t slot;

    lq_upkeep_fixture_durable(1, 7);
    turn();
    wait_quiet();
    run(100);
    see_frame();
    lq_upkeep_fixture_durable(2, 8);
    wait_quiet();
    run(_i);
    const struct lq_base_header *base = newest(&slot);
    ck_assert_ptr_nonnull(base);
    ck_assert_uint_ge(base->sequence, 1);
    lq_base_port_destroy(&port);
    lq_fake_table.question_count = 0;
    start(1);
    lq_upkeep_fixture_durable(2, 9);
    turn();
    wait_quiet();
    run(100);
    ck_assert(lq_base_port_is_idle(&port));
    base = newest(&slot);
    ck_assert_uint_eq(base->sequence, 2);
    ck_assert_uint_eq(slot, 1);
    ck_assert_ptr_nonnull(lq_fake_table_find(LQ_UPKEEP_PK, "B#00000000000000000001#0000"));
}
END_TEST

/* Answers get lost, before or after the write: it is done again, and once. */
START_TEST(test_base_over_lost_answers)
{
    enum lq_fake_fate fate = _i % 2 == 0 ? LQ_FAKE_LOST : LQ_FAKE_NOT_DONE;

    lq_fake_table.hides_items = _i / 2 % 2 == 1;
    lq_upkeep_fixture_durable(1, 7);
    turn();
    wait_quiet();
    run(_i / 4);
    ck_assert(lq_fake_table_step(fate, hear));
    ck_assert_int_eq(run(100), 0); /* not at once */
    lq_upkeep_fixture.now_ns += 6 * LQ_NS_PER_S;
    run(100);
    check_newest(1, 7, 0);
    ck_assert_uint_eq(lq_fake_table.item_count, 4);
    ck_assert(lq_base_port_is_idle(&port));
    bool was_all_there = fate == LQ_FAKE_LOST && _i / 4 == 4;
    ck_assert_uint_eq(port.bases + port.found, 1);
    ck_assert_uint_eq(port.found, was_all_there);
}
END_TEST

START_TEST(test_base_waits_for_units)
{
    lq_write_budget_init(&lq_upkeep_fixture.budget, 10, lq_upkeep_fixture.now_ns);
    lq_upkeep_fixture_durable(1, 7);
    turn();
    wait_quiet();
    lq_write_budget_allows(&lq_upkeep_fixture.budget, LQ_WRITE_UPKEEP, lq_upkeep_fixture.now_ns);
    lq_write_budget_spend(&lq_upkeep_fixture.budget, 6);
    ck_assert_int_eq(run(100), 0);
    uint64_t ready_ns = lq_base_port_next_ns(&port, lq_upkeep_fixture.now_ns);
    ck_assert_uint_gt(ready_ns, lq_upkeep_fixture.now_ns + LQ_NS_PER_S / 20);
    ck_assert_uint_lt(ready_ns, lq_upkeep_fixture.now_ns + LQ_NS_PER_S);
    lq_upkeep_fixture.now_ns = ready_ns;
    ck_assert_int_eq(run(100), 5);
    check_newest(1, 7, 0);
}
END_TEST

START_TEST(test_base_waits_for_room)
{
    lq_upkeep_fixture_durable(1, 7);
    turn();
    wait_quiet();
    lq_fake_table.is_full = true;
    ck_assert_int_eq(run(100), 0);
    lq_fake_table.is_full = false;
    ck_assert_int_eq(run(100), 5);
    check_newest(1, 7, 0);
}
END_TEST

TCase *lq_test_base_port(void);
TCase *lq_test_base_port(void)
{
    TCase *tc = tcase_create("base_port");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_base_after_quiet);
    tcase_add_test(tc, test_base_slots_take_turns);
    tcase_add_test(tc, test_base_of_what_is_in_the_table);
    tcase_add_test(tc, test_base_is_there);
    tcase_add_loop_test(tc, test_base_over_deaths, 0, 7);
    tcase_add_loop_test(tc, test_base_over_lost_answers, 0, 20);
    tcase_add_test(tc, test_base_waits_for_units);
    tcase_add_test(tc, test_base_waits_for_room);
    return tc;
}
