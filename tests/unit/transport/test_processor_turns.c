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

/* What a thread of the test saw; it takes what it changed with it when it ends. */
struct seen {
    struct attributes before, after, in_next_thread;
};

static void *look(void *to)
{
    *(struct attributes *)to = asked();
    return NULL;
}

static void in_thread(void *(*run)(void *), void *context)
{
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, run, context), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void *shorten(void *context)
{
    struct seen *seen = context;

    seen->before = asked();
    lq_processor_turns_shorten();
    seen->after = asked();
    in_thread(look, &seen->in_next_thread);
    return NULL;
}

static void *shorten_a_nicer_one(void *context)
{
    ck_assert_int_eq(setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 1), 0);
    return shorten(context);
}

static void *shorten_of_another_policy(void *context)
{
    struct attributes chosen = asked();

    chosen.policy = SCHED_BATCH;
    ck_assert_int_eq(syscall(SYS_sched_setattr, 0, &chosen, 0), 0);
    return shorten(context);
}

/* From 6.12 on the kernel tells a slice's length; before, 0. */
static bool is_shorter(const struct seen *seen)
{
    return seen->before.runtime == 0 || seen->after.runtime < seen->before.runtime;
}

START_TEST(test_also_of_threads_to_come)
{
    struct seen seen;

    in_thread(shorten, &seen);
    ck_assert(is_shorter(&seen));
    ck_assert_uint_eq(seen.in_next_thread.runtime, seen.after.runtime);
}
END_TEST

START_TEST(test_niceness_stays)
{
    struct seen seen;

    in_thread(shorten_a_nicer_one, &seen);
    ck_assert(is_shorter(&seen));
    ck_assert_int_eq(seen.before.nice, asked().nice + 1);
    ck_assert_int_eq(seen.after.nice, seen.before.nice);
}
END_TEST

START_TEST(test_another_choice_stays)
{
    struct seen seen;

    in_thread(shorten_of_another_policy, &seen);
    ck_assert_uint_eq(seen.after.policy, SCHED_BATCH);
    ck_assert_uint_eq(seen.after.runtime, seen.before.runtime);
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
