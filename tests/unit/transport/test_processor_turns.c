// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/processor_turns.h"

#include "tests/unit/transport/transport_cases.h"

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

/* Each test runs in a process of its own, which ends with it. */

static void *ask_policy(void *policy)
{
    *(int *)policy = sched_getscheduler(0);
    return NULL;
}

START_TEST(test_also_of_threads_to_come)
{
    pthread_t thread;
    int policy = -1;

    lq_processor_turns_share();
    ck_assert_int_eq(sched_getscheduler(0), SCHED_BATCH);
    ck_assert_int_eq(pthread_create(&thread, NULL, ask_policy, &policy), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(policy, SCHED_BATCH);
}
END_TEST

START_TEST(test_niceness_stays)
{
    int nicer = getpriority(PRIO_PROCESS, 0) + 1;

    ck_assert_int_eq(setpriority(PRIO_PROCESS, 0, nicer), 0);
    lq_processor_turns_share();
    ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), nicer);
    ck_assert_int_eq(sched_getscheduler(0), SCHED_BATCH);
}
END_TEST

START_TEST(test_another_choice_stays)
{
    const struct sched_param none = {0};

    ck_assert_int_eq(sched_setscheduler(0, SCHED_IDLE, &none), 0);
    lq_processor_turns_share();
    ck_assert_int_eq(sched_getscheduler(0), SCHED_IDLE);
}
END_TEST

TCase *lq_test_processor_turns(void)
{
    TCase *tc = tcase_create("processor_turns");

    tcase_add_test(tc, test_also_of_threads_to_come);
    tcase_add_test(tc, test_niceness_stays);
    tcase_add_test(tc, test_another_choice_stays);
    return tc;
}
