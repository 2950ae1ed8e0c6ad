// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/stage_thread.h"

#include "base/clock.h"

#include "proto/instance_cell.h"
#include "tests/support/suite.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* A stage whose batch_end answers what the test wants, and waits for what the test wants. */
struct fake_stage {
    _Atomic int end_result;
    _Atomic bool probe_result;
    _Atomic int items;
    _Atomic int items_allowed; /* item() waits behind so many; 0: never */
    _Atomic int items_awaited; /* batch_end() returns when so many items were worked */
    _Atomic int ends_begun;
    _Atomic int ends;
    _Atomic int ends_at_resolve;
    _Atomic int ends_at_single;
    _Atomic uint64_t takes_ns; /* item() and batch_end() do not return before */
    _Atomic uint32_t slot_begun;
    uint32_t slots_seen; /* by batch_end(), a bit each */
};

static struct fake_stage fake;
static struct lq_stage_thread thread;
static struct lq_out_pool pool;
static struct lq_stage_batch batches[3];
static uint64_t cell_words[LQ_CELL_WORDS];
static struct lq_progress_cell cell = {-1, cell_words};
static struct lq_batch_stage stage;
static pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fake_moved = PTHREAD_COND_INITIALIZER;

/* At least that long: nothing here depends on how much longer. */
static void spend(uint64_t ns)
{
    uint64_t until_ns = lq_clock_monotonic_ns() + ns;

    while (ns > 0 && lq_clock_monotonic_ns() < until_ns) {
        sched_yield();
    }
}

static void fake_item(void *state, const struct lq_stage_item *item, struct lq_answer *answer,
                      struct lq_out_buffer *out)
{
    struct fake_stage *own = state;

    (void)out;
    ck_assert_uint_eq(cell_words[1], item->execution.counter);
    answer->verdict = LQ_ITEM_DONE;
    if (item->execution.counter == 1) {
        own->ends_at_single = own->ends; /* of the newest batch's first item */
    }
    spend(own->takes_ns);
    pthread_mutex_lock(&fake_lock);
    own->items++;
    pthread_cond_signal(&fake_moved);
    pthread_mutex_unlock(&fake_lock);
    while (own->items_allowed > 0 && own->items > own->items_allowed) {
        sched_yield();
    }
}

static void fake_begin(void *state, uint32_t slot)
{
    ((struct fake_stage *)state)->slot_begun = slot;
}

static enum lq_result fake_end(void *state, uint32_t slot, struct lq_answer *answers,
                               uint32_t count, struct lq_out_buffer *out,
                               struct lq_error_message *message)
{
    struct fake_stage *own = state;

    (void)answers;
    (void)count;
    (void)out;
    own->slots_seen |= 1u << slot;
    if (!stage.ends_beside) {
        ck_assert_uint_eq(cell_words[1], 0); /* a crash in a commit suspects no one */
    }
    own->ends_begun++;
    pthread_mutex_lock(&fake_lock);
    while (own->items < own->items_awaited) {
        pthread_cond_wait(&fake_moved, &fake_lock);
    }
    pthread_mutex_unlock(&fake_lock);
    spend(own->takes_ns);
    own->ends++;
    lq_error_message_set(message, "disk full");
    return (enum lq_result)own->end_result;
}

static bool fake_probe(void *state)
{
    return ((struct fake_stage *)state)->probe_result;
}

static enum lq_result fake_resolve(void *state, const struct lq_resolve_item *item, bool *committed,
                                   struct lq_answer *answer, struct lq_out_buffer *out)
{
    struct fake_stage *own = state;

    (void)answer;
    (void)out;
    own->ends_at_resolve = own->ends;
    *committed = item->frame == 1;
    return LQ_OK;
}

static void wait_for_news(void)
{
    struct pollfd polled = {.fd = thread.done_descriptor, .events = POLLIN};
    uint64_t count;

    ck_assert_int_eq(poll(&polled, 1, -1), 1); /* suite.c guards against hanging */
    ck_assert_int_eq(read(thread.done_descriptor, &count, sizeof count), (ssize_t)sizeof count);
}

