// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/processor_turns.h"

#include "tests/unit/transport/transport_cases.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As struct sched_attr of the kernel's header, which does not go together with pthread.h. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static struct attributes asked(void)
{
    struct attributes found = {.size = sizeof found};

    ck_assert_int_eq(syscall(SYS_sched_getattr, 0, &found, sizeof found, 0), 0);
    return found;
}

/* From 6.12 on the kernel tells the length back; before, 0. */
static bool takes_wishes(void)
{
    return asked().runtime != 0;
}

/* Each test has a thread of its own, which takes what it changed with it. */
static void in_thread(void *(*test)(void *))
{
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, test, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void *ask(void *runtime)
{
    *(uint64_t *)runtime = asked().runtime;
    return NULL;
}

static void *shorten_before_another(void *unused)
{
    pthread_t thread;
    uint64_t before = asked().runtime;
    uint64_t runtime = 0;

    lq_processor_turns_shorten();
    ck_assert_int_eq(pthread_create(&thread, NULL, ask, &runtime), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_eq(runtime, asked().runtime);
    ck_assert(!takes_wishes() || (runtime < before && runtime > 0));
    return unused;
}

START_TEST(test_also_of_threads_to_come)
{
    in_thread(shorten_before_another);
}
END_TEST

static void *shorten_a_nice_one(void *unused)
{
    int nicer = getpriority(PRIO_PROCESS, 0) + 1;

    ck_assert_int_eq(setpriority(PRIO_PROCESS, 0, nicer), 0);
    uint64_t before = asked().runtime;
    lq_processor_turns_shorten();
    ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), nicer);
    ck_assert(!takes_wishes() || asked().runtime < before);
    return unused;
}

START_TEST(test_niceness_stays)
{
    in_thread(shorten_a_nice_one);
}
END_TEST

static void *shorten_another_policy(void *unused)
{
    struct attributes chosen = asked();

    chosen.policy = SCHED_BATCH;
    ck_assert_int_eq(syscall(SYS_sched_setattr, 0, &chosen, 0), 0);
    uint64_t before = asked().runtime;
    lq_processor_turns_shorten();
    ck_assert_uint_eq(asked().policy, SCHED_BATCH);
    ck_assert_uint_eq(asked().runtime, before);
    return unused;
}

START_TEST(test_another_choice_stays)
{
    in_thread(shorten_another_policy);
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
