// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/event_loop.h"

#include "base/clock.h"
#include "tests/support/suite.h"

#include <sys/socket.h>
#include <unistd.h>

TCase *lq_test_event_loop(void);

static lq_event_loop_t *loop;
static struct lq_error_message message;
static int pairs[2][2];
static struct lq_event_source sources[2];
static int calls[2];

static void remove_other(void *context, uint32_t events)
{
    int which = *(int *)context;

    ck_assert((events & LQ_EVENT_READ) != 0);
    calls[which]++;
    lq_event_loop_remove(loop, &sources[1 - which]);
}

/* Of two that are ready, the first takes the other out: it is not called. */
START_TEST(test_removed_is_not_called)
{
    static int numbers[2] = {0, 1};

    ck_assert_int_eq(lq_event_loop_open(&loop, &message), LQ_OK);
    for (int which = 0; which < 2; which++) {
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[which]), 0);
        ck_assert_int_eq(write(pairs[which][1], "x", 1), 1);
        sources[which] = (struct lq_event_source){
            .fd = pairs[which][0], .ready = remove_other, .context = &numbers[which]};
        lq_event_loop_add(loop, &sources[which], LQ_EVENT_READ);
    }
    lq_event_loop_turn(loop, LQ_EVENT_NEVER);
    ck_assert_int_eq(calls[0] + calls[1], 1);
    lq_event_loop_close(&loop);
    for (int which = 0; which < 2; which++) {
        close(pairs[which][0]);
        close(pairs[which][1]);
    }
}
END_TEST

static struct lq_event_timer timers[3];
static int order[8];
static int order_count;

static void due(void *context, uint64_t now_ns)
{
    struct lq_event_timer *timer = context;

    order[order_count++] = (int)(timer - timers);
    if (timer == &timers[0]) {
        lq_event_loop_stop_timer(loop, &timers[1]);
        lq_event_loop_set_timer(loop, timer, now_ns - 1); /* for the next turn, not this one */
    }
}

START_TEST(test_timers)
{
    ck_assert_int_eq(lq_event_loop_open(&loop, &message), LQ_OK);
    uint64_t now_ns = lq_event_loop_now_ns(loop);
    order_count = 0;
    for (int which = 0; which < 3; which++) {
        timers[which] = (struct lq_event_timer){.due = due, .context = &timers[which]};
        lq_event_loop_set_timer(loop, &timers[which], now_ns + 1 + (uint64_t)which);
    }
    lq_event_loop_turn(loop, LQ_EVENT_NEVER);
    ck_assert_int_eq(order_count, 2); /* the first, and the last: the second was stopped */
    ck_assert_int_eq(order[0], 0);
    ck_assert_int_eq(order[1], 2);
    lq_event_loop_turn(loop, LQ_EVENT_NEVER);
    ck_assert_int_eq(order_count, 3);
    lq_event_loop_close(&loop);
}
END_TEST

static int hook_order[4];
static int hook_count;

static uint64_t turned_ns;

static void take_turn(void *context, uint64_t now_ns)
{
    hook_order[hook_count++ % 4] = *(int *)context;
    turned_ns = now_ns;
}

static uint64_t five_ms_on(const void *context)
{
    (void)context;
    return turned_ns + 5 * LQ_NS_PER_MS;
}

/* The last added comes first; a hook's time ends the wait. */
START_TEST(test_hooks)
{
    static int numbers[2] = {0, 1};
    struct lq_event_hook hooks[2];

    ck_assert_int_eq(lq_event_loop_open(&loop, &message), LQ_OK);
    hook_count = 0;
    for (int which = 0; which < 2; which++) {
        hooks[which] = (struct lq_event_hook){
            .turn = take_turn, .due = five_ms_on, .context = &numbers[which]};
        lq_event_loop_add_hook(loop, &hooks[which]);
    }
    lq_event_loop_turn(loop, LQ_EVENT_NEVER);
    ck_assert_int_eq(hook_order[0], 1);
    ck_assert_int_eq(hook_order[1], 0);
    lq_event_loop_remove_hook(loop, &hooks[1]);
    lq_event_loop_turn(loop, LQ_EVENT_NEVER);
    ck_assert_int_eq(hook_count, 3);
    ck_assert_int_eq(hook_order[2], 0);
    lq_event_loop_close(&loop);
}
END_TEST

static uint64_t wish_ns;

static void do_nothing(void *context, uint64_t now_ns)
{
    (void)context;
    (void)now_ns;
    hook_count++;
}

static uint64_t wished(const void *context)
{
    (void)context;
    return wish_ns;
}

static void wish_now(void *context, uint64_t now_ns)
{
    (void)context;
    (void)now_ns;
    wish_ns = 0;
}

static uint64_t never(const void *context)
{
    (void)context;
    return LQ_EVENT_NEVER;
}

/* What the last hook of a turn leaves for the first one does not wait until something happens. */
START_TEST(test_later_hook_wakes_earlier)
{
    struct lq_event_hook last = {.turn = wish_now, .due = never};
    struct lq_event_hook first = {.turn = do_nothing, .due = wished};

    ck_assert_int_eq(lq_event_loop_open(&loop, &message), LQ_OK);
    hook_count = 0;
    wish_ns = LQ_EVENT_NEVER;
    lq_event_loop_add_hook(loop, &last);
    lq_event_loop_add_hook(loop, &first);
    lq_event_loop_turn(loop, 0);
    ck_assert_int_eq(hook_count, 1);
    uint64_t began_ns = lq_event_loop_now_ns(loop);
    lq_event_loop_turn(loop, 5 * LQ_NS_PER_S);
    ck_assert_int_eq(hook_count, 2);
    ck_assert_uint_lt(lq_event_loop_now_ns(loop) - began_ns, 5 * LQ_NS_PER_S);
    lq_event_loop_close(&loop);
}
END_TEST

TCase *lq_test_event_loop(void)
{
    TCase *tcase = tcase_create("event_loop");

    tcase_add_test(tcase, test_removed_is_not_called);
    tcase_add_test(tcase, test_timers);
    tcase_add_test(tcase, test_hooks);
    tcase_add_test(tcase, test_later_hook_wakes_earlier);
    return tcase;
}