static struct lq_stage_batch *collect(struct lq_stage_report *report)
{
    struct lq_stage_batch *batch = lq_stage_thread_collect(&thread, report);

    while (batch == NULL) {
        wait_for_news();
        batch = lq_stage_thread_collect(&thread, report);
    }
    return batch;
}

static void wait_for_condition(enum lq_stage_condition condition)
{
    struct lq_stage_report report;

    ck_assert_ptr_null(lq_stage_thread_collect(&thread, &report));
    while (report.condition != condition) {
        wait_for_news();
        ck_assert_ptr_null(lq_stage_thread_collect(&thread, &report));
    }
}

#define UNHURRIED_MS 3600000u /* a lease of which no machine needs half */

static void make_batch(struct lq_stage_batch *batch, uint64_t epoch, uint32_t items)
{
    batch->kind = LQ_STAGE_BATCH_WORK;
    batch->epoch = epoch;
    batch->item_timeout_ms = UNHURRIED_MS;
    batch->item_count = items;
    for (uint32_t index = 0; index < items; index++) {
        batch->items[index] = (struct lq_stage_item){.execution = {epoch, index + 1}};
    }
    lq_stage_batch_return_all(batch);
}

static void start_stage(bool ends_beside)
{
    struct lq_error_message message;

    memset(&fake, 0, sizeof fake);
    stage = (struct lq_batch_stage){.name = "fake",
                                    .version = 1,
                                    .state = &fake,
                                    .batch_begin = fake_begin,
                                    .item = fake_item,
                                    .batch_end = fake_end,
                                    .ends_beside = ends_beside,
                                    .probe = fake_probe,
                                    .resolve = fake_resolve};
    lq_out_pool_open(&pool, 3);
    for (size_t index = 0; index < 3; index++) {
        lq_stage_batch_open(&batches[index], lq_out_pool_take(&pool));
    }
    ck_assert_int_eq(lq_stage_thread_start(&thread, &stage, NULL, &cell, &message), LQ_OK);
    wait_for_condition(LQ_STAGE_SERVING);
}

static void stop(void)
{
    lq_stage_thread_stop(&thread);
    for (size_t index = 0; index < 3; index++) {
        lq_stage_batch_close(&batches[index]);
    }
    lq_out_pool_close(&pool);
}

static void start(void)
{
    start_stage(false);
}

static void start_beside(void)
{
    start_stage(true);
}

START_TEST(test_batches_come_back_in_order)
{
    struct lq_stage_report report;

    for (int turn = 0; turn < 1000; turn++) {
        make_batch(&batches[0], 1, 3);
        make_batch(&batches[1], 1, 2);
        lq_stage_thread_give(&thread, &batches[0]);
        lq_stage_thread_give(&thread, &batches[1]);
        ck_assert_ptr_eq(collect(&report), &batches[0]);
        ck_assert_ptr_eq(collect(&report), &batches[1]);
    }
    ck_assert_int_eq(fake.items, 5000);
    ck_assert_uint_eq(batches[1].answers[1].verdict, LQ_ITEM_DONE);
}
END_TEST

/* Items that suddenly take long do not hold the actor for a whole batch. */
START_TEST(test_what_half_a_lease_leaves_goes_back)
{
    struct lq_stage_report report;

    fake.takes_ns = 2 * LQ_NS_PER_MS;
    make_batch(&batches[0], 1, 5);
    batches[0].item_timeout_ms = 4; /* the first item takes half of it, or more */
    lq_stage_thread_give(&thread, &batches[0]);
    ck_assert_ptr_eq(collect(&report), &batches[0]);
    ck_assert_int_eq(fake.items, 1);
    ck_assert_uint_eq(batches[0].worked_count, 1);
    ck_assert_uint_eq(batches[0].answers[0].verdict, LQ_ITEM_DONE);
    for (uint32_t index = 1; index < 5; index++) {
        ck_assert_uint_eq(batches[0].answers[index].verdict, LQ_ITEM_RETURNED);
        ck_assert_uint_eq(batches[0].item_ns[index], 0);
    }
    ck_assert_int_eq(fake.ends, 1); /* what was worked is committed */
}
END_TEST

