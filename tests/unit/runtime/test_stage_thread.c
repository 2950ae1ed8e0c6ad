// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/stage_thread.h"

#include "base/clock.h"

#include "tests/support/suite.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* A stage whose batch_end answers what the test wants. */
struct fake_stage {
    _Atomic int end_result;
    _Atomic bool probe_result;
    int items;
};

static struct fake_stage fake;
static struct lq_stage_thread thread;
static struct lq_out_pool pool;
static struct lq_stage_batch batches[2];
static uint64_t cell_words[2];
static struct lq_progress_cell cell = {-1, cell_words};
static struct lq_batch_stage stage;

static void fake_item(void *state, const struct lq_work *work, struct lq_answer *answer,
                      struct lq_out_buffer *out)
{
    struct fake_stage *own = state;

    (void)out;
    ck_assert_uint_eq(cell_words[1], work->execution.counter);
    answer->verdict = LQ_ITEM_DONE;
    own->items++;
}

static enum lq_result fake_end(void *state, const struct lq_work *works, struct lq_answer *answers,
                               uint32_t count, struct lq_out_buffer *out, char *reason)
{
    struct fake_stage *own = state;

    (void)works;
    (void)answers;
    (void)count;
    (void)out;
    ck_assert_uint_eq(cell_words[1], 0); /* a crash in a commit suspects no one */
    snprintf(reason, 256, "disk full");
    return (enum lq_result)own->end_result;
}

static bool fake_probe(void *state)
{
    return ((struct fake_stage *)state)->probe_result;
}

static enum lq_result fake_resolve(void *state, const struct lq_resolve_item *item, bool *committed,
                                   struct lq_answer *answer, struct lq_out_buffer *out)
{
    (void)state;
    (void)answer;
    (void)out;
    *committed = item->frame == 1;
    return LQ_OK;
}

static void wait_for_news(void)
{
    struct pollfd polled = {.fd = thread.done_descriptor, .events = POLLIN};
    uint64_t count;

    ck_assert_int_eq(poll(&polled, 1, 10000), 1);
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

static void make_batch(struct lq_stage_batch *batch, uint64_t epoch, uint32_t items)
{
    batch->kind = LQ_STAGE_BATCH_WORK;
    batch->epoch = epoch;
    batch->item_timeout_ms = 900;
    batch->item_count = items;
    for (uint32_t index = 0; index < items; index++) {
        batch->works[index] = (struct lq_work){.execution = {epoch, index + 1}};
    }
    lq_stage_batch_return_all(batch);
}

static void start(void)
{
    memset(&fake, 0, sizeof fake);
    stage = (struct lq_batch_stage){.name = "fake",
                                    .version = 1,
                                    .state = &fake,
                                    .item = fake_item,
                                    .batch_end = fake_end,
                                    .probe = fake_probe,
                                    .resolve = fake_resolve};
    lq_out_pool_open(&pool, 2);
    lq_stage_batch_open(&batches[0], lq_out_pool_take(&pool));
    lq_stage_batch_open(&batches[1], lq_out_pool_take(&pool));
    lq_stage_thread_start(&thread, &stage, NULL, &cell);
    wait_for_condition(LQ_STAGE_SERVING);
}

static void stop(void)
{
    lq_stage_thread_stop(&thread);
    lq_stage_batch_close(&batches[0]);
    lq_stage_batch_close(&batches[1]);
    lq_out_pool_close(&pool);
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

TCase *lq_test_stage_thread(void);
TCase *lq_test_stage_thread(void)
{
    TCase *tc = tcase_create("stage_thread");

    tcase_add_checked_fixture(tc, start, stop);
    tcase_add_test(tc, test_batches_come_back_in_order);
    tcase_add_test(tc, test_a_full_disk_pauses_and_the_probe_resumes);
    tcase_add_test(tc, test_a_commit_of_unknown_fate_is_not_answered);
    tcase_add_test(tc, test_resolve_is_answered_also_while_paused);
    tcase_add_test(tc, test_idle_is_never_overdue);
    return tc;
}
