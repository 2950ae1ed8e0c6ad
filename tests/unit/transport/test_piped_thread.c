// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/transport/transport_cases.h"
#include "transport/piped_thread.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct {
    _Atomic int woken, expired;
    int timeout_ms, turns;
    int told; /* an eventfd: a sleep has ended */
} test;

static void tell(void)
{
    uint64_t one = 1;

    ck_assert_int_eq(write(test.told, &one, sizeof one), (ssize_t)sizeof one);
}

static void wait_until_told(void)
{
    uint64_t count;

    ck_assert_int_eq(read(test.told, &count, sizeof count), (ssize_t)sizeof count);
}

static void sleep_in_turns(void *context, lq_piped_thread_end_t *end)
{
    ck_assert_ptr_eq(context, &test);
    for (int turn = 0; turn < test.turns; turn++) {
        if (lq_piped_thread_sleep(end, test.timeout_ms)) {
            test.woken++;
        } else {
            test.expired++;
        }
        tell();
    }
}

static lq_piped_thread_t *start(int turns, int timeout_ms)
{
    struct lq_error_message message = {""};
    lq_piped_thread_t *thread = NULL;

    test.woken = test.expired = 0;
    test.turns = turns;
    test.timeout_ms = timeout_ms;
    test.told = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
    ck_assert_int_eq(lq_piped_thread_start(sleep_in_turns, &test, &thread, &message), LQ_OK);
    return thread;
}

START_TEST(test_a_wake_ends_a_sleep)
{
    lq_piped_thread_t *thread = start(3, -1);

    for (int turn = 1; turn <= 2; turn++) {
        lq_piped_thread_wake(thread);
        wait_until_told();
        ck_assert_int_eq(test.woken, turn);
    }
    lq_piped_thread_stop(&thread); /* wakes it as well */
    ck_assert_int_eq(test.woken, 3);
    ck_assert_int_eq(test.expired, 0);
    ck_assert_ptr_null(thread);
    lq_piped_thread_stop(&thread);
    close(test.told);
}
END_TEST

START_TEST(test_a_sleep_ends_by_itself)
{
    lq_piped_thread_t *thread = start(2, 1);

    wait_until_told();
    wait_until_told();
    ck_assert_int_eq(test.expired, 2);
    lq_piped_thread_wake(thread); /* which is no more */
    lq_piped_thread_stop(&thread);
    close(test.told);
}
END_TEST

/* Told to end, it may do what it has to; it never sleeps again. */
START_TEST(test_who_is_to_end_never_sleeps)
{
    lq_piped_thread_t *thread = start(1000, -1);

    lq_piped_thread_stop(&thread);
    ck_assert_int_eq(test.woken, 1000);
    close(test.told);
}
END_TEST

TCase *lq_test_piped_thread(void)
{
    TCase *tc = tcase_create("piped_thread");

    tcase_add_test(tc, test_a_wake_ends_a_sleep);
    tcase_add_test(tc, test_a_sleep_ends_by_itself);
    tcase_add_test(tc, test_who_is_to_end_never_sleeps);
    return tc;
}