START_TEST(test_times_of_items_and_end_are_parts_of_the_whole)
{
    struct lq_stage_report report;
    uint64_t sum_us = 0;

    fake.takes_ns = 2 * LQ_NS_PER_MS;
    make_batch(&batches[0], 1, 3);
    lq_stage_thread_give(&thread, &batches[0]);
    ck_assert_ptr_eq(collect(&report), &batches[0]);
    for (uint32_t index = 0; index < 3; index++) {
        ck_assert_uint_ge(batches[0].item_ns[index], 2 * LQ_NS_PER_MS);
        sum_us += batches[0].item_ns[index] / 1000;
    }
    ck_assert_uint_ge(batches[0].end_us, 2000);
    ck_assert_uint_le(sum_us + batches[0].end_us, batches[0].service_us);
}
END_TEST

START_TEST(test_a_full_disk_pauses_and_the_probe_resumes)
{
    struct lq_stage_report report;

    fake.end_result = LQ_ERR_DISK_FULL;
    make_batch(&batches[0], 1, 1);
    lq_stage_thread_give(&thread, &batches[0]);
    ck_assert_ptr_eq(collect(&report), &batches[0]);
    ck_assert_int_eq(report.condition, LQ_STAGE_PAUSED); /* known with the batch, not after it */
    ck_assert_str_eq(report.reason, "disk full");
    ck_assert_uint_eq(batches[0].answers[0].verdict, LQ_ITEM_RETURNED);

    make_batch(&batches[1], 1, 1); /* while paused: back without work */
    lq_stage_thread_give(&thread, &batches[1]);
    ck_assert_ptr_eq(collect(&report), &batches[1]);
    ck_assert_uint_eq(batches[1].answers[0].verdict, LQ_ITEM_RETURNED);
    ck_assert_int_eq(fake.items, 1);

    fake.end_result = LQ_OK;
    fake.probe_result = true;
    wait_for_condition(LQ_STAGE_SERVING);
    lq_stage_thread_give(&thread, &batches[1]);
    ck_assert_ptr_eq(collect(&report), &batches[1]);
    ck_assert_uint_eq(batches[1].answers[0].verdict, LQ_ITEM_DONE);
}
END_TEST

START_TEST(test_a_commit_of_unknown_fate_is_not_answered)
{
    fake.end_result = LQ_ERR_IO;
    make_batch(&batches[0], 1, 1);
    lq_stage_thread_give(&thread, &batches[0]);
    wait_for_condition(LQ_STAGE_LOST); /* asserts that no batch comes back */
}
END_TEST

START_TEST(test_resolve_is_answered_also_while_paused)
{
    struct lq_stage_report report;
    struct lq_resolve_item items[2] = {{.frame = 1}, {.frame = 2}};

    fake.end_result = LQ_ERR_MAP_FULL;
    make_batch(&batches[0], 1, 1);
    lq_stage_thread_give(&thread, &batches[0]);
    make_batch(&batches[1], 1, 2);
    batches[1].kind = LQ_STAGE_BATCH_RESOLVE;
    batches[1].resolves = items;
    lq_stage_thread_give(&thread, &batches[1]);
    ck_assert_ptr_eq(collect(&report), &batches[0]);
    ck_assert_ptr_eq(collect(&report), &batches[1]);
    ck_assert_uint_eq(batches[1].answers[0].verdict, LQ_ITEM_DONE);
    ck_assert_uint_eq(batches[1].answers[1].verdict, LQ_ITEM_RETURNED);
}
END_TEST

START_TEST(test_idle_is_never_overdue)
{
    struct lq_stage_overdue overdue;
    uint64_t next_ns = 0;
    uint64_t now_ns = lq_clock_monotonic_ns();

    ck_assert(
        !lq_stage_thread_overdue(&thread, now_ns + 100 * LQ_NS_PER_S, 900, &overdue, &next_ns));
    ck_assert_uint_gt(next_ns, now_ns);
}
END_TEST

/* The end of the first batch waits for the items of the second: without a thread of its own it
 * would wait for ever. The first batch may only be ended beside when a second one waits, so it is
 * held in its items until that is given. */
static void hold_items(void)
{
    pthread_mutex_lock(&fake_lock);
}

static void release_items(void)
{
    pthread_mutex_unlock(&fake_lock);
}

START_TEST(test_a_batch_ends_beside_the_items_of_the_next)
{
    struct lq_stage_report report;

    for (int turn = 0; turn < 100; turn++) {
        fake.items = 0;
        fake.items_awaited = 5;
        make_batch(&batches[0], 1, 3);
        make_batch(&batches[1], 1, 2);
        hold_items();
        lq_stage_thread_give(&thread, &batches[0]);
        lq_stage_thread_give(&thread, &batches[1]);
        release_items();
        ck_assert_ptr_eq(collect(&report), &batches[0]);
        ck_assert_ptr_eq(collect(&report), &batches[1]);
        ck_assert_uint_eq(batches[0].answers[2].verdict, LQ_ITEM_DONE);
        ck_assert_uint_eq(batches[1].answers[1].verdict, LQ_ITEM_DONE);
    }
    ck_assert_uint_eq(fake.slots_seen, 3);
}
END_TEST

START_TEST(test_a_batch_beside_goes_back_when_the_one_before_finds_no_room)
{
    struct lq_stage_report report;

    fake.items_awaited = 4;
    fake.end_result = LQ_ERR_DISK_FULL;
    make_batch(&batches[0], 1, 2);
    make_batch(&batches[1], 1, 2);
    hold_items();
    lq_stage_thread_give(&thread, &batches[0]);
    lq_stage_thread_give(&thread, &batches[1]);
    release_items();
    ck_assert_ptr_eq(collect(&report), &batches[0]);
    ck_assert_int_eq(report.condition, LQ_STAGE_PAUSED);
    ck_assert_ptr_eq(collect(&report), &batches[1]);
    ck_assert_uint_eq(batches[0].answers[0].verdict, LQ_ITEM_RETURNED);
    ck_assert_uint_eq(batches[1].answers[0].verdict, LQ_ITEM_RETURNED);
    ck_assert_int_eq(fake.ends, 1); /* the second one never reached the disk */

    fake.end_result = LQ_OK;
    fake.probe_result = true;
    wait_for_condition(LQ_STAGE_SERVING);
}
END_TEST

START_TEST(test_resolve_waits_for_the_batches_before_it)
{
    struct lq_stage_report report;
    struct lq_resolve_item item = {.frame = 1};

    fake.items_awaited = 4;
    make_batch(&batches[0], 1, 2);
    make_batch(&batches[1], 1, 2);
    make_batch(&batches[2], 1, 1);
    batches[2].kind = LQ_STAGE_BATCH_RESOLVE;
    batches[2].resolves = &item;
    hold_items();
    for (size_t index = 0; index < 3; index++) {
        lq_stage_thread_give(&thread, &batches[index]);
    }
    release_items();
    for (size_t index = 0; index < 3; index++) {
        ck_assert_ptr_eq(collect(&report), &batches[index]);
    }
    ck_assert_int_eq(fake.ends_at_resolve, 2);
}
END_TEST

/* An item by itself may be a suspect: whether the process dies of it must be told from all else. */
START_TEST(test_nothing_ends_beside_a_single_item)
{
    struct lq_stage_report report;

    make_batch(&batches[0], 1, 2);
    make_batch(&batches[1], 1, 1);
    hold_items();
    lq_stage_thread_give(&thread, &batches[0]);
    lq_stage_thread_give(&thread, &batches[1]);
    release_items();
    ck_assert_ptr_eq(collect(&report), &batches[0]);
    ck_assert_ptr_eq(collect(&report), &batches[1]);
    ck_assert_int_eq(fake.ends_at_single, 1);
}
END_TEST

START_TEST(test_a_hanging_end_is_overdue_while_items_go_on)
{
    struct lq_stage_overdue overdue;
    struct lq_stage_report report;
    uint64_t next_ns = 0;
    uint64_t started_ns;
    uint64_t limit_ns = LQ_ITEM_CLOCK_END_FACTOR * 900 * LQ_NS_PER_MS;
    uint64_t begun_ns = lq_clock_monotonic_ns();

    fake.items_awaited = 5; /* one more than there are */
    fake.items_allowed = 3;
    make_batch(&batches[0], 1, 2);
    make_batch(&batches[1], 1, 2);
    batches[0].item_timeout_ms = 900;
    hold_items();
    lq_stage_thread_give(&thread, &batches[0]);
    lq_stage_thread_give(&thread, &batches[1]);
    release_items();
    /* The stage thread is at the second item of the other batch, which is far from overdue. */
    while (fake.items < 4 || fake.ends_begun < 1) {
        sched_yield();
    }
    ck_assert_uint_eq(lq_item_clock_read(&thread.clock, &started_ns), LQ_ITEM_CLOCK_ITEM_BASE + 1);
    /* Asked for the moment before it all began, however long this took; then for one far behind
     * now. */
    ck_assert(!lq_stage_thread_overdue(&thread, begun_ns, 900, &overdue, &next_ns));
    uint64_t now_ns = lq_clock_monotonic_ns();
    ck_assert(
        lq_stage_thread_overdue(&thread, now_ns + limit_ns + LQ_NS_PER_S, 900, &overdue, &next_ns));
    ck_assert_uint_eq(overdue.item_index, LQ_BATCH_ITEMS_MAX);
    ck_assert_ptr_null(lq_stage_thread_collect(&thread, &report));
}
END_TEST

TCase *lq_test_stage_thread(void);
TCase *lq_test_stage_thread_beside(void);
TCase *lq_test_stage_thread_hanging(void);
TCase *lq_test_stage_thread(void)
{
    TCase *tc = tcase_create("stage_thread");

    tcase_add_checked_fixture(tc, start, stop);
    tcase_add_test(tc, test_batches_come_back_in_order);
    tcase_add_test(tc, test_what_half_a_lease_leaves_goes_back);
    tcase_add_test(tc, test_times_of_items_and_end_are_parts_of_the_whole);
    tcase_add_test(tc, test_a_full_disk_pauses_and_the_probe_resumes);
    tcase_add_test(tc, test_a_commit_of_unknown_fate_is_not_answered);
    tcase_add_test(tc, test_resolve_is_answered_also_while_paused);
    tcase_add_test(tc, test_idle_is_never_overdue);
    return tc;
}

/* The same, and what a commit thread adds. */
TCase *lq_test_stage_thread_beside(void)
{
    TCase *tc = tcase_create("stage_thread_beside");

    tcase_add_checked_fixture(tc, start_beside, stop);
    tcase_add_test(tc, test_batches_come_back_in_order);
    tcase_add_test(tc, test_what_half_a_lease_leaves_goes_back);
    tcase_add_test(tc, test_times_of_items_and_end_are_parts_of_the_whole);
    tcase_add_test(tc, test_a_full_disk_pauses_and_the_probe_resumes);
    tcase_add_test(tc, test_a_commit_of_unknown_fate_is_not_answered);
    tcase_add_test(tc, test_resolve_is_answered_also_while_paused);
    tcase_add_test(tc, test_a_batch_ends_beside_the_items_of_the_next);
    tcase_add_test(tc, test_a_batch_beside_goes_back_when_the_one_before_finds_no_room);
    tcase_add_test(tc, test_resolve_waits_for_the_batches_before_it);
    tcase_add_test(tc, test_nothing_ends_beside_a_single_item);
    return tc;
}

/* Without a stop, in a process of its own: who was called overdue never ends by himself. */
TCase *lq_test_stage_thread_hanging(void)
{
    TCase *tc = tcase_create("stage_thread_hanging");

    tcase_add_checked_fixture(tc, start_beside, NULL);
    if (lq_suite_forks()) {
        tcase_add_test(tc, test_a_hanging_end_is_overdue_while_items_go_on);
    }
    return tc;
}
